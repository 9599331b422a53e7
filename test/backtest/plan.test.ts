import { describe, expect, it } from 'vitest';
import { AlertStates } from '../../src/backtest/episodes.js';
import type { Leaf } from '../../src/backtest/leaf.js';
import { changesOf, joined, readMatrix } from '../../src/backtest/matrix.js';
import { planOf } from '../../src/backtest/plan.js';
import { LabelTable, Vector } from '../../src/backtest/vector.js';
import { answeredSeries, type MatrixSeries } from '../../src/prometheus/client.js';
import { readSide } from '../../src/rule-files/parse.js';

const plan = (rules: string, leaves = new Map<string, Leaf>()) =>
  planOf(readSide([{ path: 'rules.yaml', text: `groups:\n  - name: one\n    rules:\n${rules}` }]).groups, {
    table: new LabelTable(),
    evaluationInterval: 60,
    leaves,
    leftOpen: false,
  });

describe('a recorded series', () => {
  const record = `      - record: r\n        expr: sum by (x) (a)\n`;
  const alert = (expr: string) => `${record}      - alert: A\n        expr: '${expr}'\n`;

  it.each([
    'r > 1',
    '{"r"} > 1',
    '{__name__="r"} > 1',
    'r{x="y"} > 1',
    '{__name__="r", x=~"[[:alpha:]]"} > 1',
  ])('is evaluated here, however it is named: %s', (expr) => {
    const { rules, leaves, refused } = plan(alert(expr));
    expect(refused).toEqual([]);
    expect(rules.map(({ rule }) => rule.name)).toEqual(['r', 'A']);
    expect(leaves.map((leaf) => leaf.expr)).toEqual(['sum by (x) (a)']);
  });

  it.each([
    ['{__name__=~"r|s"} > 1', '{__name__=~"r|s"} may read r; a recorded series must be selected by name'],
    ['{x="y"} > 1', '{x="y"} may read r; a recorded series must be selected by name'],
    ['r / r offset -5m > 1', 'r offset -5m: over a recorded series is not replayed'],
    ['r offset (1m + 2m) > 1', 'r offset (1m + 2m): over a recorded series is not replayed'],
    ['r smoothed > 1', 'r smoothed: over a recorded series is not replayed'],
    ['r[5m]', 'r[5m]: over a recorded series is not replayed'],
    ['r[1h:5m]', 'r[1h:5m]: over a recorded series is not replayed'],
    ['"r"', '"r": over a recorded series is not replayed'],
    ['r * pi() > 1', 'A: pi() over a recorded series is not replayed'],
    ['timestamp(r + 1) > 1', 'timestamp() over a recorded series is not replayed'],
    ['count_over_time(r[1m + 2m]) > 1', 'count_over_time() over a calculated range over a recorded series'],
    ['r @ end() > 1', 'r @ end(): over a recorded series is not replayed'],
    ['max_over_time(r[1h:5m]) > 1', 'max_over_time() over a recorded series is not replayed'],
    ['r + fill (0) s > 1', 'fill over a recorded series is not replayed'],
    ['r </ 1', '</ over a recorded series is not replayed'],
    ['topk(1, r) > 1', 'topk() over a recorded series is not replayed'],
    ['r{x=~"a(?=b)"} > 1', 'uses lookahead or lookbehind, which Prometheus does not support'],
    ['label_replace(r, "x", "", "x", "(") == 1', 'is not valid: missing closing )'],
  ])('stops an alert that cannot be replayed, with the reason: %s', (expr, reason) => {
    const { refused, rules } = plan(alert(expr));
    expect(refused.map((one) => one.reason)).toEqual([expect.stringContaining(reason)]);
    expect(rules).toEqual([]);
  });

  it('belongs to the part of an expression that its operators give it', () => {
    const { leaves } = plan(alert('r - b offset 1d * c > 1'));
    expect(leaves.map((leaf) => leaf.expr)).toEqual(['sum by (x) (a)', 'b offset 1d', 'c']);
  });
});

