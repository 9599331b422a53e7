import {
  pendingWritesJobStatus,
  pendingWritesLastUpdate,
  pendingWritesPending,
} from '../metrics/exporter.js';
import { gatewayPendingWrites } from '../metrics/gateway.js';
import { up } from '../metrics/prometheus.js';
import { defineRecordingRule, type RecordingRuleDefinition } from '../src/model/rules.js';
import type { Site } from '../src/model/site.js';
import { closedRange, durationSeconds } from '../src/promql/duration.js';
import { PromqlFragment, promql } from '../src/promql/template.js';
import { clockOffset } from './state-file.js';

const NOTHING_PENDING = 'no relay has pending writes';
const NO_EXPORTER = 'no worker exporter is scraped, or none of its relays is pending';

/** The pending set is small, so every query about pending relays starts from it. */
export const pending = defineRecordingRule({
  record: 'relay:gateway_pending_writes:max',
  help: 'The pending set: 1 for every relay that is pending on any gateway process; other relays are absent.',
  unit: 'none',
  labels: ['relay'],
  runbookSteps: ['confirm-state'],
  rationale:
    'Several gateway processes may report the same relay, so the maximum is used. The recorded pending set is small: rules about pending relays read it instead of the gauge of every relay.',
  emptyWhen: NOTHING_PENDING,
  expr: (site) => promql`
    max by (${site.by('relay')}) (${gatewayPendingWrites}{${site.gateway}} == 1)
  `,
});

/** The small part of the state files that rules ask about. */
export const fileState: RecordingRuleDefinition = defineRecordingRule({
  record: 'instance_relay:pending_writes_pending:max',
  help: "State in each worker's file, for relays that are pending or remembered as pending on the gateway, or pending in any file: 1 pending, 0 cleared. Includes files that can no longer be read, as long as the exporter serves their last version.",
  unit: 'none',
  labels: ['instance', 'relay'],
  runbookSteps: ['read-state-file'],
  situation: 5,
  rationale: 'Recorded once, because several rules read it.',
  emptyWhen: NO_EXPORTER,
  expr: (site) => promql`
    max by (${site.by('instance', 'relay')}) (
      ${pendingWritesPending}{${site.exporter}}
        and on (${site.by('relay')}) (
          (${pendingWritesPending}{${site.exporter}} == 1)
          or on (${site.by('relay')})
          ${pending}
          or on (${site.by('relay')})
          ${pendingStart} offset 1ms
        )
    )
  `,
});

/** Shows whether an entry of a file has changed, whatever clock it was written by. */
export const fileUpdatedByHost = defineRecordingRule({
  record: 'instance_relay:pending_writes_update:host_timestamp_seconds',
  help: "When the last notification of the relay arrived at the worker, by the clock of the worker's host; for the relays of instance_relay:pending_writes_pending:max.",
  unit: 'seconds since the epoch',
  labels: ['instance', 'relay'],
  runbookSteps: ['read-state-file'],
  situation: 5,
  rationale:
    "An entry that did not change was not written again, although its file was. Recorded for the small part of the files that rules ask about, so that no rule compares every worker's whole file with an earlier one.",
  emptyWhen: NO_EXPORTER,
  expr: (site) => promql`
    max by (${site.by('instance', 'relay')}) (
      ${pendingWritesLastUpdate}{${site.exporter}} and on (${site.by('instance', 'relay')}) ${fileState}
    )
  `,
});

/**
 * Leaves out the relays whose entries change in more than 70 % of the evaluations within thresholds.workerQueue.disagreeAfter: they
 * are written to and cleared all the time, and may be pending whenever their file is scraped. The share is ours: a cleared push that
 * is lost now and then leaves far fewer changes.
 */
export const entryOfBusyRelay = ({ by, config, thresholds }: Site) => {
  const window = thresholds.workerQueue.disagreeAfter;
  const step = Math.max(durationSeconds(config.scrapeInterval), durationSeconds(config.evaluationInterval));
  const most = Math.floor((0.7 * durationSeconds(window)) / step);
  return new PromqlFragment(
    `# a relay that is written to and cleared all the time may be pending whenever its file is scraped\n  unless on (${by('relay').text}) (changes(${fileUpdatedByHost.record}[${closedRange(window)}]) > ${most})`,
  );
};

/**
 * When the worker was last notified of one of these relays: of pending writes, or that they are cleared. A worker writes its
 * whole file each time, also entries of long ago, when the clock of its host was another one.
 */
export const fileUpdated: RecordingRuleDefinition = defineRecordingRule({
  record: 'instance_relay:pending_writes_update:timestamp_seconds',
  help: 'When the last notification of the relay arrived at the worker, by the clock of Prometheus; for the relays of instance_relay:pending_writes_pending:max whose file can be read.',
  unit: 'seconds since the epoch',
  labels: ['instance', 'relay'],
  runbookSteps: ['read-state-file'],
  situation: 5,
  rationale: 'A notification counts only for the write that is pending now; an earlier one does not.',
  emptyWhen: NO_EXPORTER,
  expr: (site) => {
    const on = site.by('instance', 'relay');
    return promql`
      # the entry has not changed since the last evaluation: it keeps its time, although the clock may have changed since then
      (
        last_over_time(${fileUpdated}[${site.memory}])
          and on (${on}) (${fileUpdatedByHost} == on (${on}) last_over_time(${fileUpdatedByHost}[${site.memory}] offset ${site.config.evaluationInterval}))
          and on (${site.by('instance')}) ${clockOffset}
      )
      or on (${on})
      # a time in the future was written before the clock was set
      clamp_max(${fileUpdatedByHost} + on (${site.by('instance')}) group_left () ${clockOffset}, time())
    `;
  },
});

