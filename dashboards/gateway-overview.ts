import { pendingWritesStateFileReadSuccess } from '../metrics/exporter.js';
import { gatewayBlindPeerMirrorLag } from '../metrics/gateway.js';
import { alerts, up } from '../metrics/prometheus.js';
import { lateRatios } from '../recording-rules/objective.js';
import { pendingCount, pendingStart } from '../recording-rules/pending-writes.js';
import { PHASES, phase } from '../recording-rules/phase.js';
import { pushes } from '../recording-rules/push-wait.js';
import { unlockRequests, writesTurnedAway } from '../recording-rules/replica-fallback.js';
import { told, workerPending } from '../recording-rules/worker-queue.js';
import { defineDashboard, definePanel } from '../src/model/dashboard.js';
import type { Severity } from '../src/model/severity.js';
import type { Site } from '../src/model/site.js';
import { duration, durationSeconds } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';
import {
  leaseRemainderOrNone,
  mirrorLag,
  NONE_IS_GOOD,
  PENDING_MAPPINGS,
  PHASE_MAPPINGS,
  pendingAge,
  RESULT_COLORS,
} from './shared/mappings.js';
import * as shared from './shared/panels.js';
import {
  exporterMatchers,
  firingAlertMatchers,
  gatewayMatchers,
  leaseTimeLeft,
  longestPresent,
  orZero,
  recorded,
  relayMatchers,
  relaysByUrgency,
  secondsSince,
  siteMatchers,
} from './shared/selectors.js';

/** How many relays are in a phase: 0 says measured and none, absent says not measured. */
const inPhase = (site: Site, code: number) =>
  orZero(site, promql`count(${phase}{${relayMatchers(site)}} == ${code})`);

const needy = definePanel({
  id: 14,
  title: 'How many relays need somebody?',
  description:
    'Good: 0 everywhere. Stuck: a worker was told and does not ingest. Blocked: writes are turned away, or wanted while the lease is past its expiry. Unknown: pending when last seen, and the gateway no longer says.',
  kind: 'stat',
  queries: [
    { expr: (site) => inPhase(site, PHASES.stuck), legend: 'stuck' },
    { expr: (site) => inPhase(site, PHASES.blocked), legend: 'blocked' },
    { expr: (site) => inPhase(site, PHASES.unknown), legend: 'unknown' },
  ],
  unit: 'none',
  decimals: 0,
  width: 8,
  height: 8,
  thresholds: NONE_IS_GOOD,
  noData: 'Not measured: no gateway is scraped.',
});

const firing = definePanel({
  id: 13,
  title: 'Which alerts are firing?',
  description:
    'Good: none that is critical or a warning; information tells what is going on and wakes nobody. From the ALERTS series of Prometheus.',
  kind: 'table',
  queries: [
    {
      // One row for each alert of each relay, the gravest first; at most a screenful.
      expr: (site) => {
        const of = (severity: Severity) => promql`
          max by (${site.by('alertname', 'severity', 'relay')}) (
            ${alerts}{${firingAlertMatchers(site, `severity="${severity}"`)}}
          )
        `;
        return promql`topk(50, ${of('critical')} * 3 or ${of('warning')} * 2 or ${of('info')})`;
      },
      column: {
        title: 'what it means',
        empty: '',
        unit: 'none',
        mappings: [
          { value: 3, text: 'somebody has to act now', color: 'dark-red' },
          { value: 2, text: 'somebody has to act today', color: 'orange' },
          { value: 1, text: 'good to know', color: 'semi-dark-blue' },
        ],
      },
    },
  ],
  unit: 'none',
  width: 16,
  height: 8,
  noData: 'No alert is firing.',
});

const counts = definePanel({
  id: 3,
  title: 'Are pending writes cleared in time?',
  description:
    'Good: the number returns to 0 when workers come back, and no share lies beyond the objective. 0 means idle; no line at all means that no gateway is scraped.',
  kind: 'timeseries',
  queries: [
    { expr: (site) => promql`sum(${pendingCount}{${siteMatchers(site)}})`, legend: 'relays pending' },
    {
      expr: (site) => promql`max(${lateRatios['1h']}{${siteMatchers(site)}})`,
      legend: 'share beyond the objective, 1 h',
    },
  ],
  unit: 'short',
  width: 8,
  height: 10,
  min: 0,
  noData: 'Not measured: no gateway is scraped.',
});

