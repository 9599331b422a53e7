import {
  pendingWritesLeaseActive,
  pendingWritesLeaseExpiry,
  pendingWritesPending,
} from '../../metrics/exporter.js';
import {
  gatewayBlindPeerMirrorLag,
  gatewayEscrowLeaseLag,
  gatewayEscrowLeaseTimeToExpiry,
  gatewayPendingWritePushWait,
  gatewayPendingWrites,
  gatewayRelayFallbackWrites,
  gatewayReplicaFallbacks,
} from '../../metrics/gateway.js';
import { leaseExpiry } from '../../recording-rules/lease-expiry.js';
import { pendingStart } from '../../recording-rules/pending-writes.js';
import { phase } from '../../recording-rules/phase.js';
import { fallbackStart } from '../../recording-rules/replica-fallback.js';
import { definePanel, type RowDefinition } from '../../src/model/dashboard.js';
import type { Site } from '../../src/model/site.js';
import { bucketOf } from '../../src/promql/histogram.js';
import { promql } from '../../src/promql/template.js';
import {
  fallbackAge,
  IN_MINUTES,
  IN_PROGRESS,
  LAG_MAPPINGS,
  LEASE_LEFT_TILE,
  LONG_EXPIRED_TEXT,
  leaseRemainder,
  leaseRemainderOrNone,
  mirrorLag,
  NOT_KNOWN,
  on,
  PENDING_MAPPINGS,
  PER_MINUTE,
  PHASE_MAPPINGS,
  pendingAge,
  waiting,
  withoutEscrow,
  zeroAs,
} from '../shared/mappings.js';
import { ACTIVE_FOR, URGENCY } from '../shared/panels.js';
import {
  exporterRelayMatchers,
  firingSince,
  gatewayMatchers,
  gatewayRelayMatchers,
  inUnit,
  leaseTimeLeft,
  leaseTimeLeftOrLongExpired,
  longExpiredLeases,
  NO_LEASE,
  orZeroIfClear,
  perMinute,
  recorded,
  secondsSince,
  urgencyOfAlerts,
  whereReported,
} from '../shared/selectors.js';

const stat = { kind: 'stat', width: 4, height: 4 } as const;

const phaseNow = definePanel({
  ...stat,
  id: 1,
  title: 'Phase',
  description:
    'Good: idle, or worker away for a while. The recording rule of the phase documents its inputs. Idle if the gateway reports the relay as not pending and no phase is recorded; not known if it does not report the relay, as after a restart of the gateway until the next write.',
  queries: [{ expr: (site) => orZeroIfClear(site, promql`max(${recorded(site, phase)})`), legend: 'phase' }],
  unit: 'none',
  mappings: PHASE_MAPPINGS,
  noData: NOT_KNOWN,
});

const pendingFor = definePanel({
  ...stat,
  id: 2,
  title: 'Pending for',
  description:
    'Good: shorter than a night. Survives a gateway restart. Colors follow the alert thresholds. Not known if the gateway does not report the relay.',
  queries: [
    {
      expr: (site) => orZeroIfClear(site, promql`max(${secondsSince(site, pendingStart)})`),
      legend: 'pending for',
    },
  ],
  unit: 's',
  mappings: zeroAs('not pending'),
  thresholds: waiting(pendingAge, IN_PROGRESS),
  noData: NOT_KNOWN,
});

const leaseLeftNow = definePanel({
  ...stat,
  id: 3,
  title: 'Lease left',
  description:
    'Good: above 0 while clients write. Counts down in real time. Below 0: past the expiry, unless a renewal went unnoticed; check with GET /api/escrow/leases/query. An hour after the expiry, the time is no longer recorded: "expired over 1 h ago" while the gateway still reports the lease as active. Not known if the gateway does not report the relay.',
  queries: [
    {
      expr: (site) =>
        promql`max(${leaseTimeLeftOrLongExpired(site)}) or on () ${whereReported(site, NO_LEASE)}`,
      legend: 'lease left',
    },
  ],
  unit: 's',
  mappings: LEASE_LEFT_TILE,
  thresholds: leaseRemainderOrNone,
  noData: withoutEscrow(NOT_KNOWN, 'escrow is off'),
});

