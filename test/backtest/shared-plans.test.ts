import { describe, expect, it } from 'vitest';
import { type PlanOptions, planOf } from '../../src/backtest/plan.js';
import type { Recorded } from '../../src/backtest/recorded.js';
import { signaturesOf } from '../../src/backtest/replay.js';
import { LabelTable } from '../../src/backtest/vector.js';
import { withoutZeros } from '../../src/backtest/zeros.js';
import { parseExpression } from '../../src/promql/parse.js';
import { printExpression } from '../../src/promql/print.js';
import { readSide } from '../../src/rule-files/parse.js';
import type { Rule } from '../../src/rule-files/side.js';

type RuleFields = Readonly<Record<string, unknown>>;
const groupsOf = (rules: readonly RuleFields[], fields: object = {}) =>
  readSide([{ path: 'r.json', text: JSON.stringify({ groups: [{ name: 'g', ...fields, rules }] }) }]).groups;

const optionsOf = (more: Partial<PlanOptions> = {}): PlanOptions => ({
  table: new LabelTable(),
  evaluationInterval: 60,
  leaves: new Map(),
  leftOpen: false,
  ...more,
});
const plan = (rules: readonly RuleFields[], more: Partial<PlanOptions> = {}, fields: object = {}) =>
  planOf(groupsOf(rules, fields), optionsOf(more));
const alert = (expr: string, name = 'A') => ({ alert: name, expr });

/** What is asked of the server for some alerts. */
const leavesOf = (...exprs: readonly string[]) => {
  const { leaves, refused } = plan(exprs.map((expr, i) => alert(expr, `A${i}`)));
  expect(refused).toEqual([]);
  return leaves.map(({ expr, stamps }) => (stamps ? `times of ${expr}` : expr));
};

describe('what is asked of the server', () => {
  /** Two alerts that both read `a` as it is. */
  const READ = ['a == 1', 'max by (x) (a) > 2'];
  it.each<[string, readonly string[], readonly string[]]>([
    ['the samples of a selector whose times are wanted', ['timestamp(a) > 1'], ['timestamp(a) > 1']],
    ['not of one at another time', ['timestamp(a offset 5m) * b'], ['timestamp(a offset 5m)', 'b']],
    ['nor of an expression', ['timestamp(a > 1) * b'], ['timestamp(a > 1)', 'b']],
    ['but of a selector', ['timestamp(a) * b'], ['times of a', 'a', 'b']],
    [
      'what another rule aggregates',
      ['rate(b[5m]) > 0', 'max by (x) (rate(b[5m]) > 0)'],
      ['rate(b[5m]) > 0'],
    ],
    [
      'the whole, where a part cannot be done here',
      ['a / b * quantile(0.5, vector(1))'],
      ['a / b * quantile(0.5, vector(1))'],
    ],
    [
      'each side, of which one cannot be done here',
      ['a * quantile(0.5, b / c)'],
      ['a', 'quantile(0.5, b / c)'],
    ],
    ['the whole, where one of its selectors has no name', ['sum({job="x"}) / b'], ['sum({job="x"}) / b']],
    ['a selector once, and few series beside it', [...READ, '(b > 0) unless on (x) a'], ['a', 'b > 0']],
    ['few series on the right', [...READ, 'a and on (x) (b > 0)'], ['a', 'b > 0']],
    ['the whole, where they are many', [...READ, 'b unless on (x) a'], ['a', 'b unless on (x) a']],
    [
      'the whole, where a function reads it',
      [...READ, '(b > 0) unless on (x) abs(a)'],
      ['a', 'b > 0 unless on (x) abs(a)'],
    ],
    [
      'the whole, where it is of a range',
      [...READ, '(b > 0) unless on (x) rate(a[5m])'],
      ['a', 'b > 0 unless on (x) rate(a[5m])'],
    ],
    [
      'the whole, where it is at another time',
      [...READ, '(b > 0) unless on (x) a offset 5m'],
      ['a', 'b > 0 unless on (x) a offset 5m'],
    ],
    ['the whole of arithmetic with a number', [...READ, '(b > 0) + 1'], ['a', '(b > 0) + 1']],
    ['few series of two kinds', [...READ, '(b > 0 or c > 0) and a'], ['a', 'b > 0 or c > 0']],
    ['many of two kinds', [...READ, '(b > 0 or c) and a'], ['a', '(b > 0 or c) and a']],
    ['many of two kinds, the other way', [...READ, '(c or b > 0) and a'], ['a', '(c or b > 0) and a']],
    ['few series of both', [...READ, '(b and c > 0) unless on (x) a'], ['a', 'b and c > 0']],
    ['few series of the left', [...READ, '(b > 0 and c) unless on (x) a'], ['a', 'b > 0 and c']],
    ['few series but others', [...READ, '(b > 0 unless c) unless on (x) a'], ['a', 'b > 0 unless c']],
    [
      'many series but few',
      [...READ, '(b unless c > 0) unless on (x) a'],
      ['a', 'b unless c > 0 unless on (x) a'],
    ],
    [
      'many series with a value of 0 or 1',
      [...READ, '(b > bool 0) unless on (x) a'],
      ['a', 'b > bool 0 unless on (x) a'],
    ],
    [
      'a selector at two times',
      ['a offset 5m == 1', 'max by (x) (a offset 5m) > 2'],
      ['a offset 5m == 1', 'max by (x) (a offset 5m) > 2'],
    ],
    ['a number first', ['1 == a', '2 == a or b'], ['a', '2 == a or b']],
    ['a comparison with a number, twice', ['1 == a', 'max by (x) (1 == a)'], ['1 == a']],
    ['a comparison of two selectors', ['a == b', 'a == c'], ['a', 'b', 'c']],
  ])('is %s', (_, exprs, leaves) => {
    expect(leavesOf(...exprs)).toEqual(leaves);
  });

  it('is the argument of scalar(), which has no labels that an answer could have', () => {
    const { leaves } = plan([{ record: 'r', expr: 'a' }, alert('r > scalar(b) + abs(c)')]);
    expect(leaves.map(({ expr }) => expr)).toEqual(['a', 'b', 'abs(c)']);
  });
});

