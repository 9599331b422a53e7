import { describe, expect, it } from 'vitest';
import { expressionChanges, sameExpression, short } from '../../src/diff/expression.js';
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

describe('what changed in an expression', () => {
  it.each([
    ...['topk', 'bottomk', 'quantile', 'limitk', 'limit_ratio', 'histogram_quantile'].map(
      (name) => [`${name}(0.3, x)`, `${name}(0.5, x)`, [`number: ${name} of 0.3 → 0.5`]] as const,
    ),
    [
      'quantile_over_time(0.3, x[5m])',
      'quantile_over_time(0.5, x[5m])',
      ['number: quantile_over_time of 0.3 → 0.5'],
    ],
    ['round(x, 5)', 'round(x, 10)', ['number: number 5 → 10']],
    ['1', '2', ['number: number 1 → 2']],
    ['x > 1', 'x > y', ['expression: 1 → y']],
    ['x > y', 'x > 1', ['expression: y → 1']],
    [
      'label_replace(x, "a", "b", "c", "d")',
      'label_replace(x, "a", "e", "c", "d")',
      ['expression: "b" → "e"'],
    ],
    ['up =', 'up  !', ['expression: up = → up !']],
    ['up', 'up  !', ['expression: up → up !']],
    ['up =', 'up', ['expression: up = → up']],
    ['a or b or c', 'a or d or c', ['series: reads d instead of b']],
    ['x offset 5m', 'x offset 0s', ['offset: offset 5m → 0s']],
    ['rate(x[5m])', 'rate(x[$a])', ['window: window 5m → $a']],
    ['a + on (l) b', 'a + b', ['labels: +: on (l) → matched on all labels']],
    ['a + b', 'a + ignoring (m, l) b', ['labels: +: matched on all labels → ignoring (l, m)']],
    ['sum(x)', 'sum by (a) (x)', ['labels: sum over all → by (a)']],
    ['sum by (a) (x)', 'sum without (b, a) (x)', ['labels: sum by (a) → without (a, b)']],
    ['sum by (a) (x)', 'sum(x)', ['labels: sum by (a) → over all']],
    ['x{a="1", b="2"}', 'x{a="3"}', ['matcher: x: a="1" → a="3"', 'matcher: x no longer only where b="2"']],
    ['x{a!="1"}', 'x{a=~"2", b!~"3"}', ['matcher: x: a!="1" → a=~"2"', 'matcher: x only where b!~"3"']],
    ['x{a="1"}', 'y{a="1"}', ['series: reads y instead of x']],
    ['max_over_time(x[1h])', 'max_over_time(x[1h:])', ['function: range → :']],
    ['max_over_time(x[1h:])', 'max_over_time(x[1h])', ['function: : → range']],
    ['max_over_time(x[1h])', 'max_over_time(x[1h:5m])', ['expression: x[1h] → x[1h:5m]']],
    ['max_over_time(x[1h:5m])', 'max_over_time(x[1h:1m])', ['window: window 5m → 1m']],
    ['max_over_time(x[1h:])', 'max_over_time(x[1h:5m])', ['expression: x[1h:] → x[1h:5m]']],
    ['a + b', 'c > 0', ['expression: a + b → c > 0']],
    ['abs(x)', 'sum(x)', ['expression: abs(x) → sum(x)']],
    ['-x', '(a - b) and c', ['expression: -x → (a - b) and c']],
    ['x', '{"and"}', ['series: reads and instead of x']],
    ['abs(x)', '{"and"}', ['expression: abs(x) → and']],
    [
      'x',
      '{a="b"}',
      ['series: reads series of any name instead of x', 'matcher: series of any name only where a="b"'],
    ],
    [
      'x{job="1"}',
      'x{jog="2"}',
      ['matcher: x no longer only where job="1"', 'matcher: x only where jog="2"'],
    ],
    ['sum(x > 0.$p)', 'sum(x > 0.$q)', ['expression: 0.$p → 0.$q']],
    ['(a # inside\n) or abs(b)', '# first\n a or (d + e)', ['expression: abs(b) → d + e']],
    ['a > b', 'c + b', ['expression: > → +', 'series: reads c instead of a']],
    ['a > 1', 'a + 1', ['expression: > → +']],
    ['max(x)', 'min(x)', ['function: max → min']],
    ['x @ 5', 'x @ 6', ['function: 5 → 6']],
    ['x @ start()', 'x @ end()', ['function: start() → end()']],
    ['-2 ^ x', 'y', ['expression: -2 ^ x → y']],
  ] as const)('%s → %s', (before, after, expected) => {
    const changes = expressionChanges(parsed(before), parsed(after));
    expect(changes.map(({ what, text }) => `${what}: ${text}`)).toEqual(expected);
  });

  it.each([
    ['x', 'x > 5', 'comparison: now > 5'],
    ['(x > 5) > 3', 'x > 5', 'comparison: no longer > 3'],
    ['x > 5', 'x', 'comparison: no longer > 5'],
    ['x', 'x + y', 'expression: now + y'],
    ['x', 'y + x', 'expression: now y + x'],
    ['x', 'y - x', 'expression: now y - x'],
    ['x', 'y and x', 'condition: now only while y'],
    ['x', 'y or x', 'condition: now also on y'],
    ['x', 'y unless x', 'expression: now y unless x'],
    ['x', 'x and y', 'condition: now only while y'],
    ['x', 'x unless y', 'condition: now not while y'],
    ['a and b', 'a and b and c', 'condition: now only while c'],
    ['a', 'a and b and c', 'condition: now only while c; condition: now only while b'],
    ['a and b and c', 'a', 'condition: no longer only while c; condition: no longer only while b'],
    ['a and b', 'a and b and c or d', 'condition: now also on d; condition: now only while c'],
    [
      'a and b unless c and d',
      'a and b',
      'condition: no longer only while d; condition: no longer not while c',
    ],
    ['a', '(a or b) unless c', 'condition: now not while c; condition: now also on b'],
    [
      'a',
      '(a or b) and c or d',
      'condition: now also on d; condition: now only while c; condition: now also on b',
    ],
    ['a', '(a + b) and c', 'expression: a → (a + b) and c'],
    ['a', '(b and c) and d', 'expression: a → (b and c) and d'],
    ['a', '(a and b) + c', 'expression: a → (a and b) + c'],
    ['x', 'sum(x)', 'labels: now within sum'],
    ['x', 'sum by (b, a) (x)', 'labels: now within sum by (a, b)'],
    ['sum by (a) (x)', 'x', 'labels: no longer within sum by (a)'],
    ['x', 'abs(x)', 'function: now within abs'],
    ['x', '-x', 'function: now within -'],
    ['-x', 'x', 'function: no longer within -'],
    ['x', 'x offset 5m', 'offset: now x offset 5m'],
    ['x @ 5', 'x', 'offset: no longer x @ 5'],
    ['rate(x)', 'rate(x[5m])', 'window: now x[5m]'],
    ['x > 1', 'x > 2 and y', 'condition: now only while y; threshold: threshold 1 → 2'],
    ['x > 2 and y', 'x > 1', 'condition: no longer only while y; threshold: threshold 2 → 1'],
    [
      'x > 1',
      'y > 2 or z',
      'condition: now also on z; series: reads y instead of x; threshold: threshold 1 → 2',
    ],
    ['x > 1', 'x < 2 and y', 'expression: x > 1 → x < 2 and y'],
    ['x > 1', 'abs(x) and y', 'expression: x > 1 → abs(x) and y'],
    ['abs(x)', 'sum(y) unless z', 'expression: abs(x) → sum(y) unless z'],
    ['abs(x)', 'abs(y) + z', 'expression: abs(x) → abs(y) + z'],
    ['x', `x and ${'y'.repeat(90)}`, `condition: now only while ${'y'.repeat(79)}…`],
    ['x', `x > ${'y'.repeat(90)}`, `comparison: now > ${'y'.repeat(69)}…`],
  ])('is what came or went: %s → %s', (before, after, expected) => {
    const changes = expressionChanges(parsed(before), parsed(after));
    expect(changes.map(({ what, text }) => `${what}: ${text}`).join('; ')).toBe(expected);
  });

  it('is listed up to four places, and each once', () => {
    const sum = (value: number, ...names: string[]) =>
      names.map((name) => `${name}{l="${value}"}`).join(' + ');
    expect(said(sum(1, 'a', 'b', 'c', 'd'), sum(2, 'a', 'b', 'c', 'd'))).toHaveLength(4);
    expect(said(sum(1, 'a', 'b', 'c', 'd', 'e'), sum(2, 'a', 'b', 'c', 'd', 'e'))).toEqual([
      'rewritten in 5 places',
    ]);
    expect(said('x > 1 or x > 1', 'x > 2 or x > 2')).toEqual(['threshold 1 → 2']);
  });

  it('is shown without comments and needless space', () => {
    expect(said('( a # one\n + b ) > 0 # two', 'c')).toEqual(['(a + b) > 0 → c']);
    expect(said('sum( a{l="1"} )  >  rate( y[ 5m ] )', 'c')).toEqual(['sum(a{l="1"}) > rate(y[5m]) → c']);
    expect(said('sum(  a\n  )', 'c')).toEqual(['sum(a) → c']);
    expect(said('(a # inside\n) or b', '(a) or # between\n c')).toEqual(['reads c instead of b']);
    expect(said('z or (a # one\n + b) # two', 'z or c # three')).toEqual(['a + b → c']);
  });

  it('makes a condition stricter or laxer, or that is not known', () => {
    const effect = (condition: string) => {
      const [change] = expressionChanges(parsed(condition), parsed(condition.replace('5', '6')));
      return change?.what === 'threshold' ? change.effect : `no threshold: ${change?.what}`;
    };
    expect(
      ['x > 5', 'x >= 5', 'a and x > 5', 'a or x > 5', '(x > 5) > 3', 'x < 5', 'x <= 5', 'a and x < 5'].map(
        effect,
      ),
    ).toEqual([...['stricter', 'stricter', 'stricter', 'stricter', 'stricter', 'laxer', 'laxer', 'laxer']]);
    expect(effect('a unless (b and x > 5)')).toBe('laxer');
    expect(effect('a unless (x > 5 unless b)')).toBe('laxer');
    expect(effect('a unless (b unless x > 5)')).toBe('stricter');
    expect(effect('(x > 5) unless a')).toBe('stricter');
    const open = [
      'x != 5',
      'x > bool 5',
      'a + (x > 5)',
      'abs(x > 5)',
      'a unless abs(x > 5)',
      'abs(a unless x > 5)',
    ];
    expect(open.map(effect)).toEqual(open.map(() => undefined));
    expect(effect('x + 5 > 1')).toBe('no threshold: number');
    // The other way round.
    expect(expressionChanges(parsed('x > 6'), parsed('x > 5'))[0]?.effect).toBe('laxer');
    expect(expressionChanges(parsed('x < 6'), parsed('x < 5'))[0]?.effect).toBe('stricter');
  });

  it('has the seconds of windows that are known', () => {
    const secondsOf = (before: string, after: string) =>
      expressionChanges(parsed(`rate(x[${before}])`), parsed(`rate(x[${after}])`))[0]?.seconds;
    expect([secondsOf('5m', '1h'), secondsOf('$a', '1h'), secondsOf('5m', '$a')]).toEqual([
      [300, 3600],
      undefined,
      undefined,
    ]);
  });
});

