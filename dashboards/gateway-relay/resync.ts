import {
  pendingWritesDriveVersion,
  pendingWritesJobStatus,
  pendingWritesLastUpdate,
  pendingWritesLeaseVersion,
  pendingWritesPending,
  pendingWritesStateFileMtime,
  pendingWritesWanted,
} from '../../metrics/exporter.js';
import { pushes, relayPushes } from '../../recording-rules/push-wait.js';
import { definePanel, type RowDefinition } from '../../src/model/dashboard.js';
import { promql } from '../../src/promql/template.js';
import { NOT_KNOWN, ORANGE, PER_MINUTE, RESULT_COLORS, WORK_COLORS } from '../shared/mappings.js';
import {
  exporterMatchers,
  exporterRelayMatchers,
  perMinuteOf,
  recorded,
  siteMatchers,
} from '../shared/selectors.js';

const pushResults = definePanel({
  id: 16,
  title: 'Pushes to the worker',
  description:
    'Good: success, which means delivered, not ingested. Pushes of this relay if the build labels them by relay; otherwise, as in the observed build, pushes of the whole gateway. Mean over the longest back-off interval.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => perMinuteOf(promql`sum by (result) (${recorded(site, relayPushes)})`, site.pushWindow),
      legend: 'relay: {{result}}',
    },
    {
      expr: (site) =>
        perMinuteOf(promql`sum by (result) (${pushes}{${siteMatchers(site)}})`, site.pushWindow),
      legend: 'whole gateway: {{result}}',
    },
  ],
  unit: PER_MINUTE,
  width: 12,
  height: 8,
  min: 0,
  colors: {
    'relay: success': RESULT_COLORS.success,
    'relay: error': RESULT_COLORS.error,
    'whole gateway: success': 'light-blue',
    'whole gateway: error': 'light-red',
  },
  noData: 'No pushes: no worker has been online since the gateway started.',
});

const jobs = definePanel({
  id: 17,
  title: 'Job status',
  description:
    'Good: queued, in-progress, completed. Only state files in snapshot form contain this; with the observed worker, see the event stream ([watch the events of the worker](runbook:worker-events)) and the log.',
  kind: 'state-timeline',
  queries: [
    {
      expr: (site) => promql`
        max by (instance) (
          ${pendingWritesJobStatus}{${exporterRelayMatchers(site)}, status="queued"} * 1
            or ${pendingWritesJobStatus}{${exporterRelayMatchers(site)}, status="in-progress"} * 2
            or ${pendingWritesJobStatus}{${exporterRelayMatchers(site)}, status="completed"} * 3
            or ${pendingWritesJobStatus}{${exporterRelayMatchers(site)}, status="error"} * 4
        )
      `,
      legend: '{{instance}}',
    },
  ],
  unit: 'none',
  width: 12,
  height: 8,
  mappings: [
    { value: 1, text: 'queued', color: WORK_COLORS.queued },
    { value: 2, text: 'in progress', color: WORK_COLORS['in progress'] },
    { value: 3, text: 'completed', color: WORK_COLORS.completed },
    { value: 4, text: 'error', color: WORK_COLORS.error },
  ],
  noData: 'No job status of the relay. Only state files in snapshot form contain it.',
});

const workerFile = definePanel({
  id: 18,
  title: "Worker's state file",
  description:
    'Good: updated after the last write. One row per worker that knows the relay ([read the state file](runbook:read-state-file)). An old file of a pending relay means that nothing is happening. Notified drive and lease: their versions in the last notification.',
  kind: 'table',
  queries: [
    {
      expr: (site) =>
        promql`max by (instance) (time() - ${pendingWritesLastUpdate}{${exporterRelayMatchers(site)}})`,
      column: { title: 'since notification', empty: NOT_KNOWN, isEmptyUnknown: true, unit: 's' },
    },
    {
      expr: (site) => promql`
        max by (instance) (time() - ${pendingWritesStateFileMtime}{${exporterMatchers(site)}})
          and on (instance) ${pendingWritesPending}{${exporterRelayMatchers(site)}}
      `,
      column: { title: 'file age', empty: NOT_KNOWN, isEmptyUnknown: true, unit: 's' },
    },
    {
      expr: (site) =>
        promql`max by (instance) (${pendingWritesDriveVersion}{${exporterRelayMatchers(site)}})`,
      column: { title: 'notified drive', empty: 'none', unit: 'none', decimals: 0 },
    },
    {
      expr: (site) =>
        promql`max by (instance) (${pendingWritesLeaseVersion}{${exporterRelayMatchers(site)}})`,
      column: { title: 'notified lease', empty: 'none', unit: 'none', decimals: 0 },
    },
  ],
  unit: 'none',
  width: 14,
  height: 6,
  noData: 'No scraped worker knows the relay.',
});

const wanted = definePanel({
  id: 19,
  title: 'Data types waited for',
  description: 'Good: none. From the last notification that the gateway sent to the worker.',
  kind: 'state-timeline',
  queries: [
    {
      expr: (site) => promql`max by (type) (${pendingWritesWanted}{${exporterRelayMatchers(site)}})`,
      legend: '{{type}}',
    },
  ],
  unit: 'none',
  width: 10,
  height: 6,
  mappings: [
    { value: 0, text: 'not waited for', color: 'semi-dark-blue' },
    { value: 1, text: 'waited for', color: ORANGE },
  ],
  noData: 'No worker waits for data of the relay.',
});

const logs = definePanel({
  id: 20,
  title: 'What to look for in the log',
  description:
    "Lines in the worker's log that show the result of the job ([search the worker log](runbook:search-worker-log)).",
  kind: 'text',
  queries: [],
  content: [
    'In the worker’s log:',
    '- `[PendingWrites] Job failed`: the job is not retried automatically; it waits for a new write or a restart. [Clear a stuck job](runbook:clear-stuck-job).',
    '- `[PendingWrites] Job complete`: done; the worker has called `resync-complete` on the gateway.',
    '',
    'In the desktop app: the card "Gateway Pending Writes", fed by the event stream `gateway-pending-writes`.',
  ].join('\n'),
  unit: 'none',
  width: 24,
  height: 6,
  noData: 'A text panel without data.',
});

export const resyncRow: RowDefinition = {
  title: 'Check the resync',
  panels: [pushResults, jobs, workerFile, wanted, logs],
};