const workerPendingNow = definePanel({
  ...stat,
  id: 4,
  title: 'Worker state',
  description:
    'Good: the same as the gateway. Pending if any worker of the relay reports it. Not measured: no scraped worker knows the relay.',
  queries: [
    {
      expr: (site) => promql`max(${pendingWritesPending}{${exporterRelayMatchers(site)}})`,
      legend: 'worker',
    },
  ],
  unit: 'none',
  mappings: PENDING_MAPPINGS,
  noData: 'not measured',
});

const fallbackFor = definePanel({
  ...stat,
  id: 5,
  title: 'On replica for',
  description:
    'Good: not at all, or for less than a night. Ends when there were no reads for the configured quiet time. Not known if the gateway does not report the relay.',
  queries: [
    {
      expr: (site) => promql`
        max(${secondsSince(site, fallbackStart)}) or on () ${whereReported(site, 0)}
      `,
      legend: 'on replica',
    },
  ],
  unit: 's',
  mappings: zeroAs('not on replica'),
  thresholds: waiting(fallbackAge, IN_PROGRESS),
  noData: NOT_KNOWN,
});

const lagNow = definePanel({
  ...stat,
  id: 6,
  title: 'Mirror lag',
  description:
    "Good: low while the relay is served from its replica ([check the mirrors](runbook:check-mirrors)). The gateway reports a lag that it does not know as 0. A mirror's identifier may differ from the relay's key, in which case it is missing here.",
  queries: [
    {
      expr: (site) =>
        promql`min(${gatewayBlindPeerMirrorLag}{${gatewayMatchers(site)}, identifier=~"$relay"}) / 1000`,
      legend: 'lag',
    },
  ],
  unit: 's',
  mappings: LAG_MAPPINGS,
  thresholds: mirrorLag,
  noData: 'no matching mirror',
});

const timeline = definePanel({
  id: 7,
  title: 'Phase over time',
  description: 'Good: worker away, pushing, resyncing, rotating, idle, in this order.',
  kind: 'state-timeline',
  queries: [{ expr: (site) => recorded(site, phase), legend: 'phase' }],
  unit: 'none',
  width: 12,
  height: 6,
  mappings: PHASE_MAPPINGS,
  noData: 'The relay was not busy in the selected time range.',
});

const firing = definePanel({
  id: 8,
  title: 'Firing alerts',
  description:
    'Good: none. Active for: how long the condition has held, including the time that the rule waits before it fires. Alerts that are not about a single relay are on the overview.',
  kind: 'table',
  queries: [
    {
      expr: (site) => urgencyOfAlerts(site, site.by('alertname'), 'relay=~"$relay"'),
      column: URGENCY,
    },
    { expr: (site) => firingSince(site, site.by('alertname'), 'relay=~"$relay"'), column: ACTIVE_FOR },
  ],
  unit: 'none',
  width: 12,
  height: 6,
  noData: 'No firing alert found for this relay. The overview shows whether the rules have results.',
});

const gauges = definePanel({
  id: 9,
  title: 'Pending state: gateway and worker',
  description:
    'Good: both agree. A gateway process that restarted reports nothing until the next write; with several processes, one may keep a stale pending. A worker stays pending if the cleared push was lost.',
  kind: 'state-timeline',
  queries: [
    {
      expr: (site) => promql`max by (instance) (${gatewayPendingWrites}{${gatewayRelayMatchers(site)}})`,
      legend: 'gateway {{instance}}',
    },
    {
      expr: (site) => promql`max by (instance) (${pendingWritesPending}{${exporterRelayMatchers(site)}})`,
      legend: 'worker {{instance}}',
    },
  ],
  unit: 'none',
  width: 24,
  height: 6,
  mappings: PENDING_MAPPINGS,
  noData: 'Neither the gateway nor a worker reports whether the relay is pending.',
});

/** Seconds until the lease expires that the worker's file names, while it calls the lease active and for an hour after its expiry. */
const leaseOfFile = (site: Site) => promql`
  (${pendingWritesLeaseExpiry}{${exporterRelayMatchers(site)}} - time() > -3600)
    and on (instance, relay) ${pendingWritesLeaseActive}{${exporterRelayMatchers(site)}} == 1
`;

