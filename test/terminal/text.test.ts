import { describe, expect, it } from 'vitest';
import { table } from '../../src/terminal/table.js';
import { padded, row, truncate } from '../../src/terminal/text.js';
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
