import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parser } from '@prometheus-io/lezer-promql';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import {
  AGGREGATIONS,
  childrenOf,
  durationsOf,
  nodesOf,
  nodesOfKind,
  sourceOf,
  unknownKind,
} from '../../src/promql/ast.js';
import { FUNCTIONS, factsOf } from '../../src/promql/functions.js';
import { labelConditions } from '../../src/promql/label-values.js';
import { analyseLabels } from '../../src/promql/labels.js';
import {
  durationText,
  LiteralError,
  numberText,
  parseDuration,
  parseNumber,
  quote,
  unquote,
} from '../../src/promql/literals.js';
import { parseExpression, tryParse } from '../../src/promql/parse.js';
import { printDuration, printExpression } from '../../src/promql/print.js';
import { shapeOf } from '../../src/promql/shape.js';
import { PromqlSyntaxError } from '../../src/promql/syntax-error.js';
import { typeOf } from '../../src/promql/types.js';
import { refusedByPromtool } from '../promtool.js';
import { newerShapes, ruleShapes, treesFile } from './corpus.js';
import { roundTrip, withoutPositions } from './round-trip.js';
import { treeOf } from './trees.js';

const printed = (text: string, variables = false) =>
  printExpression(parseExpression(text, { variables }).root);
const root = (text: string) => withoutPositions(parseExpression(text).root);

/** Every expression of the bundle, and whether Grafana's variables may stand in it. */
function projectExpressions(): { expr: string; variables: boolean }[] {
  const bundle = buildBundle(parseConfig({}), definitions());
  const rules = [
    ...bundle.recordingGroups.flatMap((group) => group.rules),
    ...bundle.alertGroups.flatMap((group) => group.rules),
  ];
  const queries = bundle.dashboards.flatMap(({ rows }) =>
    rows.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries)),
  );
  return [
    ...rules.map(({ expr }) => ({ expr, variables: false })),
    ...queries.map(({ expr }) => ({ expr: String(expr), variables: true })),
  ];
}

