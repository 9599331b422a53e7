import {
  gatewayEscrowLeaseLag,
  gatewayEscrowRotations,
  gatewayEscrowUnlockRequests,
  gatewayRelayFallbackWrites,
  gatewayReplicaFallbacks,
  processStartTime,
} from '../metrics/gateway.js';
import { up } from '../metrics/prometheus.js';
import { defineRecordingRule, type RecordingRuleDefinition } from '../src/model/rules.js';
import type { Site } from '../src/model/site.js';
import { closedRange, duration, durationOf, durationSeconds } from '../src/promql/duration.js';
import { countOf } from '../src/promql/histogram.js';
import { type Promql, PromqlFragment, promql } from '../src/promql/template.js';
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
  runbookSteps: ['confirm-state'],
  situation: 7,
  rationale:
    'mode="session" counts a session once and mode="write" includes refused writes, so reads show the use of the replica.',
  emptyWhen: NO_FALLBACK,
  expr: (site) => promql`
    sum by (${site.by('relay')}) (
      rate(${gatewayReplicaFallbacks}{${site.gateway}, mode="read"}[${closedRange(site.rateWindow)}]) > 0
    )
  `,
});

/** How long the replica has been the main path. */
export const fallbackStart: RecordingRuleDefinition = defineRecordingRule({
  record: 'relay:gateway_replica_fallback:start_timestamp_seconds',
  help: 'When the replica started to serve the relay, kept while no pause is longer than thresholds.replicaFallback.quietAfter; 0 for one evaluation after it ends.',
  unit: 'seconds since the epoch',
  labels: ['relay'],
  situation: 7,
  rationale: 'The sessions gauge cannot show this: a session stays in replica mode until its socket closes.',
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
  help: 'Websocket writes rejected because there is no lease, over rateWindow, including the first one; relays without any are absent.',
  unit: 'writes',
  labels: ['relay'],
  situation: 2,
  rationale:
    'readonly is a write rejected because the relay has no lease; drive uploads refused with 425 are in no metric.',
  emptyWhen: 'no write is rejected',
  expr: (site) => promql`
    sum by (${site.by('relay')}) (
      ${increaseSinceBirth(site, gatewayRelayFallbackWrites, 'result="readonly"', site.rateWindow, 'left out')}
    ) > 0
  `,
});

/** Recent user writes that the gateway accepted. */
export const acceptedWrites = defineRecordingRule({
  record: 'relay:gateway_relay_fallback_writes_accepted:increase',
  help: 'Websocket writes accepted over thresholds.leaseExpiry.wantedWithin, including the first one; relays without any are absent.',
  unit: 'writes',
  labels: ['relay'],
  situation: 10,
  rationale:
    'Recorded once: it shows that clients write, and it is the only trace of a write that was never marked.',
  emptyWhen: 'no write is accepted in replica mode',
  expr: (site) => promql`
    sum by (${site.by('relay')}) (
      ${increaseSinceBirth(site, gatewayRelayFallbackWrites, 'result="accepted"', site.thresholds.leaseExpiry.wantedWithin, 'left out')}
    ) > 0
  `,
});

/** Evidence that a user wants to write to a relay right now. */
export const wantedWrites = defineRecordingRule({
  record: 'relay:gateway_relay_fallback_writes_wanted:increase',
  help: 'Websocket writes accepted over thresholds.leaseExpiry.wantedWithin, or, if there are none, those rejected over rateWindow; relays without any are absent.',
  unit: 'writes',
  labels: ['relay'],
  situation: 2,
  rationale:
    'Leases are not renewed automatically, so an expiry in a quiet night is normal: page only while clients write.',
  emptyWhen: 'no user wrote to a relay in replica mode',
  expr: (site) => promql`
    ${acceptedWrites}
    or on (${site.by('relay')})
    ${writesTurnedAway}
  `,
});

/** For how long the traces of an accepted write count: it may be marked one scrape after it was counted, and cleared in the next. */
const knownWithin = ({ config, thresholds }: Site) =>
  durationOf(
    durationSeconds(thresholds.leaseExpiry.wantedWithin) + 2 * durationSeconds(config.scrapeInterval),
  );

