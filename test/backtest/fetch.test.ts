import { describe, expect, it, vi } from 'vitest';
import { Fetcher, type FetchOptions, pauseMs } from '../../src/backtest/fetch.js';
import { Leaf } from '../../src/backtest/leaf.js';
import type { Changes } from '../../src/backtest/matrix.js';
import { LabelTable } from '../../src/backtest/vector.js';
import type { PrometheusConnection } from '../../src/prometheus/connection.js';
import { PrometheusError } from '../../src/prometheus/error.js';

type Form = Readonly<Record<string, string>>;

/** An answer of so many steps, with so many points and nothing else in it. */
const changes = (count: number, points: number): Changes => ({
  starts: new Int32Array(count + 1),
  ids: new Int32Array(0),
  values: new Float64Array(0),
  points,
});

/** A server that has so many points at each step, or fails. */
class Server {
  readonly asked: string[] = [];
  density = 1;
  signal: AbortSignal | undefined;
  underWay = 0;
  most = 0;
  answer: (path: string, form: Form, attempt: number) => unknown = (_, { start, end, step }) => {
    const count = (Number(end) - Number(start)) / Number(step) + 1;
    return changes(count, count * this.density);
  };
  readonly fetcher: Fetcher;

  constructor(more: Partial<FetchOptions> = {}) {
    const connection = {
      url: 'http://prometheus.example',
      fetchJson: async (path: string, { form, signal }: { form: Form; signal?: AbortSignal }) => {
        this.signal = signal;
        this.underWay += 1;
        this.most = Math.max(this.most, this.underWay);
        await new Promise((resolve) => setImmediate(resolve));
        this.underWay -= 1;
        this.asked.push(`${path} ${Object.values(form).join(' ')}`);
        const found = this.answer(path, form, this.asked.length);
        if (found instanceof Error) throw found;
        return found;
      },
    } as unknown as PrometheusConnection;
    this.fetcher = new Fetcher({ connection, table: new LabelTable(), concurrency: 2, patience: 0, ...more });
  }
}

const RANGE = '/api/v1/query_range';

describe('pieces of time', () => {
  it('hold as many points as an answer may have', async () => {
    const server = new Server();
    const leaf = new Leaf('a', 60);
    // 10,001 steps: one more than Prometheus answers at once.
    server.density = 500;
    const [answer] = await server.fetcher.fetch([leaf], 30, 10_001 * 60 + 59);
    expect(server.asked).toEqual([`${RANGE} a 60 600000 60`, `${RANGE} a 600060 600060 60`]);
    expect(answer?.starts).toHaveLength(10_002);
    expect([leaf.density, server.fetcher.answers, server.fetcher.points]).toEqual([500, 2, 5_000_500]);
    // 250,000 points, which is 500 of these steps.
    server.asked.length = 0;
    server.density = 0.1;
    await server.fetcher.fetch([leaf], 0, 1000 * 60);
    expect(server.asked).toEqual([
      `${RANGE} a 0 29940 60`,
      `${RANGE} a 30000 59940 60`,
      `${RANGE} a 60000 60000 60`,
    ]);
    expect(leaf.density).toBeCloseTo(0.1);
    server.asked.length = 0;
    await server.fetcher.fetch([leaf], 0, 9999 * 60);
    expect(server.asked).toHaveLength(1);
    leaf.density = 1_000_000;
    server.asked.length = 0;
    await server.fetcher.fetch([leaf], 0, 60);
    expect(server.asked).toEqual([`${RANGE} a 0 0 60`, `${RANGE} a 60 60 60`]);
  });

  it('without a step are not asked for', async () => {
    const server = new Server();
    const leaf = new Leaf('a', 60);
    const [answer] = await server.fetcher.fetch([leaf], 61, 119);
    expect([server.asked, answer?.starts.length, leaf.density]).toEqual([[], 1, 0]);
    expect((await server.fetcher.fetch([leaf], 300, 100))[0]?.starts).toHaveLength(1);
  });

  it('are asked for a few at once', async () => {
    let answers = 0;
    const server = new Server({ onAnswer: () => (answers += 1) });
    const leaves = ['a', 'b', 'c', 'd'].map((expr) => new Leaf(expr, 60));
    await server.fetcher.fetch(leaves, 0, 60);
    expect([server.asked.length, server.most, answers]).toEqual([4, 2, 4]);
  });

  it('have the times of a range of samples, from five minutes before', async () => {
    const server = new Server();
    server.answer = () => changes(5, 7);
    await server.fetcher.fetch([new Leaf('a{x="y"}', 60, true)], 600, 840);
    expect(server.asked).toEqual(['/api/v1/query a{x="y"}[540s] 840']);
  });
});