describe('the tree of an expression', () => {
  const trees = JSON.parse(readFileSync(treesFile, 'utf8')) as Record<string, unknown>;

  it('is that of Prometheus 3.16 for every fixture', () => {
    const shapes = [...ruleShapes(), ...newerShapes()];
    expect(Object.keys(trees)).toEqual([...new Set(shapes)]);
    for (const text of shapes) expect(treeOf(parseExpression(text).root), text).toEqual(trees[text]);
  });

  it('has an example among the fixtures for each node kind of the grammar', () => {
    const seen = new Set<string>();
    for (const text of [...ruleShapes(), ...newerShapes()]) {
      parser.parse(text).iterate({ enter: ({ name }) => void seen.add(name) });
    }
    // The error node is no part of an expression, and MetricName is the grammar's other top, for a name alone.
    const kinds = parser.nodeSet.types
      .map(({ name }) => name)
      .filter((name) => !['', '⚠', 'MetricName'].includes(name));
    expect(kinds.filter((kind) => !seen.has(kind))).toEqual([]);
    expect(kinds.length).toBeGreaterThan(150);
  });

  it('knows exactly the functions and aggregations of the grammar', () => {
    const called = (name: string, args: number) => {
      const tree = parser.parse(`${name}(${Array.from({ length: args }, () => 'a').join(', ')})`);
      const first = tree.topNode.firstChild?.name;
      return first === 'FunctionCall' || first === 'AggregateExpr';
    };
    for (const name of Object.keys(FUNCTIONS) as (keyof typeof FUNCTIONS)[]) {
      expect(called(name, factsOf(name).args.length), name).toBe(true);
    }
    for (const name of AGGREGATIONS) expect(called(name, 1), name).toBe(true);
    // Every term of the grammar below FunctionIdentifier is the name of a function in the table.
    const packaged = dirname(fileURLToPath(import.meta.resolve('@prometheus-io/lezer-promql')));
    const grammar = readFileSync(join(packaged, '../src/promql.grammar'), 'utf8');
    const names = [...grammar.matchAll(/condFn<"(\w+)">/g)].map(([, name]) => name as string);
    const durations = ['min_of', 'max_of'];
    expect(
      [...new Set([...names, 'start', 'end'])].filter((name) => !durations.includes(name)).sort(),
    ).toEqual(Object.keys(FUNCTIONS).sort());
  });

  it.each([
    ['a + b offset 5m', 'an offset belongs to the selector before it'],
    ['-a offset 5m', 'also behind a sign'],
    ['a / a[1h:5m] @ end()', 'and so does a subquery'],
  ])('%s: %s', (text) => {
    const tree = parseExpression(text).root;
    expect(tree.kind).toMatch(/^(?:binary|unary)$/);
    expect(printExpression(tree)).toBe(text);
  });

  it('has no parentheses: they are its shape', () => {
    expect(root('((a)) + (b * (c))')).toEqual(root('a + b * c'));
    expect(parseExpression('(a) + b').inParentheses).toBe(false);
    expect(parseExpression('# why\n(a + b)').inParentheses).toBe(true);
  });

  it('gives a sign to a number, except before a power', () => {
    expect(root('-2')).toEqual({ kind: 'number', value: -2, isDuration: false });
    expect(root('-2 ^ 2')).toMatchObject({ kind: 'unary', operand: { kind: 'binary', operator: '^' } });
    expect(root('(-2) ^ 2')).toMatchObject({ kind: 'binary', left: { kind: 'number', value: -2 } });
    expect(root('+2')).toMatchObject({ kind: 'number', value: 2 });
    expect(root('- # why\n 5')).toMatchObject({ kind: 'number', value: -5 });
    expect(root('a @ +5 offset +5m')).toMatchObject({ at: { seconds: 5 }, offset: { seconds: 300 } });
    expect(parseExpression('+2').root).toMatchObject({ from: 0, to: 2 });
  });

  it('knows a name in each spelling, and where quotes were', () => {
    expect(root('{"r", a="b"}')).toEqual(root('r{a="b"}'));
    expect(root('{__name__="r"}')).toMatchObject({
      matchers: [{ label: '__name__', operator: '=', value: 'r' }],
    });
    const text = 'sum by ("x") ({"r", "y"="z"})';
    expect(parseExpression(text).quotedNames.map((span) => text.slice(span.from, span.to))).toEqual([
      '"x"',
      '"r"',
      '"y"',
    ]);
  });

  it('has positions that point at what was written', () => {
    const text = '# one\nsum(rate(a{b="c"}[5m] offset 1h)) # two\n  > (0x10)';
    const expression = parseExpression(text);
    const texts = [...nodesOf(expression.root)].map((node) => sourceOf(expression, node));
    expect(texts).toEqual([
      'sum(rate(a{b="c"}[5m] offset 1h)) # two\n  > (0x10)',
      'sum(rate(a{b="c"}[5m] offset 1h))',
      'rate(a{b="c"}[5m] offset 1h)',
      'a{b="c"}[5m] offset 1h',
      'a{b="c"}',
      '0x10',
    ]);
    expect(expression.comments.map((comment) => comment.text)).toEqual(['# one', '# two']);
  });

  it.each([
    '(a + b) > (c)',
    '-(a)',
    '(a + b) * (c - (d))',
    'max_over_time((a + b)[5m:])',
    '((a)) unless (b)',
  ])('%s: has the parentheses of its operands in its text, not those around it', (text) => {
    for (const whole of [text, `(${text})`]) {
      const expression = parseExpression(whole);
      expect(sourceOf(expression, expression.root)).toBe(text);
    }
  });

  it('yields its nodes, those of a kind, and its durations', () => {
    const tree = parseExpression('topk(3, max_over_time(rate(a[5m])[1h:1m] offset (1d + 2h))) > 0').root;
    expect([...nodesOf(tree)].map(({ kind }) => kind)).toEqual([
      'binary',
      'aggregation',
      'number',
      'call',
      'subquery',
      'call',
      'range',
      'selector',
      'number',
    ]);
    expect(nodesOfKind(tree, 'call').map((call) => call.function)).toEqual(['max_over_time', 'rate']);
    expect([...nodesOf(tree)].flatMap(durationsOf).map(({ kind }) => kind)).toEqual([
      'duration',
      'duration',
      'duration-binary',
      'duration',
      'duration',
      'duration',
    ]);
  });

  it('lists the durations that a signed one is computed from', () => {
    const { root } = parseExpression('a offset -(step() * 2)');
    expect(durationsOf(root).map(({ kind }) => kind)).toEqual([
      'duration-unary',
      'duration-binary',
      'duration-call',
      'duration',
    ]);
  });

  it('has nothing below a variable', () => {
    const variable = { kind: 'variable', text: '0.$t', from: 0, to: 4 } as const;
    expect([nodesOf(variable), durationsOf(variable)]).toEqual([[variable], []]);
  });

  it('with an unknown kind of node is an error for every reader', () => {
    const odd = { kind: 'odd', from: 0, to: 1 } as never;
    const shifted = (by: object) => ({ kind: 'selector', matchers: [], from: 0, to: 1, ...by }) as never;
    const readers: readonly (() => unknown)[] = [
      ...[childrenOf, durationsOf, printExpression, printDuration, unknownKind, labelConditions, typeOf].map(
        (reader) => () => reader(odd),
      ),
      () => analyseLabels(odd, { labelsOf: () => undefined }),
      () => shapeOf({ ...parseExpression('a'), root: odd }),
      () => durationsOf(shifted({ offset: odd })),
      () => printExpression(shifted({ at: odd })),
    ];
    for (const reader of readers) expect(reader).toThrow('unknown kind of PromQL node: "odd"');
  });
});

