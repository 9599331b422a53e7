import type { Definitions } from '../bundle/bundle.js';
import type { Config } from '../config/schema.js';
import { FileSetError, readFileSet } from '../rule-files/file-set.js';
import type { Group, Unread } from '../rule-files/side.js';
import { formatSeconds } from '../terminal/text.js';
import { rulesOf } from './backtest.js';
import { type DetectionTime, detectionTimes } from './detection-times.js';
import { type Replay, type ReplayOptions, replay, type SideHistory, signaturesOf } from './replay.js';
import { type AlertSummary, compared } from './summary.js';
import { isRuleField, rulesWithSetting, type Trial, TrialError, withRuleField } from './trial-values.js';

export interface TrialOptions extends Omit<ReplayOptions, 'wanted'> {
  readonly trial: Trial;
  /** Rules to try a field of: a file, a folder or a git revision. */
  readonly rules: string;
  /** The site's configuration, to try a setting of. */
  readonly config: Config;
  /** What the rules are built from then. */
  readonly definitions: Definitions;
  /** Only these alerts; all that the values change where it is empty. */
  readonly alerts: readonly string[];
  /** Pages a week that are accepted. */
  readonly budget?: number;
  /** Whether to measure detection times with the simulator. */
  readonly simulate: boolean;
}

/** What one value gives. Times are seconds. */
export interface TrialRow {
  readonly value: string;
  /** Sums over the alerts concerned. */
  readonly episodes: number;
  readonly firing: number;
  readonly flaps: number;
  readonly pages: number;
  readonly alerts: readonly AlertSummary[];
  readonly detections: readonly DetectionTime[];
  /** The longest time in the simulator until an alert fires; undefined where none fires. */
  readonly detection: number | undefined;
  /** Situations in the simulator in which an alert that has to fire does not. */
  readonly missed: number;
}

/** The result of trying several values. */
export interface TrialResult {
  readonly trial: Trial;
  readonly start: number;
  readonly end: number;
  /** The alerts that the values change. */
  readonly alerts: readonly string[];
  readonly rows: readonly TrialRow[];
  readonly budget: number | undefined;
  /** The most sensitive value within the budget; undefined without a budget, or where no value is within it. */
  readonly chosen: TrialRow | undefined;
  /** Why the numbers may say little. */
  readonly warnings: readonly string[];
  /** Values that were not tried. */
  readonly refusedValues: readonly RefusedValue[];
  readonly refused: SideHistory['refused'];
  readonly unread: readonly Unread[];
  readonly replay: Replay;
}

const DAY = 86_400;
const WEEK = 7 * DAY;

/** A value that the configuration does not take. */
interface RefusedValue {
  readonly value: string;
  readonly reason: string;
}

/** The rules with each value that can be used. */
async function sidesOf({ trial, rules, config, definitions, alerts }: TrialOptions) {
  const { setting, values } = trial;
  const sides: { readonly value: string; readonly groups: readonly Group[] }[] = [];
  const refusedValues: RefusedValue[] = [];
  const source = isRuleField(setting) ? rulesOf(await readFileSet(rules)) : undefined;
  const isWanted = ({ name }: { readonly name: string }) => alerts.length === 0 || alerts.includes(name);
  for (const value of values) {
    try {
      const groups = isRuleField(setting)
        ? withRuleField(source?.groups ?? [], setting, value, isWanted)
        : rulesWithSetting(config, definitions, setting, value);
      sides.push({ value, groups });
    } catch (error) {
      if (!(error instanceof TrialError)) throw error;
      refusedValues.push({ value, reason: error.message });
    }
  }
  if (sides.length === 0) throw new TrialError(refusedValues.map(({ reason }) => reason).join('\n'));
  return { sides, refusedValues, unread: source?.unread ?? [] };
}

/** Names of the alerts that are not the same with every value, or of those that were asked for. */
function concernedAlerts(
  sides: readonly (readonly Group[])[],
  { alerts, trial }: TrialOptions,
): ReadonlySet<string> {
  // What stands for an alert on each side; nothing where the side lacks it.
  const all = new Map<string, string[]>();
  for (const [side, groups] of sides.entries()) {
    for (const [{ name }, signature] of signaturesOf(groups).alerts) {
      const known = all.get(name) ?? sides.map(() => '');
      known[side] += `${signature}\n`;
      all.set(name, known);
    }
  }
  const changed = [...all].filter(([, own]) => new Set(own).size > 1).map(([name]) => name);
  for (const name of alerts) {
    if (!all.has(name)) throw new FileSetError(`--alert ${name}: found no such alert in the rules`);
    if (!changed.includes(name) && sides.length > 1) {
      throw new TrialError(`--alert ${name}: is the same with every value of ${trial.setting}`);
    }
  }
  const concerned = alerts.length > 0 ? alerts : sides.length > 1 ? changed : [...all.keys()];
  if (concerned.length === 0) {
    throw new TrialError(
      `--try ${trial.setting}: every alert is the same with ${trial.values.join(', ')}, expected a setting that changes one`,
    );
  }
  return new Set(concerned);
}

