import {
  pendingWritesInflightSize,
  pendingWritesJobStatus,
  pendingWritesQueueSize,
  pendingWritesQueueUpdated,
  pendingWritesRotationLastEnd,
  pendingWritesRotationLastStatus,
} from '../../metrics/exporter.js';
import { gatewayPendingWrites } from '../../metrics/gateway.js';
import { up } from '../../metrics/prometheus.js';
import { fileState, pending, pendingStart } from '../../recording-rules/pending-writes.js';
import { pushes } from '../../recording-rules/push-wait.js';
import { allWorkersPending, rotationFailed, workerPending } from '../../recording-rules/worker-queue.js';
import type { RunbookPages } from '../../src/model/runbook.js';
import { promql } from '../../src/promql/template.js';
import {
  gatewayLogCommand,
  registrationCommand,
  requestLeaseCommand,
  rotationLogCommand,
  stateFileCommand,
  uploadCommand,
  validFileCommand,
  workerLogCommand,
} from './commands.js';
import {
  hostStep,
  mirrorsFirst,
  mirrorsOfEachSteps,
  mirrorsSteps,
  pendingSinceStep,
  WHERE_FROM,
  workerOnline,
} from './queries.js';
import { AVOID_GATEWAY_RESTART, AVOID_RESTART, restartStep } from './restart.js';