describe('an expression that is printed and parsed again', () => {
  it('has an equal tree: the expressions of the project', () => {
    const expressions = projectExpressions();
    expect(expressions.length).toBeGreaterThan(100);
    for (const { expr, variables } of expressions)
      expect(roundTrip(expr, { variables })).toMatchObject({ equal: true });
  });

  it('has an equal tree: the shapes of public rule files', () => {
    const shapes = ruleShapes();
    expect(shapes.length).toBeGreaterThanOrEqual(150);
    for (const expr of [...shapes, ...newerShapes()])
      expect(roundTrip(expr), expr).toMatchObject({ equal: true });
  });

  it.each([
    ['((a + b)) * (c)', '(a + b) * c'],
    ['a - (b - c)', 'a - (b - c)'],
    ['(a - b) - c', 'a - b - c'],
    ['a ^ (b ^ c)', 'a ^ b ^ c'],
    ['(a ^ b) ^ c', '(a ^ b) ^ c'],
    ['-(a * b)', '-(a * b)'],
    ['(-a) * b', '-a * b'],
    ['-(a ^ b)', '-a ^ b'],
    ['(-a) ^ b', '(-a) ^ b'],
    ['a * (-b)', 'a * -b'],
    ['(a and b) or c', 'a and b or c'],
    ['a and (b or c)', 'a and (b or c)'],
    ['(a > b) > c', 'a > b > c'],
    ['a > (b > c)', 'a > (b > c)'],
    ['a * on (x) group_left () (b + c)', 'a * on (x) group_left () (b + c)'],
    ['max_over_time((-a)[5m:])', 'max_over_time((-a)[5m:])'],
    ['max_over_time((a + b)[5m:1m])', 'max_over_time((a + b)[5m:1m])'],
    ['sum(a) by (b)', 'sum by (b) (a)'],
    ["a{b='c\"', d=`\\e`}", 'a{b="c\\"", d="\\\\e"}'],
    ['rate(a[90m]) + 1209600s', 'rate(a[1h30m]) + 2w'],
    ['a offset 1m @ 5', 'a @ 5 offset 1m'],
    ['{"a b", "c"="d", "e f"="g"}', '{"a b", c="d", "e f"="g"}'],
    ['(a offset (1h * 2)) + b', '(a offset (1h * 2)) + b'],
    ['{"on"} + {"sum"}', '{"on"} + sum'],
    ['{"r", __name__=~"s.*"}', '{"r", __name__=~"s.*"}'],
    ['duration + online + inform', 'duration + online + inform'],
    ['a > -1', 'a > -1'],
    ['a ^ -1', 'a ^ -1'],
    ['2 ^ 3', '2 ^ 3'],
    ['-(-a)', '--a'],
    ['-5m + 0s - -0s', '-5m + 0s - -0s'],
    ['a offset (1h * 2)', 'a offset (1h * 2)'],
    ['a offset -5m', 'a offset -5m'],
    ['a offset (1h) > 5', 'a offset 1h > 5'],
    ['a offset (1h) and b', 'a offset 1h and b'],
    ['a offset -(step() * 2)', 'a offset -(step() * 2)'],
    ['a[5m - (2m - 1m)]', 'a[5m - (2m - 1m)]'],
    ['a[(5m - 2m) - 1m]', 'a[5m - 2m - 1m]'],
    ['a[-1m + 5m + 0s]', 'a[-1m + 5m + 0s]'],
    ['a[-(step() * 2)]', 'a[-(step() * 2)]'],
    ['a[2m ^ -1]', 'a[2m ^ -1]'],
    ['a smoothed smoothed', 'a smoothed'],
    ['a + fill (0) b', 'a + fill (0) b'],
    ['a + fill_left (0) b', 'a + fill_left (0) b'],
    ['a + fill_left (0) fill_right (+1) b', 'a + fill_left (0) fill_right (1) b'],
  ])('%s has the parentheses it needs: %s', (text, expected) => {
    expect(printed(text)).toBe(expected);
    expect(root(expected)).toEqual(root(text));
  });

  it.each([
    ...AGGREGATIONS,
    'by',
    'without',
    'and',
    'or',
    'unless',
    'atan2',
    'start',
    'end',
    'fill',
    'smoothed',
  ])('may be a metric called %s', (name) => {
    for (const text of [name, `${name}{a="b"}`, `${name} + ${name}`, `rate(${name}[5m])`]) {
      expect(roundTrip(text), text).toMatchObject({ equal: true, printed: text });
    }
  });

  it.each(['on', 'Ignoring', 'bool', 'inf', 'NaN', 'offset', 'group_left', 'a b', 'é', '1a', ''])(
    'may be a metric or a label called %j, in quotes',
    (name) => {
      const text = `sum by (${quote(name)}) ({${quote(name)}, ${quote(name)}="x"})`;
      expect(roundTrip(text), text).toMatchObject({ equal: true });
      expect(nodesOfKind(parseExpression(text).root, 'selector')[0]?.name).toBe(name);
    },
  );
});

