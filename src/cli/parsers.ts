import { InvalidArgumentError } from 'commander';
import { duration, durationSeconds } from '../promql/duration.js';
import type { Parser } from './input.js';

/** Reads a duration such as `30s`, as seconds. */
export const seconds: Parser<number> = (text) => {
  try {
    return durationSeconds(duration(text));
  } catch {
    throw new InvalidArgumentError('expected a duration such as 30s or 5m');
  }
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
    const count = Number(text);
    if (!Number.isInteger(count) || count < least || count > most) {
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
    }
    return count;
  };
}

/** Reads a point in time, as seconds since the epoch. */
export const pointInTime: Parser<number> = (text) => {
  const time = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Date.parse(text) / 1000;
  if (!Number.isFinite(time)) {
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
