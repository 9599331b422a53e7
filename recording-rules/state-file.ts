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
 */
export const clockOffset = defineRecordingRule({
  record: 'instance:pending_writes_clock_offset:seconds',
  help: "Offset to add to a time of the worker's host to get Prometheus time; absent while the state file cannot be read.",
  unit: 'seconds',
  labels: ['instance'],
  situation: 5,
  rationale:
    'Hosts have different clocks, and alerts compare times of the state file with times at which Prometheus saw something.',
  emptyWhen: 'no worker exporter is scraped, or no state file can be read',
  expr: (site) => promql`
    max by (${site.by('instance')}) (
      (timestamp(${pendingWritesStateFileLastGoodRead}{${site.exporter}}) - ${pendingWritesStateFileLastGoodRead}{${site.exporter}})
        and on (${site.by('instance')}) (${pendingWritesStateFileReadSuccess}{${site.exporter}} == 1)
    )
  `,
});

/** When a worker was last active. A time in the future is ignored: the clock of the host was set back. */
export const fileWritten = defineRecordingRule({
  record: 'instance:pending_writes_state_file_written:timestamp_seconds',
  help: 'When the worker last wrote its state file, by the clock of Prometheus; absent while the file cannot be read.',
  unit: 'seconds since the epoch',
  labels: ['instance'],
  situation: 5,
  rationale:
    'Only the worker writes the file: when it receives a push, starts, stops or rotates. The modification time shows when that was, so no scrape has to catch the change.',
  emptyWhen: 'no worker exporter is scraped, or no state file can be read',
  expr: (site) => promql`
    max by (${site.by('instance')}) (
      ${pendingWritesStateFileMtime}{${site.exporter}} + on (${site.by('instance')}) ${clockOffset}
    ) <= time()
  `,
});

export const stateFileRules: readonly RecordingRuleDefinition[] = [clockOffset, fileWritten];