describe("Grafana's variables", () => {
  it.each([
    'rate(a{b=~"$c"}[$__rate_interval])',
    'rate(a[${__interval}]) + rate(a[[[range]]])',
    'a[2 * $__interval:$step] offset -$shift',
    'a[${n}m] @ $now offset ${shift}h',
    '${metric:raw}_total{$label="x"} > $threshold',
    'sum by ($by, b) ($metric)',
    'histogram_quantile(0.$q, a) > -1$digits',
    'a @ -$now > 100.$q',
  ])('%s: stay as they are', (text) => {
    expect(printed(text, true)).toBe(text);
    expect(roundTrip(text, { variables: true })).toMatchObject({ equal: true });
  });

  it('are known as such, and only in dashboards', () => {
    const text = 'rate($metric{a="$b"}[$__rate_interval]) > 0.$t';
    expect(parseExpression(text, { variables: true }).root).toMatchObject({
      left: {
        args: [
          { selector: { name: '$metric' }, range: { kind: 'duration-variable', text: '$__rate_interval' } },
        ],
      },
      right: { kind: 'variable', text: '0.$t' },
    });
    expect(() => parseExpression(text)).toThrow(PromqlSyntaxError);
    expect(root('a{b="$c", d="[[e]]"}')).toMatchObject({ matchers: [{ value: '$c' }, { value: '[[e]]' }] });
  });

  it.each([
    'clock_offset - $t',
    'offset_seconds - $t',
    'a offset 5m - $t',
    'a offset 5m > $t',
    'a @ 5 + $t',
    '5 > $t',
  ])('stand for series behind an operator, and not for a length of time: %s', (text) => {
    expect(parseExpression(text, { variables: true }).root).toMatchObject({
      right: { kind: 'selector', name: '$t' },
    });
  });

  it('may stand behind white space where a length of time belongs', () => {
    expect(parseExpression('a offset  \n $t', { variables: true }).root).toMatchObject({
      offset: { kind: 'duration-variable', text: '$t' },
    });
  });

  it('make no variable of the numbers beside them', () => {
    const [one, , two] = nodesOfKind(parseExpression('1 + 0.$x + 2 + 3', { variables: true }).root, 'number');
    expect([one?.value, two?.value]).toEqual([1, 3]);
  });

  it('cannot fill in missing series', () => {
    expect(tryParse('a + fill (0.$x) b', { variables: true }).error?.message).toBe(
      'a variable cannot be a fill value',
    );
  });
});

