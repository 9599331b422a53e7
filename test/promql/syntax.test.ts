import { describe, expect, it } from 'vitest';
import { quote } from '../../src/promql/literals.js';
import { labelMatchersOf, nameOf, namesIn, selectorsOf } from '../../src/promql/names.js';
import { parseExpression, tryParse } from '../../src/promql/parse.js';
import { typeFaults } from '../../src/promql/types.js';
import { faultsOf, namesGroupWithoutP } from '../../src/promql/validate.js';
import { refusedByPromtool } from '../promtool.js';

/** Expressions that no Prometheus from 2.42 on loads, with what we say of them. */
const REFUSED: readonly (readonly [expr: string, says: string])[] = [
  ['rate(a)', 'expected type matrix in call to function "rate", got vector'],
  ['sum(a[5m])', 'expected type vector in aggregation expression, got matrix'],
  ['a and 1', 'set operator not allowed in binary scalar expression'],
  ['a and bool b', 'bool modifier can only be used on comparison operators'],
  ['1 == 2', 'comparisons between scalars must use BOOL modifier'],
  ['a * on (x) group_left (x) b', 'label "x" must not occur in ON and GROUP clause at once'],
  ['quantile("x", a)', 'expected type scalar in aggregation parameter, got string'],
  ['1 + "x"', 'binary expression must contain only scalar and instant vector types'],
  ['vector(a)', 'expected type scalar in call to function "vector", got vector'],
  ['absent(a[5m])', 'expected type vector in call to function "absent", got matrix'],
  ['absent_over_time(a)', 'expected type matrix in call to function "absent_over_time", got vector'],
  ['label_replace(a, "x", "y", "z")', 'expected 5 argument(s) in call to "label_replace", got 4'],
  ['rate(a[0s])', 'expected a duration above 0s'],
  [
    'max_over_time(rate(a[5m])[1h])',
    'a range on something other than a selector; a subquery has a colon, [1h:]',
  ],
  ['{x=""}', 'vector selector must contain at least one non-empty matcher'],
  ['(a)[5m]', 'a range on something other than a selector; a subquery has a colon, [1h:]'],
  ['sum(a) offset 5m', 'offset must follow a selector or a subquery'],
  ['1 + on (x) a', 'vector matching only allowed between vectors'],
  ['-"x"', 'unary expression only allowed on expressions of type scalar or vector, got string'],
  ['max_over_time((1 + 1)[5m:])', 'subquery is only allowed on vector, got scalar'],
  ['a{x="\\d"}', 'unknown escape sequence \\d; in PromQL a backslash is written twice'],
  ["a{x='\\\"'}", 'unknown escape sequence \\"; in PromQL a backslash is written twice'],
  ['a{x=~"("}', 'a regular expression that is not valid: missing closing ): `(`'],
  ['a{x=~"a**"}', 'a regular expression that is not valid: invalid nested repetition operator: `**`'],
  [
    'a{x!~"(?!y)z"}',
    'a regular expression that uses lookahead or lookbehind, which Prometheus does not support',
  ],
  [
    'a{x=~"(a)\\\\1"}',
    'a regular expression that uses syntax that RE2 does not support: invalid escape sequence: `\\1`',
  ],
  ['a{x=~"\\\\y"}', 'a regular expression that is not valid: invalid escape sequence: `\\y`'],
  ['{x=~"("}', 'a regular expression that is not valid: missing closing ): `(`'],
  ['sum({x=""})', 'vector selector must contain at least one non-empty matcher'],
  ['a + {x=""}', 'vector selector must contain at least one non-empty matcher'],
  ['histogram_quantile(0.9, {x=""})', 'vector selector must contain at least one non-empty matcher'],
  ['info({x=""}, {y="1"})', 'vector selector must contain at least one non-empty matcher'],
  ['info(a, b)', 'expected label selectors only, got vector selector instead'],
  ['info(a, sum(b))', 'expected label selectors only, got vector selector instead'],
  ['a + fill (0) 1', 'filling in missing series only allowed between vectors'],
  // Not also that it is new.
  ['sort_by_label(a[5m], "x")', 'expected type vector in call to function "sort_by_label", got matrix'],
];

