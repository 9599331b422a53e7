import {
  pendingWritesExporterBuildInfo,
  pendingWritesExporterScrapeDuration,
  pendingWritesFieldsLeftOut,
  pendingWritesInflightSize,
  pendingWritesOldestPendingSince,
  pendingWritesQueueSize,
  pendingWritesRecordsLeftOut,
  pendingWritesRelays,
  pendingWritesRelaysJobStatus,
  pendingWritesRelaysWanted,
  pendingWritesStateFileMtime,
  pendingWritesStateFileReadFailures,
  pendingWritesStateFileReadSuccess,
} from '../metrics/exporter.js';
import { up } from '../metrics/prometheus.js';
import { pending, pendingStart } from '../recording-rules/pending-writes.js';
import { allWorkersPending, workerPending } from '../recording-rules/worker-queue.js';
import { defineDashboard, definePanel } from '../src/model/dashboard.js';
import { duration, durationSeconds } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';
import {
  HOURS,
  IN_HOURS,
  NONE_IS_GOOD,
  ORANGE,
  on,
  PER_STEP,
  pendingAge,
  WORK_COLORS,
  waiting,
} from './shared/mappings.js';
import * as shared from './shared/panels.js';
import { exporterMatchers, inUnit, recorded, relaysByUrgency, secondsSince } from './shared/selectors.js';

const measured = definePanel({
  id: 16,
  title: 'Measured workers',
  description:
    'Good: every worker that is switched on is measured. Workers are desktop machines or servers; a worker whose host is off cannot be scraped, and its relays are not counted.',
  kind: 'stat',
  queries: [
    {
      // The numbers become labels, for the legend; the value is the number of workers that are not measured, for the color.
      expr: (site) => promql`
        count_values("measured", sum(${up}{${exporterMatchers(site)}}))
          * on () group_left (workers) (
            count(${up}{${exporterMatchers(site)}} == 0) * on () group_right ()
              count_values("workers", count(${up}{${exporterMatchers(site)}}))
            or on () 0 * count_values("workers", count(${up}{${exporterMatchers(site)}}))
          )
      `,
      legend: '{{measured}} of {{workers}} measured',
    },
  ],
  unit: 'none',
  width: 6,
  height: 5,
  thresholds: NONE_IS_GOOD,
  showsNames: true,
  noData: 'No exporter is scraped.',
});

const unmeasured = definePanel({
  id: 17,
  title: 'Workers that are not measured',
  description:
    'Good: empty, or only hosts that are switched off. What the other panels show does not include the relays of these workers. Shows the first 10.',
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`topk(10, max by (instance) (${up}{${exporterMatchers(site)}} == 0))`,
      column: {
        title: 'exporter',
        empty: 'down',
        unit: 'none',
        mappings: [{ value: 0, text: 'down', color: 'dark-red' }],
      },
    },
  ],
  unit: 'none',
  width: 6,
  height: 5,
  noData: 'No scrape of an exporter fails.',
});

