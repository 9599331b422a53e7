import { pendingWritesInflightSize, pendingWritesQueueSize } from '../metrics/exporter.js';
import { up } from '../metrics/prometheus.js';
import { entryOfBusyRelay, pending, pendingStart } from '../recording-rules/pending-writes.js';
import { allWorkersPending, rotationFailed, workerPending } from '../recording-rules/worker-queue.js';
import { type AlertDefinition, defineAlert } from '../src/model/rules.js';
import { duration } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';

import { workerWasActive } from './evidence.js';
import { counted, MIRRORS_FIRST, RELAY, RESTART_SERVICE, VALUE_AS_TIME } from './texts.js';

const panel = (id: number) => ({ uid: 'gateway-overview', panel: id });

export const workerQueuePending = defineAlert({
  alert: 'WorkerQueuePendingTooLong',
  signal: 'worker-queue',
  severity: 'warning',
  runbookSteps: ['watch-resync'],
  situation: 5,
  rationale:
    "The durable queue snapshot. Prometheus measures the time, because the worker's clock may be wrong. The notification in the file proves that the worker was active after the write.",
  labels: ['relay'],
  expr: (site) => promql`
    (${workerPending} == 1)
      ${entryOfBusyRelay(site)}
  `,
  for: (site) => site.thresholds.workerQueue.pendingAfter,
  summary: `Relay ${RELAY} has been pending in the state file of its worker for too long.`,
  since: pendingStart,
  description: `Either the writes were not ingested, or only the "cleared" push was lost. ${MIRRORS_FIRST} Then search the worker's log for "[PendingWrites] Job failed". If the job failed, ${RESTART_SERVICE}.`,
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
  summary: `The worker at {{ $labels.instance }} has ${counted('job')} in its queue and is processing none.`,
  description: `Writes of its relays are not ingested: its coordinator has stopped taking jobs. ${MIRRORS_FIRST} Then ${RESTART_SERVICE}.`,
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
  summary: `The escrow rotation of relay ${RELAY} failed; the failure was last seen at ${VALUE_AS_TIME}.`,
  description:
    'No data is at risk, but the next time the worker is away, a lease may be refused, and users then cannot write. Can wait until the morning, but not until the worker is away. First look for "Escrow deposit request failed" in the worker\'s log and fix the cause. Then restart the worker app, which rotates all its relays, but only if its state file is valid: a restart on a broken file loses the queue.',
  dashboard: panel(10),
});

export const workerMissedPendingWrites = defineAlert({
  alert: 'WorkerMissedPendingWrites',
  signal: 'worker-queue',
  severity: 'warning',
  runbookSteps: ['start-pushes'],
  situation: 5,
  rationale:
    'The gateway says pending and the worker says cleared: the push was lost or refused, or the registration is gone. A worker that is away looks the same, so the alert needs evidence that it was active after the write, or workers.alwaysOn.',
  labels: ['relay'],
  expr: (site) => promql`
    (${workerPending} == 0)
      and on (${site.by('relay')}) ${pending}
      # a relay that was cleared since the last evaluation has just become pending again
      and on (${site.by('relay')}) (${pendingStart} < time())
      ${workerWasActive(site)}
  `,
  for: (site) => site.thresholds.workerQueue.disagreeAfter,
  summary: `The state file of the worker of relay ${RELAY} says "cleared", but the gateway holds writes for it.`,
  since: pendingStart,
  description: `The worker has been active but was not notified of these writes: the push was lost or refused, or the registration of the relay is gone. ${MIRRORS_FIRST} Then trigger a new push: request a lease, then upload a file to the relay.`,
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
      ${entryOfBusyRelay(site)}
      and on (${site.by()}) (min by (${site.by()}) (${up}{${site.gateway}}) == 1)
  `,
  for: (site) => site.thresholds.workerQueue.disagreeAfter,
  summary: `The state file of the worker of relay ${RELAY} says "pending", but the gateway has no pending writes for it.`,
  description:
    'Harmless if only the "cleared" push was lost. If the pending state was cleared by hand before the writes were ingested, they may be missing on the worker. Can wait until the morning, unless it was cleared by hand today: then first check the mirrors now. Otherwise first check in the log of the worker whether its job is complete. A restart does not correct the state file; a new write that is pushed and cleared does.',
  dashboard: panel(10),
});

export const workerQueueAlerts: readonly AlertDefinition[] = [
  workerQueuePending,
  workerQueueStalled,
  workerRotationFailed,
  workerMissedPendingWrites,
  workerPendingOrphaned,
];
