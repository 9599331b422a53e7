import { defineRecordingRule, type RecordingRuleDefinition } from '../src/model/rules.js';
import { closedRange, duration, durationSeconds } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';
import { pendingCount, pendingStart } from './pending-writes.js';

/** Relays that miss the objective at this moment. */
export const lateCount = defineRecordingRule({
  record: 'gateway:gateway_pending_writes_late:count',
  help: 'Relays pending for longer than thresholds.objective.clearedWithin; absent if there are none.',
  unit: 'relays',
  labels: [],
  rationale:
    'The objective: pending writes are cleared within a configured time. Counted in relay-minutes, because the gauge does not count writes.',
  emptyWhen: 'no relay has been pending for longer than the objective allows',
  expr: (site) => promql`
    count by (${site.by()}) (
      time() - (${pendingStart} > 0) > ${durationSeconds(site.thresholds.objective.clearedWithin)}
    )
  `,
});

const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;
type Window = (typeof WINDOWS)[number];

const lateRatio = (window: Window): RecordingRuleDefinition =>
  defineRecordingRule({
    record: `gateway:gateway_pending_writes_late:ratio_${window}`,
    help: `Share of pending relay-minutes beyond the objective, over ${window}; absent if it is zero.`,
    unit: 'ratio',
    labels: [],
    rationale: 'The objective with multi-window burn-rate alerts.',
    emptyWhen: 'no relay has been pending for longer than the objective allows',
    expr: (site) => promql`
      sum_over_time(${lateCount}[${closedRange(duration(window))}])
        / on (${site.by()}) sum_over_time(${pendingCount}[${closedRange(duration(window))}])
    `,
  });

/** The share of late relay-minutes for each window of the burn-rate alerts. */
export const lateRatios: Readonly<Record<Window, RecordingRuleDefinition>> = {
  '5m': lateRatio('5m'),
  '30m': lateRatio('30m'),
  '1h': lateRatio('1h'),
  '2h': lateRatio('2h'),
  '6h': lateRatio('6h'),
  '1d': lateRatio('1d'),
  '3d': lateRatio('3d'),
};

export const objectiveRules: readonly RecordingRuleDefinition[] = [
  lateCount,
  ...WINDOWS.map((w) => lateRatios[w]),
];