describe('an alert that cannot be replayed', () => {
  const record = { record: 'r', expr: 'sum by (x) (a)' };
  const reasonsFor = (...rules: readonly RuleFields[]) => plan(rules).refused.map(({ reason }) => reason);
  const known =
    'last_over_time, present_over_time, count_over_time, sum_over_time, avg_over_time, min_over_time, max_over_time, changes, sum, min, max, avg, count, group';

  it.each([
    ['r + on (', /^r\.json: A: cannot be parsed: /],
    ['holt_winters(a[5m], 0.5, 0.5)', /^r\.json: A: holt_winters\(\) is not replayed$/],
    ['sum(r) + rate(r)', /^r\.json: A: /],
    ['r[5m:1m] > 1', /^r\.json: A: /],
    [
      'rate(r[5m]) > 0',
      `r.json: A: rate() over a recorded series is not replayed; expected one of ${known}, simple functions and operators`,
    ],
    [
      'max_over_time((r > 0)[5m:1m]) > 0',
      /^r\.json: A: max_over_time\(\) over a recorded series is not replayed/,
    ],
    ['quantile(0.5, r) > 0', /^r\.json: A: quantile\(\) over a recorded series is not replayed/],
    ['count_values("v", r) > 0', /^r\.json: A: count_values\(\) over a recorded series/],
    ['absent_over_time(r[5m])', /^r\.json: A: absent_over_time\(\) over a recorded series/],
    ['timestamp(r offset -5m) > 0', /^r\.json: A: r offset -5m: over a recorded series/],
    ['max_over_time(r[5m] offset -5m) > 0', /^r\.json: A: r offset -5m: over a recorded series/],
    ['r{__name__=~"r.*"} > 0', 'r.json: A: cannot be parsed: the metric name is given twice'],
    ['{__name__="r", __name__=~"r.*"} > 0', /found a matcher of the name beside the name$/],
    ['{__name__=~"("} > 0', /^r\.json: A: .*missing closing \)/],
    ['month(r) + r > 0', /^r\.json: A: month\(\) over a recorded series/],
  ])('is refused with its reason: %s', (expr, reason) => {
    expect(reasonsFor(record, alert(expr))).toEqual([
      typeof reason === 'string' ? reason : expect.stringMatching(reason),
    ]);
  });

  it('is refused because of a record that it reads', () => {
    expect(
      reasonsFor({ ...record, expr: 'holt_winters(a[5m], 0.5, 0.5)' }, alert('r > 1'), alert('b > 1', 'B')),
    ).toEqual(['r.json: r: holt_winters() is not replayed']);
  });

  it('takes no other with it', () => {
    const { rules, leaves } = plan([record, alert('topk(1, r) > 1'), alert('b > 1', 'B')]);
    expect(rules.map(({ rule }) => rule.name)).toEqual(['B']);
    expect(leaves.map(({ expr }) => expr)).toEqual(['b > 1']);
  });
});

describe('a rule', () => {
  it('has the interval and the limit of its group', () => {
    const of = (fields: object) =>
      plan([alert('a > 1')], {}, fields).rules.map(({ interval, limit }) => [interval, limit]);
    expect([of({}), of({ interval: '5m', limit: 3 }), of({ interval: '0s' })]).toEqual([
      [[60, 0]],
      [[300, 3]],
      [[60, 0]],
    ]);
  });

  it('records its results, with the labels that it adds', () => {
    const { rules } = plan([
      { record: 'r', expr: 'a', labels: { x: 'y' } },
      { record: 's', expr: 'b' },
      { alert: 'A', expr: 'r > on (x) s', labels: { severity: 'info' } },
    ]);
    expect(rules.map(({ recorded, relabel }) => [recorded?.name, relabel !== undefined])).toEqual([
      ['r', true],
      ['s', false],
      [undefined, false],
    ]);
    expect(rules.map((rule) => 'recorded' in rule)).toEqual([true, true, false]);
  });
});

