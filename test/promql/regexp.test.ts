import { describe, expect, it } from 'vitest';
import { quote } from '../../src/promql/literals.js';
import { compilePattern, matchesPattern, PatternError, patternFault } from '../../src/promql/regexp.js';
import { refusedByPromtool } from '../promtool.js';

/** Patterns with a value that matches and one that does not. */
const EVALUATED: readonly (readonly [pattern: string, matching: string, other: string])[] = [
  ['a|b', 'b', 'ab'],
  ['', '', 'a'],
  ['.+', 'a\n', ''],
  ['(?i)ab', 'AB', 'ac'],
  ['(?i:a)b', 'Ab', 'AB'],
  ['(?-s).', 'a', '\n'],
  ['(?s)a.b', 'a\nb', 'a\n\nb'],
  ['(?U)a+', 'aa', 'b'],
  ['(?P<name>a)b', 'ab', 'b'],
  ['[[:alpha:]]+', 'abc', 'a1'],
  ['[[:^digit:]_]+', 'a_', '1'],
  ['\\pL+', 'é', '1'],
  ['\\p{Greek}\\P{Lu}', 'αb', 'αB'],
  ['\\Qa.b\\E+', 'a.bb', 'axb'],
  ['\\Aa\\z', 'a', 'a\n'],
  ['^a$', 'a', 'a\n'],
  ['a{1000}', 'a'.repeat(1000), 'a'],
  ['a{2,}?', 'aaa', 'a'],
  ['\\d+\\.\\w', '12.x', '٣.x'],
  ['\\x{1F600}|\\x41', '😀', 'B'],
  ['.', '😀', 'ab'],
  ['[^\\s\\d]', 'x', ' '],
  ['\\bpeer\\b-.*', 'peer-1', 'peers-1'],
  ['a{,2}', 'a{,2}', 'aa'],
];

/** Patterns that cannot be evaluated, and the reason. */
const REFUSED: readonly (readonly [pattern: string, reason: string])[] = [
  ['(?=a)b', 'uses lookahead or lookbehind, which Prometheus does not support'],
  ['(?!a)b', 'uses lookahead or lookbehind, which Prometheus does not support'],
  ['(?<=a)b', 'uses lookahead or lookbehind, which Prometheus does not support'],
  ['(?<!a)b', 'uses lookahead or lookbehind, which Prometheus does not support'],
  ['(?>a)', 'uses syntax that RE2 does not support: invalid or unsupported Perl syntax: `(?>`'],
  ['(a)\\1', 'uses syntax that RE2 does not support: invalid escape sequence: `\\1`'],
  ['\\y', 'is not valid: invalid escape sequence: `\\y`'],
  ['\\Z', 'is not valid: invalid escape sequence: `\\Z`'],
  ['(', 'is not valid: missing closing ): `(`'],
  ['a)(b', 'is not valid: unexpected ): `a)(b`'],
  ['[', 'is not valid: missing closing ]: `[`'],
  ['[[:odd:]]', 'is not valid: invalid character class range: `[:odd:]`'],
  ['\\p{Odd}', 'is not valid: invalid character class range: `\\p{Odd}`'],
  ['a**', 'is not valid: invalid nested repetition operator: `**`'],
  ['a{2,1}', 'is not valid: invalid repeat count: `{2,1}`'],
  ['a{1001}', 'is not valid: invalid repeat count: `{1001}`'],
  ['(a{100}){100}', 'is not valid: invalid repeat count: `{100}`'],
  ['*a', 'is not valid: missing argument to repetition operator: `*`'],
  ['a\\', 'is not valid: trailing backslash at end of expression'],
];

describe('a regular expression', () => {
  it.each(EVALUATED)('%j matches %j and not %j', (pattern, matching, other) => {
    expect(patternFault(pattern)).toBeUndefined();
    expect([matchesPattern(pattern, matching), matchesPattern(pattern, other)]).toEqual([true, false]);
  });

  it.each(REFUSED)('%j is refused with the reason: it %s', (pattern, reason) => {
    expect(patternFault(pattern)).toBe(reason);
    expect(() => compilePattern(pattern)).toThrow(PatternError);
    expect(() => matchesPattern(pattern, 'a')).toThrow(
      `the regular expression ${JSON.stringify(pattern)} ${reason}`,
    );
  });

  it('has a dot that matches a line feed in Prometheus 3, and not in Prometheus 2', () => {
    expect(compilePattern('a.b').matches('a\nb')).toBe(true);
    expect(compilePattern('a.b', { dotMatchesLineFeed: false }).matches('a\nb')).toBe(false);
  });

  it.each([
    ['(.*)-(.*)', 'a-b', '$2/$1', 'b/a'],
    ['(?P<zone>.*)-.*', 'a-b', '${zone}!', 'a!'],
    ['(?P<zone1>.*)-.*', 'a-b', '$zone1', 'a'],
    ['(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)', 'abcdefghij', '$10', 'j'],
    ['(.*)', 'a', '$1x', ''],
    ['(.*)', 'a', '${1}x', 'ax'],
    ['(.*)', 'a', '$$1', '$1'],
    ['(.*)', 'a', '$', '$'],
    ['(a)|(b)', 'b', '[$1$2$3]', '[b]'],
    ['(.*)', '$1', '$1', '$1'],
    ['a(.*)', 'b', '$1', undefined],
  ])(
    '%s fills in a replacement as label_replace does: %s with %s',
    (pattern, value, replacement, expected) => {
      expect(compilePattern(pattern).replaced(value, replacement)).toBe(expected);
    },
  );
});

describe('Prometheus itself', () => {
  it('takes the patterns that are evaluated here, and refuses the others', async () => {
    const patterns = [...EVALUATED, ...REFUSED].map(([pattern]) => pattern);
    const exprs = patterns.map((pattern) => `a{b=~${quote(pattern)}}`);
    const refused = await refusedByPromtool(exprs);
    expect(patterns.filter((_, i) => refused.includes(exprs[i] as string))).toEqual(
      REFUSED.map(([pattern]) => pattern),
    );
  });
});