describe('a syntax error', () => {
  it.each([
    ['', 'found no expression', ''],
    [' ', 'found no expression', ' '],
    ['# only this', 'unexpected end of the expression', ''],
    ['a b', 'unexpected "b"', 'b'],
    ['rate(a[5m]', 'unexpected end of the expression', ''],
    ['foo(a)', 'unknown function foo', 'foo'],
    ['a + foo (a)', 'unknown function foo', 'foo'],
    ['1 (a)', 'unexpected "("', ''],
    ['a b + (c)', 'unexpected "b"', 'b'],
    ['a b(c)', 'unexpected "b("', 'b('],
    ['a[5m ', 'unexpected end of the expression', ''],
    ['holt_winters(a[5m], 1, 1)', 'unknown function holt_winters', 'holt_winters'],
    ['1 + "abc', 'the quote is not closed', '"abc'],
    ['a{b="c\\"}', 'unexpected end of the expression', ''],
    ['a{b="\\d"}', 'unknown escape sequence \\d; in PromQL a backslash is written twice', '"\\d"'],
    ['a{b="\\xff"}', 'the string "\\xff" is not valid UTF-8', '"\\xff"'],
    ['a{b="\\ud800"}', 'the escape sequence \\ud800 is not a Unicode character', '"\\ud800"'],
    ['1 + (a)[5m]', 'a range on something other than a selector; a subquery has a colon, [1h:]', '(a)[5m]'],
    ['a + sum(b) offset 5m', 'offset must follow a selector or a subquery', 'sum(b) offset 5m'],
    ['(a) @ 5', '@ must follow a selector or a subquery', '(a) @ 5'],
    ['a offset 5m offset 1h', 'offset is given twice', 'a offset 5m offset 1h'],
    ['a @ 1 @ 2', '@ is given twice', 'a @ 1 @ 2'],
    ['a[5m] offset 1m offset 1h', 'offset is given twice', 'a[5m] offset 1m offset 1h'],
    ['a offset 5m[1h]', 'offset and @ must follow the range', 'a offset 5m[1h]'],
    ['a @ 5[1h]', 'offset and @ must follow the range', 'a @ 5[1h]'],
    ['a smoothed anchored', 'smoothed and anchored are mutually exclusive', 'a smoothed anchored'],
    ['a[5m] smoothed anchored', 'smoothed and anchored are mutually exclusive', 'a[5m] smoothed anchored'],
    ['a[1h:] smoothed', 'smoothed must follow a selector', 'a[1h:] smoothed'],
    ['a[0s]', 'expected a duration above 0s', '0s'],
    ['a[5m:-1m]', 'expected a duration above 0s', '-1m'],
    ['a[Inf]', 'found Inf, expected a length of time', 'Inf'],
    ['a @ NaN', 'the timestamp NaN is out of range', 'NaN'],
    ['a[300y]', 'the duration 300y is longer than 292 years', '300y'],
    ['topk(a)', 'expected 2 argument(s) in topk, got 1', 'topk(a)'],
    ['sum(a, b)', 'expected 1 argument(s) in sum, got 2', 'sum(a, b)'],
    ['round(a, 1, 2)', 'expected at most 2 argument(s) in call to "round", got 3', 'round(a, 1, 2)'],
    ['label_join(a)', 'expected at least 3 argument(s) in call to "label_join", got 1', 'label_join(a)'],
    ['a + bool b', 'bool modifier can only be used on comparison operators', 'bool'],
    ['a and on (x) group_left () b', 'and takes neither group_left, group_right nor fill', 'and'],
    ['a and fill (0) b', 'and takes neither group_left, group_right nor fill', 'and'],
    ['a{"b"}', 'the metric name is given twice', 'a{"b"}'],
    ['a{__name__="b"}', 'the metric name is given twice', 'a{__name__="b"}'],
    ['0x8000000000000000', 'the number 0x8000000000000000 does not fit into 64 bits', '0x8000000000000000'],
    ['1e999', 'the number 1e999 is out of range', '1e999'],
    ...['+', '-', '*', '/', '%', '^'].map((operator): [string, string, string] => [
      `a offset (1h) ${operator} 2`,
      `to Prometheus, ${operator} behind an offset in parentheses continues the offset; put the selector in parentheses`,
      'a offset (1h)',
    ]),
  ])('%s: %s', (text, message, place) => {
    let found: unknown;
    try {
      parseExpression(text);
    } catch (error) {
      found = error;
    }
    expect(found).toBeInstanceOf(PromqlSyntaxError);
    const { from, to } = found as PromqlSyntaxError;
    expect([(found as Error).message, text.slice(from, to)]).toEqual([message, place]);
  });

  it('of a text without an expression is one of the whole text', () => {
    expect(tryParse('\n\t').error).toMatchObject({ from: 0, to: 2 });
  });
});

