import { pendingWritesLeaseExpiry, pendingWritesPending } from '../../metrics/exporter.js';
import {
  gatewayBlindPeerMirrorLag,
  gatewayEscrowLeaseLag,
  gatewayEscrowLeaseTimeToExpiry,
  gatewayPendingWritePushWait,
  gatewayPendingWrites,
  gatewayRelayFallbackWrites,
  gatewayReplicaFallbacks,
} from '../../metrics/gateway.js';
import { alerts } from '../../metrics/prometheus.js';
import { pendingStart } from '../../recording-rules/pending-writes.js';
import { phase } from '../../recording-rules/phase.js';
import { fallbackStart } from '../../recording-rules/replica-fallback.js';
import { definePanel, type RowDefinition } from '../../src/model/dashboard.js';
import { bucketOf } from '../../src/promql/histogram.js';
import { promql } from '../../src/promql/template.js';
import {
  fallbackAge,
  leaseRemainder,
  leaseRemainderOrNone,
  mirrorLag,
  PENDING_MAPPINGS,
  PHASE_MAPPINGS,
  pendingAge,
} from '../shared/mappings.js';
import {
  exporterRelayMatchers,
  firingAlertMatchers,
  gatewayMatchers,
  gatewayRelayMatchers,
  leaseTimeLeft,
  recorded,
  secondsSince,
} from '../shared/selectors.js';

const stat = { kind: 'stat', width: 4, height: 4 } as const;

const phaseNow = definePanel({
  ...stat,
  id: 1,
  title: 'Which phase?',
  description:
    'Good: idle, or worker away for a while. From the recording rule of the phase, which states its inputs. A relay that was idle for an hour has none.',
  queries: [{ expr: (site) => promql`max(${recorded(site, phase)})`, legend: 'phase' }],
  unit: 'none',
  mappings: PHASE_MAPPINGS,
  noData: 'idle',
});

const pendingFor = definePanel({
  ...stat,
  id: 2,
  title: 'Pending for?',
  description:
    'Good: shorter than a night. Kept across gateway restarts. The colours are the alerts’ thresholds.',
  queries: [{ expr: (site) => promql`max(${secondsSince(site, pendingStart)})`, legend: 'pending for' }],
  unit: 's',
  thresholds: pendingAge,
  noData: 'not pending',
});

const leaseLeftNow = definePanel({
  ...stat,
  id: 3,
  title: 'Lease left?',
  description:
    'Good: above 0 while somebody writes. Counts down for real. Below 0: past the expiry, unless a renewal went unseen; GET /api/escrow/leases/query tells.',
  queries: [{ expr: (site) => promql`max(${leaseTimeLeft(site)})`, legend: 'lease left' }],
  unit: 's',
  thresholds: leaseRemainderOrNone,
  noData: 'no lease is known',
});

const workerPendingNow = definePanel({
  ...stat,
  id: 4,
  title: 'Worker says?',
  description:
    'Good: what the gateway says too. Pending if any worker of the relay says so. Nothing where no exporter of a worker that knows it is scraped.',
  queries: [
    {
      expr: (site) => promql`max(${pendingWritesPending}{${exporterRelayMatchers(site)}})`,
      legend: 'worker',
    },
  ],
  unit: 'none',
  mappings: PENDING_MAPPINGS,
  noData: 'no worker measured',
});

const fallbackFor = definePanel({
  ...stat,
  id: 5,
  title: 'On its replica?',
  description:
    'Good: not at all, or for less than a night. Ends when nobody has read for the site’s quiet time.',
  queries: [{ expr: (site) => promql`max(${secondsSince(site, fallbackStart)})`, legend: 'on its replica' }],
  unit: 's',
  thresholds: fallbackAge,
  noData: 'not served from it',
});

const lagNow = definePanel({
  ...stat,
  id: 6,
  title: 'Mirror lag?',
  description:
    'Good: low while it is served from its replica ([check the mirrors](runbook:check-mirrors)). 0 also means unknown; a mirror’s identifier need not be the relay’s key, so it may be missing here.',
  queries: [
    {
      expr: (site) =>
        promql`min(${gatewayBlindPeerMirrorLag}{${gatewayMatchers(site)}, identifier=~"$relay"}) / 1000`,
      legend: 'lag',
    },
  ],
  unit: 's',
  thresholds: mirrorLag,
  noData: 'no mirror of this name',
});

