import {
  gatewayEscrowUnlockRequests,
  gatewayRelayFallbackWrites,
  gatewayReplicaFallbacks,
} from '../metrics/gateway.js';
import { increaseSinceBirth } from '../src/born-at-one.js';
import { defineRecordingRule, type RecordingRuleDefinition } from '../src/model.js';
import { closedRange, duration, promql } from '../src/promql.js';

const NO_FALLBACK = 'no relay is served from its replica';

/** The relays that the replica serves now. */
export const fallbackRate = defineRecordingRule({
  record: 'relay:gateway_replica_fallback:rate',
  help: 'Reads per second served from the replica, over rateWindow; relays without any are absent.',
  unit: 'reads per second',
  labels: ['relay'],
  source:
    'Runbook step 1; facts: session counts a session once, and write counts refused writes too, so reads tell the use.',
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
  source:
    'Facts, situation 7: the replica has become the main path for hours. The sessions gauge cannot tell: a session stays until its socket closes.',
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
  source:
    'Facts: readonly is a write turned away for want of a lease; drive uploads refused with 425 are in no metric.',
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
  source:
    'Facts: leases are not renewed by themselves, so an expiry in a quiet night is normal; page only on evidence of wanted writes.',
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
  source: 'Runbook step 5.2: escrow service unreachable or shared secret mismatch.',
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