const lease = definePanel({
  id: 10,
  title: 'Lease time left: calculated, gauge and file',
  description:
    'Good: the calculated time is above 0 while clients write. The gauge changes only on lease events and keeps its value after the expiry. The file shows the active lease of the last notification. These lines end an hour after the expiry; after that, a lease that the gateway still reports as active stays at -60 minutes.',
  kind: 'timeseries',
  queries: [
    { expr: (site) => inUnit(promql`max(${leaseTimeLeft(site)})`, IN_MINUTES), legend: 'calculated' },
    {
      // Without a known lease, what the gauge and the file keep would look like one.
      expr: (site) => promql`
        max by (instance) (${inUnit(promql`${gatewayEscrowLeaseTimeToExpiry}{${gatewayRelayMatchers(site)}} > 0`, IN_MINUTES)})
          and on () ${recorded(site, leaseExpiry)}
      `,
      legend: 'gauge of {{instance}}',
    },
    {
      expr: (site) => promql`
        max by (instance) (${inUnit(leaseOfFile(site), IN_MINUTES)})
          and on () ${recorded(site, leaseExpiry)}
      `,
      legend: 'file of {{instance}}',
    },
    {
      expr: (site) => promql`max(${longExpiredLeases(site)}) * -60`,
      legend: LONG_EXPIRED_TEXT,
    },
  ],
  unit: IN_MINUTES.unit,
  colors: { [LONG_EXPIRED_TEXT]: 'dark-red' },
  width: 12,
  height: 11,
  calcs: ['last', 'min'],
  thresholds: on(IN_MINUTES, leaseRemainder),
  noData: withoutEscrow('No lease was known in the selected time range.'),
});

const fallback = definePanel({
  id: 11,
  title: 'Replica reads and writes',
  description:
    'Good: none, or reads and accepted writes while the worker is away. readonly: the write was rejected because there is no lease. No metric counts drive uploads.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        perMinute(
          promql`sum by (mode) (rate(${gatewayReplicaFallbacks}{${gatewayRelayMatchers(site)}, mode="read"}[$__rate_interval]))`,
        ),
      legend: 'requests: {{mode}}',
    },
    {
      expr: (site) =>
        perMinute(
          promql`sum by (result) (rate(${gatewayRelayFallbackWrites}{${gatewayRelayMatchers(site)}}[$__rate_interval]))`,
        ),
      legend: 'writes: {{result}}',
    },
  ],
  unit: PER_MINUTE,
  width: 12,
  height: 11,
  min: 0,
  colors: { 'writes: accepted': 'semi-dark-blue', 'writes: readonly': 'dark-red' },
  noData: 'The relay has not been served from its replica since the gateway started.',
});

const waits = definePanel({
  id: 12,
  title: 'Acknowledgement wait',
  description:
    'Good: under two minutes. From the first pending write to the first acknowledgement, so a night without a worker counts as a night. The top bucket is ten minutes. The observed build records no acknowledgements.',
  kind: 'heatmap',
  queries: [
    {
      expr: (site) =>
        promql`sum by (le) (increase(${bucketOf(gatewayPendingWritePushWait)}{${gatewayRelayMatchers(site)}}[$__rate_interval]))`,
      legend: '{{le}}',
      format: 'heatmap',
    },
  ],
  unit: 's',
  width: 12,
  height: 8,
  noData: 'No acknowledgements are recorded. The observed build records none.',
});

const lags = definePanel({
  id: 13,
  title: 'Lease hold time',
  description:
    'Good: shorter than the lease term. From issue to release, observed at the release; nothing is observed while a lease is held.',
  kind: 'heatmap',
  queries: [
    {
      expr: (site) =>
        promql`sum by (le) (increase(${bucketOf(gatewayEscrowLeaseLag)}{${gatewayRelayMatchers(site)}}[$__rate_interval]))`,
      legend: '{{le}}',
      format: 'heatmap',
    },
  ],
  unit: 's',
  width: 12,
  height: 8,
  noData: withoutEscrow(
    'No lease of this relay has been released since the gateway started, or only the first one.',
  ),
});

export const stateRow: RowDefinition = {
  title: 'Check the state',
  panels: [
    phaseNow,
    pendingFor,
    leaseLeftNow,
    workerPendingNow,
    fallbackFor,
    lagNow,
    timeline,
    firing,
    gauges,
    lease,
    fallback,
  ],
};

export const histogramsRow: RowDefinition = {
  title: 'Acknowledgement and lease times',
  collapsed: true,
  panels: [waits, lags],
};
