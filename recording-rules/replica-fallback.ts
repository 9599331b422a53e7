import {
  gatewayEscrowLeaseLag,
  gatewayEscrowRotations,
  gatewayEscrowUnlockRequests,
  gatewayRelayFallbackWrites,
  gatewayReplicaFallbacks,
  processStartTime,
} from '../metrics/gateway.js';
import { defineRecordingRule, type RecordingRuleDefinition } from '../src/model/rules.js';
import type { Site } from '../src/model/site.js';
import { closedRange, duration, durationOf, durationSeconds } from '../src/promql/duration.js';
import { countOf } from '../src/promql/histogram.js';
import { PromqlFragment, promql } from '../src/promql/template.js';
import { increaseSinceBirth } from './counter-increase.js';
import { pending } from './pending-writes.js';

const NO_FALLBACK = 'no relay is served from its replica';

/** A time in which two scrapes happen. */
const twoScrapes = ({ config }: Site) => durationOf(2 * durationSeconds(config.scrapeInterval));

/** The relays that the replica serves now. */
export const fallbackRate = defineRecordingRule({
  record: 'relay:gateway_replica_fallback:rate',
  help: 'Reads per second served from the replica, over rateWindow; relays without any are absent.',
  unit: 'reads per second',
  labels: ['relay'],
  runbookSteps: ['1'],
  situation: 7,
  rationale:
    'mode="session" counts a session once and mode="write" includes refused writes, so reads show the use of the replica.',
  emptyWhen: NO_FALLBACK,
  expr: (site) => promql`
    sum by (${site.by('relay')}) (
      rate(${gatewayReplicaFallbacks}{${site.gateway}, mode="read"}[${closedRange(site.rateWindow)}])
    ) > 0
  `,
});

/** How long the replica has been the main path. */
export const fallbackStart: RecordingRuleDefinition = defineRecordingRule({
  record: 'relay:gateway_replica_fallback:start_timestamp_seconds',
  help: 'When the replica began to serve the relay, kept while no pause is longer than thresholds.replicaFallback.quietAfter; 0 for one evaluation when it ended.',
  unit: 'seconds since the epoch',
  labels: ['relay'],
  situation: 7,
  rationale: 'The sessions gauge cannot show it: a session stays in replica mode until its socket closes.',
  emptyWhen: NO_FALLBACK,
  expr: (site) => promql`
    # a start already known is kept while the replica is in use
    (
      (last_over_time(${fallbackStart}[${site.memory}]) > 0)
        and on (${site.by('relay')}) present_over_time(${fallbackRate}[${closedRange(site.thresholds.replicaFallback.quietAfter)}])
    )
    or on (${site.by('relay')})
    (${fallbackRate} * 0 + time())
    or on (${site.by('relay')})
    # ended: the 0 is a tombstone, or the next fallback would inherit the old start
    (last_over_time(${fallbackStart}[${site.memory}]) > 0) * 0
  `,
});

/** Users cannot write. */
export const writesTurnedAway = defineRecordingRule({
  record: 'relay:gateway_relay_fallback_writes_readonly:increase',
  help: 'Websocket writes rejected because there is no lease, over rateWindow, the first one included; relays without any are absent.',
  unit: 'writes',
  labels: ['relay'],
  situation: 2,
  rationale:
    'readonly is a write rejected because the relay has no lease; drive uploads refused with 425 are in no metric.',
  emptyWhen: 'no write is turned away',
  expr: (site) => promql`
    sum by (${site.by('relay')}) (
      ${increaseSinceBirth(site, gatewayRelayFallbackWrites, 'result="readonly"', site.rateWindow)}
    ) > 0
  `,
});

/** Writes that users made lately and the gateway took. */
export const acceptedWrites = defineRecordingRule({
  record: 'relay:gateway_relay_fallback_writes_accepted:increase',
  help: 'Websocket writes accepted over thresholds.leaseExpiry.wantedWithin, the first one included; relays without any are absent.',
  unit: 'writes',
  labels: ['relay'],
  situation: 10,
  rationale:
    'Recorded once: it shows that writes are wanted, and it is the only trace of a write that was never marked.',
  emptyWhen: 'no write is accepted in replica mode',
  expr: (site) => promql`
    sum by (${site.by('relay')}) (
      ${increaseSinceBirth(site, gatewayRelayFallbackWrites, 'result="accepted"', site.thresholds.leaseExpiry.wantedWithin)}
    ) > 0
  `,
});

/** Evidence that a user wants to write to a relay right now. */
export const wantedWrites = defineRecordingRule({
  record: 'relay:gateway_relay_fallback_writes_wanted:increase',
  help: 'Websocket writes accepted over thresholds.leaseExpiry.wantedWithin, else those rejected over rateWindow; relays without any are absent.',
  unit: 'writes',
  labels: ['relay'],
  situation: 2,
  rationale:
    'Leases are not renewed automatically, so an expiry in a quiet night is normal: page only when writes are wanted.',
  emptyWhen: 'no user wrote to a relay in replica mode',
  expr: (site) => promql`
    ${acceptedWrites}
    or on (${site.by('relay')})
    ${writesTurnedAway}
  `,
});