const phases = definePanel({ ...shared.phases, id: 1, width: 16, height: 10 });

const worst = definePanel({
  id: 15,
  title: 'Which ten relays have waited longest?',
  description:
    'Good: empty, or relays whose worker has been away for less than a night. A relay leads to its story. The lease counts down for real; without a value the relay holds none.',
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`topk(10, max by (${site.by('relay')}) (${secondsSince(site, pendingStart)}))`,
      column: { title: 'pending for', empty: 'not pending', unit: 's', thresholds: pendingAge },
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${recorded(site, phase)})
          and on (${site.by('relay')}) topk(10, ${secondsSince(site, pendingStart)})
      `,
      column: { title: 'phase', empty: 'idle', unit: 'none', mappings: PHASE_MAPPINGS },
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${leaseTimeLeft(site)})
          and on (${site.by('relay')}) topk(10, ${secondsSince(site, pendingStart)})
      `,
      column: { title: 'lease left', empty: 'no lease', unit: 's', thresholds: leaseRemainderOrNone },
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${secondsSince(site, told)})
          and on (${site.by('relay')}) topk(10, ${secondsSince(site, pendingStart)})
      `,
      column: { title: 'worker told for', empty: 'not told', unit: 's' },
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${recorded(site, workerPending)})
          and on (${site.by('relay')}) topk(10, ${secondsSince(site, pendingStart)})
      `,
      column: { title: 'worker says', empty: 'not measured', unit: 'none', mappings: PENDING_MAPPINGS },
    },
  ],
  unit: 'none',
  width: 24,
  height: 9,
  noData: 'No relay has pending writes.',
});

const ages = definePanel({
  id: 2,
  title: 'For how long have relays been pending?',
  description:
    "Good: shorter than a night. The age survives a gateway restart. The lines are the alerts' thresholds. The twenty relays that were pending longest within the time shown.",
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => longestPresent(site, secondsSince(site, pendingStart), pendingStart),
      legend: '{{relay}}',
    },
  ],
  unit: 's',
  width: 24,
  height: 9,
  min: 0,
  thresholds: pendingAge,
  calcs: ['max'],
  noData: 'No relay has pending writes.',
});

const pushResults = definePanel({
  id: 4,
  title: 'Do pushes reach the workers?',
  description:
    'Good: only success. No line or 0 while every worker is away: then nothing is sent and nothing counted. Pushes within the longest back-off, the first one of a counter included. Counts the whole gateway, all relays together: the observed build does not tell for which relay a push was.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`sum by (result) (${pushes}{${siteMatchers(site)}})`,
      legend: '{{result}}',
    },
  ],
  unit: 'short',
  width: 12,
  height: 8,
  min: 0,
  colors: RESULT_COLORS,
  noData: 'No push yet: no worker has been online since the gateway started, or nothing was pending.',
});

const pushWait = definePanel({ ...shared.slowWorkers, id: 5, width: 12, height: 8 });

const leases = definePanel({ ...shared.leasesLeft, id: 6, width: 24, height: 8 });

const fallback = definePanel({ ...shared.servedFromReplica, id: 7, width: 8, height: 8 });

const turnedAway = definePanel({
  id: 8,
  title: 'Are writes turned away, and are leases granted?',
  description:
    'Good: no write turned away; requests for a lease end in success. Refusals while peers look healthy are the policy at work. Drive uploads that are refused are in no metric.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`sum(${recorded(site, writesTurnedAway)})`,
      legend: 'writes turned away',
    },
    {
      expr: (site) => promql`sum by (result) (${unlockRequests}{${siteMatchers(site)}})`,
      legend: 'lease request: {{result}}',
    },
  ],
  unit: 'short',
  width: 8,
  height: 8,
  min: 0,
  colors: {
    'writes turned away': 'dark-red',
    'lease request: success': 'semi-dark-blue',
    'lease request: error': 'dark-orange',
    'lease request: policy-rejection': 'light-purple',
  },
  noData: 'No write turned away and no lease asked for.',
});

