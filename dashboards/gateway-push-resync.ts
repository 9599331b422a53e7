import { gatewayPendingWritePushes } from '../metrics/gateway.js';
import { lateRatios } from '../recording-rules/objective.js';
import { clearedCount, pendingCount, pendingStart } from '../recording-rules/pending-writes.js';
import { pushes, relayPushes } from '../recording-rules/push-wait.js';
import { stuck, told, workerActivity } from '../recording-rules/worker-queue.js';
import { defineDashboard, definePanel } from '../src/model/dashboard.js';
import { duration } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';
import { NONE_IS_GOOD, pendingAge, RESULT_COLORS, stuckAge } from './shared/mappings.js';
import * as shared from './shared/panels.js';
import {
  gatewayMatchers,
  longestPresent,
  orZero,
  recorded,
  relayMatchers,
  relaysByUrgency,
  secondsSince,
  siteMatchers,
} from './shared/selectors.js';

const stuckCount = definePanel({
  id: 1,
  title: 'How many relays are stuck?',
  description:
    'Good: 0. A worker was told of the pending writes and has neither ingested them nor rewritten its file since, or it says that the job failed. See [clear a stuck job](runbook:clear-stuck-job).',
  kind: 'stat',
  queries: [
    {
      expr: (site) => orZero(site, promql`count(${recorded(site, stuck)})`),
      legend: 'stuck',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 6,
  height: 8,
  thresholds: NONE_IS_GOOD,
  noData: 'Not measured: no gateway is scraped.',
});

const failedShare = definePanel({
  id: 2,
  title: 'What share of the pushes fails?',
  description:
    'Good: none. Pushes of the whole gateway within the longest back-off; one that a worker refuses counts as failed. Nothing while nothing is pushed. See [watch the resync](runbook:watch-resync) and [clear a stuck job](runbook:clear-stuck-job).',
  kind: 'stat',
  queries: [
    {
      expr: (site) => promql`
        (sum(${pushes}{${siteMatchers(site, 'result="error"')}}) or on () sum(${pushes}{${siteMatchers(site)}}) * 0)
          / (sum(${pushes}{${siteMatchers(site)}}) > 0)
      `,
      legend: 'failed',
    },
  ],
  unit: 'percentunit',
  decimals: 0,
  width: 6,
  height: 8,
  thresholds: ({ thresholds }) => [{ value: thresholds.pushWait.failedShare, color: 'orange' }],
  noData: 'Nothing is pushed: nothing is pending, or every worker is away.',
});

const cleared = definePanel({
  id: 3,
  title: 'How many relays were cleared, and how many are pending?',
  description:
    'Good: what becomes pending is cleared when its worker is back. Cleared means that a worker reported completion, not that the data was ingested. Cleared ones are added up over 15 minutes.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`sum(sum_over_time(${clearedCount}{${siteMatchers(site)}}[15m]))`,
      legend: 'cleared within 15 minutes',
    },
    { expr: (site) => promql`sum(${pendingCount}{${siteMatchers(site)}})`, legend: 'pending' },
  ],
  unit: 'short',
  width: 12,
  height: 8,
  min: 0,
  colors: { 'cleared within 15 minutes': 'semi-dark-blue', pending: 'orange' },
  noData: 'Not measured: no gateway is scraped.',
});

const results = definePanel({
  id: 4,
  title: 'Do pushes reach the workers?',
  description:
    'Good: only success, which means delivered, not ingested. One push for each worker and attempt, of pending and cleared states alike. Counts the whole gateway: the observed build does not tell for which relay a push was.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        promql`sum by (result) (rate(${gatewayPendingWritePushes}{${gatewayMatchers(site)}}[$__rate_interval]))`,
      legend: '{{result}}',
    },
  ],
  unit: 'ops',
  width: 12,
  height: 8,
  min: 0,
  colors: RESULT_COLORS,
  noData: 'No push yet: no worker has been online since the gateway started, or nothing was pending.',
});

