import type { PrometheusConnection } from '../prometheus/connection.js';
import type { PrometheusError } from '../prometheus/error.js';
import { duration, durationSeconds } from '../promql/duration.js';
import { RuleGraph } from '../rule-files/graph.js';
import type { Group, Rule } from '../rule-files/parse.js';
import { AlertStates, type Episode } from './episodes.js';
import { Fetcher } from './fetch.js';
import { EvaluationError, type Leaf } from './nodes.js';
import { type Plan, planOf } from './plan.js';
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
  readonly refused: Plan['refused'];
}

export interface Replay {
  readonly sides: readonly SideHistory[];
  /** What was asked for: requests answered, points in the answers. */
  readonly answers: number;
  readonly points: number;
}

const seconds = (text: string | undefined) => (text === undefined ? 0 : durationSeconds(duration(text)));

/** Prometheus 3 leaves out the sample that lies on the beginning of a range; 2 takes it. */
async function isLeftOpen(connection: PrometheusConnection): Promise<boolean> {
  try {
    const { version = '' } = (await connection.fetchJson('/api/v1/status/buildinfo')) as { version?: string };
    return !/^[012]\./.test(version);
  } catch (error) {
    // Not every server that speaks the API tells its version; one that cannot be reached is told of at the first query.
    if ((error as PrometheusError).kind === 'query' || (error as PrometheusError).kind === 'not-prometheus')
      return true;
    throw error;
  }
}

/** Everything an alert's history depends on, as text: two sides that agree in it need one evaluation only. */
function signatures(groups: readonly Group[]): Map<Rule, string> {
  const all = groups.flatMap(({ rules, interval }) => rules.map((rule) => ({ rule, interval })));
  const graph = new RuleGraph(all.map(({ rule }) => rule));
  const text = ({ rule, interval }: (typeof all)[number]) =>
    JSON.stringify([
      rule.kind,
      rule.name,
      rule.group,
      interval,
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

/**
 * Replays the alerts of one or two sets of rules. What reads no recorded series is asked of the server, by range
 * queries; recorded series and alerts are evaluated here, in the order of time, as the rule manager does.
 *
 * @throws {PrometheusError} where the server cannot be asked, or fails for longer than `patience`
 */
export async function replay(sides: readonly (readonly Group[])[], options: ReplayOptions): Promise<Replay> {
  const { connection, start, end, evaluationInterval } = options;
  const leftOpen = await isLeftOpen(connection);
  const table = new LabelTable();
  const leaves = new Map<string, Leaf>();
  const known = new Map<string, { failures: number; failure?: string; states: AlertStates }>();
  const built = sides.map((groups) => {
    const signed = signatures(groups);
    const mine = new Map<Rule, string>();
    const plan = planOf(groups, {
      table,
      evaluationInterval,
      leaves,
      leftOpen,
      wanted: (rule) => {
        if (options.wanted?.(rule) === false) return false;
        const signature = signed.get(rule) as string;
        const isNew = !known.has(signature);
        mine.set(rule, signature);
        if (isNew) {
          known.set(signature, {
            failures: 0,
            states: new AlertStates(seconds(rule.for), seconds(rule.keepFiringFor)),
          });
        }
        return isNew;
      },
    });
    const failed = new Map<string, { failures: number; failure: string }>();
    return { groups, plan, mine, signed, failed };
  });
  const intervals = [...new Set(built.flatMap(({ plan }) => plan.rules.map(({ interval }) => interval)))];
  const step = intervals.reduce(greatestDivisor, intervals[0] ?? evaluationInterval);
  const fetcher = new Fetcher({ ...options, table });
  const asked = [...leaves.values()];
  const first = Math.floor((start - options.leadIn) / step) * step;
  const chunks: [number, number][] = [];
  // The first one is short: it tells how dense each answer is, and with that how long the others may be.
  for (let from = first; from <= end; ) {
    const length = chunks.length === 0 ? Math.min(options.chunk, 10 * step) : options.chunk;
    const count = Math.max(1, Math.floor(length / step));
    const to = Math.min(end, from + (count - 1) * step);
    chunks.push([from, to]);
    from += count * step;
  }
  let next = chunks[0] === undefined ? undefined : fetcher.fetch(asked, ...chunks[0]);
  for (const [i, [from, to]] of chunks.entries()) {
    const changes = (await next) as Awaited<NonNullable<typeof next>>;
    const following = chunks[i + 1];
    // The server works on the next piece while we evaluate this one.
    next = following === undefined ? undefined : fetcher.fetch(asked, ...following);
    next?.catch(() => {});
    for (const [j, leaf] of asked.entries()) {
      const begin = Math.ceil(from / leaf.interval) * leaf.interval;
      leaf.load(changes[j] as (typeof changes)[number], begin);
    }
    for (let time = from; time <= to; time += step) {
      for (const side of built) {
        for (const planned of side.plan.rules) {
          if (time % planned.interval !== 0) continue;
          try {
            planned.part.evaluate(time);
          } catch (error) {
            if (!(error instanceof EvaluationError)) throw error;
            const failed = side.failed.get(planned.rule.name) ?? { failures: 0, failure: error.message };
            failed.failures += 1;
            side.failed.set(planned.rule.name, failed);
            continue;
          }
          if (planned.recorded !== undefined) planned.recorded.record(time, planned.part, planned.relabel);
          else known.get(side.signed.get(planned.rule) as string)?.states.evaluate(time, planned.part.out);
        }
      }
    }
    options.onProgress?.((i + 1) / chunks.length);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const refusedSignatures = new Map<string, string>();
  for (const { plan, signed } of built) {
    for (const { rule, reason } of plan.refused) refusedSignatures.set(signed.get(rule) as string, reason);
  }
  const failures = new Map<string, { failures: number; failure: string }>();
  for (const { groups, mine, failed } of built) {
    const graph = new RuleGraph(groups.flatMap(({ rules }) => rules));
    for (const [rule, signature] of mine) {
      for (const { name } of [rule, ...graph.recordsFor([rule])]) {
        const one = failed.get(name);
        if (one !== undefined && !failures.has(signature)) failures.set(signature, one);
      }
    }
  }
  return {
    sides: built.map(({ mine }) => ({
      alerts: [...mine]
        .filter(([, signature]) => !refusedSignatures.has(signature))
        .map(([rule, signature]) => ({
          rule,
          episodes: within(known.get(signature)?.states.episodes ?? [], start, end, table),
          failures: 0,
          ...(failures.get(signature) ?? {}),
        })),
      refused: [...mine].flatMap(([rule, signature]) => {
        const reason = refusedSignatures.get(signature);
        return reason === undefined ? [] : [{ rule, reason }];
      }),
    })),
    answers: fetcher.answers,
    points: fetcher.points,
  };
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Episodes cut to the time that is judged. */
function within(episodes: readonly Episode[], start: number, end: number, table: LabelTable) {
  return episodes
    .filter(({ from, to }) => from <= end && (to === undefined || to > start))
    .map(({ id, from, to }) => ({
      labels: table.labels(id),
      from: Math.max(from, start),
      ...(to === undefined ? {} : { to }),
    }))
    .sort((a, b) => a.from - b.from);
}
