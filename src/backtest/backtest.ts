import { type FileSet, FileSetError, readFileSet } from '../rule-files/file-set.js';
import { readSide } from '../rule-files/parse.js';
import { type Group, SideError, type Unread } from '../rule-files/side.js';
import { onceEach } from '../rule-files/twins.js';
import { type Replay, type ReplayOptions, replay, type SideHistory } from './replay.js';
import { type AlertComparison, type AlertSummary, compared } from './summary.js';

export interface BacktestOptions extends Omit<ReplayOptions, 'wanted'> {
  /** Rules to replay: a file, a folder or a git revision. */
  readonly rules: string;
  /** Rules to compare with. */
  readonly base?: string;
  /** Only these alerts; all of them where it is empty. */
  readonly alerts: readonly string[];
}

/** What a replay found. Times are seconds since the epoch. */
export interface Backtest {
  readonly start: number;
  readonly end: number;
  /** Whether there are rules to compare with. */
  readonly hasBase: boolean;
  readonly rows: readonly AlertComparison[];
  readonly refused: SideHistory['refused'];
  /** Files that may hold rules and were not read. */
  readonly unread: readonly Unread[];
  readonly replay: Replay;
}

/** The rules of a side, each once, and the files that were not read. */
interface RuleSet {
  readonly groups: readonly Group[];
  readonly unread: readonly Unread[];
}

export function rulesOf(source: FileSet): RuleSet {
  const { groups, unread } = readSide(source.files, source.isFile);
  const chosen = onceEach(groups);
  const [first] = unread;
  if (source.isFile && first?.isWhole) throw new SideError(`${first.file}: ${first.reason}`);
  if (!chosen.some(({ rules }) => rules.some(({ kind }) => kind === 'alert'))) {
    throw new FileSetError(
      `${source.label}: found no alerting rule in ${source.files.length} files, expected Prometheus rule files`,
    );
  }
  return { groups: chosen, unread };
}

/**
 * Replays rules over the history of a Prometheus, and those to compare with.
 *
 * @throws {FileSetError | SideError} for rules that cannot be read
 * @throws {PrometheusError}
 */
export async function runBacktest(options: BacktestOptions): Promise<Backtest> {
  const { rules, base, alerts, start, end } = options;
  const now = rulesOf(await readFileSet(rules));
  const old = base === undefined ? undefined : rulesOf(await readFileSet(base));
  const [after, before] = [now.groups, old?.groups];
  const all = [...after, ...(before ?? [])].flatMap((group) => group.rules);
  for (const name of alerts) {
    if (!all.some((rule) => rule.kind === 'alert' && rule.name === name)) {
      throw new FileSetError(`--alert ${name}: found no such alert in the rules`);
    }
  }
  const result = await replay(before === undefined ? [after] : [before, after], {
    ...options,
    ...(alerts.length === 0 ? {} : { wanted: (rule) => alerts.includes(rule.name) }),
  });
  const history = result.sides.at(-1) as SideHistory;
  const earlier = before === undefined ? undefined : result.sides[0];
  return {
    start,
    end,
    hasBase: before !== undefined,
    rows: compared(earlier, history, start, end),
    refused: [...history.refused, ...(earlier?.refused ?? [])],
    unread: [...now.unread, ...(old?.unread ?? [])].filter(({ mayMatter }) => mayMatter),
    replay: result,
  };
}

/** Of an alert of both sides, what the replayed rules did; of one that they lack, what those before did. */
export const summaryIn = ({ before, after }: AlertComparison) => (after ?? before) as AlertSummary;

/** The alerts that Prometheus would fail to evaluate. */
export const failuresOf = ({ rows }: Backtest) => rows.filter((row) => summaryIn(row).failures > 0);
