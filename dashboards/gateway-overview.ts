import {
  pendingWritesPending,
  pendingWritesRotationLastStatus,
  pendingWritesStateFileReadSuccess,
} from '../metrics/exporter.js';
import {
  gatewayBlindPeerMirrorLag,
  gatewayPendingWritePushes,
  gatewayPendingWritePushWait,
} from '../metrics/gateway.js';
import { alerts, up } from '../metrics/prometheus.js';
import { leaseExpiry } from '../recording-rules/lease-expiry.js';
import { lateRatios } from '../recording-rules/objective.js';
import { pendingCount, pendingStart } from '../recording-rules/pending-writes.js';
import { PHASES, phase } from '../recording-rules/phase.js';
import { fallbackRate, unlockRequests, writesTurnedAway } from '../recording-rules/replica-fallback.js';
import { defineDashboard, definePanel, type ValueMapping } from '../src/model.js';
import { bucketOf, durationSeconds, PromqlFragment, promql } from '../src/promql.js';
import type { Site } from '../src/site.js';

/** Matchers on the dashboard's variables, for series by relay. */
const chosen = (site: Site) =>
  new PromqlFragment([...site.config.groupBy, 'relay'].map((label) => `${label}=~"$${label}"`).join(', '));

/** Matchers on the dashboard's variables, for series without a relay. */
const chosenSite = (site: Site) =>
  new PromqlFragment(site.config.groupBy.map((label) => `${label}=~"$${label}"`).join(', '));

// Blue to purple to orange: told apart by people who see red and green alike.
const PHASE_WORDS: readonly ValueMapping[] = [
  { value: PHASES.idle, text: 'idle', color: 'semi-dark-blue' },
  { value: PHASES.workerAway, text: 'worker away', color: 'light-blue' },
  { value: PHASES.pushing, text: 'pushing', color: 'super-light-purple' },
  { value: PHASES.resyncing, text: 'resyncing', color: 'light-purple' },
  { value: PHASES.rotating, text: 'rotating', color: 'semi-dark-purple' },
  { value: PHASES.stuck, text: 'stuck', color: 'semi-dark-orange' },
  { value: PHASES.blocked, text: 'blocked', color: 'dark-red' },
  { value: PHASES.unknown, text: 'unknown', color: 'text' },
];

const phases = definePanel({
  id: 1,
  title: 'Which phase is each relay in?',
  description:
    'Good: idle, or worker away for a while. Stuck and blocked need somebody. Relays that were idle for an hour leave the list. From the recording rule of the phase, which states its inputs.',
  kind: 'state-timeline',
  queries: [{ expr: (site) => promql`topk(50, ${phase}{${chosen(site)}})`, legend: '{{relay}}' }],
  unit: 'none',
  width: 16,
  height: 10,
  mappings: PHASE_WORDS,
  noData: 'No relay was busy within the last hour. If the gateway is not scraped, the panel below says so.',
});

const firing = definePanel({
  id: 13,
  title: 'How many alerts are firing?',
  description: 'Good: none that is critical or a warning. From the ALERTS series of Prometheus.',
  kind: 'stat',
  queries: [
    {
      expr: () => promql`count by (severity) (${alerts}{alertstate="firing", signal!=""})`,
      legend: '{{severity}}',
      instant: true,
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 8,
  height: 5,
  thresholds: () => [{ value: 1, color: 'orange' }],
  noData: 'None is firing.',
});

const counts = definePanel({
  id: 3,
  title: 'How many relays have pending writes, and are they cleared in time?',
  description:
    'Good: returns to 0 when workers come back, and the share beyond the objective stays absent. 0 means idle; no line at all means that no gateway is scraped.',
  kind: 'timeseries',
  queries: [
    { expr: (site) => promql`sum(${pendingCount}{${chosenSite(site)}})`, legend: 'relays pending' },
    {
      expr: (site) => promql`max(${lateRatios['1h']}{${chosenSite(site)}})`,
      legend: 'share beyond the objective, 1 h',
    },
  ],
  unit: 'short',
  width: 8,
  height: 5,
  noData: 'Not measured: no gateway is scraped.',
});

const ages = definePanel({
  id: 2,
  title: 'Which relays have been pending longest?',
  description:
    "Good: shorter than a night. The age survives a gateway restart. The lines are the alerts' thresholds.",
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`topk(20, time() - (${pendingStart}{${chosen(site)}} > 0))`,
      legend: '{{relay}}',
    },
  ],
  unit: 's',
  width: 24,
  height: 9,
  thresholds: ({ thresholds: { pendingWrites } }) => [
    { value: durationSeconds(pendingWrites.warningAfter), color: 'orange' },
    { value: durationSeconds(pendingWrites.criticalAfter), color: 'dark-red' },
  ],
  noData: 'No relay has pending writes.',
});

const pushResults = definePanel({
  id: 4,
  title: 'Do pushes reach the workers?',
  description:
    'Good: only success. No line while every worker is away: then nothing is sent and nothing counted. Counts the whole gateway, all relays together, in the observed build.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        promql`sum by (result) (rate(${gatewayPendingWritePushes}{${site.gateway}}[$__rate_interval]))`,
      legend: '{{result}}',
    },
  ],
  unit: 'ops',
  width: 12,
  height: 8,
  noData: 'No push yet: no worker has been online since the gateway started, or nothing was pending.',
});

