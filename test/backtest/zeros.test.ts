import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutZeros } from '../../src/backtest/zeros.js';
import { type RunningPrometheus, startPrometheus } from '../../src/processes/prometheus.js';
import { PrometheusConnection } from '../../src/prometheus/connection.js';
import { parseExpression } from '../../src/promql/parse.js';
import { printExpression } from '../../src/promql/print.js';
import { remoteWrite } from './remote-write.js';

const EPOCH = 1_700_000_100;
/** Samples of each series, one per minute. */
const COUNT = 60;

/** What each series holds at its n-th sample; undefined where it has none. */
const SERIES: readonly (readonly [
  labels: Record<string, string>,
  valueAt: (n: number) => number | undefined,
])[] = [
  [{ __name__: 'moves', host: 'a', part: '1' }, (n) => Math.floor(n / 15)],
  [{ __name__: 'moves', host: 'a', part: '2' }, () => 7],
  [{ __name__: 'moves', host: 'b', part: '1' }, () => 0],
  [{ __name__: 'moves', host: 'c', part: '1' }, (n) => (n < 30 ? undefined : 1)],
  [{ __name__: 'moves', host: 'd', part: '2' }, (n) => (n < 40 ? n : 3)],
  [{ __name__: 'moves', host: 'e', part: '1' }, (n) => (n === 20 ? Number.NaN : 4)],
  // These two cancel each other out.
  [{ __name__: 'drift', host: 'a', part: '1' }, (n) => (n < 20 ? n : 20)],
  [{ __name__: 'drift', host: 'a', part: '2' }, (n) => (n < 20 ? -n : -20)],
  [{ __name__: 'drift', host: 'b', part: '1' }, (n) => Math.abs(n - 30)],
  [{ __name__: 'drift', host: 'c', part: '1' }, () => 5],
];

describe('a sum without the zeros in it', () => {
  let prometheus: RunningPrometheus;
  let connection: PrometheusConnection;

  beforeAll(async () => {
    prometheus = await startPrometheus({
      flags: ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y'],
    });
    connection = new PrometheusConnection({ url: prometheus.url, timeoutMs: 60_000 });
    const times = Array.from({ length: COUNT }, (_, n) => n);
    await remoteWrite(
      prometheus.url,
      SERIES.map(([labels, valueAt]) => ({
        labels,
        samples: times
          .filter((n) => valueAt(n) !== undefined)
          .map((n) => [(EPOCH + n * 60) * 1000, valueAt(n)] as const),
      })),
    );
  });
  afterAll(async () => {
    connection.close();
    await prometheus.stop();
  });

  const answer = async (query: string) => {
    const end = String(EPOCH + (COUNT + 5) * 60);
    const form = { query, start: String(EPOCH), end, step: '30' };
    const { result } = (await connection.fetchJson('/api/v1/query_range', { form })) as {
      result: { metric: Record<string, string> }[];
    };
    return result.map((one) => JSON.stringify(one)).sort();
  };
  const rewritten = (text: string) => printExpression(withoutZeros(parseExpression(text).root));

  it.each([
    ['sum by (host) (rate(moves[5m])) > 0', 'sum by (host) (rate(moves[5m]) != 0) > 0'],
    ['0.5 < sum without (part) (increase(moves[5m]))', '0.5 < sum without (part) (increase(moves[5m]) != 0)'],
    ['sum by (host) (delta(drift[5m])) != 0', 'sum by (host) (delta(drift[5m]) != 0) != 0'],
    ['sum by (host) (-delta(drift[5m])) <= -1', 'sum by (host) (-(delta(drift[5m]) != 0)) <= -1'],
    [
      'sum by (host) ((moves unless moves offset 5m) or round(increase(moves[5m]))) > 0',
      'sum by (host) (moves unless moves offset 5m or round(increase(moves[5m]) != 0)) > 0',
    ],
    [
      'sum by (host) (changes(moves[5m]) and on (part) moves{part="1"}) >= 1',
      'sum by (host) (changes(moves[5m]) != 0 and on (part) moves{part="1"}) >= 1',
    ],
    [
      'sum by (part) (sum by (host, part) (increase(moves[5m]))) > 1',
      'sum by (part) (sum by (host, part) (increase(moves[5m]) != 0)) > 1',
    ],
    [
      'count(sum by (host) (resets(moves[5m])) == 1) or vector(0)',
      'count(sum by (host) (resets(moves[5m]) != 0) == 1) or vector(0)',
    ],
  ])('gives what the server gives for the sum: %s', async (expr, expected) => {
    expect(rewritten(expr)).toBe(expected);
    const given = await answer(expr);
    expect(given.length).toBeGreaterThan(0);
    expect(await answer(expected)).toEqual(given);
  });

  it.each([
    'sum by (host) (rate(moves[5m])) >= 0',
    'sum by (host) (rate(moves[5m])) > -1',
    'sum by (host) (rate(moves[5m])) == 0',
    'sum by (host) (rate(moves[5m])) != 1',
    'sum by (host) (rate(moves[5m])) > bool 0',
    'sum by (host) (rate(moves[5m])) > drift',
    'sum by (host) (rate(moves[5m]))',
    'avg by (host) (rate(moves[5m])) > 0',
    'count by (host) (rate(moves[5m])) > 0',
    // A zero on the left hides the value on the right.
    'sum by (host) (rate(moves[5m]) or drift) > 0',
    'sum by (host) (exp(rate(moves[5m]))) > 0',
    'sum by (host) (rate(moves[5m]) + 1) > 0',
    // Without the zeros the server would not find two series with the same labels.
    'sum by (host) (round(rate({__name__=~"moves|drift"}[5m]))) > 0',
    // One group is cheap, and gauges are seldom 0.
    'sum(rate(moves[5m])) > 0',
    'sum by (host) (moves) > 0',
  ])('is asked for as it stands where a zero counts, or few are left out: %s', (expr) => {
    expect(rewritten(expr)).toBe(printExpression(parseExpression(expr).root));
  });
});
