import {
  pendingWritesJobStatus,
  pendingWritesRotationLastAttempts,
  pendingWritesRotationLastStart,
  pendingWritesRotationLastStatus,
  pendingWritesStateFileMissing,
} from '../metrics/exporter.js';
import { gatewayPendingWritePushes, gatewayPendingWrites } from '../metrics/gateway.js';
import { up } from '../metrics/prometheus.js';
import { defineRecordingRule, type RecordingRuleDefinition } from '../src/model/rules.js';
import type { Site } from '../src/model/site.js';
import { closedRange, durationOf, durationSeconds } from '../src/promql/duration.js';
import { PromqlFragment, promql } from '../src/promql/template.js';
import { increaseSinceBirth } from './counter-increase.js';
import { fileCleared, fileState, fileUpdated, pending, pendingStart } from './pending-writes.js';
import { pushes, relayPushes } from './push-wait.js';
import { clockOffset, fileWritten } from './state-file.js';

const NO_EXPORTER = 'no worker exporter is scraped, or none of its relays is pending';

/** The workers' view of the relays that are pending according to the gateway or a worker. */
export const workerPending = defineRecordingRule({
  record: 'relay:pending_writes_pending:max',
  help: "State in the workers' readable state files, for relays that are pending or remembered as pending on the gateway, or pending in a file: 1 pending on any worker, 0 cleared on all workers that know the relay.",
  unit: 'none',
  labels: ['relay'],
  runbookSteps: ['read-state-file'],
  situation: 5,
  rationale:
    'A relay may have several workers, so their files are aggregated by relay before any comparison. The relays of a file that cannot be read are unknown, not cleared.',
  emptyWhen: NO_EXPORTER,
  expr: (site) => promql`
    max by (${site.by('relay')}) (
      ${fileState} and on (${site.by('instance')}) ${clockOffset}
    )
  `,
});

/** A relay may have several workers; it is enough if one of them has the data. */
export const allWorkersPending = defineRecordingRule({
  record: 'relay:pending_writes_pending:min',
  help: '1 for each relay that is pending in every readable state file that contains it; other relays are absent.',
  unit: 'none',
  labels: ['relay'],
  runbookSteps: ['read-state-file'],
  situation: 5,
  rationale: 'One worker that has the data is enough.',
  emptyWhen: NO_EXPORTER,
  expr: (site) => promql`
    min by (${site.by('relay')}) (
      ${fileState} and on (${site.by('instance')}) ${clockOffset}
    ) == 1
  `,
});

/** A worker that is away, or whose file was deleted, still has its queue. */
export const lastSeenState: RecordingRuleDefinition = defineRecordingRule({
  record: 'instance_relay:pending_writes_pending_last_seen:max',
  help: "State of each pending relay in each worker's file when that was last seen: 1 pending, 0 cleared or not named any more.",
  unit: 'none',
  labels: ['instance', 'relay'],
  runbookSteps: ['read-state-file'],
  situation: 5,
  rationale:
    'A worker with the relay in its queue needs no push. Its exporter may be away together with it, for as long as the host sleeps.',
  emptyWhen: 'no worker is known to have a pending relay in its file',
  expr: (site) => {
    const on = site.by('instance', 'relay');
    return promql`
      max by (${on}) (
        (
          ${fileState}
          or on (${on})
          # the exporter does not answer, or the file was deleted
          (
            (
              ${lastSeenState} offset ${site.config.evaluationInterval}
              or on (${on})
              # newly pending: the file may have said pending before the gateway did
              last_over_time(${fileState}[${site.memory}])
              or on (${on})
              last_over_time(${lastSeenState}[${site.memory}])
            )
              unless on (${site.by('instance')}) (
                ${clockOffset} unless on (${site.by('instance')}) (${pendingWritesStateFileMissing}{${site.exporter}} == 1)
              )
          )
          or on (${on})
          # a file that can be read and does not name the relay any more has lost it: without this 0, its deletion would bring it back
          last_over_time(${lastSeenState}[${site.memory}]) * 0
        )
          and on (${site.by('relay')}) (${pendingStart} > 0)
      )
    `;
  },
});

/** Since when a worker is known to have been active, by instance. */
const active = (site: Site) =>
  site.config.workers.exporterRunsWithWorker
    ? promql`
        max by (${site.by('instance')}) (
          # the site declares that an exporter runs as long as its worker
          timestamp(${up}{${site.exporter}}) and on (${site.by('instance')}) (${up}{${site.exporter}} == 1)
        )
      `
    : promql`${fileWritten}`;

