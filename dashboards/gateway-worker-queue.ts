import {
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
import { NONE_IS_GOOD, pendingAge } from './shared/mappings.js';
import * as shared from './shared/panels.js';
import { exporterMatchers, recorded, relaysByUrgency, secondsSince } from './shared/selectors.js';

const counts = definePanel({
  id: 1,
  title: 'How many workers are measured, and how many relays do they hold pending?',
  description:
    'Good: every worker that is switched on is measured. Workers are desktop machines or servers; one whose host is off cannot be measured.',
  kind: 'stat',
  queries: [
    { expr: (site) => promql`sum(${up}{${exporterMatchers(site)}})`, legend: 'workers measured' },
    {
      expr: (site) => promql`sum(${pendingWritesRelays}{${exporterMatchers(site)}, state="pending"})`,
      legend: 'relays pending',
    },
    {
      expr: (site) => promql`sum(${pendingWritesRelays}{${exporterMatchers(site)}})`,
      legend: 'relays known',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 12,
  height: 5,
  noData: 'No exporter is scraped.',
});

const unreadable = definePanel({
  id: 2,
  title: 'How many state files cannot be read?',
  description:
    'Good: 0. The exporter shows the last good version for a minute, then nothing. Missing is no fault: the worker never had a pending write, or somebody deleted the file ([discard the state file](runbook:discard-state-file)).',
  kind: 'stat',
  queries: [
    {
      expr: (site) => promql`
        count(${pendingWritesStateFileReadSuccess}{${exporterMatchers(site)}} == 0)
          or on () sum(${pendingWritesStateFileReadSuccess}{${exporterMatchers(site)}}) * 0
      `,
      legend: 'unreadable',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 12,
  height: 5,
  thresholds: NONE_IS_GOOD,
  noData: 'No exporter is scraped.',
});

const says = definePanel({ ...shared.workersSay, id: 3, width: 12, height: 9 });

const disagree = definePanel({
  id: 4,
  title: 'On which relays do gateway and worker disagree?',
  description:
    'Good: empty, or for moments. The gateway pending and the worker not: it is away, it was never told, or its file was deleted. The worker pending and the gateway not: the cleared push was lost, the gateway restarted, or the metadata was cleared by hand before the data was ingested. The first ten of each kind.',
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`
        topk(10, max by (${site.by('relay')}) (${recorded(site, pending)}) and on (${site.by('relay')}) (${workerPending} == 0))
          or on (${site.by('relay')})
        topk(10, max by (${site.by('relay')}) (${recorded(site, allWorkersPending)}) * 2 unless on (${site.by('relay')}) ${pending})
      `,
      column: {
        title: 'who says pending',
        empty: 'both',
        unit: 'none',
        mappings: [
          { value: 1, text: 'the gateway only', color: 'orange' },
          { value: 2, text: 'the worker only', color: 'light-purple' },
        ],
      },
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${secondsSince(site, pendingStart)})
          and on (${site.by('relay')}) topk(10, ${recorded(site, pending)} and on (${site.by('relay')}) (${workerPending} == 0))
      `,
      column: { title: 'pending for', empty: 'not pending', unit: 's', thresholds: pendingAge },
    },
  ],
  unit: 'none',
  width: 12,
  height: 9,
  noData: 'Gateway and workers agree, or no exporter is scraped.',
});

const perWorker = definePanel({
  id: 5,
  title: 'Which workers hold most pending relays?',
  description:
    'Good: a number that falls once the worker is back. By the instance of its exporter; the twenty that held most within the time shown.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`
        ${pendingWritesRelays}{${exporterMatchers(site)}, state="pending"}
          and on (instance) topk(20, max_over_time(${pendingWritesRelays}{${exporterMatchers(site)}, state="pending"}[$__range] @ end()) > 0)
      `,
      legend: '{{instance}}',
    },
  ],
  unit: 'short',
  decimals: 0,
  width: 12,
  height: 8,
  min: 0,
  noData: 'No worker holds a pending relay, or no exporter is scraped.',
});

const oldest = definePanel({
  id: 6,
  title: 'How old is the oldest pending relay of each worker?',
  description:
    'Good: below the line. By the worker’s own file: a cleared push that was lost leaves it pending although the gateway is clear. The twenty oldest at the end of the time shown.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`
        time() - ${pendingWritesOldestPendingSince}{${exporterMatchers(site)}}
          and on (instance) bottomk(20, ${pendingWritesOldestPendingSince}{${exporterMatchers(site)}} @ end())
      `,
      legend: '{{instance}}',
    },
  ],
  unit: 's',
  width: 12,
  height: 8,
  min: 0,
  thresholds: ({ thresholds }) => [
    { value: durationSeconds(thresholds.workerQueue.pendingAfter), color: 'orange' },
  ],
  noData: 'No worker holds a pending relay, or no exporter is scraped.',
});

const wanted = definePanel({
  id: 7,
  title: 'What kind of data do the workers wait for?',
  description:
    'Good: nothing left over. Pending relays by the kinds of data that the gateway named; one relay may wait for several.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`sum by (type) (${pendingWritesRelaysWanted}{${exporterMatchers(site)}}) > 0`,
      legend: '{{type}}',
    },
  ],
  unit: 'short',
  decimals: 0,
  width: 12,
  height: 8,
  min: 0,
  noData: 'No worker waits for data, or no exporter is scraped.',
});

const queue = definePanel({
  id: 8,
  title: 'How long are the queues, and what became of the jobs?',
  description:
    'Good: the queue empties, and no job ends in error ([watch the resync](runbook:watch-resync)). Only workers whose file has the snapshot form show this; the observed worker does not write it to disk.',
  kind: 'timeseries',
  queries: [
    { expr: (site) => promql`sum(${pendingWritesQueueSize}{${exporterMatchers(site)}})`, legend: 'queued' },
    {
      expr: (site) => promql`sum(${pendingWritesInflightSize}{${exporterMatchers(site)}})`,
      legend: 'in flight',
    },
    {
      expr: (site) =>
        promql`sum by (status) (${pendingWritesRelaysJobStatus}{${exporterMatchers(site)}, status=~"error|completed"})`,
      legend: 'job: {{status}}',
    },
  ],
  unit: 'short',
  decimals: 0,
  width: 12,
  height: 8,
  min: 0,
  colors: { 'job: error': 'dark-red', 'job: completed': 'semi-dark-blue' },
  noData: 'No worker writes the snapshot form of the file.',
});

const rotations = definePanel({ ...shared.rotationsEnded, id: 9, width: 12, height: 8 });

const failed = definePanel({ ...shared.rotationsFailed, id: 10, width: 12, height: 8 });

const failures = definePanel({
  id: 11,
  title: 'Why can state files not be read?',
  description:
    'Good: nothing. changing: the worker writes without a pause. spliced, not_json and not_utf8: the file itself is damaged, and a worker that restarts loses its queue as well; spliced means that two writes overlapped. permission, not_a_file, io: owner, mode and mount. unlinked: the file or its folder was deleted and is still mounted; restart the container.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        promql`sum by (reason) (increase(${pendingWritesStateFileReadFailures}{${exporterMatchers(site)}}[$__rate_interval])) > 0`,
      legend: '{{reason}}',
    },
  ],
  unit: 'short',
  width: 8,
  height: 8,
  min: 0,
  noData: 'Every scrape could read its state file, or no exporter is scraped.',
});

const leftOut = definePanel({
  id: 12,
  title: 'Is anything in the files left out?',
  description:
    'Good: 0. invalid: a record without a usable relay or state. duplicate: an older record of the same relay. cap: more relays than --state-file.max-relays. fields: something else than expected in a known field.',
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
  height: 8,
  min: 0,
  noData: 'No exporter is scraped, or no file was read.',
});

const age = definePanel({
  id: 13,
  title: 'When did the workers last write their files?',
  description:
    'Good: any age: a worker writes only when something changes. Beside a relay that should be resyncing, an old file says that nothing happens. The twenty written last, by the clock of the worker’s host.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`
        time() - ${pendingWritesStateFileMtime}{${exporterMatchers(site)}}
          and on (instance) topk(20, ${pendingWritesStateFileMtime}{${exporterMatchers(site)}} @ end())
      `,
      legend: '{{instance}}',
    },
  ],
  unit: 's',
  width: 8,
  height: 8,
  noData: 'No state file has been read.',
});

const cost = definePanel({
  id: 14,
  title: 'How long do the exporters take for a scrape?',
  description:
    'Good: far below the scrape timeout. Reading the file and rendering, without the network; the twenty slowest within the time shown.',
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
  width: 24,
  height: 7,
  min: 0,
  noData: 'No exporter is scraped.',
});

export const gatewayWorkerQueue = defineDashboard({
  uid: 'gateway-worker-queue',
  title: 'Gateway: worker queue',
  description: "What do the workers' state files say, and can they be read?",
  tags: ['gateway-observability'],
  relays: { choose: 'many', query: relaysByUrgency },
  span: duration('6h'),
  rows: [
    { title: 'What do the workers hold?', panels: [counts, unreadable, says, disagree] },
    { title: 'Is it worked off?', panels: [perWorker, oldest, wanted, queue] },
    { title: 'Do rotations succeed?', panels: [rotations, failed] },
    { title: 'Can the files be believed?', panels: [failures, leftOut, age, cost] },
  ],
});