const counts = definePanel({
  id: 1,
  title: 'Relays of the measured workers',
  description:
    'Good: no pending relays once the workers are back. Relays of workers that are not measured are not counted.',
  kind: 'stat',
  queries: [
    {
      expr: (site) => promql`sum(${pendingWritesRelays}{${exporterMatchers(site)}, state="pending"})`,
      legend: 'pending relays',
    },
    {
      expr: (site) => promql`sum(${pendingWritesRelays}{${exporterMatchers(site)}})`,
      legend: 'known relays',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 6,
  height: 5,
  noData: 'No exporter is scraped.',
});

const unreadable = definePanel({
  id: 2,
  title: 'Unreadable state files',
  description:
    'Good: 0, in blue; in grey, a worker is not measured and its file is not counted. The exporter serves the last good version for a minute, then nothing. A missing file is not a fault: the worker has never had pending writes, or the file was deleted ([discard the state file](runbook:discard-state-file)).',
  kind: 'stat',
  queries: [
    {
      // The value, for the color: how many are unreadable, or -1 if none is, but not every worker is measured.
      expr: (site) => promql`
        count_values("unreadable", sum(1 - ${pendingWritesStateFileReadSuccess}{${exporterMatchers(site)}}))
          * on () group_left (files) (
            count_values("files", count(${pendingWritesStateFileReadSuccess}{${exporterMatchers(site)}}))
              * on () group_left () (
                (sum(1 - ${pendingWritesStateFileReadSuccess}{${exporterMatchers(site)}}) > 0)
                  or on () -(max(${up}{${exporterMatchers(site)}} == 0) + 1)
                  or on () max(${up}{${exporterMatchers(site)}}) * 0
              )
          )
      `,
      legend: '{{unreadable}} of {{files}} unreadable',
    },
  ],
  unit: 'none',
  width: 6,
  height: 5,
  thresholds: NONE_IS_GOOD,
  showsNames: true,
  noData: 'No exporter is scraped.',
});

const says = definePanel({ ...shared.workersSay, id: 3, width: 12, height: 9 });

const disagree = definePanel({
  id: 4,
  title: 'Gateway and worker disagree',
  description:
    'Good: empty, or only for moments. Gateway only: the worker is away, it never received the push, or its file was deleted. Worker only: the cleared push was lost, the gateway restarted, or the metadata was cleared manually before the data was ingested. Shows the first 10 of each kind.',
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`
        topk(10, max by (${site.by('relay')}) (${recorded(site, pending)}) and on (${site.by('relay')}) (${workerPending} == 0))
          or on (${site.by('relay')})
        topk(10, max by (${site.by('relay')}) (${recorded(site, allWorkersPending)}) * 2 unless on (${site.by('relay')}) ${pending})
      `,
      column: {
        title: 'reported pending by',
        empty: 'both',
        unit: 'none',
        mappings: [
          { value: 1, text: 'gateway only', color: ORANGE },
          { value: 2, text: 'worker only', color: ORANGE },
        ],
      },
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${secondsSince(site, pendingStart)})
          and on (${site.by('relay')}) topk(10, ${recorded(site, pending)} and on (${site.by('relay')}) (${workerPending} == 0))
      `,
      column: { title: 'pending for', empty: 'not pending', unit: 's', thresholds: waiting(pendingAge) },
    },
  ],
  unit: 'none',
  width: 12,
  height: 9,
  noData: 'No disagreement found between the gateway and the measured workers.',
});

const perWorker = definePanel({
  id: 5,
  title: 'Pending relays by worker',
  description:
    'Good: falls once the worker is back. One line per exporter instance. Shows the 20 workers with the most pending relays in the selected time range.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`
        ${pendingWritesRelays}{${exporterMatchers(site)}, state="pending"}
          and on (instance) topk(20, max_over_time(${pendingWritesRelays}{${exporterMatchers(site)}, state="pending"}[$__range] @ end()))
      `,
      legend: '{{instance}}',
    },
  ],
  unit: 'short',
  decimals: 0,
  width: 12,
  height: 9,
  min: 0,
  noData: 'No exporter is scraped.',
});

const oldest = definePanel({
  id: 6,
  title: 'Oldest pending relay by worker',
  description:
    "Good: below the line. From the worker's own file: if a cleared push was lost, a relay stays pending there although the gateway is clear. Shows the 20 oldest.",
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`
        ${inUnit(promql`time() - ${pendingWritesOldestPendingSince}{${exporterMatchers(site)}}`, IN_HOURS)}
          and on (instance) bottomk(20, ${pendingWritesOldestPendingSince}{${exporterMatchers(site)}} @ end())
      `,
      legend: '{{instance}}',
    },
  ],
  ...HOURS,
  width: 12,
  height: 9,
  thresholds: on(IN_HOURS, ({ thresholds }) => [
    { value: durationSeconds(thresholds.workerQueue.pendingAfter), color: ORANGE },
  ]),
  noData: 'No measured worker reports a pending relay.',
});

const wanted = definePanel({
  id: 7,
  title: 'Pending relays by data type',
  description:
    'Good: none. Pending relays by the data types that the gateway listed in its notification; a relay may wait for several.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`sum by (type) (${pendingWritesRelaysWanted}{${exporterMatchers(site)}})`,
      legend: '{{type}}',
    },
  ],
  unit: 'short',
  decimals: 0,
  width: 12,
  height: 11,
  min: 0,
  noData: 'No exporter is scraped.',
});

const queue = definePanel({
  id: 8,
  title: 'Job queue and results',
  description:
    'Good: the queue empties, and no job ends in error ([watch the resync](runbook:watch-resync)). Last job: relays by the result of their last job. Only state files in snapshot form contain this; the observed worker does not write that form to disk.',
  kind: 'timeseries',
  queries: [
    { expr: (site) => promql`sum(${pendingWritesQueueSize}{${exporterMatchers(site)}})`, legend: 'queued' },
    {
      expr: (site) => promql`sum(${pendingWritesInflightSize}{${exporterMatchers(site)}})`,
      legend: 'in progress',
    },
    {
      expr: (site) =>
        promql`sum by (status) (${pendingWritesRelaysJobStatus}{${exporterMatchers(site)}, status=~"error|completed"})`,
      legend: 'last job: {{status}}',
    },
  ],
  unit: 'short',
  decimals: 0,
  width: 12,
  height: 11,
  min: 0,
  colors: {
    queued: WORK_COLORS.queued,
    'in progress': WORK_COLORS['in progress'],
    'last job: completed': WORK_COLORS.completed,
    'last job: error': WORK_COLORS.error,
  },
  noData: 'No worker writes the snapshot form of the state file.',
});

const rotations = definePanel({ ...shared.rotationsEnded, id: 9, width: 12, height: 11 });

const failed = definePanel({ ...shared.rotationsFailed, id: 10, width: 12, height: 11 });

const failures = definePanel({
  id: 11,
  title: 'State file read failures by reason',
  description:
    'Good: none. changing: the worker writes without a pause. spliced, not_json, not_utf8: the file is damaged, and a worker that restarts loses its queue; spliced means that two writes overlapped. permission, not_a_file, io: check owner, mode and mount. unlinked: the file or its folder was deleted while still mounted; restart the container.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        promql`sum by (reason) (increase(${pendingWritesStateFileReadFailures}{${exporterMatchers(site)}}[$__rate_interval])) > 0`,
      legend: '{{reason}}',
    },
  ],
  unit: PER_STEP,
  width: 8,
  height: 11,
  min: 0,
  noData: 'No failure to read a state file was counted. "Measured workers" shows how many files are read.',
});

const leftOut = definePanel({
  id: 12,
  title: 'Skipped records and fields',
  description:
    'Good: 0. invalid: a record without a usable relay or state. duplicate: an older record of the same relay. cap: more relays than --state-file.max-relays. fields: a known field with an unexpected value.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`sum by (reason) (${pendingWritesRecordsLeftOut}{${exporterMatchers(site)}})`,
      legend: 'records: {{reason}}',
    },
    {
      expr: (site) => promql`sum(${pendingWritesFieldsLeftOut}{${exporterMatchers(site)}})`,
      legend: 'fields',
    },
  ],
  unit: 'short',
  decimals: 0,
  width: 8,
  height: 11,
  min: 0,
  noData: 'No exporter is scraped, or no file was read.',
});

const age = definePanel({
  id: 13,
  title: 'Age of state files',
  description:
    "Good: any age, because a worker writes only when something changes. If a relay should be resyncing, an old file means that nothing is happening. By the clock of the worker's host. A worker without a state file has no line. Shows the 20 most recently written files.",
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`
        ${inUnit(promql`time() - ${pendingWritesStateFileMtime}{${exporterMatchers(site)}}`, IN_HOURS)}
          and on (instance) topk(20, ${pendingWritesStateFileMtime}{${exporterMatchers(site)}} @ end())
      `,
      legend: '{{instance}}',
    },
  ],
  ...HOURS,
  width: 8,
  height: 11,
  noData: 'No state file has been read.',
});

const cost = definePanel({
  id: 14,
  title: 'Exporter scrape duration',
  description:
    'Good: far below the scrape timeout. Time to read the file and render the metrics, without the network. Shows the 20 slowest exporters in the selected time range.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`
        ${pendingWritesExporterScrapeDuration}{${exporterMatchers(site)}}
          and on (instance) topk(20, max_over_time(${pendingWritesExporterScrapeDuration}{${exporterMatchers(site)}}[$__range] @ end()))
      `,
      legend: '{{instance}}',
    },
  ],
  unit: 's',
  width: 12,
  height: 9,
  min: 0,
  softMax: 0.01,
  noData: 'No exporter is scraped.',
});

const builds = definePanel({
  id: 15,
  title: 'Exporter versions',
  description:
    'Good: one version everywhere. Counts the exporters that are scraped, by their version and that of Node.js.',
  kind: 'table',
  queries: [
    {
      expr: (site) =>
        promql`count by (version, node) (${pendingWritesExporterBuildInfo}{${exporterMatchers(site)}})`,
      column: { title: 'exporters', empty: '', unit: 'none', decimals: 0 },
    },
  ],
  unit: 'none',
  width: 12,
  height: 9,
  noData: 'No exporter is scraped.',
});

export const gatewayWorkerQueue = defineDashboard({
  uid: 'gateway-worker-queue',
  title: 'Gateway: worker queue',
  description: "The content and health of the workers' state files.",
  tags: ['gateway-observability'],
  relays: { choose: 'many', query: relaysByUrgency },
  span: duration('6h'),
  rows: [
    { title: 'Pending state', panels: [measured, unmeasured, counts, unreadable, says, disagree] },
    { title: 'Queues', panels: [perWorker, oldest, wanted, queue] },
    { title: 'Escrow rotations', panels: [rotations, failed] },
    { title: 'State files', collapsed: true, panels: [failures, leftOut, age, cost, builds] },
  ],
});
