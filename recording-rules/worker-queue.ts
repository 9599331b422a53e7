import {
  pendingWritesJobStatus,
  pendingWritesPending,
  pendingWritesRotationLastAttempts,
  pendingWritesRotationLastStatus,
  pendingWritesStateFileMissing,
  pendingWritesStateFileMtime,
} from '../metrics/exporter.js';
import { defineRecordingRule, type RecordingRuleDefinition } from '../src/model/rules.js';
import { closedRange, durationSeconds } from '../src/promql/duration.js';
import { PromqlFragment, promql } from '../src/promql/template.js';
import { pending } from './pending-writes.js';
import { pushes, relayPushes } from './push-wait.js';

const NO_EXPORTER = 'no worker exporter is scraped, or none of its relays is pending';

/** The workers' view of the relays that somebody says are pending. */
export const workerPending = defineRecordingRule({
  record: 'relay:pending_writes_pending:max',
  help: "What the workers' state files say of each relay that the gateway or a worker says is pending: 1 pending on some worker, 0 cleared on all that know it.",
  unit: 'none',
  labels: ['relay'],
  runbookSteps: ['3.2'],
  situation: 5,
  rationale:
    'A relay may have several workers, so their files are aggregated by relay before any comparison.',
  emptyWhen: NO_EXPORTER,
  expr: (site) => promql`
    max by (${site.by('relay')}) (
      (${pendingWritesPending}{${site.exporter}} == 1)
      or
      (${pendingWritesPending}{${site.exporter}} and on (${site.by('relay')}) ${pending})
    )
  `,
});

/** A relay may have several workers; one that has the data settles the matter. */
export const allWorkersPending = defineRecordingRule({
  record: 'relay:pending_writes_pending:min',
  help: '1 for each relay that every worker knowing it says is pending; other relays are absent.',
  unit: 'none',
  labels: ['relay'],
  runbookSteps: ['3.2'],
  situation: 5,
  rationale: 'One worker that has the data is enough.',
  emptyWhen: NO_EXPORTER,
  expr: (site) => promql`
    min by (${site.by('relay')}) (
      ${pendingWritesPending}{${site.exporter}} and on (${site.by('relay')}) (${workerPending} == 1)
    ) == 1
  `,
});

/** No metric says whether a worker is online; a file that changes says that it was at work a moment ago. */
export const workerActivity: RecordingRuleDefinition = defineRecordingRule({
  record: 'relay:pending_writes_worker_activity:timestamp_seconds',
  help: 'When a worker of the relay was last seen to rewrite its state file, while the relay is pending on the gateway.',
  unit: 'seconds since the epoch',
  labels: ['relay'],
  situation: 5,
  rationale:
    "A worker rewrites its file when something changes, and rotates all its relays when it reconnects. The change of the mtime shows it, so the worker's clock does not matter.",
  emptyWhen: NO_EXPORTER,
  expr: (site) => promql`
    # a worker that knows the relay has changed its file
    group by (${site.by('relay')}) (
      (
        # a worker that was never told of the relay names it in its rotations
        (${pendingWritesPending}{${site.exporter}} or on (${site.by('instance', 'relay')}) ${pendingWritesRotationLastAttempts}{${site.exporter}})
          and on (${site.by('relay')}) ${pending}
      )
        and on (${site.by('instance')}) (
          changes(${pendingWritesStateFileMtime}{${site.exporter}}[${closedRange(site.rateWindow)}]) > 0
          or on (${site.by('instance')})
          # the first file of all has no earlier time to differ from
          changes(${pendingWritesStateFileMissing}{${site.exporter}}[${closedRange(site.rateWindow)}]) > 0
        )
    ) * 0 + time()
    or on (${site.by('relay')})
    (last_over_time(${workerActivity}[${site.memory}]) and on (${site.by('relay')}) ${pending})
  `,
});

