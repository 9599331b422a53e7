import {
  gatewayEscrowUnlockRequests,
  gatewayRelayFallbackWrites,
  gatewayReplicaFallbacks,
} from '../metrics/gateway.js';
import { defineRecordingRule, type RecordingRuleDefinition } from '../src/model/rules.js';
import { closedRange, duration } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';
import { increaseSinceBirth } from './counter-increase.js';

const NO_FALLBACK = 'no relay is served from its replica';

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

/** Users are being told no. */
export const writesTurnedAway = defineRecordingRule({
  record: 'relay:gateway_relay_fallback_writes_readonly:increase',
  help: 'Websocket writes turned away for want of a lease, over rateWindow, the first one included; relays without any are absent.',
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

/** Evidence that somebody wants to write to a relay right now. */
export const wantedWrites = defineRecordingRule({
  record: 'relay:gateway_relay_fallback_writes_wanted:increase',
  help: 'Websocket writes accepted over thresholds.leaseExpiry.wantedWithin, else those turned away over rateWindow; relays without any are absent.',
  unit: 'writes',
  labels: ['relay'],
  situation: 2,
  rationale:
    'Leases are not renewed automatically, so an expiry in a quiet night is normal: page only when writes are wanted.',
  emptyWhen: 'nobody wrote to a relay in replica mode',
  expr: (site) => promql`
    sum by (${site.by('relay')}) (
      ${increaseSinceBirth(site, gatewayRelayFallbackWrites, 'result="accepted"', site.thresholds.leaseExpiry.wantedWithin)}
    ) > 0
    or on (${site.by('relay')})
    # asked for once already; selecting them again would cost as much as all of the above
    ${writesTurnedAway}
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

export const replicaFallbackRules: readonly RecordingRuleDefinition[] = [
  fallbackRate,
  fallbackStart,
  writesTurnedAway,
  wantedWrites,
  unlockRequests,
];
