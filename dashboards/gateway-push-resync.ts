import { lateRatios } from '../recording-rules/objective.js';
import { clearedCount, pendingCount, pendingStart } from '../recording-rules/pending-writes.js';
import { pushes, relayPushes } from '../recording-rules/push-wait.js';
import { deliveredStart, stuck, workerActivity } from '../recording-rules/worker-queue.js';
import { defineDashboard, definePanel } from '../src/model/dashboard.js';
import { duration } from '../src/promql/duration.js';
import { PromqlFragment, promql } from '../src/promql/template.js';
import {
  IN_MINUTES,
  NONE_IS_GOOD,
  ORANGE,
  on,
  PER_MINUTE,
  pendingAge,
  RESULT_COLORS,
  stuckAge,
  waiting,
} from './shared/mappings.js';
import * as shared from './shared/panels.js';
import {
  elapsed,
  inUnit,
  longestPresent,
  orZero,
  perMinuteOf,
  recorded,
  relayMatchers,
  relaysByUrgency,
  secondsSince,
  siteMatchers,
} from './shared/selectors.js';

const stuckCount = definePanel({
  id: 1,
  title: 'Stuck relays',
  description:
    'Good: 0. The worker received the pending-writes push, but it has neither ingested the writes nor rewritten its state file since, or it reports that the job failed. See [clear a stuck job](runbook:clear-stuck-job)',
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
  title: 'Failed pushes',
  description:
    'Good: none. Share of failed pushes of the whole gateway within the longest back-off interval. A push that the worker refuses counts as failed. No data while nothing is pushed. See [watch the resync](runbook:watch-resync) and [clear a stuck job](runbook:clear-stuck-job).',
  kind: 'stat',
  queries: [
    {
      expr: (site) => promql`
        label_replace(
          (sum(${pushes}{${siteMatchers(site, 'result="error"')}}) or on () sum(${pushes}{${siteMatchers(site)}}) * 0)
            / (sum(${pushes}{${siteMatchers(site)}}) > 0),
          "window", "${new PromqlFragment(site.pushWindow)}", "", ""
        )
      `,
      legend: 'in {{window}}',
    },
  ],
  unit: 'percentunit',
  decimals: 0,
  width: 6,
  height: 8,
  thresholds: ({ thresholds }) => [{ value: thresholds.pushWait.failedShare, color: ORANGE }],
  noData: 'no pushes',
});

const cleared = definePanel({
  id: 3,
  title: 'Pending and cleared relays',
  description:
    'Good: pending relays are cleared once their worker is back. Cleared means that a worker reported completion, not that the data was ingested. Cleared relays are summed over 15 minutes.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`sum(sum_over_time(${clearedCount}{${siteMatchers(site)}}[15m]))`,
      legend: 'cleared in 15 minutes',
    },
    { expr: (site) => promql`sum(${pendingCount}{${siteMatchers(site)}})`, legend: 'pending' },
  ],
  unit: 'short',
  decimals: 0,
  width: 12,
  height: 8,
  min: 0,
  colors: { 'cleared in 15 minutes': 'semi-dark-blue', pending: ORANGE },
  noData: 'Not measured: no gateway is scraped.',
});

const results = definePanel({
  id: 4,
  title: 'Pushes per minute',
  description:
    'Good: only success, which means delivered, not ingested. Mean over the longest back-off interval, including the first push of a counter. One push per worker and attempt, for pending and cleared states alike. Covers the whole gateway: the observed build does not label pushes by relay.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        perMinuteOf(promql`sum by (result) (${pushes}{${siteMatchers(site)}})`, site.pushWindow),
      legend: '{{result}}',
    },
  ],
  unit: PER_MINUTE,
  width: 12,
  height: 11,
  min: 0,
  colors: RESULT_COLORS,
  noData: 'No pushes yet: no worker has been online since the gateway started, or nothing was pending.',
});

