import type { PrometheusConnection } from '../prometheus/connection.js';
import type { PrometheusError } from '../prometheus/error.js';
import { duration, durationSeconds } from '../promql/duration.js';
import { isDurationText } from '../promql/literals.js';
import { RuleGraph } from '../rule-files/graph.js';
import type { Group, Rule } from '../rule-files/side.js';
import type { CompileOptions } from './compile.js';
import { AlertStates, type FiringSpan } from './episodes.js';
import { Fetcher } from './fetch.js';
import type { Leaf } from './leaf.js';
import type { Changes } from './matrix.js';
import { EvaluationError } from './node.js';
import { planOf, type ReplayPlan } from './plan.js';
import type { Recorded } from './recorded.js';
import { type LabelSet, LabelTable } from './vector.js';

export interface ReplayOptions {
  readonly connection: PrometheusConnection;
  /** Seconds since the epoch: the time that is judged. */
  readonly start: number;
  readonly end: number;
  /** Seconds before `start` that are evaluated too, so that carried series and `for` have their past. */
  readonly leadIn: number;
  /** Seconds, for groups that name no interval. */
  readonly evaluationInterval: number;
  /** Seconds of a piece of time. */
  readonly chunk: number;
  readonly concurrency: number;
  /** Seconds for which the server may be away. */
  readonly patience: number;
  /** Only these alerts. */
  readonly wanted?: (rule: Rule) => boolean;
  /** Share of the work that is done, from 0 to 1. */
  readonly onProgress?: (done: number) => void;
  readonly onRetry?: (error: PrometheusError) => void;
  readonly signal?: AbortSignal;
}

/** What became of one alert of one side. */
export interface AlertHistory {
  readonly rule: Rule;
  /** Within `start` and `end`, in the order in which they began. */
  readonly episodes: readonly { readonly labels: LabelSet; readonly from: number; readonly to?: number }[];
  /** Evaluations at which Prometheus would fail, of the alert and the recording rules it needs; and the first reason. */
  readonly failures: number;
  readonly failure?: string;
}

export interface SideHistory {
  readonly alerts: readonly AlertHistory[];
  readonly refused: ReplayPlan['refused'];
}

export interface Replay {
  readonly sides: readonly SideHistory[];
  /** The first evaluation, lead-in included, at which anything that was asked for had a value; undefined where nothing had. */
  readonly firstSample: number | undefined;
  /** What was asked for: requests answered, points in the answers. */
  readonly answers: number;
  readonly points: number;
}

/** Seconds; of what is no duration 0, since its rule is refused. */
const seconds = (text: string | undefined) =>
  text === undefined || !isDurationText(text) ? 0 : durationSeconds(duration(text));

/** Prometheus 3 leaves out the sample that lies on the beginning of a range; 2 takes it. */
async function isLeftOpen(connection: PrometheusConnection): Promise<boolean> {
  try {
    const { version = '' } = (await connection.fetchJson('/api/v1/status/buildinfo')) as { version?: string };
    return !/^[012]\./.test(version);
  } catch (error) {
    // Not every server with this API reports its version; the first query reports a server that cannot be reached.
    if ((error as PrometheusError).kind === 'query' || (error as PrometheusError).kind === 'not-prometheus')
      return true;
    throw error;
  }
}

/** What identifies a rule, as text. */
interface Signatures {
  /** Everything that the results of a rule's expression depend on: two rules that agree in it need one evaluation only. */
  readonly conditions: ReadonlyMap<Rule, string>;
  /** Everything that an alert's history depends on. */
  readonly alerts: ReadonlyMap<Rule, string>;
}

export function signaturesOf(groups: readonly Group[]): Signatures {
  const texts = new Map(
    groups.flatMap(({ rules, interval, limit }) =>
      rules.map((rule): readonly [Rule, string] => {
        const { kind, name, group, expr, labels } = rule;
        return [
          rule,
          JSON.stringify([kind, name, group, interval, limit, expr, kind === 'record' && labels]),
        ];
      }),
    ),
  );
  const graph = new RuleGraph([...texts.keys()]);
  // A rule that comes before a record which it reads sees the evaluation before, so the order counts as well.
  const order = graph.groupsInOrder(groups).flatMap(({ rules }) => rules);
  const conditions = new Map(
    order.map((rule) => {
      const read = new Set([rule, ...graph.recordsFor([rule])]);
      const all = [rule, ...order.filter((one) => read.has(one))];
      return [rule, all.map((one) => texts.get(one)).join('\n')];
    }),
  );
  const alerts = graph.rules
    .filter(({ kind }) => kind === 'alert')
    .map((rule): readonly [Rule, string] => {
      const own = JSON.stringify([rule.for, rule.keepFiringFor, rule.labels]);
      return [rule, `${own}\n${conditions.get(rule)}`];
    });
  return { conditions, alerts: new Map(alerts) };
}