describe('what is asked of the server', () => {
  it('is the whole expression where it reads no recorded series', () => {
    const { leaves } = plan(`      - alert: A\n        expr: rate(a[5m]) > 1 unless on (x) b\n`);
    expect(leaves.map(({ expr }) => expr)).toEqual(['rate(a[5m]) > 1 unless on (x) b']);
  });

  it('is only what no recorded series is part of, and recording rules that nobody reads are left out', () => {
    const { leaves, rules } = plan(`
      - record: r
        expr: sum by (x) (a) or last_over_time(r[10m])
      - record: unread
        expr: sum(c)
      - alert: A
        expr: r > 1 and on (x) b == 2
`);
    expect(leaves.map(({ expr }) => expr)).toEqual(['sum by (x) (a)', 'b == 2']);
    expect(rules.map(({ rule }) => rule.name)).toEqual(['r', 'A']);
  });

  it('is the samples where an expression wants their times, and each side of arithmetic', () => {
    const { leaves } = plan(`      - alert: A\n        expr: max by (x) ((a > 0) + timestamp(a)) > 5\n`);
    expect(leaves.map(({ expr, stamps }) => [expr, stamps])).toEqual([
      ['a > 0', false],
      ['a', true],
      ['a', false],
    ]);
  });

  it('is a selector once where several rules read it as it is, and what they make of it where one does', () => {
    const { leaves } = plan(`
      - alert: A
        expr: a == 1
      - alert: B
        expr: max by (x) (a) > 2 unless on (x) (a == 3)
      - alert: C
        expr: b == 1
      - alert: D
        expr: (a offset 5m) == 1 or rate(b[5m]) > 2
`);
    expect(leaves.map(({ expr }) => expr)).toEqual(['a', 'b == 1', 'a offset 5m == 1 or rate(b[5m]) > 2']);
  });

  it('is a comparison once where several rules compare a selector with the same number', () => {
    const { leaves } = plan(`
      - alert: A
        expr: a == 1 unless on (x) rate(b[5m]) > 0
      - alert: B
        expr: max by (x) (a == 1)
`);
    expect(leaves.map(({ expr }) => expr)).toEqual(['a == 1', 'rate(b[5m]) > 0']);
  });

  it('is what few series are joined with only once, where other rules read it too', () => {
    const { leaves } = plan(`
      - alert: A
        expr: max by (x) (a) > 1
      - alert: B
        expr: (rate(b[5m]) > 0 or rate(c[5m]) > 0) and on (x) (a == 0)
      - alert: C
        expr: rate(b[5m]) unless on (x) a
`);
    expect(leaves.map(({ expr }) => expr)).toEqual([
      'a',
      'rate(b[5m]) > 0 or rate(c[5m]) > 0',
      'rate(b[5m]) unless on (x) a',
    ]);
  });

  it('is not what an expression could not be divided into after all', () => {
    const asked = new Map<string, Leaf>();
    plan('      - alert: A\n        expr: c > 1\n      - alert: B\n        expr: a / b * pi() > 1\n', asked);
    expect([...asked.values()].map(({ expr }) => expr)).toEqual(['c > 1', 'a / b * pi()']);
  });

  it('leaves zeros out of sums that show none', () => {
    const { leaves } = plan(`      - alert: A\n        expr: sum by (x) (increase(a[5m])) > 0\n`);
    expect(leaves.map(({ expr }) => expr)).toEqual(['sum by (x) (increase(a[5m]) != 0) > 0']);
  });

  it('is the whole expression where a selector takes series of several names: here they would be one', () => {
    const both = '{__name__=~"a|b"}';
    const { leaves } = plan(`
      - alert: A
        expr: count(${both}) < 2
      - alert: B
        expr: sum(${both}) > 5
      - alert: C
        expr: sum(${both}) / count(${both}) > 5
`);
    expect(leaves.map(({ expr }) => expr)).toEqual([
      `count(${both}) < 2`,
      `sum(${both}) > 5`,
      `sum(${both}) / count(${both}) > 5`,
    ]);
  });

  it('names an alert whose recorded series are read in a way that is not replayed, and keeps the others', () => {
    const { refused, rules } = plan(`
      - record: r
        expr: sum(a)
      - alert: Odd
        expr: rate(r[5m]) > 1
      - alert: Fine
        expr: r > 1
`);
    expect(refused.map(({ rule, reason }) => [rule.name, reason])).toEqual([
      ['Odd', expect.stringContaining('rate() over a recorded series is not replayed')],
    ]);
    expect(rules.map(({ rule }) => rule.name)).toEqual(['r', 'Fine']);
  });
});