const relayResults = definePanel({
  id: 5,
  title: 'Pushes by relay',
  description:
    'Good: success for every pending relay whose worker is online. Shows data only for builds that label pushes by relay; the observed build does not. Mean over the longest back-off interval.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`
        ${perMinuteOf(recorded(site, relayPushes), site.pushWindow)}
          and on (${site.by('relay', 'result')}) topk(20, max_over_time(${recorded(site, relayPushes)}[$__range] @ end()))
      `,
      legend: '{{result}} {{relay}}',
    },
  ],
  unit: PER_MINUTE,
  width: 12,
  height: 9,
  min: 0,
  noData: 'No pushes by relay are recorded. The observed build does not label them; see "Pushes per minute".',
});

const slow = definePanel({ ...shared.slowWorkers, id: 6, width: 12, height: 9 });

const toldSince = definePanel({
  id: 7,
  title: 'Time since delivery (not ingested)',
  description:
    'Good: below the line; a resync takes minutes. How long ago the first push of what is pending was delivered. Ends when the worker goes away or the relay is cleared. Shows the 20 longest in the selected time range.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => inUnit(elapsed(longestPresent(site, deliveredStart)), IN_MINUTES),
      legend: '{{relay}}',
    },
  ],
  unit: IN_MINUTES.unit,
  width: 12,
  height: 9,
  min: 0,
  thresholds: on(IN_MINUTES, stuckAge),
  calcs: ['max'],
  noData: 'No push for a pending relay was delivered.',
});

const activity = definePanel({
  id: 8,
  title: 'Time since worker activity (pending relays)',
  description:
    'Good: near 0 while a resync is running. Time since the last change to the state file of a worker that knows the relay. Detected from the change, so a wrong clock on the host does not matter. Shows the 20 relays pending longest.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => inUnit(elapsed(longestPresent(site, workerActivity)), IN_MINUTES),
      legend: '{{relay}}',
    },
  ],
  unit: IN_MINUTES.unit,
  width: 12,
  height: 9,
  min: 0,
  calcs: ['max'],
  noData: 'No measured worker was active on a pending relay. The worker queue shows which are measured.',
});

const worst = definePanel({
  id: 9,
  title: 'Longest-stuck relays (top 10)',
  description:
    'Good: empty. First restart the gateway service of the worker, if its state file is valid ([restart the gateway service inside the worker app](runbook:restart-service)): it reloads its queue and continues.',
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`
        topk(10,
          max by (${site.by('relay')}) (${secondsSince(site, pendingStart)})
            and on (${site.by('relay')}) ${stuck}{${relayMatchers(site)}}
        )
      `,
      column: { title: 'pending for', empty: 'not pending', unit: 's', thresholds: waiting(pendingAge) },
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${secondsSince(site, deliveredStart)})
          and on (${site.by('relay')}) topk(10, ${secondsSince(site, pendingStart)} and on (${site.by('relay')}) ${stuck})
      `,
      column: shared.SINCE_DELIVERY,
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${secondsSince(site, workerActivity)})
          and on (${site.by('relay')}) topk(10, ${secondsSince(site, pendingStart)} and on (${site.by('relay')}) ${stuck})
      `,
      column: { title: 'since worker activity', empty: 'none', unit: 's', thresholds: waiting(() => []) },
    },
  ],
  unit: 'none',
  width: 24,
  height: 6,
  noData: 'No relay is stuck.',
});

const phases = definePanel({ ...shared.phases, id: 10, width: 24, height: 10 });

const objective = definePanel({
  id: 11,
  title: 'Share beyond the objective',
  description:
    'Good: 0, or below the line, which is the long-term budget of the objective. Share of pending relay-minutes beyond the time that the site allows. A short window above the line is a bad hour, a long one a bad week.',
  kind: 'timeseries',
  queries: (['1h', '6h', '1d', '3d'] as const).map((window) => ({
    // The allowed time becomes a label, for the legend. The ratio is not recorded while it is 0.
    expr: (site) => promql`
      label_replace(
        ${orZero(site, promql`max(${lateRatios[window]}{${siteMatchers(site)}})`)},
        "allowed", "${new PromqlFragment(site.thresholds.objective.clearedWithin)}", "", ""
      )
    `,
    legend: `pending over {{allowed}}, in ${window}`,
  })),
  unit: 'percentunit',
  width: 12,
  height: 11,
  min: 0,
  softMax: 0.1,
  thresholds: ({ thresholds: { objective } }) => [
    // Without the noise of binary fractions: 0.01, not 0.010000000000000009.
    { value: Number((1 - objective.target).toPrecision(12)), color: ORANGE },
  ],
  noData: 'Not measured: no gateway is scraped.',
});

export const gatewayPushResync = defineDashboard({
  uid: 'gateway-push-resync',
  title: 'Gateway: push and resync',
  description: 'Whether pending writes are pushed to the workers and ingested there.',
  tags: ['gateway-observability'],
  relays: { choose: 'many', query: relaysByUrgency },
  span: duration('6h'),
  rows: [
    { title: 'Summary', panels: [stuckCount, failedShare, cleared, phases] },
    { title: 'Ingestion', panels: [worst, toldSince, activity] },
    { title: 'Push delivery', panels: [results, objective] },
    // Empty with the observed build.
    { title: 'Pushes by relay and acknowledgements', collapsed: true, panels: [relayResults, slow] },
  ],
});
