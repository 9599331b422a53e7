import { afterEach, describe, expect, it, vi } from 'vitest';
import { table } from '../../src/terminal/table.js';
import {
  formatSeconds,
  isDrawable,
  padded,
  row,
  shellWord,
  shortRelay,
  styled,
  truncate,
  wantsColours,
} from '../../src/terminal/text.js';
import { wrap } from '../../src/terminal/wrap.js';

describe('text of wide characters', () => {
  it('takes two columns a character in tables, rows and padding', () => {
    expect(
      table([
        ['漢字', '1'],
        ['abcd', '2'],
      ]),
    ).toEqual(['漢字  1', 'abcd  2']);
    expect(padded('漢', 4)).toBe('漢  ');
    const cells = [
      { text: '漢字', width: 6 },
      { text: 'x', width: 1 },
    ];
    expect(row({ colours: false, width: 20 }, cells)).toBe('漢字   x');
  });

  it('is cut between characters, and never wider than allowed', () => {
    expect(truncate('漢字漢字', 6)).toBe('漢字…');
    expect(truncate('a👩‍👩‍👧b', 4)).toBe('a👩‍👩‍👧b');
    expect(truncate('a👩‍👩‍👧bc', 4)).toBe('a👩‍👩‍👧…');
    expect(truncate('abc', 0)).toBe('');
  });

  it('is wrapped by its columns', () => {
    expect(wrap('漢字 漢字 ab', 7)).toEqual(['漢字', '漢字 ab']);
    expect(wrap('漢字 ab\n\nc', 9)).toEqual(['漢字 ab', '', 'c']);
  });
});

describe('a table', () => {
  it('has columns as wide as their widest cell, two spaces apart, and nothing at the end of a line', () => {
    expect(
      table([
        ['alert', 'for', ''],
        ['GatewayDown', '5m', 'a long reason'],
        ['', '10m', 'x'],
        ['another one'],
      ]),
    ).toEqual(['alert        for', 'GatewayDown  5m   a long reason', '             10m  x', 'another one']);
  });

  it('may have no rows, and rows of different lengths', () => {
    expect(table([])).toEqual([]);
    expect(table([[], ['a', 'b', 'c'], ['aa', 'bb']])).toEqual(['', 'a   b   c', 'aa  bb']);
  });
});

describe('a row', () => {
  const plain = { colours: false, width: 10 };
  const cell = (text: string, width: number) => ({ text, width });

  it('cuts cells to their widths, and gives the last one what is left of the line', () => {
    expect(row(plain, [cell('abcdef', 4), cell('12345678', 3)])).toBe('abc… 1234…');
    expect(row(plain, [cell('ab', 4), cell('12345', 3)])).toBe('ab   12345');
    expect(row(plain, [cell('漢字漢', 4), cell('x', 1)])).toBe('漢…  x');
    expect(row(plain, [cell('ab', 4), cell('', 3)])).toBe('ab');
    expect(row(plain, [cell('abcdefghijk', 2)])).toBe('abcdefghi…');
  });

  it('leaves out cells for which the line is too short', () => {
    const cells = [cell('abcdef', 5), cell('x', 1), cell('y', 1)];
    expect(row({ colours: false, width: 3 }, cells)).toBe('ab…');
    expect(row({ colours: false, width: 6 }, cells)).toBe('abcd…');
    expect(row({ colours: false, width: 9 }, cells)).toBe('abcd… x y');
  });

  it('colors the text of a cell, not the space around it', () => {
    expect(row({ colours: true, width: 20 }, [{ text: 'up', width: 4, format: 'green' }, cell('x', 1)])).toBe(
      '\u001b[32mup\u001b[39m   x',
    );
    expect(styled({ colours: true, width: 9 }, ['bold', 'red'], 'x')).toBe(
      '\u001b[1m\u001b[31mx\u001b[39m\u001b[22m',
    );
    expect(styled({ colours: false, width: 9 }, 'red', 'x')).toBe('x');
  });
});

describe('a text', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abc', 2, 'a…'],
    ['abc', 1, '…'],
    ['', 0, ''],
    ['漢字', 3, '漢…'],
  ])('is cut to its columns: %s to %i', (text, width, cut) => {
    expect(truncate(text, width)).toBe(cut);
  });

  it('is not cut by padding', () => {
    expect(padded('abc', 2)).toBe('abc');
    expect(padded('abc', 5)).toBe('abc  ');
  });

  it.each([
    ['aa bb', 5, ['aa bb']],
    ['aa bb', 4, ['aa', 'bb']],
    ['abcdefgh ij', 4, ['abcdefgh', 'ij']],
    ['ij abcdefgh', 4, ['ij', 'abcdefgh']],
    ['', 4, ['']],
    ['a b c d', 3, ['a b', 'c d']],
  ])('is wrapped at spaces: %s to %i', (text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });
});

describe('a length of time', () => {
  it.each([
    [-5, '0s'],
    [0, '0s'],
    [59.4, '59s'],
    [59.5, '1m 00s'],
    [60, '1m 00s'],
    [200, '3m 20s'],
    [3599, '59m 59s'],
    [3600, '1h 00m'],
    [7500, '2h 05m'],
    [90_000, '25h 00m'],
  ])('has two units at most: %d s', (length, text) => {
    expect(formatSeconds(length)).toBe(text);
  });
});

describe('a terminal', () => {
  const stream = (isTTY?: boolean) => ({ isTTY }) as unknown as NodeJS.WriteStream;
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    ['is drawn on in color', true, 'xterm', undefined, [true, true]],
    ['may ask for no color', true, 'xterm', '1', [true, false]],
    ['asks for nothing by an empty variable', true, 'xterm', '', [true, true]],
    ['may be dumb', true, 'dumb', undefined, [false, false]],
    ['is no file', false, 'xterm', undefined, [false, false]],
    ['is no pipe', undefined, 'xterm', undefined, [false, false]],
  ])('%s', (_, isTTY, term, noColor, expected) => {
    vi.stubEnv('TERM', term);
    vi.stubEnv('NO_COLOR', noColor);
    expect([isDrawable(stream(isTTY)), wantsColours(stream(isTTY))]).toEqual(expected);
  });
});

describe('what an operator copies', () => {
  it.each([
    ['generated/rules.yaml', 'generated/rules.yaml'],
    ['a_b/c.d:e=f@g%h+i-9', 'a_b/c.d:e=f@g%h+i-9'],
    ['', "''"],
    ['a b', "'a b'"],
    ['$HOME', "'$HOME'"],
    ['a\nb', "'a\nb'"],
    ['a;', "'a;'"],
    [';a', "';a'"],
    ["it's 'x'", String.raw`'it'\''s '\''x'\'''`],
  ])('is one word for Bash: %s', (text, word) => {
    expect(shellWord(text)).toBe(word);
  });

  it('shows the first ten digits of a relay key, and other names as they are', () => {
    const key = '0123456789abcdef'.repeat(4);
    expect(shortRelay(key)).toBe('0123456789…');
    for (const other of [key.slice(1), `${key}0`, key.toUpperCase(), `x${key}`, 'relay-1', ''])
      expect(shortRelay(other)).toBe(other);
  });
});