describe('a record of several sides', () => {
  const record = { record: 'r', expr: 'sum by (x) (a)' };
  /** Plans each side after the other; the names of the rules that each evaluates. */
  function planned(...sides: readonly (readonly RuleFields[])[]): string[][] {
    const shared = { conditionOf: ({ expr }: Rule) => expr, records: new Map<string, Recorded>() };
    const options = optionsOf({ shared });
    return sides.map((rules) => planOf(groupsOf(rules), options).rules.map(({ rule }) => rule.name));
  }

  it('is evaluated for the first one only', () => {
    expect(
      planned(
        [record, alert('r > 1')],
        [record, alert('r > 2', 'B')],
        [{ ...record, expr: 'a' }, alert('r > 2', 'C')],
      ),
    ).toEqual([['r', 'A'], ['B'], ['r', 'C']]);
  });

  it('is evaluated again where an alert before it reads it, which sees the evaluation before', () => {
    expect(planned([record, alert('r > 1')], [alert('r > 2', 'B'), record])).toEqual([
      ['r', 'A'],
      ['B', 'r'],
    ]);
  });

  it('is not evaluated again for a record that is known as well', () => {
    const late = { record: 'late', expr: 'r + 1' };
    expect(planned([late, record, alert('late > 1')], [late, record, alert('late > 2', 'B')])).toEqual([
      ['late', 'r', 'A'],
      ['B'],
    ]);
  });

  it('is no alert with the same expression', () => {
    expect(
      planned([record, alert('r > 1')], [record, alert('sum by (x) (a)', 'B'), alert('r > 2', 'C')]),
    ).toEqual([
      ['r', 'A'],
      ['B', 'C'],
    ]);
  });
});

describe('what identifies a rule', () => {
  const record = { record: 'r', expr: 'a', labels: { team: 'x' } };
  const own = { alert: 'A', expr: 'r > 1', for: '5m', labels: { severity: 'info' } };
  /** Whether the condition of the alert, and the alert as a whole, are still the same after a change. */
  const isSame = (changed: readonly RuleFields[], fields: object = {}) => {
    const [before, after] = [groupsOf([record, own]), groupsOf(changed, fields)].map((groups) => {
      const { conditions, alerts } = signaturesOf(groups);
      const [rule] = alerts.keys();
      return [conditions.get(rule as Rule), alerts.get(rule as Rule), alerts.size];
    });
    expect(after?.[2]).toBe(1);
    return [before?.[0] === after?.[0], before?.[1] === after?.[1]];
  };
  const other = { record: 'other', expr: 'b' };
  it.each<[string, readonly RuleFields[], object, [condition: boolean, alert: boolean]]>([
    ['nothing', [record, own], {}, [true, true]],
    ['annotations', [record, { ...own, annotations: { summary: 'x' } }], {}, [true, true]],
    ['a record that it does not read', [other, record, own], {}, [true, true]],
    ['its time', [record, { ...own, for: '6m' }], {}, [true, false]],
    ['the time that it goes on', [record, { ...own, keep_firing_for: '6m' }], {}, [true, false]],
    ['its labels', [record, { ...own, labels: { severity: 'warning' } }], {}, [true, false]],
    ['its expression', [record, { ...own, expr: 'r > 2' }], {}, [false, false]],
    ['the expression of its record', [{ ...record, expr: 'b' }, own], {}, [false, false]],
    ['the labels of its record', [{ ...record, labels: { team: 'y' } }, own], {}, [false, false]],
    ['its place, before its record', [own, record], {}, [false, false]],
    ['the interval', [record, own], { interval: '2m' }, [false, false]],
    ['the limit', [record, own], { limit: 2 }, [false, false]],
  ])('changes with %s', (_, rules, fields, expected) => {
    expect(isSame(rules, fields)).toEqual(expected);
  });
});

describe('zeros in sums', () => {
  const shown = (text: string) => printExpression(withoutZeros(parseExpression(text).root));
  it.each(['changes', 'delta', 'deriv', 'idelta', 'increase', 'irate', 'rate', 'resets'])(
    'are left out of %s()',
    (name) => {
      expect(shown(`sum by (a) (${name}(x[5m])) > 0`)).toBe(`sum by (a) (${name}(x[5m]) != 0) > 0`);
    },
  );
  it.each(['abs', 'ceil', 'floor', 'round', 'sgn', 'sqrt'])('are left out of %s()', (name) => {
    expect(shown(`sum by (a) (${name}(rate(x[5m]))) > 0`)).toBe(`sum by (a) (${name}(rate(x[5m]) != 0)) > 0`);
  });
  it('are left out within a subquery, and stay where one of several selectors has no name', () => {
    expect(shown('max_over_time((sum by (a) (rate(x[5m])) > 0)[1h:5m])')).toBe(
      'max_over_time((sum by (a) (rate(x[5m]) != 0) > 0)[1h:5m])',
    );
    const mixed = 'sum by (a) (rate(x[5m]) or rate({job="y"}[5m])) > 0';
    expect(shown(mixed)).toBe(mixed);
  });
});
