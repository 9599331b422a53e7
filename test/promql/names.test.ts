import { describe, expect, it } from 'vitest';
import { labelsNamedIn } from '../../src/promql/named-labels.js';
import { labelMatchersOf, nameOf, namesIn, namesOf, readsName, selectorsOf } from '../../src/promql/names.js';
import { parseExpression } from '../../src/promql/parse.js';
import { PatternError } from '../../src/promql/regexp.js';
import { splitVariables } from '../../src/promql/variables.js';

const selector = (text: string, variables = false) => {
  const [first] = selectorsOf(parseExpression(text, { variables }).root);
  if (first === undefined) throw new Error(`${text} has no selector`);
  return first;
};

describe('the name of the series that a selector reads', () => {
  it.each([
    'r',
    'r{a="b"}',
    '{"r"}',
    "{a='b', 'r'}",
    '{__name__="r"}',
    '{__name__="r", a="b"}',
    'r offset 5m',
  ])('%s: is r', (text) => {
    expect(nameOf(selector(text))).toBe('r');
    expect([readsName(selector(text), 'r'), readsName(selector(text), 's')]).toEqual([true, false]);
  });

  it.each([
    ['{__name__=~"r|s"}', ['r', 's']],
    ['{__name__=~"r.*", __name__!="rs"}', ['r', 'rt']],
    ['{__name__!~"r.*", a="b"}', ['s']],
    ['{__name__=~"(?i)R"}', ['r']],
    ['{a="b"}', ['r', 'rs', 'rt', 's']],
    ['{__name__="", a="b"}', []],
    ['{__name__="r", __name__="s"}', []],
    ['{"r", __name__=~"s.*"}', []],
  ])('%s: is a matter of the name', (text, names) => {
    expect(['r', 'rs', 'rt', 's'].filter((name) => readsName(selector(text), name))).toEqual(names);
  });

  it('is not known of several names, and not where Grafana fills it in', () => {
    expect(namesOf(selector('{__name__=~"r|s"}'))).toMatchObject({
      kind: 'matching',
      matchers: [{ value: 'r|s' }],
    });
    expect(namesOf(selector('{a="b"}'))).toEqual({ kind: 'matching', matchers: [] });
    expect(nameOf(selector('{__name__="", a="b"}'))).toBeUndefined();
    expect(namesOf(selector('a_$b{c="d"}', true))).toEqual({ kind: 'variable', text: 'a_$b' });
    expect(namesOf(selector('{__name__=~"$b"}', true))).toEqual({ kind: 'variable', text: '$b' });
    const reads = (text: string) => ['r', 'a_r'].filter((name) => readsName(selector(text, true), name));
    expect([reads('a_$b'), reads('$b'), reads('${b:raw}_c')]).toEqual([['a_r'], ['r', 'a_r'], []]);
  });

  it('cannot be judged by a pattern that cannot be evaluated', () => {
    expect(() => readsName(selector('{__name__=~"r(?=s)"}'), 'r')).toThrow(PatternError);
  });

  it('is what a list of names shows, where it is not known the matchers or the variable', () => {
    const { root } = parseExpression('a + $b + {__name__=~"c.*", __name__!="cd", e="f"}', {
      variables: true,
    });
    expect(namesIn(root)).toEqual(['a', '$b', '{__name__=~"c.*", __name__!="cd"}']);
  });

  it('has variables and what stands between them as its parts', () => {
    expect(splitVariables('$a')).toEqual([{ text: '$a', isVariable: true }]);
    expect(splitVariables('a_${b}_total').map(({ text }) => text)).toEqual(['a_', '${b}', '_total']);
  });

  it('is no label', () => {
    expect(labelMatchersOf(selector('{__name__="r", a!="b"}')).map(({ label }) => label)).toEqual(['a']);
  });
});

describe('the labels that an expression names', () => {
  it.each([
    ['a', ''],
    ['a{x="1", y!~"2"}', 'x y'],
    ['{__name__="a", "b c"="1"}', 'b c'],
    ['-max_over_time(a{x="1"}[5m:] offset 1h)', 'x'],
    ['rate(a{x="1"}[5m])', 'x'],
    ['a{x="1"} > 0.$threshold', 'x'],
    ['clamp_max(a{x="y"}, 5)', 'x'],
    ['sum by (x, y) (a{x="1", z="2"})', 'x y z'],
    ['topk(3, a)', ''],
    ['count_values ("v", a)', 'v'],
    ['count_values without (x) ("v", a)', 'v x'],
    ['quantile by (x) (0.5, a)', 'x'],
    ['a * on (x) group_left (y) b{z="1"}', 'x y z'],
    ['a + ignoring (x) b', 'x'],
    ['a and 1', ''],
    ['label_replace(a, "x", "$1-k", "y", "(z)")', 'x y'],
    ['label_replace(a, "x", "k", "", "")', 'x'],
    ['label_join(a, "x", "-", "y", "z")', 'x y z'],
    ['sort_by_label(a, "x", "y")', 'x y'],
    ['sort_by_label_desc(a, "x")', 'x'],
    ['histogram_quantiles(a, "x", 0.5, 0.9)', 'x'],
  ])('%s: %s', (expr, labels) => {
    const { root } = parseExpression(expr, { variables: true });
    expect([...labelsNamedIn(root)].sort().join(' ')).toBe(labels);
  });
});