/** The gateway is delivering pushes of the relay to a worker right now. */
export const delivered = defineRecordingRule({
  record: 'relay:gateway_pending_writes_delivered:max',
  help: '1 for each pending relay whose worker was sent a push within the longest back-off: the build says so per relay, or the state file says pending while the gateway delivers pushes. Other relays are absent.',
  unit: 'none',
  labels: ['relay'],
  runbookSteps: ['3'],
  situation: 3,
  rationale:
    'success means delivered, not ingested. Without a worker no push is counted. The observed build has no relay label.',
  emptyWhen: 'no pending relay has a worker that was told',
  expr: (site) => promql`
    (
      # the build labels pushes by relay
      group by (${site.by('relay')}) (${relayPushes}{result="success"} > 0)
      or on (${site.by('relay')})
      # it does not: the worker's file says that a push arrived, and pushes are still delivered to somebody
      (
        (${workerPending} == 1)
          and on (${site.by()}) (${pushes}{result="success"} > 0)
          unless on (${site.by()}) ${relayPushes}
      )
    )
    and on (${site.by('relay')}) ${pending}
  `,
});

/** Since when the worker knows. From here the normal time for a resync counts. */
export const told: RecordingRuleDefinition = defineRecordingRule({
  record: 'relay:gateway_pending_writes_delivered:start_timestamp_seconds',
  help: 'Since when pushes of a pending relay have been delivered to a worker without a break; 0 for one evaluation when that ended.',
  unit: 'seconds since the epoch',
  labels: ['relay'],
  runbookSteps: ['3'],
  situation: 3,
  rationale: 'A worker that went away gets no more pushes, so this ends with it.',
  emptyWhen: 'no pending relay has a worker that was told',
  expr: (site) => promql`
    # told before, and still being told
    ((last_over_time(${told}[${site.memory}]) > 0) and on (${site.by('relay')}) ${delivered})
    or on (${site.by('relay')})
    # told now
    (${delivered} * 0 + time())
    or on (${site.by('relay')})
    # no more: the 0 is a tombstone
    (last_over_time(${told}[${site.memory}]) > 0) * 0
  `,
});

/** What the alert and the phase mean by stuck. */
export const stuck = defineRecordingRule({
  record: 'relay:gateway_pending_writes_stuck:max',
  help: '1 for each pending relay whose worker was told longer than thresholds.pendingWrites.stuckAfter ago and has not rewritten its file within rateWindow, or reports that the job failed; other relays are absent.',
  unit: 'none',
  labels: ['relay'],
  runbookSteps: ['4'],
  situation: 3,
  rationale: 'A failed job is not retried automatically.',
  emptyWhen: 'no relay is stuck',
  expr: (site) => promql`
    (
      ((time() - (${told} > 0)) > ${durationSeconds(site.thresholds.pendingWrites.stuckAfter)}) * 0 + 1
        # a worker that still rewrites its file works off a queue; one that is stuck does not
        unless on (${site.by('relay')}) (${workerActivity} == time())
    )
    or on (${site.by('relay')})
    # the snapshot form of the file names the job's status
    (group by (${site.by('relay')}) (${pendingWritesJobStatus}{${site.exporter}, status="error"} == 1) and on (${site.by('relay')}) ${pending})
  `,
});

/** The file keeps about a dozen rotations, so a failure can be pushed out of it within a minute. */
export const rotationFailed: RecordingRuleDefinition = defineRecordingRule({
  record: 'relay:pending_writes_rotation_failed:timestamp_seconds',
  help: 'When the last rotation of the relay was last seen as failed; kept for a day after it left the file, until a completed one is seen; 0 for one evaluation when that ended.',
  unit: 'seconds since the epoch',
  labels: ['relay'],
  runbookSteps: ['5'],
  situation: 6,
  rationale: 'The 50 rows of the file hold about a dozen rotations, so others may have pushed a failure out.',
  emptyWhen: 'no rotation has failed',
  expr: (site) => {
    const last = (status: string) =>
      promql`group by (${site.by('relay')}) (${pendingWritesRotationLastStatus}{${site.exporter}, status=${new PromqlFragment(JSON.stringify(status))}} == 1)`;
    return promql`
      ${last('failed')} * 0 + time()
      or on (${site.by('relay')})
      (
        ((last_over_time(${rotationFailed}[${site.memory}]) > 0) > time() - 86400)
          unless on (${site.by('relay')}) ${last('completed')}
      )
      or on (${site.by('relay')})
      # a completed one was seen, or it is too long ago: the 0 is a tombstone
      (last_over_time(${rotationFailed}[${site.memory}]) > 0) * 0
    `;
  },
});

export const workerQueueRules: readonly RecordingRuleDefinition[] = [
  workerPending,
  allWorkersPending,
  workerActivity,
  delivered,
  told,
  stuck,
  rotationFailed,
];
