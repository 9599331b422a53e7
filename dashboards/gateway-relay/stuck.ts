import { pendingStart } from '../../recording-rules/pending-writes.js';
import { told, workerActivity } from '../../recording-rules/worker-queue.js';
import { definePanel, type RowDefinition } from '../../src/model/dashboard.js';
import { promql } from '../../src/promql/template.js';
import { stuckAge } from '../shared/mappings.js';
import { secondsSince } from '../shared/selectors.js';

const toldFor = definePanel({
  id: 21,
  title: 'Was it told long ago, and is anybody at work?',
  description:
    'Good: told for less than the line, or a worker at work just now. Told for longer with nobody at work is stuck.',
  kind: 'timeseries',
  queries: [
    { expr: (site) => promql`max(${secondsSince(site, told)})`, legend: 'told for' },
    {
      expr: (site) => promql`max(${secondsSince(site, workerActivity)})`,
      legend: 'worker last seen at work',
    },
    { expr: (site) => promql`max(${secondsSince(site, pendingStart)})`, legend: 'pending for' },
  ],
  unit: 's',
  width: 12,
  height: 8,
  min: 0,
  thresholds: stuckAge,
  noData: 'Not pending, or no worker was told.',
});

const clearingSteps = definePanel({
  id: 22,
  title: 'How to clear a stuck job',
  description:
    '[Clear a stuck job](runbook:clear-stuck-job) in short: from the mildest remedy to the last resort.',
  kind: 'text',
  queries: [],
  content: [
    '1. [Restart the worker’s gateway service](runbook:restart-service): `stop-gateway`, `start-gateway`. It reads its file again and goes on.',
    '2. Still stuck: delete `pending-writes-state.json` **while the service is stopped** (stopping rewrites the file), start it, [request a lease and write something to the relay](runbook:start-pushes): only a new write starts the pushes again.',
    '3. Last resort: `POST /api/relays/:relayKey/resync-complete`. It clears the gateway’s metadata whether or not the data was ingested: check the mirrors first. It answers 404 and leaves the gauge at 1 when the registration has expired.',
    '',
    'Toggling `gatewayPendingWrites` or registering the relay again starts no push in the observed build, and registering overwrites the pending metadata. If the state file is spliced, do not kill the worker: `stop-gateway` writes the file from memory.',
  ].join('\n'),
  unit: 'none',
  width: 12,
  height: 8,
  noData: 'A text; it has no data.',
});

export const stuckRow: RowDefinition = {
  title: 'Is it stuck, and how to clear it?',
  panels: [toldFor, clearingSteps],
};
