import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import {
  oneOf,
  type Parser,
  pointInTime,
  positiveSeconds,
  seconds,
  wholeNumber,
} from '../../src/terminal/option-values.js';

/** What is read of each text: a value, or the message of the refusal. */
function read<T>(parser: Parser<T>, text: string): T | string {
  try {
    return parser(text);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidArgumentError);
    return (error as Error).message;
  }
}

const expectRefused = <T>(parser: Parser<T>, texts: readonly string[], message: string) => {
  for (const text of texts) expect([text, read(parser, text)]).toEqual([text, message]);
};

describe('an option', () => {
  it('is a duration as Prometheus writes it, in seconds', () => {
    const texts = ['30s', '5m', '1h30m', '1ms', '1y', '0', '0s'];
    expect(texts.map(seconds)).toEqual([30, 300, 5400, 0.001, 31_536_000, 0, 0]);
    const refused = ['', '30', '-1s', '5 m', '1h30', '30s1h', '1.5h', 's', '293y', '00'];
    expectRefused(seconds, refused, 'expected a duration such as 30s, 5m or 1h30m');
  });

  it('is a duration above zero where zero has no meaning', () => {
    expect(positiveSeconds('1ms')).toBe(0.001);
    expectRefused(positiveSeconds, ['0', '0s', '0h0m'], 'expected a duration above 0');
    expectRefused(positiveSeconds, ['5'], 'expected a duration such as 30s, 5m or 1h30m');
  });

  it('is a whole number within its bounds', () => {
    expect(['-2', '0', '12', '007'].map(wholeNumber(-2, 12))).toEqual([-2, 0, 12, 7]);
    const refused = ['-3', '13', '1.5', '', '1e1', '0x5', ' 5', '5 ', '--1', '+1', 'five', '-'];
    expectRefused(wholeNumber(-2, 12), refused, 'expected a whole number from -2 to 12');
  });

  it('is a point in time, as seconds since the epoch or a date', () => {
    const noon = 1_772_366_400;
    expect(['0', '1772366400', '1772366400.25'].map(pointInTime)).toEqual([0, noon, noon + 0.25]);
    for (const text of [
      ...['2026-03-01T12:00:00Z', '2026-03-01T12:00Z', '2026-03-01 12:00:00Z', '2026-03-01t12:00:00z'],
      ...['2026-03-01T13:00:00+01:00', '2026-03-01T07:30-0430', '2026-03-01T12:00:00.000Z'],
    ])
      expect([text, pointInTime(text)]).toEqual([text, noon]);
    expect(pointInTime('2026-03-01')).toBe(noon - 43_200);
    expect(pointInTime('2024-02-29')).toBe(1_709_164_800);
    expect(pointInTime('2026-03-01T12:00:00')).toBe(new Date(2026, 2, 1, 12).getTime() / 1000);
  });

  it('is no text that JavaScript takes for a time in 2001, and no day that does not exist', () => {
    expectRefused(
      pointInTime,
      [
        ...['', '-5', '1.', 'March 1', 'a 1', '2026-3-1', '2026-03', '12:00', 'now', '1h', '1e9', '.5'],
        ...['2026-02-30', '2026-02-29T12:00:00Z', '2026-13-01', '2026-00-10', '2026-03-01T25:00:00Z'],
        ...['on 2026-03-01', '2026-03-01 (x)', '2026-03-01T12:00:00Z (x)', 'at 2026-03-01T12:00:00Z'],
        ...['2026-03-01T12', '2026-03-01T12:00:00+1', 'x2026-03-01', '2026-03-01x', '2026-03-01T12:00:00Z.'],
      ],
      'expected a time such as 2026-03-01T12:00:00Z, or seconds since the epoch',
    );
  });

  it('is one of a few words', () => {
    const colour = oneOf(['red', 'green', 'blue']);
    expect(['red', 'green', 'blue'].map(colour)).toEqual(['red', 'green', 'blue']);
    expectRefused(colour, ['', 'Red', 'redgreen'], 'expected red, green or blue');
  });
});
