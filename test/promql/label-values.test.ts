import { describe, expect, it } from 'vitest';
import { labelConditions } from '../../src/promql/label-values.js';
import { parseExpression } from '../../src/promql/parse.js';

/** Every series called `r` has the team x. */
const ofSeries = (name: string) =>
  name === 'r' ? [{ label: 'team', operator: '=' as const, value: 'x' }] : [];

const conditionsOf = (text: string) =>
  labelConditions(parseExpression(text, { variables: true }).root, ofSeries)
    .map(({ label, operator, value }) => `${label}${operator}${value}`)
    .join(' ');

/** Expressions, and what is certain of the labels of each of their results. */
const RULES: Readonly<Record<string, readonly (readonly [expr: string, conditions: string])[]>> = {
  'a selector has its matchers, and what is known of its series': [
    ['a', ''],
    ['a{x="1", y!="2", z=~"3|4", w!~"5"}', 'x=1 y!=2 z=~3|4 w!~5'],
    ['{__name__="a", x="1"}', 'x=1'],
    ['r{x="1"}', 'x=1 team=x'],
    ['{__name__=~"r|s", x="1"}', 'x=1'],
  ],
  'what stands around a vector keeps its labels': [
    ['-a{x="1"}', 'x=1'],
    ['(a{x="1"})', 'x=1'],
    ['rate(a{x="1"}[5m])', 'x=1'],
    ['max_over_time(a{x="1"}[1h:5m])', 'x=1'],
    ['clamp_max(a{x="1"}, 5)', 'x=1'],
    ['clamp_max(a{x="1"}, scalar(b{y="2"}))', 'x=1'],
    ['quantile_over_time(1 - 0.1, a{x="1"}[5m])', 'x=1'],
    ['quantile_over_time(-(0.1 + 0.1), a{x="1"}[5m])', 'x=1'],
  ],
  'an aggregation keeps the labels of its groups': [
    ['sum(a{x="1"})', ''],
    ['sum by (x) (a{x="1", y="2"})', 'x=1'],
    ['sum by (z) (a{x="1"})', ''],
    ['sum without (x) (a{x="1", y="2"})', 'y=2'],
    ['sum without () (a{x="1", y="2"})', 'x=1 y=2'],
    ['quantile by (x) (0.5, a{x="1", y="2"})', 'x=1'],
  ],
  'what chooses series keeps all labels': [
    ['topk(1, a{x="1"})', 'x=1'],
    ['bottomk by (y) (1, a{x="1"})', 'x=1'],
    ['limitk(1, a{x="1"})', 'x=1'],
    ['limit_ratio(0.5, a{x="1"})', 'x=1'],
  ],
  'count_values replaces its label': [
    ['count_values by (x, y) ("x", a{x="1", y="2"})', 'y=2'],
    ['count_values without () ("x", a{x="1", y="2"})', 'y=2'],
  ],
  'numbers have no labels': [
    ['1', ''],
    ['time()', ''],
    ['vector(1)', ''],
    ['hour()', ''],
    ['scalar(a{x="1"})', ''],
    ['vector(scalar(a{x="1"}))', ''],
    ['1 + a{x="1"}', 'x=1'],
    ['a{x="1"} > 1', 'x=1'],
    ['scalar(b{y="2"}) * a{x="1"}', 'x=1'],
    ['a{x="1"} * time()', 'x=1'],
    ['a{x="1"} * -pi()', 'x=1'],
    ['1 + on () a{x="1"}', 'x=1'],
    ['a{x="1"} > 0.$threshold', 'x=1'],
    ['"text"', ''],
  ],
  'nothing is certain of labels that info() adds': [['info(a{x="1"}, {y="2"})', '']],
  'absent has what an equals sign pins': [
    ['absent(a{x="1", y!="2", z=~"3", w!~"4", v=""})', 'x=1'],
    ['absent_over_time(a{x="1", y!="2"}[5m])', 'x=1'],
  ],
  'label_join replaces a label': [
    ['label_join(a{x="1", y="2"}, "x", "-", "y")', 'y=2'],
    ['label_join(a{x="1"}, "y", "-", "x")', 'x=1'],
    ['label_join(a{x="1"}, "y", "-", "x", ".*")', 'x=1'],
  ],
  'label_replace replaces a label; the new value is known where it always matches': [
    ['label_replace(a{x="1", y="2"}, "x", "$1", "y", "(.*)")', 'y=2'],
    ['label_replace(a{x="1"}, "x", "3", "", "")', 'x=3'],
    ['label_replace(a{x="1"}, "y", "3", "x", ".*")', 'x=1 y=3'],
    ['label_replace(a{x="1"}, "y", "3", "x", "")', 'x=1'],
    ['label_replace(a{x="1"}, "y", "3", "", "z")', 'x=1'],
    ['label_replace(a{x="1"}, "y", "3", "x", "1.*")', 'x=1'],
    ['label_replace(a{x="1"}, "y", "$0", "x", ".*")', 'x=1'],
    ['label_replace(a{x="1"}, "y", "$0", "", "")', 'x=1'],
  ],
  'a quantile uses up le': [
    ['histogram_quantile(0.9, a{le="1", x="1"})', 'x=1'],
    ['histogram_quantile(scalar(b{y="2"}), a{le="1", x="1"})', 'x=1'],
    ['histogram_fraction(0, 1, a{le="1", x="1"})', 'x=1'],
    ['histogram_quantiles(a{le="1", x="1", q="2"}, "q", 0.5, 0.9)', 'x=1'],
    ['histogram_quantiles(a{le="1", x="1"}, "q", 0.5, 0.9)', 'x=1'],
  ],
  'the left side of and and unless decides': [
    ['a{x="1"} and b{y="2"}', 'x=1'],
    ['a{x="1"} unless b{y="2"}', 'x=1'],
    ['a and b{y="2"}', ''],
  ],
  'or keeps what both sides have': [
    ['a{x="1", y="2"} or b{y="3", x="1"}', 'x=1'],
    ['a{x="1"} or b{x!="1"}', ''],
  ],
  'both sides of an operator agree on the labels that are compared': [
    ['a{x="1"} + b{y="2"}', 'x=1 y=2'],
    ['a{x="1", y="2"} > on (x) b{x!="3", z="4"}', 'x=1 x!=3'],
    ['a{x="1", y="2"} - ignoring (x) b{x="3", z="4"}', 'y=2 z=4'],
    ['a{x="1"} * on () b{y="2"}', ''],
  ],
  'the many side keeps its labels, except those taken from the other': [
    ['a{x="1", y="2"} * on (x) group_left (y) b{x="1", z="4"}', 'x=1'],
    ['a{x="1", y="2"} * on (x) group_right (z) b{w="3", z="4"}', 'w=3'],
    ['a{x="1"} * ignoring (y) group_left () b{y="2"}', 'x=1'],
  ],
  'a side that is filled in has no labels': [['a{x="1"} + fill (0) b{x="1"}', '']],
};

describe.each(Object.entries(RULES))('%s', (_, table) => {
  it.each(table)('%s: %s', (expr, conditions) => {
    expect(conditionsOf(expr)).toBe(conditions);
  });
});

it('nothing is known of any series without more than the expression', () => {
  expect(labelConditions(parseExpression('r{x="1"}').root)).toEqual([
    { label: 'x', operator: '=', value: '1' },
  ]);
});
