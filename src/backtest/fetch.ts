import { setTimeout as sleep } from 'node:timers/promises';
import pLimit, { type LimitFunction } from 'p-limit';
import { answeredSeries, type MatrixSeries } from '../prometheus/client.js';
import type { PrometheusConnection } from '../prometheus/connection.js';
import { PrometheusError } from '../prometheus/error.js';
import { type Leaf, LOOKBACK } from './leaf.js';
import { type Changes, changesOf, type Grid, joined, readMatrix } from './matrix.js';
import type { LabelTable } from './vector.js';

export interface FetchOptions {
  readonly connection: PrometheusConnection;
  readonly table: LabelTable;
  /** Requests under way at the same time. */
  readonly concurrency: number;
  /** Seconds for which a server may be away or busy before the replay gives up. */
  readonly patience: number;
  /** Called after each answer. */
  readonly onAnswer?: () => void;
  /** Called when a request is to be repeated, and why. */
  readonly onRetry?: (error: PrometheusError) => void;
  readonly signal?: AbortSignal;
}

/** Points that one answer should hold at most: some 5 MB of text, some 20 MB while it is read. */
const POINTS = 250_000;
/** Prometheus refuses more points of a series than this. */
const STEPS = 10_000;

/** Asks for pieces of time, a few requests at once, and repeats what failed for a passing reason. */
export class Fetcher {
  readonly #limit: LimitFunction;
  /** Requests answered, and points in them. */
  answers = 0;
  points = 0;

  constructor(private readonly options: FetchOptions) {
    this.#limit = pLimit(options.concurrency);
  }

  /** The answers to all leaves for one piece of time; a leaf that the server refuses to evaluate reports the refusal from then on. */
  fetch(leaves: readonly Leaf[], start: number, end: number): Promise<(Changes | undefined)[]> {
    return Promise.all(
      leaves.map(async (leaf) => {
        if (leaf.refusal !== undefined) return undefined;
        try {
          return await this.#leaf(leaf, start, end);
        } catch (error) {
          if (!isRefusal(error)) throw error;
          leaf.refusal = error.message;
          return undefined;
        }
      }),
    );
  }

  async #leaf(leaf: Leaf, start: number, end: number): Promise<Changes> {
    const { interval } = leaf;
    const first = Math.ceil(start / interval) * interval;
    const count = Math.max(0, Math.floor((end - first) / interval) + 1);
    const most = Math.max(1, Math.min(STEPS, Math.floor(POINTS / Math.max(1, leaf.density ?? 1))));
    const pieces: Promise<Changes>[] = [];
    for (let from = 0; from < count; from += most) {
      const grid = { start: first + from * interval, step: interval, count: Math.min(most, count - from) };
      pieces.push(this.#limit(() => this.#ask(leaf, grid)));
    }
    const changes = joined(await Promise.all(pieces));
    leaf.density = changes.points / Math.max(1, count);
    return changes;
  }

  async #ask(leaf: Leaf, grid: Grid): Promise<Changes> {
    const { patience, signal } = this.options;
    const begin = Date.now();
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await this.#request(leaf, grid);
        this.answers += 1;
        this.points += answer.points;
        this.options.onAnswer?.();
        return answer;
      } catch (error) {
        if (!(error instanceof PrometheusError)) throw error;
        const tooMuch =
          error.kind === 'too-large' ||
          error.kind === 'timeout' ||
          error.details.errorType === 'timeout' ||
          /too many samples|exceeded maximum resolution|query timed out/.test(error.message);
        if (tooMuch && grid.count > 1) {
          // Half the time is half the work.
          const half = Math.ceil(grid.count / 2);
          const early = await this.#ask(leaf, { ...grid, count: half });
          const late = await this.#ask(leaf, {
            start: grid.start + half * grid.step,
            step: grid.step,
            count: grid.count - half,
          });
          return joined([early, late]);
        }
        if (!error.mayPass || (Date.now() - begin) / 1000 >= patience) {
          throw new PrometheusError(
            `${error.message}; query: ${oneLine(leaf.expr)}`,
            error.kind,
            error.details,
          );
        }
        this.options.onRetry?.(error);
        await sleep(pauseMs(attempt), undefined, signal === undefined ? {} : { signal });
      }
    }
  }

  async #request({ expr, stamps }: Leaf, grid: Grid): Promise<Changes> {
    const { connection, table, signal } = this.options;
    const length = (grid.count - 1) * grid.step;
    const end = String(grid.start + length);
    const form: Record<string, string> = stamps
      ? { query: `${expr}[${length + LOOKBACK}s]`, time: end }
      : { query: expr, start: String(grid.start), end, step: String(grid.step) };
    const data = await connection.fetchJson(stamps ? '/api/v1/query' : '/api/v1/query_range', {
      form,
      read: (text) => readMatrix(text, grid, table, stamps),
      ...(signal === undefined ? {} : { signal }),
    });
    if (isChanges(data)) return data;
    const { resultType, result } = (data ?? {}) as {
      resultType?: string;
      result?: MatrixSeries[];
    };
    if (resultType !== 'matrix' || !Array.isArray(result)) {
      throw new PrometheusError(
        `${connection.url}: found ${String(resultType)}, expected a matrix`,
        'not-prometheus',
      );
    }
    return changesOf(result.map(answeredSeries), grid, table, stamps);
  }
}

/** How long to wait before a request is made again that failed `attempt` times before. */
export const pauseMs = (attempt: number): number => Math.min(10_000, 250 * 2 ** attempt);

/** Whether the server cannot evaluate the query, and not just now. */
function isRefusal(error: unknown): error is PrometheusError {
  return (
    error instanceof PrometheusError &&
    error.kind === 'query' &&
    !error.mayPass &&
    (error.details.status === 400 || error.details.status === 422)
  );
}

function isChanges(data: unknown): data is Changes {
  return typeof data === 'object' && data !== null && 'starts' in data;
}

function oneLine(text: string): string {
  const line = text.replace(/#[^\n]*/g, '').replace(/\s+/g, ' ');
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