/** Accepted writes that were followed neither by a pending gauge nor by a released lease. */
export const unmarkedWrites = defineRecordingRule({
  record: 'relay:gateway_relay_fallback_writes_unmarked:increase',
  help: 'Websocket writes accepted over thresholds.leaseExpiry.wantedWithin, for relays that were neither pending nor cleared in that time; other relays are absent.',
  unit: 'writes',
  labels: ['relay'],
  situation: 10,
  rationale:
    'A relay that is pushed and cleared between two scrapes shows no gauge either, but its lease is released, which the lag histogram counts by relay. A restart of the gateway takes that count with it.',
  emptyWhen: 'every accepted write was marked as pending',
  expr: (site) => {
    const lag = new PromqlFragment(`${countOf(gatewayEscrowLeaseLag).text}{${site.gateway.text}}`);
    const within = knownWithin(site);
    // A restart while Prometheus was down for less than an instant selector looks back.
    const restarted = durationOf(durationSeconds(within) + 300);
    return promql`
      ${acceptedWrites}
        unless on (${site.by('relay')}) present_over_time(${pending}[${closedRange(within)}])
        # a lease of the relay was released in that time: its count is new or has changed
        unless on (${site.by('relay')}) (
          (${lag} unless ${lag} offset ${within})
          or
          (changes(${lag}[${closedRange(within)}]) > 0)
          or
          # or this is unknown: the process that counts the releases has restarted
          (
            present_over_time(${lag}[${closedRange(within)}])
              and on (${site.by('instance')}) (changes(${processStartTime}{${site.gateway}}[${closedRange(restarted)}]) > 0)
          )
        )
    `;
  },
});

/** The only record of these writes. */
export const notMarked: RecordingRuleDefinition = defineRecordingRule({
  record: 'relay:gateway_writes_not_marked:timestamp_seconds',
  help: 'When a write to the relay was last accepted but not marked as pending; kept for a day or until the relay is pending; 0 for one evaluation after that ends.',
  unit: 'seconds since the epoch',
  labels: ['relay'],
  situation: 10,
  rationale:
    'The counter of accepted writes increases once, but the data stays at risk. Two scrapes have to see it, because a write is counted a moment before it is marked. Where a gateway has just ceased to be scraped, the second one is missing.',
  emptyWhen: 'every accepted write was marked as pending',
  expr: (site) => promql`
    (
      (${unmarkedWrites} and on (${site.by('relay')}) ${unmarkedWrites} offset ${twoScrapes(site)})
        # a gateway that is no longer scraped may have marked it right after the last scrape
        unless on (${site.by()}) (
          (max_over_time(${up}{${site.gateway}}[${closedRange(knownWithin(site))}]) == 1) unless (${up}{${site.gateway}} == 1)
        )
    ) * 0 + time()
    or on (${site.by('relay')})
    (
      ((last_over_time(${notMarked}[${site.memory}]) > 0) > time() - 86400)
        unless on (${site.by('relay')}) ${pending}
    )
    or on (${site.by('relay')})
    # the relay is pending now, or the write is too long ago: the 0 is a tombstone
    (last_over_time(${notMarked}[${site.memory}]) > 0) * 0
  `,
});

export const unlockRequests = defineRecordingRule({
  record: 'result:gateway_escrow_unlock_requests:increase',
  help: 'Requests for an escrow lease over 15 minutes by outcome, including the first one.',
  unit: 'requests',
  labels: ['result'],
  runbookSteps: ['fix-rotation'],
  situation: 2,
  rationale:
    'A failed request points to the escrow service or the shared secret; a rejection points to the policy.',
  emptyWhen: 'no lease has been requested since the gateway started',
  expr: (site) => promql`
    sum by (${site.by('result')}) (
      ${increaseSinceBirth(site, gatewayEscrowUnlockRequests, '', duration('15m'))}
    )
  `,
});

/**
 * Leaves out every lease in `expired` while a lease may have been granted in the last 15 minutes: a request was granted, or the gateway was
 * not scraped when these minutes began, so an increase misses what was granted before the next scrape.
 */
export const unlessLeaseGranted = (site: Site, expired: Promql): Promql => {
  const granted = promql`${gatewayEscrowUnlockRequests}{${site.gateway}, result="success"}`;
  const requests = promql`${gatewayEscrowUnlockRequests}{${site.gateway}}`;
  return promql`
    ${expired}
      # a renewal may leave no other trace, so the state of the lease is unknown
      unless on (${site.by()}) (${unlockRequests}{result="success"} > 0)
      # an increase begins with the first scrape, so compare the count with the one known 15 minutes ago
      unless on (${site.by()}) ((${granted} > 0) unless (${requests} == ${requests} offset ${duration('15m')}))
  `;
};

/** Clearing a relay that holds a lease releases the lease, even if no scrape sees it. */
export const leasesReleased = defineRecordingRule({
  record: 'gateway:gateway_escrow_leases_released:increase',
  help: 'Escrow leases released over rateWindow, including the first one.',
  unit: 'leases',
  labels: [],
  runbookSteps: ['confirm-clear'],
  situation: 3,
  rationale:
    'A relay may become pending and be cleared between two scrapes, repeatedly. The gauge does not show that; the release of its lease does.',
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