describe('literals', () => {
  it.each([
    ['010', 8],
    ['08', 8],
    ['010.5', 10.5],
    ['0x1F', 31],
    ['1_000', 1000],
    ['1e-3', 0.001],
    ['.5', 0.5],
    ['iNf', Number.POSITIVE_INFINITY],
    ['NAN', Number.NaN],
    ['1h30m', 5400],
    ['1d1ms', 86_400.001],
  ])('%s is the number %d', (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });

  it.each(['', '_', 'x', '1x'])('%j is no number', (text) => {
    expect(() => parseNumber(text)).toThrow(`found ${JSON.stringify(text)}, expected a number`);
  });

  it.each(['', '5', '5m30', '30s5m', '-5m'])('%j is no duration', (text) => {
    expect(() => parseDuration(text)).toThrow(
      new LiteralError(`found ${JSON.stringify(text)}, expected a duration such as 30s, 5m or 1h30m`),
    );
  });

  it.each([
    [0, '0s'],
    [0.001, '1ms'],
    [5400, '1h30m'],
    [86_400, '1d'],
    [36 * 3600, '36h'],
    [14 * 86_400, '2w'],
    [15 * 86_400, '15d'],
    [365 * 86_400, '1y'],
  ])('a duration of %d s is written %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('no duration has %d s', (seconds) => {
    expect(() => durationText(seconds)).toThrow(
      new RangeError(`found ${seconds} s, expected a length of 0 s or more`),
    );
  });

  it.each([
    [Number.POSITIVE_INFINITY, 'Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
    [-0, '-0'],
    [0, '0'],
  ])('the number %d is written %s', (value, text) => {
    expect(numberText(value)).toBe(text);
  });

  it.each([
    ['"\\a\\b\\f\\n\\r\\t\\v\\\\"', '\u0007\b\f\n\r\t\v\\'],
    ['"\\x41\\101"', 'AA'],
    ['"\\xc3\\xa9\\303\\251"', 'éé'],
    ['"\\u00e9\\ue000\\uffff"', 'é\ue000\uffff'],
    ['"\\U0001F600\\U0010ffff"', '😀\u{10ffff}'],
    ['"\\ufeffa"', '\ufeffa'],
    ['`\\d`', '\\d'],
    ["'it\"s'", 'it"s'],
  ])('%s is read as Go reads it', (literal, text) => {
    expect(unquote(literal)).toBe(text);
  });

  it.each([
    ['"', 'the quote is not closed'],
    ['"a\\"', 'the quote is not closed'],
    ...['x4g', 'xg4', '018', '0a1', '01a', '400', "'"].map((sequence): [string, string] => [
      `"\\${sequence}"`,
      `unknown escape sequence \\${sequence}; in PromQL a backslash is written twice`,
    ]),
    ['"\\xff"', 'the string "\\xff" is not valid UTF-8'],
    ['"\\377"', 'the string "\\377" is not valid UTF-8'],
    ['"\\U00110000"', 'the escape sequence \\U00110000 is not a Unicode character'],
    ['"\\udfff"', 'the escape sequence \\udfff is not a Unicode character'],
  ])('%s cannot be read: %s', (literal, reason) => {
    expect(() => unquote(literal)).toThrow(new LiteralError(reason));
  });

  it('survive printing', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(root(numberText(value))).toMatchObject({ kind: 'number', value });
      }),
    );
    fc.assert(
      fc.property(fc.nat(9e12), (ms) => {
        expect(parseDuration(durationText(ms / 1000))).toBe(ms / 1000);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(unquote(quote(text))).toBe(text);
      }),
    );
  });
});

describe('Prometheus', () => {
  it('reads every rule as we print it', async () => {
    const exprs = [
      ...ruleShapes(),
      ...projectExpressions().flatMap(({ expr, variables }) => (variables ? [] : [expr])),
    ];
    expect(await refusedByPromtool(exprs.map((expr) => printed(expr)))).toEqual([]);
  });
});