const pushWait = definePanel({
  id: 5,
  title: 'How long until a worker acknowledges?',
  description:
    'Good: under the threshold line. 10 minutes is the top bucket: the worker was away for longer. The observed build records no acknowledgement, so the panel stays empty there.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        promql`histogram_quantile(0.9, sum by (le) (rate(${bucketOf(gatewayPendingWritePushWait)}{${site.gateway}, relay=~"$relay"}[$__rate_interval])))`,
      legend: '90 % within',
    },
  ],
  unit: 's',
  width: 12,
  height: 8,
  thresholds: ({ thresholds }) => [{ value: thresholds.pushWait.slowSeconds, color: 'orange' }],
  noData: 'No acknowledgement recorded: idle, or a build that does not record them.',
});

const leases = definePanel({
  id: 6,
  title: 'How long do the escrow leases still last?',
  description:
    "Good: above 0 while somebody writes. The true remainder, reconstructed: the gateway's own gauge stands still. 0 and below: past the expiry, unless a renewal went unseen.",
  kind: 'timeseries',
  queries: [
    { expr: (site) => promql`bottomk(20, ${leaseExpiry}{${chosen(site)}} - time())`, legend: '{{relay}}' },
  ],
  unit: 's',
  width: 24,
  height: 8,
  thresholds: ({ thresholds }) => [
    { value: 0, color: 'orange' },
    { value: durationSeconds(thresholds.leaseExpiry.expiringWithin), color: 'semi-dark-blue' },
  ],
  noData: 'No relay holds an escrow lease.',
});

const fallback = definePanel({
  id: 7,
  title: 'Which relays are served from their replica?',
  description: 'Good: none, or those whose worker is away. Reads per second that no worker served.',
  kind: 'timeseries',
  queries: [{ expr: (site) => promql`topk(20, ${fallbackRate}{${chosen(site)}})`, legend: '{{relay}}' }],
  unit: 'reqps',
  width: 8,
  height: 8,
  noData: 'No relay is served from its replica.',
});

const turnedAway = definePanel({
  id: 8,
  title: 'Are writes turned away, and are leases granted?',
  description:
    'Good: no write turned away; requests for a lease end in success. Refusals while peers look healthy are the policy at work. Drive uploads that are refused are in no metric.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`topk(10, ${writesTurnedAway}{${chosen(site)}})`,
      legend: 'turned away {{relay}}',
    },
    {
      expr: (site) => promql`sum by (result) (${unlockRequests}{${chosenSite(site)}})`,
      legend: 'lease request {{result}}',
    },
  ],
  unit: 'short',
  width: 8,
  height: 8,
  noData: 'No write turned away and no lease asked for.',
});

const mirrors = definePanel({
  id: 9,
  title: 'How old are the mirrors?',
  description:
    'Good: low for relays that are served from their replica; a quiet relay may lag for as long as it is quiet. 0 also means that the lag is unknown. The best mirror of each relay.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        promql`topk(20, min by (identifier) (${gatewayBlindPeerMirrorLag}{${site.gateway}, type="relay", identifier=~"$relay"}) / 1000)`,
      legend: '{{identifier}}',
    },
  ],
  unit: 's',
  width: 8,
  height: 8,
  thresholds: ({ thresholds }) => [{ value: thresholds.replicaFallback.mirrorLagSeconds, color: 'orange' }],
  noData: 'The gateway lists no mirrors.',
});

const workerQueue = definePanel({
  id: 10,
  title: 'What do the workers say is pending?',
  description: 'Good: nothing, or what the gateway says as well. From the exporters beside the workers.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        promql`topk(20, max by (relay) (${pendingWritesPending}{${site.exporter}, relay=~"$relay"}) == 1)`,
      legend: '{{relay}}',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 12,
  height: 8,
  noData: 'No worker says that a relay is pending, or no exporter is scraped.',
});

const rotations = definePanel({
  id: 11,
  title: 'Did the last escrow rotations succeed?',
  description:
    'Good: only completed. A failed one means that the next fallback of the relay may get no lease.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        promql`count by (status) (${pendingWritesRotationLastStatus}{${site.exporter}, relay=~"$relay"} == 1)`,
      legend: '{{status}}',
    },
  ],
  unit: 'short',
  decimals: 0,
  width: 12,
  height: 8,
  noData: 'No rotation in the workers’ files, or no exporter is scraped.',
});

const scrapes = definePanel({
  id: 12,
  title: 'Is everything measured?',
  description: 'Good: 1 everywhere. An exporter whose host is off is 0: a closed laptop, not a fault.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`min by (job, instance) (${up}{${site.gateway}})`,
      legend: '{{job}} {{instance}}',
    },
    {
      expr: (site) => promql`bottomk(20, min by (job, instance) (${up}{${site.exporter}}))`,
      legend: '{{job}} {{instance}}',
    },
    {
      expr: (site) => promql`min by (instance) (${pendingWritesStateFileReadSuccess}{${site.exporter}}) == 0`,
      legend: 'state file unreadable {{instance}}',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 24,
  height: 7,
  noData: 'Nothing is scraped: no target matches the jobs of the configuration.',
});

export const gatewayOverview = defineDashboard({
  uid: 'gateway-overview',
  title: 'Gateway: pending writes',
  description: 'Is anything wrong, where, and in which phase. The page an alert lands on.',
  tags: ['gateway-observability'],
  variables: ['relay'],
  rows: [
    { title: 'Is anything wrong?', panels: [phases, firing, counts] },
    { title: 'Pending writes (runbook step 1)', panels: [ages] },
    { title: 'Push and acknowledgement (runbook steps 1 and 3)', panels: [pushResults, pushWait] },
    { title: 'Escrow leases (runbook steps 1 and 6)', panels: [leases] },
    { title: 'Replica fallback and mirrors (runbook step 1)', panels: [fallback, turnedAway, mirrors] },
    { title: 'Worker queue and rotation (runbook steps 3 and 5)', panels: [workerQueue, rotations] },
    { title: 'Is everything measured?', panels: [scrapes] },
  ],
});