describe('a query that is too much', () => {
  it.each([
    new PrometheusError('long', 'too-large'),
    new PrometheusError('slow', 'timeout'),
    new PrometheusError('slow', 'query', { status: 503, errorType: 'timeout' }),
    new PrometheusError('query processing would load too many samples into memory', 'query', { status: 422 }),
    new PrometheusError('exceeded maximum resolution of 11,000 points', 'query', { status: 400 }),
    new PrometheusError('query timed out in expression evaluation', 'query', { status: 422 }),
  ])('is asked in halves: %s', async (error) => {
    const server = new Server();
    const { answer } = server;
    server.answer = (path, form, attempt) => (attempt === 1 ? error : answer(path, form, attempt));
    const [found] = await server.fetcher.fetch([new Leaf('a', 60)], 0, 240);
    expect(server.asked).toEqual([`${RANGE} a 0 240 60`, `${RANGE} a 0 120 60`, `${RANGE} a 180 240 60`]);
    expect([found?.starts.length, found?.points, server.fetcher.answers]).toEqual([6, 5, 2]);
  });

  it('is an error where it is one step', async () => {
    const server = new Server();
    server.answer = () => new PrometheusError('long', 'too-large');
    await expect(server.fetcher.fetch([new Leaf('a', 60)], 0, 0)).rejects.toThrow('long; query: a');
    expect(server.asked).toHaveLength(1);
  });
});

describe('a query that fails', () => {
  it.each([400, 422])('is reported by its leaf, and not asked again: %i', async (status) => {
    const server = new Server();
    server.answer = () => new PrometheusError('many-to-many', 'query', { status });
    const leaf = new Leaf('a', 60);
    expect(await server.fetcher.fetch([leaf], 0, 60)).toEqual([undefined]);
    expect(leaf.refusal).toBe('many-to-many; query: a');
    expect(await server.fetcher.fetch([leaf, leaf], 0, 60)).toEqual([undefined, undefined]);
    expect(server.asked).toHaveLength(1);
  });

  it.each([
    new PrometheusError('broken', 'query', { status: 500 }),
    new PrometheusError('no words'),
    new PrometheusError('who?', 'refused', { status: 400 }),
    new PrometheusError('busy', 'query', { status: 422, errorType: 'unavailable' }),
    new PrometheusError('away', 'unreachable'),
  ])('ends the replay for another reason: %s', async (error) => {
    const server = new Server();
    server.answer = () => error;
    const leaf = new Leaf('a', 60);
    const { kind, details, message } = error;
    await expect(server.fetcher.fetch([leaf], 0, 60)).rejects.toThrow(
      expect.objectContaining({ kind, details, message: `${message}; query: a` }),
    );
    expect(leaf.refusal).toBeUndefined();
  });

  it('ends with a fault of this program as it is', async () => {
    const server = new Server();
    const fault = Object.assign(new TypeError('fault'), { kind: 'query', details: { status: 422 } });
    server.answer = () => fault;
    await expect(server.fetcher.fetch([new Leaf('a', 60)], 0, 60)).rejects.toBe(fault);
  });

  it.each([
    [{ resultType: 'vector', result: [] }, 'vector'],
    [{ resultType: 'matrix', result: 'x' }, 'matrix'],
    ['text', 'undefined'],
    [null, 'undefined'],
  ])('ends where the answer is no matrix: %j', async (answer, found) => {
    const server = new Server();
    server.answer = () => answer;
    await expect(server.fetcher.fetch([new Leaf('a', 60)], 0, 60)).rejects.toThrow(
      expect.objectContaining({
        message: `http://prometheus.example: found ${found}, expected a matrix; query: a`,
        kind: 'not-prometheus',
      }),
    );
  });

  it('is shown in one line, without its comments', async () => {
    const shown = async (expr: string) => {
      const server = new Server();
      server.answer = () => new PrometheusError('no', 'refused');
      return server.fetcher.fetch([new Leaf(expr, 60)], 0, 0).catch((error: Error) => error.message);
    };
    expect(await shown('a # the first\n   + # ##\n\tb')).toBe('no; query: a + b');
    expect(await shown('x'.repeat(160))).toBe(`no; query: ${'x'.repeat(160)}`);
    expect(await shown('x'.repeat(161))).toBe(`no; query: ${'x'.repeat(159)}…`);
  });

  it('is not asked again once the replay is interrupted', async () => {
    const controller = new AbortController();
    const retries: string[] = [];
    const server = new Server({
      patience: 3600,
      signal: controller.signal,
      onRetry: ({ message }) => {
        retries.push(message);
        controller.abort();
      },
    });
    server.answer = () => new PrometheusError('away', 'unreachable');
    await expect(server.fetcher.fetch([new Leaf('a', 60)], 0, 60)).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect([retries, server.asked.length, server.signal]).toEqual([['away'], 1, controller.signal]);
    const silent = new Server({ patience: 3600, signal: controller.signal });
    silent.answer = server.answer;
    await expect(silent.fetcher.fetch([new Leaf('a', 60)], 0, 60)).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it.each([
    [59_999, 'AbortError'],
    [60_000, 'PrometheusError'],
  ])('is asked again while its patience lasts: %i of 60,000 ms', async (later, name) => {
    const controller = new AbortController();
    const { signal } = controller;
    const server = new Server({ patience: 60, signal, onRetry: () => controller.abort() });
    server.answer = () => new PrometheusError('away', 'unreachable');
    const clock = vi.spyOn(Date, 'now').mockReturnValueOnce(0).mockReturnValue(later);
    try {
      await expect(server.fetcher.fetch([new Leaf('a', 60)], 0, 60)).rejects.toMatchObject({ name });
    } finally {
      clock.mockRestore();
    }
  });

  it('is asked again after pauses that double, up to ten seconds', () => {
    expect([0, 1, 2, 5, 6, 40].map(pauseMs)).toEqual([250, 500, 1000, 8000, 10_000, 10_000]);
  });
});