const mirrors = definePanel({
  id: 9,
  title: 'How old are the mirrors?',
  description:
    'Good: low for relays that are served from their replica; a quiet relay may lag for as long as it is quiet. 0 also means that the lag is unknown. The best mirror of each, the ten that lag most.',
  kind: 'table',
  queries: [
    {
      expr: (site) =>
        promql`topk(10, min by (identifier) (${gatewayBlindPeerMirrorLag}{${gatewayMatchers(site)}, type="relay", identifier=~"$relay"}) / 1000)`,
      column: { title: 'lags by', empty: 'unknown', unit: 's', thresholds: mirrorLag },
    },
  ],
  unit: 's',
  width: 8,
  height: 8,
  noData: 'The gateway lists no mirrors.',
});

const workerQueue = definePanel({ ...shared.workersSay, id: 10, width: 12, height: 8 });

const rotations = definePanel({ ...shared.rotationsEnded, id: 11, width: 12, height: 8 });

const scrapes = definePanel({
  id: 12,
  title: 'Is everything measured?',
  description:
    'Good: every gateway up, no state file unreadable. An exporter whose host is off is down: a closed laptop, not a fault, unless the site declares its workers always on. The twenty exporters that are down first.',
  kind: 'state-timeline',
  queries: [
    {
      expr: (site) => promql`min by (job, instance) (${up}{${gatewayMatchers(site)}})`,
      legend: '{{job}} {{instance}}',
    },
    {
      expr: (site) => promql`
        min by (job, instance) (${up}{${exporterMatchers(site)}})
          and on (job, instance) bottomk(20, avg_over_time(${up}{${exporterMatchers(site)}}[$__range] @ end()))
      `,
      legend: '{{job}} {{instance}}',
    },
    {
      expr: (site) => promql`
        min by (instance) (${pendingWritesStateFileReadSuccess}{${exporterMatchers(site)}})
          and on (instance) bottomk(20, min_over_time(${pendingWritesStateFileReadSuccess}{${exporterMatchers(site)}}[$__range] @ end()) == 0)
      `,
      legend: 'state file of {{instance}}',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 16,
  height: 8,
  mappings: [
    { value: 0, text: 'down or unreadable', color: 'dark-red' },
    { value: 1, text: 'up', color: 'semi-dark-blue' },
  ],
  noData: 'Nothing is scraped: no target matches the jobs of the configuration.',
});

const ruleAge = definePanel({
  id: 16,
  title: 'Are the rules evaluated?',
  description:
    'Good: about one evaluation interval. The age of the newest result of a rule that always has one while a gateway is scraped. Older: Prometheus is overloaded or the rules fail. Nothing: the rules are not loaded, or no gateway is scraped.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`time() - max(timestamp(${pendingCount}{${siteMatchers(site)}}))`,
      legend: 'age of the newest result',
    },
  ],
  unit: 's',
  width: 8,
  height: 8,
  min: 0,
  thresholds: ({ config }) => [{ value: 3 * durationSeconds(config.evaluationInterval), color: 'orange' }],
  noData: 'No rule has a result: they are not loaded, or no gateway is scraped.',
});

export const gatewayOverview = defineDashboard({
  uid: 'gateway-overview',
  title: 'Gateway: overview',
  description: 'Is anything wrong, where, and in which phase. The page an alert lands on.',
  tags: ['gateway-observability'],
  relays: { choose: 'many', query: relaysByUrgency },
  span: duration('6h'),
  rows: [
    { title: 'Is anything wrong?', panels: [needy, firing, counts, phases, worst] },
    { title: 'Pending writes', panels: [ages] },
    { title: 'Push and acknowledgement', panels: [pushResults, pushWait] },
    { title: 'Escrow leases', panels: [leases] },
    { title: 'Replica fallback and mirrors', panels: [fallback, turnedAway, mirrors] },
    { title: 'Worker queue and rotation', panels: [workerQueue, rotations] },
    { title: 'Is everything measured?', panels: [scrapes, ruleAge] },
  ],
});
