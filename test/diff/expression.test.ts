import { describe, expect, it } from 'vitest';
import { expressionChanges, sameExpression } from '../../src/diff/expression.js';
import { tryParse } from '../../src/promql/parse.js';

const parsed = (text: string) => tryParse(text, { variables: true });

const said = (before: string, after: string) =>
  expressionChanges(parsed(before), parsed(after)).map(({ text }) => text);

describe('two expressions', () => {
  it.each([
    ['time() - (x > 0) > 600', 'time() - (x > 0) > 900', ['threshold 600 → 900']],
    ['rate(x[5m]) > 1', 'rate(x[10m]) > 1', ['window 5m → 10m']],
    ['rate(x[5m]) > 1', 'rate(x[10m]) > 2', ['window 5m → 10m', 'threshold 1 → 2']],
    ['max_over_time(x[1h:5m])', 'max_over_time(x[2h:5m])', ['window 1h → 2h']],
    ['x offset 5m', 'x offset -5m', ['offset 5m → -5m']],
    ['up{job="a"}', 'up{job=~"a|b"}', ['up: job="a" → job=~"a|b"']],
    ['up', 'up{job="a"}', ['up only where job="a"']],
    ['sum by (a) (x)', 'sum by (a, b) (x)', ['sum by (a) → by (a, b)']],
    ['a and on (r) b', 'a and on (r, s) b', ['and: on (r) → on (r, s)']],
    ['a > 1', 'a > 1 unless on () b', ['now not while b']],
    ['a and b and c', 'a and c', ['no longer only while b']],
    ['rate(x[5m])', 'increase(x[5m])', ['rate → increase']],
    ['x > 5', 'x < 5', ['> → <']],
    ['a', 'b', ['reads b instead of a']],
    ['rate(x[$__rate_interval])', 'rate(x[5m])', ['window $__rate_interval → 5m']],
    ['x / x offset 1d', 'x / x offset 2d', ['offset 1d → 2d']],
    ['a + b offset 1d', '(a + b) > 0', ['a + b offset 1d → (a + b) > 0']],
    ['x @ 5 offset 1d', 'x @ 5 offset 2d', ['offset 1d → 2d']],
    ['rate(x[5m] smoothed)', 'rate(x[5m] anchored)', ['smoothed → anchored']],
    ['a + fill (0) b', 'a + fill (1) b', ['+: fill_left (0) fill_right (0) → fill_left (1) fill_right (1)']],
    ['rate(x[$a])', 'rate(x[$b])', ['window $a → $b']],
    ['x > $a', 'x > $b', ['reads $b instead of $a']],
    ['quantile(0.9, x)', 'quantile(0.99, x)', ['quantile of 0.9 → 0.99']],
  ])('%s and %s differ', (before, after, texts) => {
    expect(said(before, after)).toEqual(texts);
  });

  it.each([
    [
      'sum by (a, b) (rate(x{q="1", p="2"}[5m])) > 5 # why',
      "(sum(rate(x{p='2',q='1'}[300s])) by (b, a)) > 5.0",
    ],
    ['SUM by () (x)', 'sum(x)'],
    ['x{__name__="x"}', 'x{__name__="x"}'],
    ['{__name__="x", a="b"}', 'x{a="b"}'],
    ['{"x", a="b"}', 'x{a="b"}'],
    ['x offset 5m @ 3', 'x @ 3 offset 300s'],
    ['a + b offset 5m', 'a + (b offset 5m)'],
    ['010 + 0x10 + 1_000', '8 + 16 + 1000'],
    ["x{a='\\x41'}", 'x{a="A"}'],
    ['-1 * x', '- 1 * x'],
    ['a and ignoring () b', 'a and b'],
    ['rate( x{a="$b"}[$__rate_interval] )', 'rate(x{a="$b"}[$__rate_interval])'],
    ['this is  no expression', 'this is no expression'],
  ])('%s and %s are the same', (before, after) => {
    expect(said(before, after)).toEqual([]);
    expect(sameExpression(parsed(before), parsed(after))).toBe(true);
  });

  it.each([
    ['a and on () b', 'a and b'],
    ['(a + b) * c', 'a + b * c'],
    ['x{a="1"}', 'x{a="1", b=""}'],
    ['rate(x[$a])', 'rate(x[$b])'],
    ['x > bool 1', 'x > 1'],
    ['x @ start()', 'x @ end()'],
    ['-2 ^ 2', '(-2) ^ 2'],
    ['a - b', 'b - a'],
    ['a * on (x) group_left (y) b', 'a * on (x) group_right (y) b'],
  ])('%s and %s are not the same', (before, after) => {
    expect(sameExpression(parsed(before), parsed(after))).toBe(false);
    expect(said(before, after).length).toBeGreaterThan(0);
  });

  it('say whether a threshold lets fewer through, also where it excludes', () => {
    const effect = (before: string, after: string) =>
      expressionChanges(parsed(before), parsed(after))[0]?.effect;
    expect(effect('x > 5', 'x > 6')).toBe('stricter');
    expect(effect('x < 5', 'x < 6')).toBe('laxer');
    expect(effect('5 < x', '6 < x')).toBe('stricter');
    expect(effect('a unless x > 5', 'a unless x > 6')).toBe('laxer');
    expect(effect('count(x > 5) < 3', 'count(x > 6) < 3')).toBeUndefined();
    expect(effect('x == 5', 'x == 6')).toBeUndefined();
  });
});