/** Accepted writes after which nothing happened: neither a pending gauge, nor a released lease. */
export const unmarkedWrites = defineRecordingRule({
  record: 'relay:gateway_relay_fallback_writes_unmarked:increase',
  help: 'Websocket writes accepted over thresholds.leaseExpiry.wantedWithin of relays that were neither pending in that time nor cleared; other relays are absent.',
  unit: 'writes',
  labels: ['relay'],
  situation: 10,
  rationale:
    'A relay that is pushed and cleared between two scrapes shows no gauge either, but its lease is released, which the lag histogram counts by relay. A restart of the gateway takes that count with it.',
  emptyWhen: 'every accepted write was marked as pending',
  expr: (site) => {
    const lag = new PromqlFragment(`${countOf(gatewayEscrowLeaseLag).text}{${site.gateway.text}}`);
    // A write may be marked one scrape after it was counted, and cleared in the next.
    const within = durationOf(
      durationSeconds(site.thresholds.leaseExpiry.wantedWithin) +
        2 * durationSeconds(site.config.scrapeInterval),
    );
    return promql`
      ${acceptedWrites}
        unless on (${site.by('relay')}) present_over_time(${pending}[${closedRange(within)}])
        # a lease of the relay was released meanwhile: its count is newborn, or has changed
        unless on (${site.by('relay')}) (
          (${lag} unless ${lag} offset ${within})
          or
          (changes(${lag}[${closedRange(within)}]) > 0)
          or
          # or nobody knows: the process that counts the releases has restarted
          (
            present_over_time(${lag}[${closedRange(within)}])
              and on (${site.by('instance')}) (changes(${processStartTime}{${site.gateway}}[${closedRange(within)}]) > 0)
          )
        )
    `;
  },
});

/** Nothing else remembers these writes. */
export const notMarked: RecordingRuleDefinition = defineRecordingRule({
  record: 'relay:gateway_writes_not_marked:timestamp_seconds',
  help: 'When a write to the relay was last seen to be accepted and not marked as pending; kept for a day, until the relay is pending; 0 for one evaluation when that ended.',
  unit: 'seconds since the epoch',
  labels: ['relay'],
  situation: 10,
  rationale:
    'The counter of accepted writes moves once, and the data stays at risk. Seen by two scrapes, because a write is counted a moment before it is marked.',
  emptyWhen: 'every accepted write was marked as pending',
  expr: (site) => promql`
    (${unmarkedWrites} and on (${site.by('relay')}) ${unmarkedWrites} offset ${twoScrapes(site)}) * 0 + time()
    or on (${site.by('relay')})
    (
      ((last_over_time(${notMarked}[${site.memory}]) > 0) > time() - 86400)
        unless on (${site.by('relay')}) ${pending}
    )
    or on (${site.by('relay')})
    # the relay is pending now, or it is too long ago: the 0 is a tombstone
    (last_over_time(${notMarked}[${site.memory}]) > 0) * 0
  `,
});

export const unlockRequests = defineRecordingRule({
  record: 'result:gateway_escrow_unlock_requests:increase',
  help: 'Requests for an escrow lease over 15 minutes by outcome, the first one included.',
  unit: 'requests',
  labels: ['result'],
  runbookSteps: ['5.2'],
  situation: 2,
  rationale:
    'A request that fails points at the escrow service or the shared secret; a rejection points at the policy.',
  emptyWhen: 'no lease has been asked for since the gateway started',
  expr: (site) => promql`
    sum by (${site.by('result')}) (
      ${increaseSinceBirth(site, gatewayEscrowUnlockRequests, '', duration('15m'))}
    )
  `,
});

/** Every clearing of a relay that holds a lease releases it, also one that no scrape sees. */
export const leasesReleased = defineRecordingRule({
  record: 'gateway:gateway_escrow_leases_released:increase',
  help: 'Escrow leases released over rateWindow, the first one included.',
  unit: 'leases',
  labels: [],
  runbookSteps: ['6'],
  situation: 3,
  rationale:
    'A relay may be pending and cleared between two scrapes, again and again. The gauge does not show that; the release of its lease does.',
  emptyWhen: 'no lease has been released since the gateway started',
  expr: (site) => promql`
    sum by (${site.by()}) (
      ${increaseSinceBirth(site, gatewayEscrowRotations, 'result="released"', site.rateWindow)}
    )
  `,
});

export const replicaFallbackRules: readonly RecordingRuleDefinition[] = [
  fallbackRate,
  fallbackStart,
  writesTurnedAway,
  acceptedWrites,
  wantedWrites,
  unmarkedWrites,
  notMarked,
  unlockRequests,
  leasesReleased,
];
