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
import { RESULT_COLORS } from '../shared/mappings.js';
import { exporterMatchers, exporterRelayMatchers, recorded, siteMatchers } from '../shared/selectors.js';

const pushResults = definePanel({
  id: 16,
  title: 'Is its worker told?',
  description:
    'Good: success. The relay’s own pushes where the build counts them by relay; otherwise those of the whole gateway, all relays together, as in the observed build. Within the longest back-off; success means delivered, not ingested.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`sum by (result) (${recorded(site, relayPushes)})`,
      legend: 'its own: {{result}}',
    },
    {
      expr: (site) => promql`sum by (result) (${pushes}{${siteMatchers(site)}})`,
      legend: 'whole gateway: {{result}}',
    },
  ],
  unit: 'short',
  width: 12,
  height: 8,
  min: 0,
  colors: {
    'its own: success': RESULT_COLORS.success,
    'its own: error': RESULT_COLORS.error,
    'whole gateway: success': 'light-blue',
    'whole gateway: error': 'light-red',
  },
  noData: 'Nothing was pushed: no worker has been online since the gateway started.',
});

const jobs = definePanel({
  id: 17,
  title: 'What is the state of its job?',
  description:
    'Good: queued, in-progress, completed. Only workers whose file has the snapshot form tell; with the observed one, look at the event stream ([watch the events of the worker](runbook:worker-events)) and the log.',
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
    { value: 1, text: 'queued', color: 'light-blue' },
    { value: 2, text: 'in progress', color: 'light-purple' },
    { value: 3, text: 'completed', color: 'semi-dark-blue' },
    { value: 4, text: 'error', color: 'dark-red' },
  ],
  noData: 'No worker writes the snapshot form of the file, or it has no job of the relay.',
});

const workerFile = definePanel({
  id: 18,
  title: 'What does the worker’s file say of it?',
  description:
    'Good: updated after the last write. One row for each worker that knows the relay ([read the state file](runbook:read-state-file)). An old file beside a pending relay says that nothing happens.',
  kind: 'table',
  queries: [
    {
      expr: (site) =>
        promql`max by (instance) (time() - ${pendingWritesLastUpdate}{${exporterRelayMatchers(site)}})`,
      column: { title: 'told ago', empty: 'unknown', unit: 's' },
    },
    {
      expr: (site) => promql`
        max by (instance) (time() - ${pendingWritesStateFileMtime}{${exporterMatchers(site)}})
          and on (instance) ${pendingWritesPending}{${exporterRelayMatchers(site)}}
      `,
      column: { title: 'file written ago', empty: 'unknown', unit: 's' },
    },
    {
      expr: (site) =>
        promql`max by (instance) (${pendingWritesDriveVersion}{${exporterRelayMatchers(site)}})`,
      column: { title: 'drive version', empty: 'none', unit: 'none', decimals: 0 },
    },
    {
      expr: (site) =>
        promql`max by (instance) (${pendingWritesLeaseVersion}{${exporterRelayMatchers(site)}})`,
      column: { title: 'lease version', empty: 'none', unit: 'none', decimals: 0 },
    },
  ],
  unit: 'none',
  width: 12,
  height: 6,
  noData: 'No worker that knows the relay is measured.',
});

const wanted = definePanel({
  id: 19,
  title: 'Which kinds of data does it wait for?',
  description: 'Good: none left. As the gateway named them in its last notification to the worker.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`max by (type) (${pendingWritesWanted}{${exporterRelayMatchers(site)}})`,
      legend: '{{type}}',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 12,
  height: 6,
  min: 0,
  calcs: ['lastNotNull'],
  noData: 'No worker waits for data of the relay.',
});

const logs = definePanel({
  id: 20,
  title: 'What no metric tells',
  description:
    'The lines of the worker’s log that say how the job went: [search the worker log](runbook:search-worker-log).',
  kind: 'text',
  queries: [],
  content: [
    'In the worker’s log:',
    '- `[PendingWrites] Job failed`: the job waits for a new write or a restart; it is not retried automatically. [Clear a stuck job](runbook:clear-stuck-job).',
    '- `[PendingWrites] Job complete`: done; the gateway is told with `resync-complete`.',
    '',
    'In the desktop app: the card "Gateway Pending Writes", fed by the event stream `gateway-pending-writes`.',
  ].join('\n'),
  unit: 'none',
  width: 24,
  height: 6,
  noData: 'A text; it has no data.',
});

export const resyncRow: RowDefinition = {
  title: 'Does its worker resync?',
  panels: [pushResults, jobs, workerFile, wanted, logs],
};