/**
 * The evidence that alerts need before they may name a relay: no metric shows whether a worker is online, and a worker that
 * is away explains the state. What a worker did before the write is no evidence.
 */
export const workerActivity: RecordingRuleDefinition = defineRecordingRule({
  record: 'relay:pending_writes_worker_activity:timestamp_seconds',
  help: 'When a worker of a pending relay was last active, by the clock of Prometheus; 0 while that is not known: its state file cannot be read, or a push was delivered since its exporter was last scraped.',
  unit: 'seconds since the epoch',
  labels: ['relay'],
  situation: 5,
  rationale:
    'A worker rewrites its file when something changes, and rotates all its relays when it reconnects. It is compared with the start of the pending write, so activity before the write proves nothing. Nor does activity before a push that was delivered after the last scrape of its exporter.',
  emptyWhen: NO_EXPORTER,
  expr: (site) => promql`
    # unknown: the state file of a worker of the relay cannot be read
    group by (${site.by('relay')}) (
      (${fileState} and on (${site.by('relay')}) (${pendingStart} > 0))
        unless on (${site.by('instance')}) ${clockOffset}
    ) * 0
    or on (${site.by('relay')})
    max by (${site.by('relay')}) (
      # a worker that was never notified about the relay has it in its rotations
      (
        (${fileState} and on (${site.by('relay')}) (${pendingStart} > 0))
        or on (${site.by('instance', 'relay')})
        (${pendingWritesRotationLastAttempts}{${site.exporter}} and on (${site.by('relay')}) (${pendingStart} > 0))
      ) * 0
        + on (${site.by('instance')}) group_left () ${active(site)}
    )
    or on (${site.by('relay')})
    last_over_time(${workerActivity}[${site.memory}])
      * on (${site.by('relay')}) (
        # delivered while no exporter shows the worker: it may have been active until then
        (group by (${site.by('relay')}) (${relayPushes}{result="success"} > 0) and on (${site.by('relay')}) (${pendingStart} > 0)) * 0
        or on (${site.by('relay')})
        group by (${site.by('relay')}) (${pendingStart} > 0)
      )
  `,
});

/** Two scrapes and two evaluations lie between a write and the moment at which it is first seen as pending; in seconds. */
const seenWithin = ({ config }: Site) =>
  2 * durationSeconds(config.scrapeInterval) + 2 * durationSeconds(config.evaluationInterval);

/** A worker was notified of the write that is pending now, and the gateway still delivers pushes. */
export const delivered = defineRecordingRule({
  record: 'relay:gateway_pending_writes_delivered:max',
  help: '1 for each pending relay whose worker received a push within the longest back-off. Known from pushes by relay if the build labels them and the relay was not cleared since the push, otherwise from a notification of this pending write in the state file while the gateway delivers pushes. Other relays are absent.',
  unit: 'none',
  labels: ['relay'],
  runbookSteps: ['watch-resync'],
  situation: 3,
  rationale:
    'success means delivered, not ingested. Without a worker, no push is counted. The observed build has no relay label, so the state file shows which relay was pushed; a notification from before the write does not count.',
  emptyWhen: 'no worker of a pending relay was notified',
  expr: (site) => promql`
    (
      # the build labels pushes by relay; shortly after a clearing, the push may be of the write before
      (
        group by (${site.by('relay')}) (${relayPushes}{result="success"} > 0)
          unless on (${site.by('relay')}) (
            (${fileCleared} > time() - ${durationSeconds(site.pushWindow)}) unless on (${site.by('relay')}) (${workerPending} == 1)
          )
      )
      or on (${site.by('relay')})
      # it does not: the worker's file shows that a push of this write arrived, and pushes are still delivered
      (
        group by (${site.by('relay')}) (
          (${fileUpdated} > on (${site.by('relay')}) group_left () (${pendingStart} - ${seenWithin(site)}))
            and on (${site.by('instance', 'relay')}) (${fileState} == 1)
        )
          and on (${site.by()}) (${pushes}{result="success"} > 0)
          unless on (${site.by()}) ${relayPushes}
      )
    )
    and on (${site.by('relay')}) ${pending}
  `,
});