/** Expressions that Prometheus 3 loads, and 2.42 does not. */
const NEWER: readonly (readonly [expr: string, says: string])[] = [
  ['rate(a[300])', 'expected a duration with a unit, such as 30s, 5m or 1h30m'],
  ['a offset 5', 'expected a duration with a unit, such as 30s, 5m or 1h30m'],
  ['rate(a[1m + 30s])', 'arithmetic on durations, which Prometheus 2 cannot read'],
  ['a{"x"="1"}', 'a quoted name, which Prometheus 2 cannot read'],
  ['sum by ("x") (a)', 'a quoted name, which Prometheus 2 cannot read'],
  ['sort_by_label(a, "x")', 'sort_by_label, which Prometheus 2.42 does not have'],
  [
    'LIMITK(1, a)',
    'limitk, which Prometheus 2.42 does not have and Prometheus 3 only as an experimental feature',
  ],
  [
    'limit_ratio(0.5, a)',
    'limit_ratio, which Prometheus 2.42 does not have and Prometheus 3 only as an experimental feature',
  ],
  ['info(a, {x=~".*"})', 'info, which Prometheus 2.42 does not have'],
  ['5m', 'a duration in place of a number, which Prometheus 2 cannot read'],
  ['1_000', 'a number with underscores, which Prometheus 2 cannot read'],
  ['a smoothed', 'smoothed, which Prometheus 2 cannot read'],
  ['a + fill (0) b', 'fill, which Prometheus 2 cannot read'],
  ['a </ 1', 'the operator </, which Prometheus 2 cannot read'],
  ['a >/ 1', 'the operator >/, which Prometheus 2 cannot read'],
  ['a offset step()', 'arithmetic on durations, which Prometheus 2 cannot read'],
  ['a offset -step()', 'arithmetic on durations, which Prometheus 2 cannot read'],
  // Not also that a number has no unit.
  ['rate(a[5m * 2])', 'arithmetic on durations, which Prometheus 2 cannot read'],
  ['rate(a[2 * 5m])', 'arithmetic on durations, which Prometheus 2 cannot read'],
  ['a{x=~"(?<n>b)"}', 'a group named by (?<…>), which Prometheus 2 cannot read; write (?P<…>)'],
  ['mad_over_time(a[5m])', 'mad_over_time, which Prometheus 2.42 does not have'],
];

const UNPARSED = ['sum by (relay) (a', 'a b', 'a +', 'sum(a) by (x) by (y)', 'rate(a[5m30])'];

const ACCEPTED = [
  'a',
  '-a',
  'a offset -5m',
  'a @ start() offset 5m',
  'rate(a[1h30m])',
  'max_over_time(rate(a[5m])[1h:1m])',
  'rate(a[5m:])',
  '1 == bool 2',
  'a{x="1",}',
  `a{x='it"s'}`,
  'a{x="\\"\\x41\\u00e9\\\\d"}',
  'a{x=~`\\d+`}',
  'a{x=~"(?i)Y|a\\\\.b|[a-z]{2,3}"}',
  'a{x!~""}',
  'sum without () (a)',
  'hour()',
  'a > 1e3 < Inf',
  'topk by (x) (3, a)',
  'count_values("v", a)',
  'a * ignoring (x) group_right (y) b',
  'a * on (x) group_left (y) b',
  '1 + on () a',
  'sum(1 + a)',
  '-time()',
  '{x="", y="1"}',
  'a{x="("}',
  'a{x="(?<n>b)"}',
  'a / a offset 5m + rate(a[5m] offset 1h)',
  'a{x=~"[[:alpha:]]+|\\\\pL|\\\\Qa.b\\\\E|(?P<n>b)|[(?<]"}',
  'histogram_quantile(0.9, sum by (le) (rate(a_bucket[5m])))',
];