const relayResults = definePanel({
  id: 5,
  title: 'To which relays does the gateway push?',
  description:
    'Good: success for every pending relay whose worker is online. Only builds that count pushes by relay show anything here; the observed one does not. Pushes within the longest back-off.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`
        ${recorded(site, relayPushes)}
          and on (${site.by('relay', 'result')}) topk(20, max_over_time(${recorded(site, relayPushes)}[$__range] @ end()))
      `,
      legend: '{{result}} {{relay}}',
    },
  ],
  unit: 'short',
  width: 12,
  height: 8,
  min: 0,
  noData: 'This build counts pushes without naming the relay, or nothing is pushed.',
});

const slow = definePanel({ ...shared.slowWorkers, id: 6, width: 12, height: 8 });

const toldSince = definePanel({
  id: 7,
  title: 'Which workers were told long ago and have not ingested?',
  description:
    'Good: below the line; a resync takes minutes. The time for which pushes of the pending relay have been delivered without a break. It ends when the worker goes away, or the relay is cleared. The twenty told longest within the time shown.',
  kind: 'timeseries',
  queries: [{ expr: (site) => longestPresent(site, secondsSince(site, told), told), legend: '{{relay}}' }],
  unit: 's',
  width: 12,
  height: 8,
  min: 0,
  thresholds: stuckAge,
  calcs: ['max'],
  noData: 'No worker is being told of pending writes: nothing is pending, or the workers are away.',
});

const activity = definePanel({
  id: 8,
  title: 'When was a worker last seen at work on a pending relay?',
  description:
    'Good: moments ago while a resync is under way. The age of the last change of the state file of a worker that knows the relay; seen by the change itself, so a wrong clock does not matter. The twenty pending longest.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => longestPresent(site, secondsSince(site, workerActivity), workerActivity),
      legend: '{{relay}}',
    },
  ],
  unit: 's',
  width: 12,
  height: 8,
  min: 0,
  calcs: ['max'],
  noData: 'No worker was seen at work on a pending relay, or no exporter is scraped.',
});

const worst = definePanel({
  id: 9,
  title: 'Which ten relays are stuck longest?',
  description:
    'Good: empty. Restart the worker’s gateway service first ([restart the gateway service of the worker](runbook:restart-service)); it reads its queue again and goes on.',
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`
        topk(10,
          max by (${site.by('relay')}) (${secondsSince(site, pendingStart)})
            and on (${site.by('relay')}) ${stuck}{${relayMatchers(site)}}
        )
      `,
      column: { title: 'pending for', empty: 'not pending', unit: 's', thresholds: pendingAge },
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${secondsSince(site, told)})
          and on (${site.by('relay')}) topk(10, ${secondsSince(site, pendingStart)} and on (${site.by('relay')}) ${stuck})
      `,
      column: { title: 'told for', empty: 'not told', unit: 's', thresholds: stuckAge },
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${secondsSince(site, workerActivity)})
          and on (${site.by('relay')}) topk(10, ${secondsSince(site, pendingStart)} and on (${site.by('relay')}) ${stuck})
      `,
      column: { title: 'worker last seen', empty: 'not seen', unit: 's' },
    },
  ],
  unit: 'none',
  width: 24,
  height: 8,
  noData: 'No relay is stuck.',
});

const phases = definePanel({ ...shared.phases, id: 10, width: 24, height: 10 });

const objective = definePanel({
  id: 11,
  title: 'Is the objective kept?',
  description:
    'Good: absent, or below the line, which is what the objective allows in the long run. The share of relay-minutes pending that lay beyond the time the site allows. A short window above the line is a bad hour, a long one a bad week.',
  kind: 'timeseries',
  queries: (['1h', '6h', '1d', '3d'] as const).map((window) => ({
    expr: (site) => promql`max(${lateRatios[window]}{${siteMatchers(site)}})`,
    legend: `over ${window}`,
  })),
  unit: 'percentunit',
  width: 12,
  height: 8,
  min: 0,
  thresholds: ({ thresholds: { objective } }) => [
    // Without the noise of binary fractions: 0.01, not 0.010000000000000009.
    { value: Number((1 - objective.target).toPrecision(12)), color: 'orange' },
  ],
  noData: 'No relay has been pending for longer than the objective allows.',
});

export const gatewayPushResync = defineDashboard({
  uid: 'gateway-push-resync',
  title: 'Gateway: push and resync',
  description: 'Are workers told of pending writes, and do they ingest them?',
  tags: ['gateway-observability'],
  relays: { choose: 'many', query: relaysByUrgency },
  span: duration('6h'),
  rows: [
    { title: 'Does it flow?', panels: [stuckCount, failedShare, cleared, phases] },
    { title: 'Are workers told?', panels: [results, relayResults, slow, objective] },
    { title: 'Do they ingest?', panels: [toldSince, activity, worst] },
  ],
});