/** Since when pushes have been delivered: the time for a normal resync starts here. */
export const deliveredStart: RecordingRuleDefinition = defineRecordingRule({
  record: 'relay:gateway_pending_writes_delivered:start_timestamp_seconds',
  help: 'Since when pushes for a pending relay have been delivered to a worker without interruption; 0 for one evaluation after that ends.',
  unit: 'seconds since the epoch',
  labels: ['relay'],
  runbookSteps: ['watch-resync'],
  situation: 3,
  rationale:
    'A worker that goes away gets no more pushes, so the value ends then. It starts again with the next pending write, even where the gauge of another process hides that the one before was cleared: a process whose own gauge is 0 pushes only when it clears the relay. It begins with a push that was just delivered, or with an entry in a file, because the pushes of the last minutes may be of the write before.',
  emptyWhen: 'no worker of a pending relay was notified',
  expr: (site) => promql`
    # delivered before, and still
    (
      (last_over_time(${deliveredStart}[${site.memory}]) > 0) and on (${site.by('relay')}) ${delivered}
        # of the write that is pending now: a worker may have cleared another one while the gauge of some process stayed 1
        unless on (${site.by('relay')}) (${pendingStart} > on (${site.by('relay')}) last_over_time(${deliveredStart}[${site.memory}]))
        # a process whose own gauge is 0 pushes only to report that it cleared the relay
        unless on (${site.by('relay')}) (
          (${increaseSinceBirth(site, gatewayPendingWritePushes, '', durationOf(seenWithin(site)))} > 0)
            and on (${site.by('instance', 'relay')}) (${gatewayPendingWrites}{${site.gateway}} == 0)
        )
    )
    or on (${site.by('relay')})
    # delivered since the last evaluation, while already pending; earlier pushes may belong to the previous write, unless a file says pending
    (
      (${delivered} * 0 + time())
        unless on (${site.by('relay')}) (
          (
            (${relayPushes}{result="success"} <= ${relayPushes} offset ${site.config.evaluationInterval})
            or on (${site.by('relay')})
            (${pendingStart} > on (${site.by('relay')}) timestamp(${relayPushes}{result="success"} offset ${site.config.evaluationInterval}))
          )
            unless on (${site.by('relay')}) (${workerPending} == 1)
        )
    )
    or on (${site.by('relay')})
    # no longer: the 0 is a tombstone
    (last_over_time(${deliveredStart}[${site.memory}]) > 0) * 0
  `,
});

/**
 * A worker does its jobs in the order of the notifications. In a long queue, relays of which it was notified long ago leave
 * the queue all the time; a worker that only does new jobs has passed over the old ones.
 */
export const queueProgress = defineRecordingRule({
  record: 'instance:pending_writes_queue_progress:group',
  help: '1 for each worker whose file has just cleared a relay whose notification is older than thresholds.pendingWrites.stuckAfter; other workers are absent.',
  unit: 'none',
  labels: ['instance'],
  runbookSteps: ['watch-resync'],
  situation: 3,
  rationale:
    'A long queue after an outage is not a fault. On a busy worker, new relays that come and go do not prove that an old one will be processed.',
  emptyWhen: 'no worker is working through an old queue',
  expr: (site) => promql`
    group by (${site.by('instance')}) (
      (${fileUpdated} offset ${site.config.evaluationInterval} < time() - ${durationSeconds(site.thresholds.pendingWrites.stuckAfter)})
        and on (${site.by('instance', 'relay')}) (${fileState} offset ${site.config.evaluationInterval} == 1)
        unless on (${site.by('instance', 'relay')}) (${fileState} == 1)
        and on (${site.by('instance')}) ${clockOffset}
    )
  `,
});

/** What the alert and the phase mean by stuck. */
export const stuck = defineRecordingRule({
  record: 'relay:gateway_pending_writes_stuck:max',
  help: '1 for each pending relay whose worker was notified longer than thresholds.pendingWrites.stuckAfter ago and has not worked through an old queue within rateWindow, or reports that the job failed; other relays are absent.',
  unit: 'none',
  labels: ['relay'],
  runbookSteps: ['clear-stuck-job'],
  situation: 3,
  rationale: 'A failed job is not retried automatically.',
  emptyWhen: 'no relay is stuck',
  expr: (site) => promql`
    (
      ((time() - (${deliveredStart} > 0)) > ${durationSeconds(site.thresholds.pendingWrites.stuckAfter)}) * 0 + 1
        # a worker that is busy with a long queue will reach the relay
        unless on (${site.by('relay')}) (
          (${fileState} == 1)
            and on (${site.by('instance')}) present_over_time(${queueProgress}[${closedRange(site.rateWindow)}])
        )
    )
    or on (${site.by('relay')})
    # the snapshot form of the file names the job's status; where it also says cleared, the job was an earlier one
    (
      group by (${site.by('relay')}) (
        (${pendingWritesJobStatus}{${site.exporter}, status="error"} == 1) unless on (${site.by('instance', 'relay')}) (${fileState} == 0)
      )
        and on (${site.by('relay')}) ${pending}
    )
  `,
});

