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

/** Everything an alert's history depends on, as text: two sides that agree in it need one evaluation only. */
export function signaturesOf(groups: readonly Group[]): Map<Rule, string> {
  const all = groups.flatMap(({ rules, interval, limit }) =>
    rules.map((rule) => ({ rule, interval, limit })),
  );
  const graph = new RuleGraph(all.map(({ rule }) => rule));
  const text = ({ rule, interval, limit }: (typeof all)[number]) =>
    JSON.stringify([
      rule.kind,
      rule.name,
      rule.group,
      interval,
      limit,
      rule.expr,
      rule.for,
      rule.keepFiringFor,
      rule.labels,
    ]);
  return new Map(
    all
      .filter(({ rule }) => rule.kind === 'alert')
      .map((one) => {
        const needed = new Set(graph.recordsFor([one.rule]));
        const others = all.filter(({ rule }) => needed.has(rule));
        return [one.rule, [one, ...others].map(text).join('\n')];
      }),
  );
}

/** The rules of one side, planned, and what is to be known of its alerts. */
interface PlannedSide {
  readonly groups: readonly Group[];
  readonly plan: ReplayPlan;
  readonly signatures: ReadonlyMap<Rule, string>;
  /** The alerts that are wanted, by the signature under which they are evaluated. */
  readonly wanted: ReadonlyMap<Rule, string>;
  /** Evaluations that failed, by the name of the rule. */
  readonly failed: Map<string, Failures>;
}

interface Failures {
  failures: number;
  readonly failure: string;
}

/** Alerts by their signature, so that two sides share those on which they agree. */
type StatesBySignature = Map<string, AlertStates>;

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
  const states: StatesBySignature = new Map();
  const planned = sides.map((groups) => planSide(groups, { ...options, table, leaves, leftOpen }, states));
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
      for (const side of planned) evaluateSide(side, time, states);
    }
    options.onProgress?.((i + 1) / chunks.length);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return {
    sides: historiesOf(planned, states, { ...options, table }),
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
  states: StatesBySignature,
): PlannedSide {
  const signatures = signaturesOf(groups);
  const wanted = new Map<Rule, string>();
  const plan = planOf(groups, {
    ...options,
    wanted: (rule) => {
      if (options.wanted?.(rule) === false) return false;
      const signature = signatures.get(rule) as string;
      wanted.set(rule, signature);
      if (states.has(signature)) return false;
      states.set(signature, new AlertStates(seconds(rule.for), seconds(rule.keepFiringFor)));
      return true;
    },
  });
  return { groups, plan, signatures, wanted, failed: new Map() };
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
  { plan, signatures, failed }: PlannedSide,
  time: number,
  states: StatesBySignature,
): void {
  for (const { rule, interval, limit, root, recorded, relabel } of plan.rules) {
    if (time % interval !== 0) continue;
    try {
      root.evaluate(time);
      if (recorded !== undefined && limit > 0 && root.out.size > limit) {
        throw new EvaluationError(`exceeded limit of ${limit} with ${root.out.size} series`);
      }
      if (recorded === undefined) states.get(signatures.get(rule) as string)?.evaluate(time, root.out, limit);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      const known = failed.get(rule.name) ?? { failures: 0, failure: error.message };
      known.failures += 1;
      failed.set(rule.name, known);
      continue;
    }
    recorded?.record(time, root, relabel);
  }
}

/** What became of the alerts. An alert that only one side evaluated counts for both. */
function historiesOf(
  planned: readonly PlannedSide[],
  states: StatesBySignature,
  { start, end, table }: Pick<ReplayOptions, 'start' | 'end'> & { readonly table: LabelTable },
): SideHistory[] {
  const refused = new Map([
    ...planned.flatMap(refusedByServer),
    ...planned.flatMap(({ plan, signatures }) =>
      plan.refused.map(({ rule, reason }) => [signatures.get(rule) as string, reason] as const),
    ),
  ]);
  const failures = failuresOf(planned);
  return planned.map(({ wanted }) => ({
    alerts: [...wanted]
      .filter(([, signature]) => !refused.has(signature))
      .map(([rule, signature]) => ({
        rule,
        episodes: within(states.get(signature)?.episodes ?? [], start, end, table),
        failures: 0,
        ...(failures.get(signature) ?? {}),
      })),
    refused: [...wanted].flatMap(([rule, signature]) => {
      const reason = refused.get(signature);
      return reason === undefined ? [] : [{ rule, reason }];
    }),
  }));
}

/** The alerts that need what the server does not evaluate, by signature, with its reason. */
function refusedByServer({ groups, plan, wanted }: PlannedSide): (readonly [string, string])[] {
  const reasons = new Map(
    plan.rules.flatMap(({ rule, leaves }) => {
      const refusal = leaves.find((leaf) => leaf.refusal !== undefined)?.refusal;
      return refusal === undefined ? [] : [[rule, refusal] as const];
    }),
  );
  if (reasons.size === 0) return [];
  const graph = new RuleGraph(groups.flatMap(({ rules }) => rules));
  return [...wanted].flatMap(([rule, signature]) => {
    const needed = [rule, ...graph.recordsFor([rule])].find((one) => reasons.has(one));
    return needed === undefined ? [] : [[signature, reasons.get(needed) as string] as const];
  });
}

/** The failures of each alert, or else of the first recording rule that it needs and that failed, by signature. */
function failuresOf(planned: readonly PlannedSide[]): Map<string, Failures> {
  const failures = new Map<string, Failures>();
  for (const { groups, wanted, failed } of planned) {
    const graph = new RuleGraph(groups.flatMap(({ rules }) => rules));
    for (const [rule, signature] of wanted) {
      for (const { name } of [rule, ...graph.recordsFor([rule])]) {
        const known = failed.get(name);
        if (known !== undefined && !failures.has(signature)) failures.set(signature, known);
      }
    }
  }
  return failures;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Episodes cut to the time that is judged. */
function within(episodes: readonly FiringSpan[], start: number, end: number, table: LabelTable) {
  return episodes
    .filter(({ from, to }) => from <= end && (to === undefined || to > start))
    .map(({ id, from, to }) => ({
      labels: table.labels(id),
      from: Math.max(from, start),
      ...(to === undefined ? {} : { to }),
    }))
    .sort((a, b) => a.from - b.from);
}