export const workerQueuePages: RunbookPages = {
  WorkerQueuePendingTooLong: ({ site, step, alert }) => ({
    firesWhen:
      'the relay is pending in the state file of its worker; how long is set by `thresholds.workerQueue.pendingAfter`',
    urgency: mirrorsFirst(),
    meaning:
      'The worker received a push, and its file still says pending. The job failed, the worker stopped before the job was done, or the `cleared` push was lost.',
    impact: 'Either the writes were not ingested, or they were and only the file is wrong.',
    check: [
      ...mirrorsSteps({ site, step }),
      hostStep({ site, step }),
      {
        text: 'What does the gateway report? 1: not ingested. 0: the `cleared` push was lost. No line: the gateway was restarted.',
        query: promql`${gatewayPendingWrites}{${site.gateway}, relay="$RELAY"}`,
        mayBeEmpty: true,
      },
      {
        ...pendingSinceStep(site),
        text: `${pendingSinceStep(site).text} No line: the gateway does not report it as pending.`,
        mayBeEmpty: true,
      },
      { text: 'Which other relays?', query: promql`topk(10, ${workerPending} == 1)` },
      {
        text: 'Is the worker running? A line means that a worker was online within 300 s.',
        command: registrationCommand,
      },
      {
        text: 'On the host: did the job fail or complete? The line `Job failed` contains the error.',
        ...workerLogCommand,
      },
    ],
    act: [
      restartStep(
        { step },
        'If the writes were not ingested: a failed job is not retried until there is a new write or the worker restarts.',
      ),
      {
        text: `If the \`cleared\` push was lost, a restart repeats the job and often loses the push again: see ${alert('WorkerPendingWritesOrphaned')}.`,
      },
    ],
    avoid: [AVOID_RESTART, AVOID_GATEWAY_RESTART],
    over: {
      query: promql`${workerPending}{relay="$RELAY"} == 1`,
      becomes: 'empty',
      text: 'The state file says cleared. The query is also empty while the file cannot be read, so check that the file is valid.',
    },
    returnsIf: 'The job fails again, or the next `cleared` push is lost.',
  }),

  WorkerQueueStalled: ({ site, step }) => ({
    firesWhen:
      'the queue of the worker holds jobs and none is in flight. Only a state file in snapshot form shows this; the other form lists notifications without jobs',
    urgency: mirrorsFirst(3),
    meaning: 'The coordinator of the worker has stopped taking jobs.',
    impact:
      'The writes of the relays of this worker are not ingested. Users whom the worker serves do not see them.',
    check: [
      {
        text: 'Which relays, and what is the status of their jobs?',
        query: promql`${pendingWritesJobStatus}{${site.exporter}, instance="$INSTANCE"} == 1`,
        mayBeEmpty: true,
      },
      ...mirrorsOfEachSteps({ site, step }),
      {
        text: `On the host: is the state file valid? If it is not: ${step('rewrite-state-file')}.`,
        ...validFileCommand,
      },
      {
        text: 'How many jobs are in the queue?',
        query: promql`${pendingWritesQueueSize}{${site.exporter}, instance="$INSTANCE"}`,
      },
      {
        text: 'How many are in flight? 0 while the queue is stalled.',
        query: promql`${pendingWritesInflightSize}{${site.exporter}, instance="$INSTANCE"}`,
      },
      {
        text: 'Since when has no job been in flight? Seconds since one was; no line means more than two days, or never.',
        query: promql`time() - max_over_time(timestamp(${pendingWritesInflightSize}{${site.exporter}, instance="$INSTANCE"} > 0)[2d:1m])`,
        mayBeEmpty: true,
      },
      {
        text: 'Seconds since the worker last wrote its snapshot.',
        query: promql`time() - ${pendingWritesQueueUpdated}{${site.exporter}, instance="$INSTANCE"}`,
        mayBeEmpty: true,
      },
      { text: 'On the host: the last lines about jobs.', ...workerLogCommand },
    ],
    act: [
      restartStep({ step }),
      {
        text: `If the queue is stalled again after the restart: ${step('discard-state-file')}. That step lists the relays whose pushes have to be started again.`,
      },
    ],
    avoid: [AVOID_RESTART, AVOID_GATEWAY_RESTART],
    over: {
      query: promql`
        ${pendingWritesQueueSize}{${site.exporter}, instance="$INSTANCE"} > 0
          and on (${site.by('instance')}) (${pendingWritesInflightSize}{${site.exporter}} == 0)
      `,
      becomes: 'empty',
      text: 'A job is in flight, or the queue is empty. The query is also empty while the state file cannot be read or is not in snapshot form, so check that the file is valid.',
    },
    returnsIf: 'The coordinator hangs again.',
  }),

  WorkerRotationFailed: ({ site, step }) => ({
    firesWhen:
      'the last escrow rotation of the relay failed. The alert stays for a day or until a rotation completes',
    urgency:
      'Can wait until the morning, but fix it before the worker is next away. If it goes away earlier, a lease for the relay may be refused; an alert that users cannot write then pages.',
    meaning:
      'The worker has ingested the writes, but the escrow deposit was not replaced. Whether the old deposit still serves for a lease is unknown. The state file holds only the newest rotations, so the failure may no longer be in it.',
    impact:
      'No data is at risk now. The next time the worker is away, the gateway may be refused a lease for the relay. Users then cannot write to it until the worker is back.',
    check: [
      hostStep({ site, step }),
      {
        text: 'On the host of the worker: why did it fail? Look for `Escrow deposit request failed`.',
        ...rotationLogCommand,
      },
      {
        text: 'How long ago was the failure last seen? In seconds.',
        query: promql`time() - (${rotationFailed}{relay="$RELAY"} > 0)`,
      },
      {
        text: 'How long ago was it first seen, within two days? In seconds.',
        query: promql`time() - min_over_time((${rotationFailed}{relay="$RELAY"} > 0)[2d:5m])`,
        mayBeEmpty: true,
      },
      {
        text: 'Status of the newest rotation: the label `status` is `pending` while it runs, then `completed`, `failed` or `other`.',
        query: promql`${pendingWritesRotationLastStatus}{${site.exporter}, relay="$RELAY"} == 1`,
        mayBeEmpty: true,
      },
      {
        text: 'How long ago did it end? In seconds.',
        query: promql`time() - ${pendingWritesRotationLastEnd}{${site.exporter}, relay="$RELAY"}`,
        mayBeEmpty: true,
      },
      { text: 'Which other relays?', query: promql`${rotationFailed} > 0` },
    ],
    act: [
      {
        text: `Fix the cause: ${step('fix-rotation')} shows how to check the escrow service and the secrets.`,
      },
      {
        text: `Is the state file valid? A worker that restarts on a broken file loses its queue. If it is: ${step('run-rotation')}. If it is not: ${step('rewrite-state-file')}. The command below only checks the file.`,
        ...validFileCommand,
      },
      {
        text: `On the host of the worker: does the log have no error since the new rotation was started? Then, if its status is \`completed\`, it counts as successful (${step('confirm-deposit')}).`,
        ...rotationLogCommand,
      },
    ],
    avoid: [
      AVOID_RESTART,
      'Use the IPC action `rotate-gateway-writer`: the observed build does not handle it.',
    ],
    over: {
      query: promql`${rotationFailed}{relay="$RELAY"} > 0`,
      becomes: 'empty',
      text: `The worker completed a rotation, or another worker of the relay has completed a later one and the failure is no longer in the file. It is over if the log has no error since that rotation was started. The alert also ends a day after the failure was last seen, without any rotation: ${step('confirm-deposit')}.`,
    },
    returnsIf: 'The next rotation fails as well.',
  }),

  WorkerMissedPendingWrites: ({ site, step }) => ({
    firesWhen: `the gateway says pending and the state file says cleared for ${site.thresholds.workerQueue.disagreeAfter} (\`thresholds.workerQueue.disagreeAfter\`), although the worker was active after the write`,
    urgency: mirrorsFirst(),
    meaning:
      'The push was lost or refused, or the registration of the relay is gone. The worker does not know of these writes.',
    impact: 'The writes stay on the gateway. Waiting does not help.',
    check: [
      ...mirrorsSteps({ site, step }),
      hostStep({ site, step }),
      pendingSinceStep(site),
      {
        text: 'What does each state file report? 0: cleared. 1: pending.',
        query: promql`${fileState}{relay="$RELAY"}`,
      },
      {
        text: 'Which gateway process reports the relay as pending? Only the process that answered `resync-complete` clears its gauge, so a 1 on another process may be stale.',
        query: promql`${gatewayPendingWrites}{${site.gateway}, relay="$RELAY"} == 1`,
      },
      { text: 'Do pushes fail?', query: promql`${pushes}`, mayBeEmpty: true },
      {
        text: 'Which other relays?',
        query: promql`(${workerPending} == 0) and on (${site.by('relay')}) ${pending}`,
      },
      {
        text: 'Is the worker registered for the relay? Nothing but `HTTP 200` means that it is not.',
        command: registrationCommand,
      },
    ],
    act: [
      {
        text: `${step('start-pushes')}: ${step('request-lease', 'request a lease')}, and write something to the relay. Only a new write starts pushes. Skip the lease if the gateway runs without escrow. ${WHERE_FROM} ${workerOnline(step)}`,
        command: requestLeaseCommand,
      },
      {
        text: `Upload a small file. ${step('read-state-file', 'The state file of the worker')} names the drive.`,
        command: uploadCommand,
      },
      {
        text: 'If another gateway process shows a stale 1, it disappears after the next write to that process has been cleared, or when the process restarts.',
      },
    ],
    avoid: [
      'Register the relay again or toggle `gatewayPendingWrites`: in the observed build neither starts a push.',
    ],
    over: {
      query: promql`(${workerPending}{relay="$RELAY"} == 0) and on (${site.by('relay')}) ${pending}`,
      becomes: 'empty',
      text: 'The state file says pending, because a push arrived, or the gateway has cleared the relay.',
    },
    returnsIf: 'The registration expires again, or the worker refuses pushes.',
  }),

  WorkerPendingWritesOrphaned: ({ site, step }) => ({
    firesWhen: `every worker of the relay says pending and the gateway does not, for ${site.thresholds.workerQueue.disagreeAfter} (\`thresholds.workerQueue.disagreeAfter\`)`,
    urgency:
      'Can wait until the morning, unless the metadata was cleared by hand today. Then check the mirrors now (checks 1 and 2).',
    meaning:
      'The `cleared` push was lost or not sent, because the worker was not registered at that moment. Or the metadata was cleared by hand before the data was ingested.',
    impact:
      'Harmless if only the push was lost. If the metadata was cleared by hand too early, data may be missing on the worker.',
    check: [
      ...mirrorsSteps({ site, step }),
      hostStep({ site, step }),
      {
        text: 'What does each state file report? 1: pending.',
        query: promql`${fileState}{relay="$RELAY"}`,
      },
      {
        text: 'What does the gateway report? Expect 0 or no line.',
        query: promql`${gatewayPendingWrites}{${site.gateway}, relay="$RELAY"}`,
        mayBeEmpty: true,
      },
      {
        text: 'Which other relays?',
        query: promql`${allWorkersPending} unless on (${site.by('relay')}) (${pendingStart} > 0)`,
      },
      { text: 'On the host: is the job complete?', ...workerLogCommand },
      {
        text: 'Which gateway processes are there? The label `instance` names the host.',
        query: promql`${up}{${site.gateway}}`,
      },
      {
        text: 'In the log of each of them: was `resync-complete` called by hand?',
        ...gatewayLogCommand('resync-complete', 'notifyCleared'),
      },
    ],
    act: [
      {
        text: `If the job is not complete, the worker has to process the queue in its file. Is the file valid? If it is: ${step('restart-service')}. If it is not: ${step('rewrite-state-file')}.`,
        ...stateFileCommand,
      },
      {
        text: `If the job is complete, only the file is wrong. A new write to the relay that is pushed and cleared corrects it, see ${step('start-pushes')}. A restart often loses the \`cleared\` push again.`,
        command: uploadCommand,
      },
      { text: `Or, if no other relay in the file is pending: ${step('discard-state-file')}.` },
    ],
    avoid: [AVOID_RESTART],
    over: {
      query: promql`${allWorkersPending}{relay="$RELAY"} unless on (${site.by('relay')}) (${pendingStart} > 0)`,
      becomes: 'empty',
      text: 'The state file says cleared, or the gateway says pending as well.',
    },
    returnsIf: 'The next `cleared` push is lost, for example because the worker restarts during its job.',
  }),
};