const rotations = (site: Site, status: 'completed' | 'failed') =>
  promql`(${pendingWritesRotationLastStatus}{${site.exporter}, status=${new PromqlFragment(JSON.stringify(status))}} == 1)`;

/** When each worker's newest rotation of a relay began, by the clock of Prometheus, where it has the status. */
const rotationsBegan = (site: Site, status: 'completed' | 'failed') => promql`
  (${pendingWritesRotationLastStart}{${site.exporter}} and on (${site.by('instance', 'relay')}) ${rotations(site, status)})
    + on (${site.by('instance')}) group_left () ${clockOffset}
`;

/**
 * The file of another worker may list a completed rotation that is older than the failure. A worker's own is not compared by time:
 * its clock may have been set back.
 */
export const rotationFailedStart: RecordingRuleDefinition = defineRecordingRule({
  record: 'instance_relay:pending_writes_rotation_failed:start_timestamp_seconds',
  help: "When each worker's failed rotation of a relay began, by the clock of Prometheus. Kept for a day after it left the file, or until that worker has completed another one or another worker a later one; 0 for one evaluation after that ends.",
  unit: 'seconds since the epoch',
  labels: ['instance', 'relay'],
  runbookSteps: ['rotate-deposit'],
  situation: 6,
  rationale:
    'The workers of a relay replace the same deposit, so a later rotation of any of them ends the failure. Each worker has its own file, and the rows of another one may be older.',
  emptyWhen: 'no rotation has failed',
  expr: (site) => {
    const known = promql`(last_over_time(${rotationFailedStart}[${site.memory}]) > 0)`;
    const shown = promql`(last_over_time(${rotationFailed}[${site.memory}] offset 1ms) > time() - 86400)`;
    return promql`
      max by (${site.by('instance', 'relay')}) (
        ${rotationsBegan(site, 'failed')}
      )
      or on (${site.by('instance', 'relay')})
      (
        (${known} unless on (${site.by('instance', 'relay')}) ${rotations(site, 'completed')})
          # no worker of the relay has completed one that began later
          >= on (${site.by('relay')}) group_left () (
            (
              max by (${site.by('relay')}) (
                ${rotationsBegan(site, 'completed')}
              )
                and on (${site.by('relay')}) ${shown}
            )
            or on (${site.by('relay')})
            ${shown} * 0
          )
      )
      or on (${site.by('instance', 'relay')})
      # a completed rotation was seen, or the failure is too long ago: the 0 is a tombstone
      ${known} * 0
    `;
  },
});

/** The file keeps about a dozen rotations, so a failure can be pushed out of it within a minute. */
export const rotationFailed: RecordingRuleDefinition = defineRecordingRule({
  record: 'relay:pending_writes_rotation_failed:timestamp_seconds',
  help: "When a worker's newest rotation of the relay was last seen as failed; kept for a day after it left the file, or until that worker has completed another one or another worker a later one; 0 for one evaluation after that ends.",
  unit: 'seconds since the epoch',
  labels: ['relay'],
  runbookSteps: ['rotate-deposit'],
  situation: 6,
  rationale:
    'The 50 rows of the file hold about a dozen rotations, so later ones may have displaced a failure.',
  emptyWhen: 'no rotation has failed',
  expr: (site) => promql`
    group by (${site.by('relay')}) ${rotations(site, 'failed')} * 0 + time()
    or on (${site.by('relay')})
    (
      (last_over_time(${rotationFailed}[${site.memory}]) > 0)
        and on (${site.by('relay')}) (${rotationFailedStart} > 0)
    )
    or on (${site.by('relay')})
    (last_over_time(${rotationFailed}[${site.memory}]) > 0) * 0
  `,
});

export const workerQueueRules: readonly RecordingRuleDefinition[] = [
  workerPending,
  allWorkersPending,
  lastSeenState,
  workerActivity,
  delivered,
  deliveredStart,
  queueProgress,
  stuck,
  rotationFailedStart,
  rotationFailed,
];
