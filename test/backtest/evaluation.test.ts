import { describe, expect, it } from 'vitest';
import { changesOf } from '../../src/backtest/matrix.js';
import { planOf } from '../../src/backtest/plan.js';
import { LabelTable } from '../../src/backtest/vector.js';
import { readSide } from '../../src/rule-files/parse.js';

const STEP = 60;
const BEGIN = 6000;
const _ = undefined;

/** What is recorded as `r` and as `s`, at six evaluations from 6000 to 6300. */
const RAW: Readonly<
  Record<string, readonly (readonly [Record<string, string>, readonly (number | undefined)[]])[]>
> = {
  a: [
    [{ x: '1', y: 'p' }, [1, 2, 4, 4, 8, 8]],
    [{ x: '1', y: 'q' }, [3, 3, 3, 3, 3, 3]],
    [{ x: '2', y: 'p' }, [5, 5, _, _, 7, 9]],
  ],
  b: [
    [{ x: '1' }, [10, 10, 10, 10, 10, 20]],
    [{ x: '3' }, [1, 1, 1, 1, 1, 1]],
  ],
  c: [[{ x: '1' }, [4, Number.NaN, 2, 2, 3, 1]]],
  // The same name as b: of two series with the same labels, the first rule's counts.
  d: [
    [{ x: '1' }, [7, 7, 7, 7, 7, 7]],
    [{ x: '4' }, [2, 2, 2, 2, 2, 2]],
  ],
  f: [[{ n: 'a\nb' }, [1, 1, 1, 1, 1, 1]]],
  // One that is there, and one that has ended.
  g: [
    [{ x: '1' }, [1, 1, 1, 1, 1, 1]],
    [{ x: '2' }, [1, 1, 1, 1, _, _]],
  ],
  // More than a vector has room for at first.
  e: Array.from({ length: 40 }, (_, n) => [{ n: String(n) }, [n, n, n, n, n, n]] as const),
};

/** The result of an expression at the last evaluation, by its labels in short: `{x="1",y="p"}` is `1p`. */
function evaluated(expr: string, leftOpen = false): Record<string, number> {
  const table = new LabelTable();
  const text = JSON.stringify({
    groups: [
      {
        name: 'g',
        rules: [
          { record: 'r', expr: 'a' },
          { record: 's', expr: 'b' },
          { record: 't', expr: 'c' },
          { record: 'u', expr: 'b' },
          { record: 'u', expr: 'd' },
          { record: 'v', expr: 'e' },
          { record: 'w', expr: 'f' },
          { alert: 'A', expr },
        ],
      },
    ],
  });
  const { rules, leaves, refused } = planOf(readSide([{ path: 'r.json', text }], true).groups, {
    table,
    evaluationInterval: STEP,
    leaves: new Map(),
    leftOpen,
  });
  expect(refused).toEqual([]);
  for (const leaf of leaves) {
    const series = (RAW[leaf.expr] ?? []).map(([labels, values]) => ({
      labels,
      points: values.flatMap((value, i) => (value === undefined ? [] : [[BEGIN + i * STEP, value] as const])),
    }));
    leaf.load(changesOf(series, { start: BEGIN, step: STEP, count: 6 }, table, leaf.stamps), BEGIN);
  }
  for (let time = BEGIN; time <= BEGIN + 5 * STEP; time += STEP)
    for (const { root, recorded, relabel } of rules) {
      root.evaluate(time);
      recorded?.record(time, root, relabel);
    }
  const { out } = rules.at(-1)?.root ?? expect.fail('no alert');
  return Object.fromEntries(
    Array.from({ length: out.size }, (_, i) => [
      Object.values(table.labels(out.ids[i] as number)).join(''),
      Math.round((out.values[i] as number) * 1e4) / 1e4,
    ]),
  );
}

const all = (p: number, q: number, two: number) => ({ '1p': p, '1q': q, '2p': two });

