import {
  pendingWritesStateFileLastGoodRead,
  pendingWritesStateFileMtime,
  pendingWritesStateFileReadSuccess,
} from '../metrics/exporter.js';
import { defineRecordingRule, type RecordingRuleDefinition } from '../src/model/rules.js';
import { promql } from '../src/promql/template.js';

/**
 * The clock of a worker's host may differ from that of Prometheus. The exporter reads the clock of its host at every scrape, and
 * Prometheus notes when it scraped: the difference turns every time in the state file into Prometheus' own. It comes out a
 * little too small, by the time that the read took, so that nothing appears later than it was.
 *
 * The times in a file are of the clock as it was when the file was written. Where that clock is changed later, a difference of now
 * would move them all, and a relay would seem to have been cleared after it became pending.
 */
export const clockOffset: RecordingRuleDefinition = defineRecordingRule({
  record: 'instance:pending_writes_clock_offset:seconds',
  help: 'Offset to add to a time in the state file to get Prometheus time, as of when the file was written; absent while it cannot be read.',
  unit: 'seconds',
  labels: ['instance'],
  situation: 5,
  rationale:
    'Hosts have different clocks, and alerts compare times of the state file with times at which Prometheus saw something.',
  emptyWhen: 'no worker exporter is scraped, or no state file can be read',
  expr: (site) => {
    const on = site.by('instance');
    const mtime = promql`${pendingWritesStateFileMtime}{${site.exporter}}`;
    // A target whose labels have changed has two series: for a scrape or two, and within the hour.
    const now = promql`max by (${on}) (${mtime})`;
    const before = promql`max by (${on}) (last_over_time(${mtime}[${site.memory}] offset ${site.config.evaluationInterval}))`;
    const read = promql`(${pendingWritesStateFileReadSuccess}{${site.exporter}} == 1)`;
    return promql`
      # the file was not written since the last evaluation, so a change of the clock does not change when its times were
      (
        last_over_time(${clockOffset}[${site.memory}])
          and on (${on}) (${now} == on (${on}) ${before})
          and on (${on}) ${read}
      )
      or on (${on})
      max by (${on}) (
        (timestamp(${pendingWritesStateFileLastGoodRead}{${site.exporter}}) - ${pendingWritesStateFileLastGoodRead}{${site.exporter}})
          and on (${on}) ${read}
      )
    `;
  },
});

/** When a worker was last active. A time in the future is ignored: the clock of the host was set back. */
export const fileWritten: RecordingRuleDefinition = defineRecordingRule({
  record: 'instance:pending_writes_state_file_written:timestamp_seconds',
  help: 'When the worker last wrote its state file, by the clock of Prometheus; absent while the file cannot be read.',
  unit: 'seconds since the epoch',
  labels: ['instance'],
  situation: 5,
  rationale:
    'Only the worker writes the file: when it receives a push, starts, stops or rotates. The modification time shows when that was, so no scrape has to catch the change.',
  emptyWhen: 'no worker exporter is scraped, or no state file can be read',
  expr: (site) => {
    const on = site.by('instance');
    const written = promql`
      max by (${on}) (${pendingWritesStateFileMtime}{${site.exporter}}) + on (${on}) ${clockOffset} <= time()
    `;
    return promql`
      # a file that was written by a slow clock looks older than it is once the clock is right
      (last_over_time(${fileWritten}[${site.memory}]) > on (${on}) (${written}))
      or on (${on})
      (${written})
    `;
  },
});

export const stateFileRules: readonly RecordingRuleDefinition[] = [clockOffset, fileWritten];
