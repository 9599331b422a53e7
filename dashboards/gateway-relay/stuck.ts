import { pendingStart } from '../../recording-rules/pending-writes.js';
import { deliveredStart, workerActivity } from '../../recording-rules/worker-queue.js';
import { definePanel, type RowDefinition } from '../../src/model/dashboard.js';
import { promql } from '../../src/promql/template.js';
import { IN_MINUTES, on, stuckAge } from '../shared/mappings.js';
import { inUnit, secondsSince } from '../shared/selectors.js';

const toldFor = definePanel({
  id: 21,
  title: 'Time since delivery and worker activity',
  description:
    'Good: since delivery below the line, or recent worker activity. A delivery longer ago without worker activity since means stuck. Since delivery: how long ago the first push of what is pending was delivered.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => inUnit(promql`max(${secondsSince(site, deliveredStart)})`, IN_MINUTES),
      legend: 'since delivery',
    },
    {
      expr: (site) => inUnit(promql`max(${secondsSince(site, workerActivity)})`, IN_MINUTES),
      legend: 'since worker activity',
    },
    {
      expr: (site) => inUnit(promql`max(${secondsSince(site, pendingStart)})`, IN_MINUTES),
      legend: 'pending for',
    },
  ],
  unit: IN_MINUTES.unit,
  width: 12,
  height: 10,
  min: 0,
  thresholds: on(IN_MINUTES, stuckAge),
  noData: 'The relay was not pending in the selected time range.',
});

const clearingSteps = definePanel({
  id: 22,
  title: 'How to clear a stuck job',
  description:
    'Summary of [Clear a stuck job](runbook:clear-stuck-job), from the least to the most disruptive action.',
  kind: 'text',
  queries: [],
  content: [
    '1. [Restart the worker’s gateway service](runbook:restart-service): `stop-gateway`, `start-gateway`. It reloads its file and continues.',
    '2. Still stuck: delete `pending-writes-state.json` **while the service is stopped** (stopping it rewrites the file), then start it, [request a lease and write something to the relay](runbook:start-pushes). Only a new write starts the pushes again.',
    '3. Last resort: `POST /api/relays/:relayKey/resync-complete`. It clears the gateway’s metadata whether or not the data was ingested: check the mirrors first. It returns 404 and leaves the gauge at 1 when the registration has expired.',
    '',
    'Toggling `gatewayPendingWrites` or registering the relay again starts no push in the observed build, and registering overwrites the pending metadata. If the state file is damaged because two writes overlapped, do not kill the worker; `stop-gateway` writes the file from memory.',
  ].join('\n'),
  unit: 'none',
  width: 12,
  height: 10,
  noData: 'A text panel without data.',
});

export const stuckRow: RowDefinition = {
  title: 'Clear a stuck job',
  panels: [toldFor, clearingSteps],
};