/**
 * Replays the alerts that a setting changes over the history of a Prometheus, for several values of it. The data is read once.
 *
 * @throws {TrialError | FileSetError | SideError} for a setting, values or rules that cannot be used
 * @throws {PrometheusError}
 */
export async function runTrial(options: TrialOptions): Promise<TrialResult> {
  const { trial, start, end, budget, config, simulate } = options;
  const { sides: usable, refusedValues, unread } = await sidesOf(options);
  const sides = usable.map(({ groups }) => groups);
  const alerts = concernedAlerts(sides, options);
  const result = await replay(sides, { ...options, wanted: ({ name }) => alerts.has(name) });
  const detections = simulate ? await detectionTimes(sides, alerts, config) : sides.map(() => []);
  const rows = result.sides.map((history, i) =>
    rowOf(usable[i]?.value as string, history, detections[i] ?? [], start, end),
  );
  return {
    trial,
    start,
    end,
    alerts: [...alerts],
    rows,
    budget,
    chosen: budget === undefined ? undefined : mostSensitive(rows.filter(({ pages }) => pages <= budget)),
    warnings: warningsOf(rows, result, options),
    refusedValues,
    refused: uniqueRefusals(result.sides),
    unread: unread.filter(({ mayMatter }) => mayMatter),
    replay: result,
  };
}

function uniqueRefusals(sides: readonly SideHistory[]): SideHistory['refused'] {
  const all = sides.flatMap(({ refused }) => refused);
  return [...new Map(all.map((one) => [`${one.rule.name} ${one.reason}`, one])).values()];
}

export function rowOf(
  value: string,
  history: SideHistory,
  detections: readonly DetectionTime[],
  start: number,
  end: number,
): TrialRow {
  const alerts = compared(undefined, history, start, end).flatMap(({ after }) =>
    after === undefined ? [] : [after],
  );
  const sum = (of: (summary: AlertSummary) => number) => alerts.reduce((total, one) => total + of(one), 0);
  const delays = detections.flatMap(({ delay }) => (delay === undefined ? [] : [delay]));
  return {
    value,
    episodes: sum(({ episodes }) => episodes),
    firing: sum(({ firing }) => firing),
    flaps: sum(({ flaps }) => flaps),
    pages: sum(({ pages }) => pages),
    alerts,
    detections,
    detection: delays.length === 0 ? undefined : Math.max(...delays),
    missed: detections.length - delays.length,
  };
}

/**
 * The value that misses fewest situations of the simulator and is fastest in them; of those alike, the one with which the alerts fire
 * longest. Measured, since for some settings it is the larger value.
 */
export function mostSensitive(rows: readonly TrialRow[]): TrialRow | undefined {
  const speed = ({ detection }: TrialRow) => detection ?? Number.POSITIVE_INFINITY;
  return [...rows].sort(
    (a, b) =>
      a.missed - b.missed ||
      (speed(a) === speed(b) ? 0 : speed(a) - speed(b)) ||
      b.firing - a.firing ||
      b.episodes - a.episodes,
  )[0];
}

/** With fewer episodes than this, one more or less is chance. */
const FEWEST_EPISODES = 5;
/** The history may begin this much after its start. Seconds. */
const LATE = 3600;

function days(length: number): string {
  if (length < DAY) return formatSeconds(length);
  const count = Math.round((length / DAY) * 10) / 10;
  return `${count} day${count === 1 ? '' : 's'}`;
}

export function warningsOf(
  rows: readonly TrialRow[],
  { firstSample }: Pick<Replay, 'firstSample'>,
  { start, end, budget }: Pick<TrialOptions, 'start' | 'end' | 'budget'>,
): string[] {
  const length = end - start;
  const begin = firstSample ?? end;
  const known = Math.min(length, end - begin);
  const most = Math.max(...rows.map(({ episodes }) => episodes));
  const weeks = known / WEEK;
  return [
    ...(firstSample === undefined
      ? ['The history has no sample of anything that these alerts read.']
      : begin > start + LATE
        ? [
            `The first sample that these alerts read is from ${new Date(begin * 1000).toISOString().slice(0, 16)}Z, so the history covers ${days(known)} of ${days(length)}: pages per week are too low by as much.`,
          ]
        : []),
    ...(known < WEEK
      ? [
          `The history is shorter than a week (${days(Math.max(0, known))}): pages per week are extrapolated, and weekends may be missing.`,
        ]
      : []),
    ...(most < FEWEST_EPISODES
      ? [
          `No value has more than ${most} episode${most === 1 ? '' : 's'}: too few to choose between the values. Use a longer --since.`,
        ]
      : []),
    ...(budget !== undefined && budget * weeks < FEWEST_EPISODES
      ? [
          `The budget allows ${Math.floor(budget * weeks * 10) / 10} pages in this history: too few to judge whether a value keeps it. Use --since ${Math.ceil(FEWEST_EPISODES / budget)}w or more.`,
        ]
      : []),
  ];
}