describe('an expression over recorded series', () => {
  it.each<[string, Record<string, number>]>([
    ['r', all(8, 3, 9)],
    ['+r', all(8, 3, 9)],
    ['-r', all(-8, -3, -9)],
    // Selectors.
    ['r{x="1"}', { '1p': 8, '1q': 3 }],
    ['r{x!="1"}', { '2p': 9 }],
    ['r{x=~"1|2", y="p"}', { '1p': 8, '2p': 9 }],
    ['r{y!~"p|z"}', { '1q': 3 }],
    ['r{z=""}', all(8, 3, 9)],
    ['r{x!="("}', all(8, 3, 9)],
    ['r offset 0s', all(8, 3, 9)],
    ['r offset 1m', all(8, 3, 7)],
    ['(r offset 1m) * 2', all(16, 6, 14)],
    ['r offset 2m', { '1p': 4, '1q': 3 }],
    ['r{y="p"} offset 4m', { '1p': 2, '2p': 5 }],
    ['r offset 10m', {}],
    ['timestamp(r)', all(6300, 6300, 6300)],
    ['timestamp(r{x="2"})', { '2p': 6300 }],
    ['timestamp(g)', { '1': 6300 }],
    ['timestamp(r offset 1m)', all(6240, 6240, 6240)],
    ['timestamp(r{x="1"} offset 90s)', { '1p': 6180, '1q': 6180 }],
    ['timestamp(r offset 10m)', {}],
    // Aggregations.
    ['sum(r)', { '': 20 }],
    ['sum by (x) (r)', { '1': 11, '2': 9 }],
    ['sum without (x) (r)', { p: 17, q: 3 }],
    ['min by (x) (r)', { '1': 3, '2': 9 }],
    ['min by (x) (-r)', { '1': -8, '2': -9 }],
    ['max by (x) (r)', { '1': 8, '2': 9 }],
    ['max by (y) (-r)', { p: -8, q: -3 }],
    ['min by (y) (-r)', { p: -9, q: -3 }],
    ['avg by (x) (r)', { '1': 5.5, '2': 9 }],
    ['count by (x) (r)', { '1': 2, '2': 1 }],
    ['group by (x) (r)', { '1': 1, '2': 1 }],
    // One side is a number.
    ['r + 1', all(9, 4, 10)],
    ['10 - r', all(2, 7, 1)],
    ['r - 10', all(-2, -7, -1)],
    ['r * 2', all(16, 6, 18)],
    ['r / 2', all(4, 1.5, 4.5)],
    ['18 / r', all(2.25, 6, 2)],
    ['r % 5', all(3, 3, 4)],
    ['r ^ 2', all(64, 9, 81)],
    ['r atan2 0', all(1.5708, 1.5708, 1.5708)],
    ['r > 4', { '1p': 8, '2p': 9 }],
    ['4 < r', { '1p': 8, '2p': 9 }],
    ['4 > r', { '1q': 3 }],
    ['r > 8', { '2p': 9 }],
    ['r >= 8', { '1p': 8, '2p': 9 }],
    ['r < 8', { '1q': 3 }],
    ['r <= 8', { '1p': 8, '1q': 3 }],
    ['r == 3', { '1q': 3 }],
    ['r != 3', { '1p': 8, '2p': 9 }],
    ['r > bool 4', all(1, 0, 1)],
    ['4 >= bool r', all(0, 1, 0)],
    ['r + (2 - 1 > bool 0)', all(9, 4, 10)],
    // Both sides are vectors.
    ['sum by (x) (r) - on (x) s', { '1': -9 }],
    ['s - ignoring (y) sum by (x, y) (r{y="p"})', { '1': 12 }],
    ['sum by (x) (r) < on (x) s', { '1': 11 }],
    ['sum by (x) (r) > on (x) s', {}],
    ['sum by (x) (r) > bool on (x) s', { '1': 0 }],
    ['r / on (x) group_left s', { '1p': 0.4, '1q': 0.15 }],
    ['s - on (x) group_right r', { '1p': 12, '1q': 17 }],
    ['s > on (x) group_right r', { '1p': 20, '1q': 20 }],
    ['r > on (x) group_left () (s - 15)', { '1p': 8 }],
    ['r * on (x) group_left (z) label_replace(s, "z", "v$1", "x", "(.*)")', { '1pv1': 160, '1qv1': 60 }],
    ['r{y="q"} * on (x) group_left (y) s', { '1': 60 }],
    ['r{y="q"} * on (x) group_left (y) s and s', { '1': 60 }],
    // Sets.
    ['r and on (x) s', { '1p': 8, '1q': 3 }],
    ['r and ignoring (y) s', { '1p': 8, '1q': 3 }],
    ['r unless on (x) s', { '2p': 9 }],
    ['s or on (x) r', { '1': 20, '3': 1, '2p': 9 }],
    ['r or s', { ...all(8, 3, 9), '1': 20, '3': 1 }],
    ['r and r{x="2"}', { '2p': 9 }],
    ['r unless r > 8', { '1p': 8, '1q': 3 }],
    // Functions of a value.
    ['abs(-r)', all(8, 3, 9)],
    ['ceil(r / 2)', all(4, 2, 5)],
    ['floor(r / 2)', all(4, 1, 4)],
    ['round(r / 2)', all(4, 2, 5)],
    ['round(r, 5)', all(10, 5, 10)],
    ['sqrt(r)', all(2.8284, 1.7321, 3)],
    ['exp((r - 8) * 2)', all(1, 0, 7.3891)],
    ['ln(r)', all(2.0794, 1.0986, 2.1972)],
    ['log2(r{y="p"})', { '1p': 3, '2p': 3.1699 }],
    ['log10(r * 10)', all(1.9031, 1.4771, 1.9542)],
    ['sgn(r - 8)', all(0, -1, 1)],
    ['clamp(r, 4, 8)', all(8, 4, 8)],
    ['clamp_min(r, 4)', all(8, 4, 9)],
    ['clamp_max(r, 4)', all(4, 3, 4)],
    ['r + time()', all(6308, 6303, 6309)],
    ['time() - r', all(6292, 6297, 6291)],
    ['vector(scalar(sum(r)))', { '': 20 }],
    ['vector(scalar(r{x="2"})) + 1', { '': 10 }],
    ['r > scalar(r)', {}],
    ['r * scalar(sum(s))', all(168, 63, 189)],
    // A number, and a vector of one without labels.
    ['r + vector(3)', {}],
    ['vector(3) + sum(r)', { '': 23 }],
    ['absent(r)', {}],
    ['absent(r{x="9", y!="p"})', { '9': 1 }],
    ['absent(sum(r) > 100)', { '': 1 }],
    ['label_replace(sum by (x) (r), "to", "n$1", "x", "(1)")', { n11: 11, '2': 9 }],
    ['label_replace(r{y="q"}, "y", "", "x", "1")', { '1': 3 }],
    ['label_replace(r{y="q"}, "y", "", "x", "1") and r', {}],
    ['label_replace(s{x="1"}, "y", "v", "z", "")', { '1v': 20 }],
    // Several rules of one name, and many series.
    ['u', { '1': 20, '3': 1, '4': 2 }],
    ['max_over_time(u[1m])', { '1': 20, '3': 1, '4': 2 }],
    ['u offset 1m', { '1': 10, '3': 1, '4': 2 }],
    ['count(v)', { '': 40 }],
    ['sum(v)', { '': 780 }],
    ['max(v + 1)', { '': 40 }],
    ['count(v or s)', { '': 42 }],
    ['sum(last_over_time(v[1m]))', { '': 780 }],
    ['sum(v offset 2m)', { '': 780 }],
    // Functions of the past.
    ['min_over_time(t[5m])', { '1': 1 }],
    ['max_over_time(t[5m])', { '1': 4 }],
    ['min_over_time(t[2m] offset 2m)', { '1': 2 }],
    ['max_over_time(t[2m] offset 2m)', { '1': 2 }],
    ['max_over_time(t[4m])', { '1': 3 }],
    ['changes(t[5m])', { '1': 4 }],
    ['last_over_time(r[2m])', all(8, 3, 9)],
    ['last_over_time(r[1m] offset 3m)', all(4, 3, 5)],
    ['present_over_time(r{x="2"}[2m])', { '2p': 1 }],
    ['count_over_time(r[2m])', all(3, 3, 2)],
    ['sum_over_time(r[2m])', all(20, 9, 16)],
    ['avg_over_time(r[2m])', all(6.6667, 3, 8)],
    ['min_over_time(r[2m])', all(4, 3, 7)],
    ['max_over_time(r[5m])', all(8, 3, 9)],
    ['changes(r[2m])', all(1, 0, 1)],
    ['changes(r[5m])', all(3, 0, 2)],
    ['sum_over_time(r[1m] offset 2m)', { '1p': 8, '1q': 6 }],
    ['count_over_time(r{y="q"}[1h])', { '1q': 6 }],
  ])('%s', (expr, result) => {
    expect(evaluated(expr)).toEqual(result);
  });

  it.each<[string, Record<string, number>]>([
    ['sum_over_time(r[2m])', all(16, 6, 16)],
    ['count_over_time(r[2m])', all(2, 2, 2)],
    ['last_over_time(r[1m])', all(8, 3, 9)],
    ['last_over_time(r[1m] offset 3m)', { '1p': 4, '1q': 3 }],
    ['changes(r[2m])', all(0, 0, 1)],
  ])('leaves out the begin of a range on Prometheus 3: %s', (expr, result) => {
    expect(evaluated(expr, true)).toEqual(result);
  });

  it.each([
    [false, {}, { 'a\nb': 1 }],
    [true, { 'a\nb': 1 }, { x: 1 }],
  ])('has a dot that matches a line feed on Prometheus 3 only: %s', (leftOpen, selected, replaced) => {
    expect(evaluated('w{n=~"a.b"}', leftOpen)).toEqual(selected);
    expect(evaluated('label_replace(w, "n", "x", "n", "a.b")', leftOpen)).toEqual(replaced);
  });

  it.each([
    ['r + on (x) s', 'multiple matches for labels'],
    ['s + on (x) r', 'found duplicate series for the match group'],
    ['r + on (x) group_left r', 'found duplicate series for the match group'],
  ])('fails where Prometheus does: %s', (expr, message) => {
    expect(() => evaluated(expr)).toThrow(expect.objectContaining({ name: 'EvaluationError', message }));
  });
});