describe('an expression that a server would refuse', () => {
  it.each([...REFUSED, ...NEWER])('%s has its fault', (expr, says) => {
    expect(faultsOf(expr).map(({ message }) => message)).toEqual([expect.stringContaining(says)]);
  });

  it.each(UNPARSED)('%s does not parse', (expr) => {
    expect(tryParse(expr).error).toBeDefined();
  });

  it('is told to need an experimental feature only where it does', () => {
    expect(faultsOf('first_over_time(a[5m])').map(({ message }) => message)).toEqual([
      'first_over_time, which Prometheus 2.42 does not have',
    ]);
  });

  it('has the faults of its types in the order of the text', () => {
    const expr = 'abs(rate(a)[5m:]) + sum(b[5m])';
    expect(typeFaults(parseExpression(expr).root).map(({ from, to }) => expr.slice(from, to))).toEqual([
      'rate(a)[5m:]',
      'a',
      'b[5m]',
    ]);
  });

  it('has a fault for every fault, with its place', () => {
    const expr = 'rate(a[300]) + b{x="\\d"}';
    expect(faultsOf(expr).map(({ from, to }) => expr.slice(from, to))).toEqual(['300', '"\\d"']);
  });
});

describe('an expression that every server takes', () => {
  it.each(ACCEPTED)('%s has none', (expr) => {
    expect(faultsOf(expr)).toEqual([]);
    expect(tryParse(expr).error).toBeUndefined();
  });

  it.each(['rate(a[$__rate_interval])', 'a{x=~"$relay"}', 'increase(a[$__range])', 'a > 0.$threshold'])(
    'nor has %s, which Grafana completes',
    (expr) => {
      expect(faultsOf(expr, { variables: true })).toEqual([]);
      // In a rule nothing would complete it, and a string may be what it is.
      expect(faultsOf(expr)).toHaveLength(expr.includes('"') ? 0 : 1);
    },
  );
});

/** Regular expressions that are read by Prometheus 2, and those that name a group as it cannot read. */
const WITHOUT_P: readonly (readonly [pattern: string, names: boolean])[] = [
  ['(?<n>a)', true],
  ['\\Qa\\E(?<n>a)', true],
  ['[^]](?<n>a)', true],
  ['[[:alpha:]](?<n>a)', true],
  ['(?P<n>a)', false],
  ['\\((?:a)?<', false],
  ['\\Q(?<n>\\E', false],
  ['[(?<]', false],
  ['[](?<]', false],
  ['[[:^alpha:](?<]', false],
  ['[[:alpha:](?<]', false],
  ['([b]?<n)', false],
  ['(\\.?<n)', false],
];

it.each(WITHOUT_P)('the regular expression %s names a group without P: %j', (pattern, names) => {
  expect(namesGroupWithoutP(pattern)).toBe(names);
});

describe('Prometheus itself', () => {
  it('refuses what we refuse for every version', async () => {
    const exprs = [...REFUSED.map(([expr]) => expr), ...UNPARSED];
    expect(await refusedByPromtool(exprs)).toEqual(exprs);
  });

  it('takes what we take', async () => {
    const patterns = WITHOUT_P.filter(([, names]) => !names).map(([pattern]) => `a{x=~${quote(pattern)}}`);
    expect(await refusedByPromtool([...ACCEPTED, ...patterns, 'rate('])).toEqual(['rate(']);
  });
});

describe('selectors', () => {
  it('are read with their matchers, operators and unescaped values', () => {
    const { root } = parseExpression('sum(rate(a{x="1", y!="2", z=~"\\"3\\\\.\\n", w!~`4\\d`}[5m])) / b');
    const read = selectorsOf(root).map((selector) => ({
      name: nameOf(selector),
      matchers: labelMatchersOf(selector).map(({ label, operator, value }) => ({ label, operator, value })),
    }));
    expect(read).toEqual([
      {
        name: 'a',
        matchers: [
          { label: 'x', operator: '=', value: '1' },
          { label: 'y', operator: '!=', value: '2' },
          { label: 'z', operator: '=~', value: '"3\\.\n' },
          { label: 'w', operator: '!~', value: '4\\d' },
        ],
      },
      { name: 'b', matchers: [] },
    ]);
  });

  it('are named once each, in the order of the text', () => {
    expect(namesIn(parseExpression('b + a + b{x="1"} + {__name__="c"} # d').root)).toEqual(['b', 'a', 'c']);
    expect(namesIn(parseExpression('{x="1"} + {__name__=~"a.*", y="2"}').root)).toEqual([
      '{}',
      '{__name__=~"a.*"}',
    ]);
  });
});