describe('an answer', () => {
  const grid = { start: 100, step: 10, count: 5 };
  const result = [
    {
      metric: { a: 'x' },
      values: [
        [100, '1'],
        [110, '1'],
        [130, '+Inf'],
      ],
    },
    { metric: { a: 'quo"te' }, values: [[140, 'NaN']] },
  ] as const;
  const text = JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } });
  const series = [
    {
      labels: { a: 'x' },
      points: [
        [100, 1],
        [110, 1],
        [130, Number.POSITIVE_INFINITY],
      ] as const,
    },
    { labels: { a: 'quo"te' }, points: [[140, Number.NaN]] as const },
  ];

  it('reads the same by the fast way and through JSON', () => {
    expect(readMatrix(text, grid, new LabelTable())).toEqual(changesOf(series, grid, new LabelTable()));
  });

  it.each([
    ['only', {}],
    ['beside numbers', { values: [[100, '1']] }],
  ])(
    'is left to the reader of any JSON, which refuses it, where it has native histograms, %s',
    (_, values) => {
      const series = { metric: { a: 'x' }, ...values, histograms: [[110, { count: '1' }]] };
      const answer = { status: 'success', data: { resultType: 'matrix', result: [series, ...result] } };
      expect(readMatrix(JSON.stringify(answer), grid, new LabelTable())).toBeUndefined();
      expect(() => answeredSeries(series as unknown as MatrixSeries)).toThrow('found native histograms');
    },
  );

  it('is told by its changes: what came, what went, and nothing of what stood still', () => {
    const { starts, ids, values, points } = changesOf(series, grid, new LabelTable());
    expect([...starts]).toEqual([0, 1, 1, 2, 3, 5]);
    expect([...ids]).toEqual([0, ~0, 0, ~0, 1]);
    expect([...values].slice(0, 3)).toEqual([1, 0, Number.POSITIVE_INFINITY]);
    expect(points).toBe(4);
  });

  it('goes to the reader of any JSON where it is laid out in another way', () => {
    expect(readMatrix(JSON.stringify(JSON.parse(text), null, 1), grid, new LabelTable())).toBeUndefined();
  });

  it('in two pieces is the answer in one', () => {
    const table = new LabelTable();
    const cut = (from: number, count: number) =>
      changesOf(
        series.map(({ labels, points }) => ({
          labels,
          points: points.filter(([time]) => time >= 100 + from * 10 && time < 100 + (from + count) * 10),
        })),
        { start: 100 + from * 10, step: 10, count },
        table,
      );
    expect(joined([cut(0, 2), cut(2, 3)])).toEqual(changesOf(series, grid, table));
  });
});

describe('the states of an alert', () => {
  const play = (forSeconds: number, keepFiringForSeconds: number, firing: readonly number[]) => {
    const states = new AlertStates(forSeconds, keepFiringForSeconds);
    firing.forEach((value, i) => {
      const vector = new Vector();
      if (value === 1) vector.push(7, 1);
      states.evaluate(i * 30, vector);
    });
    return states.episodes.map(({ from, to }) => [from, to]);
  };

  it('begin to fire when the hold has passed, not one evaluation before', () => {
    expect(play(60, 0, [0, 1, 1, 1, 0])).toEqual([[90, 120]]);
    expect(play(60, 0, [0, 1, 1, 0, 0])).toEqual([]);
  });

  it('are kept for their time, and the gap within it makes no second episode', () => {
    expect(play(0, 60, [1, 0, 1, 0, 0, 0])).toEqual([[0, 150]]);
    // One that does not fire yet is not kept.
    expect(play(60, 60, [1, 0, 1, 0])).toEqual([]);
    expect(play(0, 0, [1, 0, 1, 0])).toEqual([
      [0, 30],
      [60, 90],
    ]);
  });
});