const timeline = definePanel({
  id: 7,
  title: 'What has happened to it?',
  description:
    'Good: worker away, pushing, resyncing, rotating, idle, in this order. The phase, and what each gateway process and each worker says.',
  kind: 'state-timeline',
  queries: [{ expr: (site) => recorded(site, phase), legend: 'phase' }],
  unit: 'none',
  width: 12,
  height: 6,
  mappings: PHASE_MAPPINGS,
  noData: 'It was not busy within the time shown.',
});

const firing = definePanel({
  id: 8,
  title: 'Which alerts fire for it?',
  description: 'Good: none. From the ALERTS series; alerts about the whole gateway are on the overview.',
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`
        max by (${site.by('alertname', 'severity')}) (${alerts}{${firingAlertMatchers(site, 'relay=~"$relay"')}})
      `,
      column: { title: 'state', empty: '', unit: 'none', mappings: [{ value: 1, text: 'firing' }] },
    },
  ],
  unit: 'none',
  width: 12,
  height: 6,
  noData: 'No alert fires for this relay.',
});

const gauges = definePanel({
  id: 9,
  title: 'What does each side say: pending or clear?',
  description:
    'Good: both alike. A gateway process that restarted says nothing until the next write; with several, one may keep a stale pending. A worker stays pending when the cleared push was lost.',
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
  noData: 'Neither a gateway nor a worker knows the relay.',
});

const lease = definePanel({
  id: 10,
  title: 'How long does its lease last, in truth and by the gauge?',
  description:
    'Good: the true remainder above 0 while somebody writes. The gauge stands still between events, and keeps its value after the expiry: 0 there means "no active lease".',
  kind: 'timeseries',
  queries: [
    { expr: (site) => leaseTimeLeft(site), legend: 'true remainder' },
    {
      expr: (site) =>
        promql`max by (instance) (${gatewayEscrowLeaseTimeToExpiry}{${gatewayRelayMatchers(site)}})`,
      legend: 'gauge of {{instance}}',
    },
    {
      expr: (site) => promql`
        max by (instance) (
          ${pendingWritesLeaseExpiry}{${exporterRelayMatchers(site)}} - time() > -3600
        )
      `,
      legend: 'file of {{instance}}',
    },
  ],
  unit: 's',
  width: 12,
  height: 8,
  calcs: ['lastNotNull', 'min'],
  thresholds: leaseRemainder,
  noData: 'The relay has had no lease since the gateway started.',
});

const fallback = definePanel({
  id: 11,
  title: 'Is it served from its replica, and are writes taken?',
  description:
    'Good: nothing, or reads and accepted writes while the worker is away. readonly is a write turned away for want of a lease. Drive uploads are in no metric.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        promql`sum by (mode) (rate(${gatewayReplicaFallbacks}{${gatewayRelayMatchers(site)}, mode="read"}[$__rate_interval]))`,
      legend: 'requests: {{mode}}',
    },
    {
      expr: (site) =>
        promql`sum by (result) (rate(${gatewayRelayFallbackWrites}{${gatewayRelayMatchers(site)}}[$__rate_interval]))`,
      legend: 'writes: {{result}}',
    },
  ],
  unit: 'reqps',
  width: 12,
  height: 8,
  min: 0,
  colors: { 'writes: accepted': 'semi-dark-blue', 'writes: readonly': 'dark-red' },
  noData: 'The relay was not served from its replica since the gateway started.',
});

const waits = definePanel({
  id: 12,
  title: 'How long did its worker take to acknowledge?',
  description:
    'Good: under two minutes. From the first pending write to the first acknowledgement, so a night without a worker counts as a night; ten minutes is the top. The observed build records none.',
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
  noData: 'No acknowledgement recorded: none yet, or a build that does not record them.',
});

const lags = definePanel({
  id: 13,
  title: 'How long were its leases held?',
  description:
    'Good: shorter than the term. From issue to release, observed at the release; nothing is observed while a lease is held.',
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
  noData: 'No lease of this relay has been released since the gateway started, or only its first one.',
});

export const stateRow: RowDefinition = {
  title: 'What is its state?',
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
    waits,
    lags,
  ],
};