/** The state in a worker's file, for when the gateway has lost its gauge or another process has a stale one. */
export const fileCleared = defineRecordingRule({
  record: 'relay:pending_writes_cleared:timestamp_seconds',
  help: 'When a worker was last notified that the relay is cleared, or of a write whose job it has completed and that no gateway calls pending any more, by the clock of Prometheus; only for relays that are pending or remembered as pending, or pending in a file.',
  unit: 'seconds since the epoch',
  labels: ['relay'],
  runbookSteps: ['confirm-clear'],
  situation: 5,
  rationale:
    'The gateway sends the cleared push when it clears the relay, so a time after the start of the pending write ends that write, whatever the gauge shows. Where that push is lost and the gateway restarts before its gauge is scraped, only the status of the job shows it.',
  emptyWhen: NO_EXPORTER,
  expr: (site) => promql`
    max by (${site.by('relay')}) (
      ${fileUpdated} and on (${site.by('instance', 'relay')}) (
        (${fileState} == 0)
        or on (${site.by('instance', 'relay')})
        # the snapshot form of the file names the job's status
        ((${pendingWritesJobStatus}{${site.exporter}, status="completed"} == 1) unless on (${site.by('relay')}) ${pending})
      )
    )
  `,
});

/** Prometheus may have been down while the relay was cleared; then the gauge is 1 because of a later write, or is gone. */
const unlessClearedInFile = (site: Site) => {
  const on = site.by('relay').text;
  return new PromqlFragment(
    `# a worker was notified since then that the relay is cleared\n  unless on (${on}) (${fileCleared.record} > on (${on}) last_over_time(${pendingStart.record}[${site.memory}] offset 1ms))`,
  );
};

/** Survives the gateway restart that drops the gauge, for a bounded time. */
export const pendingSeen: RecordingRuleDefinition = defineRecordingRule({
  record: 'relay:gateway_pending_writes:seen_timestamp_seconds',
  help: 'When the relay was last seen pending. Kept for thresholds.pendingWrites.carryFor after its gauge disappeared; 0 for one evaluation when the gauge is 0 or a worker was notified that the relay is cleared.',
  unit: 'seconds since the epoch',
  labels: ['relay'],
  situation: 8,
  rationale: 'A gateway restart drops the gauge of a relay that is still pending, until the next write.',
  emptyWhen: NOTHING_PENDING,
  expr: (site) => promql`
    ${pending} * 0 + time()
    or on (${site.by('relay')})
    (
      # the gauge disappeared without becoming 0: the gateway restarted or is not scraped
      ((last_over_time(${pendingSeen}[${site.memory}]) > 0) > time() - ${durationSeconds(site.thresholds.pendingWrites.carryFor)})
        unless on (${site.by('relay')}) (${gatewayPendingWrites}{${site.gateway}} == 0)
        ${unlessClearedInFile(site)}
    )
    or on (${site.by('relay')})
    # cleared, or remembered for too long: without this 0, a restart after the clearing would bring it back
    (last_over_time(${pendingSeen}[${site.memory}]) > 0) * 0
  `,
});

/** Since when a relay has been pending. Every age of pending writes is computed from it. */
export const pendingStart: RecordingRuleDefinition = defineRecordingRule({
  record: 'relay:gateway_pending_writes:start_timestamp_seconds',
  help: 'When the relay was first seen pending since it was last cleared, kept across gateway restarts; 0 for one evaluation when it was cleared.',
  unit: 'seconds since the epoch',
  labels: ['relay'],
  situation: 8,
  rationale: 'The age of a pending write has to survive a gateway restart that drops the gauge.',
  emptyWhen: NOTHING_PENDING,
  expr: (site) => promql`
    # a start already known is kept while the relay is pending or remembered
    (
      (last_over_time(${pendingStart}[${site.memory}]) > 0) and on (${site.by('relay')}) (${pendingSeen} > 0)
        ${unlessClearedInFile(site)}
    )
    or on (${site.by('relay')})
    # newly pending
    (${pending} * 0 + time())
    or on (${site.by('relay')})
    # cleared: the 0 is a tombstone, or the next pending write would inherit the old start
    (last_over_time(${pendingStart}[${site.memory}]) > 0) * 0
  `,
});

export const pendingCount = defineRecordingRule({
  record: 'gateway:gateway_pending_writes:count',
  help: 'Relays that are pending or remembered as pending; 0 while a gateway is scraped and no relay is pending.',
  unit: 'relays',
  labels: [],
  runbookSteps: ['confirm-state'],
  rationale: '0 means measured and idle; absent means not measured.',
  expr: (site) => promql`
    count by (${site.by()}) (${pendingStart} > 0)
    or on (${site.by()})
    # 0: measured and idle; absent: not measured
    group by (${site.by()}) (${up}{${site.gateway}} == 1) * 0
  `,
});

export const clearedCount = defineRecordingRule({
  record: 'gateway:gateway_pending_writes_cleared:count',
  help: 'Relays whose pending writes were cleared since the previous evaluation.',
  unit: 'relays',
  labels: [],
  runbookSteps: ['confirm-clear'],
  rationale: '0 means that no relay was cleared; absent means not measured.',
  expr: (site) => promql`
    count by (${site.by()}) (${pendingStart} == 0)
    or on (${site.by()})
    group by (${site.by()}) (${up}{${site.gateway}} == 1) * 0
  `,
});

export const pendingWritesRules: readonly RecordingRuleDefinition[] = [
  pending,
  fileState,
  fileUpdatedByHost,
  fileUpdated,
  fileCleared,
  pendingSeen,
  pendingStart,
  pendingCount,
  clearedCount,
];
