import { pendingWritesInflightSize, pendingWritesQueueSize } from '../metrics/exporter.js';
import { up } from '../metrics/prometheus.js';
import { pending, pendingStart } from '../recording-rules/pending-writes.js';
import { allWorkersPending, rotationFailed, workerPending } from '../recording-rules/worker-queue.js';
import { type AlertDefinition, defineAlert } from '../src/model/rules.js';
import { duration } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';

import { workerWasActive } from './evidence.js';
import { counted } from './texts.js';

const panel = (id: number) => ({ uid: 'gateway-overview', panel: id });

export const workerQueuePending = defineAlert({
  alert: 'WorkerQueuePendingTooLong',
  signal: 'worker-queue',
  severity: 'warning',
  runbookSteps: ['watch-resync'],
  situation: 5,
  rationale:
    "The durable queue snapshot. Prometheus counts the time, not the file: the worker's clock may be wrong. The notification in the file proves that the worker was active after the write.",
  labels: ['relay'],
  expr: () => promql`${workerPending} == 1`,
  for: (site) => site.thresholds.workerQueue.pendingAfter,
  summary: "Relay {{ $labels.relay }} has been pending in its worker's queue file for too long.",
  description:
    "The worker received a push and its file still says pending. Either its job failed, or the worker stopped before it was done, or the gateway's cleared push was lost. Search the worker's log for [PendingWrites] Job failed (runbook step 3), then continue with step 4.",
  dashboard: panel(10),
});

export const workerQueueStalled = defineAlert({
  alert: 'WorkerQueueStalled',
  signal: 'worker-queue',
  severity: 'warning',
  runbookSteps: ['watch-resync'],
  rationale: 'Queue size and in-flight jobs, which only the snapshot form of the file has.',
  labels: ['job', 'instance'],
  expr: (site) => promql`
    ${pendingWritesQueueSize}{${site.exporter}} > 0
      and on (${site.by('instance')}) (${pendingWritesInflightSize}{${site.exporter}} == 0)
  `,
  for: () => duration('10m'),
  summary: `The worker at {{ $labels.instance }} has ${counted('job')} in its queue and works on none.`,
  description:
    'Its pending-write coordinator has stopped taking jobs, so the relays in its queue stay pending. Restart the gateway service of that worker (runbook step 4.1).',
  dashboard: panel(10),
});

export const workerRotationFailed = defineAlert({
  alert: 'WorkerRotationFailed',
  signal: 'worker-queue',
  severity: 'warning',
  runbookSteps: ['rotate-deposit'],
  situation: 6,
  rationale: 'The resync is done but the rotation failed: the next fallback will have no lease.',
  labels: ['relay'],
  expr: () => promql`${rotationFailed} > 0`,
  needsEscrow: true,
  // A rotation that fails and is repeated at once needs no attention.
  for: () => duration('5m'),
  summary: 'The escrow rotation of relay {{ $labels.relay }} failed, so its next fallback may get no lease.',
  description:
    'The last failure was seen {{ $value | humanizeTimestamp }} and no completed rotation since; one may have gone unseen, since the file keeps about a dozen. Data is safe, but with the worker away writes would be rejected. Look for "Escrow deposit request failed" in the worker\'s log, fix the cause, then restart the worker, which rotates all its relays (runbook step 5).',
  dashboard: panel(10),
});

export const workerMissedPendingWrites = defineAlert({
  alert: 'WorkerMissedPendingWrites',
  signal: 'worker-queue',
  severity: 'warning',
  runbookSteps: ['start-pushes'],
  situation: 5,
  rationale:
    'The gateway says pending and the worker says cleared: the push was lost or refused, or the registration is gone. A worker that is away looks the same, so the alert needs evidence that it was active since the write, or the declaration of the site.',
  labels: ['relay'],
  expr: (site) => promql`
    (${workerPending} == 0)
      and on (${site.by('relay')}) ${pending}
      ${workerWasActive(site)}
  `,
  for: (site) => site.thresholds.workerQueue.disagreeAfter,
  summary:
    'The gateway holds writes for relay {{ $labels.relay }}, but the state file of its worker says cleared.',
  description:
    "A worker of the relay should be online, yet its file was not notified of these writes: the push was lost or refused, or the relay's registration is gone. Waiting does not help. A new write to the relay starts the pushes (request a lease, then upload a file); if the push counter then shows errors, the worker refuses them.",
  dashboard: panel(10),
});

export const workerPendingOrphaned = defineAlert({
  alert: 'WorkerPendingWritesOrphaned',
  signal: 'worker-queue',
  severity: 'warning',
  runbookSteps: ['clear-by-hand', 'confirm-clear'],
  situation: 5,
  rationale:
    'The worker says pending and the gateway does not: the cleared push was lost, or the metadata was cleared by hand before the data was ingested. The notification in the file proves that the worker was active after the write.',
  labels: ['relay'],
  expr: (site) => promql`
    ${allWorkersPending}
      unless on (${site.by('relay')}) (${pendingStart} > 0)
      and on (${site.by()}) (min by (${site.by()}) (${up}{${site.gateway}}) == 1)
  `,
  for: (site) => site.thresholds.workerQueue.disagreeAfter,
  summary:
    'The worker of relay {{ $labels.relay }} says pending, but the gateway has no pending writes for it.',
  description:
    'Either the cleared push was lost, or not sent because the worker was not registered at that moment, and all is well; or the metadata was cleared by hand before the data was ingested. Check that the mirrors hold the latest state before anything else (runbook steps 4.3 and 6). Restarting the worker does not change its file in the observed build; a new write to the relay that is pushed and cleared does.',
  dashboard: panel(10),
});

export const workerQueueAlerts: readonly AlertDefinition[] = [
  workerQueuePending,
  workerQueueStalled,
  workerRotationFailed,
  workerMissedPendingWrites,
  workerPendingOrphaned,
];
