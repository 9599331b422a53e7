import { InvalidArgumentError } from 'commander';
import { isDurationText, parseNumber } from '../promql/literals.js';

/** Reads the text of an option or argument. Throws commander's `InvalidArgumentError` for a text that cannot be used. */
export type Parser<T> = (text: string) => T;

/** Reads a duration as Prometheus writes it, such as `30s`, `1h30m` or `0`, as seconds. */
export const seconds: Parser<number> = (text) => {
  try {
    if (text === '0' || isDurationText(text)) return parseNumber(text);
  } catch {
    // It is longer than Prometheus can count.
  }
  throw new InvalidArgumentError('expected a duration such as 30s, 5m or 1h30m');
};

/** Reads a duration above 0, as seconds. */
export const positiveSeconds: Parser<number> = (text) => {
  const length = seconds(text);
  if (length <= 0) throw new InvalidArgumentError('expected a duration above 0');
  return length;
};

/** Reads a whole number within bounds, both included. */
export function wholeNumber(least: number, most: number): Parser<number> {
  return (text) => {
    const count = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isInteger(count) || count < least || count > most) {
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
    }
    return count;
  };
}

/** A date, or a date with a time, whose zone may be left out. `Date.parse` also takes "-5" and "March 1", for times in 2001. */
const ISO_TIME = /^(\d{4}-\d{2}-\d{2})(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:?\d{2})?)?$/;

/** Whether there is such a day: `Date.parse` takes 30 February for 2 March. */
function isDay(day: string): boolean {
  const time = Date.parse(day);
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(day);
}

/** Reads a point in time, as seconds since the epoch. A date is its midnight in UTC; a time without a zone is local. */
export const pointInTime: Parser<number> = (text) => {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  const [, day] = ISO_TIME.exec(text) ?? [];
  const time = Date.parse(text) / 1000;
  if (day === undefined || !isDay(day) || !Number.isFinite(time)) {
    throw new InvalidArgumentError(
      'expected a time such as 2026-03-01T12:00:00Z, or seconds since the epoch',
    );
  }
  return time;
};

/** Reads one of a few words. */
export function oneOf<const T extends string>(words: readonly T[]): Parser<T> {
  return (text) => {
    const word = words.find((one) => one === text);
    if (word !== undefined) return word;
    throw new InvalidArgumentError(`expected ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
  };
}