/** The rules of one side, planned, and what is to be known of its alerts. */
interface PlannedSide {
  readonly groups: readonly Group[];
  readonly plan: ReplayPlan;
  readonly signatures: Signatures;
  /** The alerts that are wanted, by the signature under which they are evaluated. */
  readonly wanted: ReadonlyMap<Rule, string>;
}

interface Failures {
  failures: number;
  readonly failure: string;
}

/** What the sides share. */
interface SharedEvaluation {
  /** Alerts by their signature, so that two sides share those on which they agree. */
  readonly states: Map<string, AlertStates>;
  /** The signatures of the alerts that one evaluation of a condition is for. */
  readonly signatures: Map<string, Set<string>>;
  /** Recorded series by their condition. */
  readonly records: Map<string, Recorded>;
  /** Evaluations that failed, by the condition of a record or the signature of an alert. */
  readonly failed: Map<string, Failures>;
}

/**
 * Replays the alerts of several sets of rules. What reads no recorded series is asked of the server, by range
 * queries; recorded series and alerts are evaluated here, in the order of time, as the rule manager does.
 *
 * @throws {PrometheusError} where the server cannot be asked, or fails for longer than `patience`
 */
export async function replay(sides: readonly (readonly Group[])[], options: ReplayOptions): Promise<Replay> {
  const leftOpen = await isLeftOpen(options.connection);
  const table = new LabelTable();
  const leaves = new Map<string, Leaf>();
  const shared: SharedEvaluation = {
    states: new Map(),
    signatures: new Map(),
    records: new Map(),
    failed: new Map(),
  };
  const planned = sides.map((groups) => planSide(groups, { ...options, table, leaves, leftOpen }, shared));
  const intervals = planned.flatMap(({ plan }) => plan.rules.map(({ interval }) => interval));
  const step = intervals.reduce(greatestDivisor, intervals[0] ?? options.evaluationInterval);
  const fetcher = new Fetcher({ ...options, table });
  const asked = [...leaves.values()];
  const chunks = chunksOf(options, step);
  let firstSample: number | undefined;
  let next = chunks[0] === undefined ? undefined : fetcher.fetch(asked, ...chunks[0]);
  for (const [i, [from, to]] of chunks.entries()) {
    const changes = (await next) as Awaited<NonNullable<typeof next>>;
    const following = chunks[i + 1];
    // The server works on the next piece while we evaluate this one.
    next = following === undefined ? undefined : fetcher.fetch(asked, ...following);
    next?.catch(() => {});
    for (const [j, leaf] of asked.entries()) {
      const begin = Math.ceil(from / leaf.interval) * leaf.interval;
      const answer = changes[j];
      if (answer === undefined) continue;
      leaf.load(answer, begin);
      firstSample = earlier(firstSample, firstIn(answer, begin, leaf.interval));
    }
    for (let time = from; time <= to; time += step) {
      for (const side of planned) evaluateSide(side, time, shared);
    }
    options.onProgress?.((i + 1) / chunks.length);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return {
    sides: historiesOf(planned, shared, { ...options, table }),
    firstSample,
    answers: fetcher.answers,
    points: fetcher.points,
  };
}

/** The time of the first step of an answer at which a series has a value. */
function firstIn({ starts }: Changes, begin: number, step: number): number | undefined {
  // Before that nothing changes.
  const first = starts.findIndex((start, i) => i > 0 && start > 0);
  return first < 0 ? undefined : begin + (first - 1) * step;
}

const earlier = (one: number | undefined, other: number | undefined) =>
  one === undefined ? other : other === undefined ? one : Math.min(one, other);

/** Plans one side; what the sides before it evaluate already is left out. */
function planSide(
  groups: readonly Group[],
  options: ReplayOptions & CompileOptions,
  shared: SharedEvaluation,
): PlannedSide {
  const signatures = signaturesOf(groups);
  const conditionOf = (rule: Rule) => signatures.conditions.get(rule) as string;
  const wanted = new Map<Rule, string>();
  const plan = planOf(groups, {
    ...options,
    shared: { conditionOf, records: shared.records },
    wanted: (rule) => {
      if (options.wanted?.(rule) === false) return false;
      const signature = signatures.alerts.get(rule) as string;
      wanted.set(rule, signature);
      if (!shared.states.has(signature)) {
        shared.states.set(signature, new AlertStates(seconds(rule.for), seconds(rule.keepFiringFor)));
      }
      const known = shared.signatures.get(conditionOf(rule));
      known?.add(signature);
      if (known === undefined) shared.signatures.set(conditionOf(rule), new Set([signature]));
      return known === undefined;
    },
  });
  return { groups, plan, signatures, wanted };
}

/** The pieces of time that are fetched and evaluated one after the other, both ends included. */
function chunksOf({ start, end, leadIn, chunk }: ReplayOptions, step: number): [number, number][] {
  const chunks: [number, number][] = [];
  // The first one is short: it shows how dense each answer is, and with that how long the others may be.
  for (let from = Math.floor((start - leadIn) / step) * step; from <= end; ) {
    const length = chunks.length === 0 ? Math.min(chunk, 10 * step) : chunk;
    const count = Math.max(1, Math.floor(length / step));
    chunks.push([from, Math.min(end, from + (count - 1) * step)]);
    from += count * step;
  }
  return chunks;
}

/** Evaluates the rules of a side that are due at a time. */
function evaluateSide(
  { plan, signatures: { conditions } }: PlannedSide,
  time: number,
  { states, signatures, failed }: SharedEvaluation,
): void {
  const attempt = (keys: Iterable<string>, work: () => void): boolean => {
    try {
      work();
      return true;
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      for (const key of keys) {
        const known = failed.get(key) ?? { failures: 0, failure: error.message };
        known.failures += 1;
        failed.set(key, known);
      }
      return false;
    }
  };
  for (const { rule, interval, limit, root, recorded, relabel } of plan.rules) {
    if (time % interval !== 0) continue;
    const condition = conditions.get(rule) as string;
    const alerts = recorded === undefined ? [...(signatures.get(condition) ?? [])] : [];
    const isEvaluated = attempt(recorded === undefined ? alerts : [condition], () => {
      root.evaluate(time);
      if (recorded !== undefined && limit > 0 && root.out.size > limit) {
        throw new EvaluationError(`exceeded limit of ${limit} with ${root.out.size} series`);
      }
    });
    if (!isEvaluated) continue;
    recorded?.record(time, root, relabel);
    for (const alert of alerts) attempt([alert], () => states.get(alert)?.evaluate(time, root.out, limit));
  }
}

/** What became of the alerts. What one side evaluated counts for all that have it. */
function historiesOf(
  planned: readonly PlannedSide[],
  { states, failed }: SharedEvaluation,
  { start, table }: Pick<ReplayOptions, 'start'> & { readonly table: LabelTable },
): SideHistory[] {
  const refused = refusedConditions(planned);
  return planned.map(({ groups, wanted, signatures: { conditions } }) => {
    const graph = new RuleGraph(groups.flatMap(({ rules }) => rules));
    const conditionOf = (rule: Rule) => conditions.get(rule) as string;
    /** The alert and the records that it needs. */
    const below = (alert: Rule) => [alert, ...graph.recordsFor([alert])];
    const reasonOf = (alert: Rule) =>
      below(alert)
        .map((rule) => refused.get(conditionOf(rule)))
        .find((reason) => reason !== undefined);
    const failuresOf = (alert: Rule, signature: string) =>
      [signature, ...below(alert).slice(1).map(conditionOf)]
        .map((key) => failed.get(key))
        .find((found) => found !== undefined);
    return {
      alerts: [...wanted]
        .filter(([rule]) => reasonOf(rule) === undefined)
        .map(([rule, signature]) => ({
          rule,
          episodes: within(states.get(signature)?.episodes ?? [], start, table),
          failures: 0,
          ...failuresOf(rule, signature),
        })),
      refused: [...wanted.keys()].flatMap((rule) => {
        const reason = reasonOf(rule);
        return reason === undefined ? [] : [{ rule, reason }];
      }),
    };
  });
}

/** The conditions that cannot be replayed, and those that the server does not evaluate, each with the reason. */
function refusedConditions(planned: readonly PlannedSide[]): Map<string, string> {
  return new Map(
    planned.flatMap(({ plan, signatures: { conditions } }) => [
      ...plan.rules.flatMap(({ rule, leaves }): (readonly [string, string])[] => {
        const refusal = leaves.find((leaf) => leaf.refusal !== undefined)?.refusal;
        return refusal === undefined ? [] : [[conditions.get(rule) as string, refusal]];
      }),
      ...plan.refused.map(({ rule, reason }) => [conditions.get(rule) as string, reason] as const),
    ]),
  );
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Episodes cut to the time that is judged, beyond whose end nothing is evaluated. */
function within(episodes: readonly FiringSpan[], start: number, table: LabelTable) {
  return episodes
    .filter(({ to }) => to === undefined || to > start)
    .map(({ id, from, to }) => ({
      labels: table.labels(id),
      from: Math.max(from, start),
      ...(to === undefined ? {} : { to }),
    }));
}