it.each([
  ['0 == x', 'x == 0'],
  ['1 != x', 'x != 1'],
  ['1 > x', 'x < 1'],
  ['1 < x', 'x > 1'],
  ['1 >= x', 'x <= 1'],
  ['1 <= x', 'x >= 1'],
  ['+x', 'x'],
  ['x > -0', 'x > 0'],
  ['count_values("a", x)', "count_values('a', x)"],
  ['up  =', ' up\n= '],
  [`"a  b"  =`, `"a  b" =`],
])('%s means the same as %s', (before, after) => {
  expect(sameExpression(parsed(before), parsed(after))).toBe(true);
});

it.each([
  ['1 - x', 'x - 1'],
  ['1 - x', '1 + x'],
  ['1 > 2', '2 < 1'],
  ['x > y', 'y < x'],
  ['-x', 'x'],
  ['max_over_time(x[1h:])', 'max_over_time(x[1h])'],
  ['max_over_time(x[1h:5m])', 'max_over_time(x[1h:])'],
  ['x @ 5', 'x'],
  ['x offset 5m', 'x'],
  ['x @ 5', 'x offset 5s'],
  ['abs(x)', 'sum(x)'],
  ['sum by (a) (x)', 'sum without (a) (x)'],
  ['sum(x)', 'sum without () (x)'],
  ['{__name__=~"x"}', '{__name__="x"}'],
  ['{__name__!="x"}', '{a="b"}'],
  ['a + ignoring (l) b', 'a + on (l) b'],
  ['a + ignoring (l) b', 'a + b'],
  ['rate(x[5m] smoothed)', 'rate(x[5m])'],
  ['count_values("a", x)', 'count_values("b", x)'],
  ['$a', '$b'],
  ['x @ $a', 'x @ $b'],
  ['x > 0.$a', 'x > 0.$b'],
  ['{__name__="", a="b"}', '{a="b"}'],
  ['{__name__="$a"}', '{__name__="$b"}'],
  ['{__name__=~"x.*", __name__="x"}', '{__name__=~"y.*", __name__="x"}'],
  [`"a  b" =`, `"a b" =`],
  ['a b =', 'ab ='],
  [`'a  b' =`, `'a b' =`],
  ['`a  b` =', '`a b` ='],
  [`"a\\"  b" =`, `"a\\" b" =`],
  [`'a\\'  b' =`, `'a\\' b' =`],
])('%s does not mean the same as %s', (before, after) => {
  expect(sameExpression(parsed(before), parsed(after))).toBe(false);
});

it('a text is cut where it no longer helps', () => {
  expect(short('  a \n\n b\t')).toBe('a b');
  expect(short('a'.repeat(90))).toBe('a'.repeat(90));
  expect(short('a'.repeat(91))).toBe(`${'a'.repeat(89)}…`);
  expect(short('aaaa bbbb', 6)).toBe('aaaa…');
  expect(short('aaaa b', 6)).toBe('aaaa b');
});
