import { InvalidArgumentError } from 'commander';
import type { Trial } from '../backtest/trial-values.js';
import type { Parser } from '../terminal/option-values.js';

/** Reads `<setting>=<value>,<value>`. */
export const trial: Parser<Trial> = (text) => {
  const [, setting, list = ''] = /^([\w.-]+)=(.+)$/.exec(text) ?? [];
  const values = list.split(',').map((value) => value.trim());
  if (setting === undefined || values.includes('')) {
    throw new InvalidArgumentError('expected a setting and its values, such as for=5m,10m,20m');
  }
  const twice = values.find((value, i) => values.indexOf(value) < i);
  if (twice !== undefined) throw new InvalidArgumentError(`found ${twice} twice, expected each value once`);
  return { setting, values };
};

/** How often a period fits into a week. */
const PER_WEEK: Readonly<Record<string, number>> = { day: 7, week: 1, month: 12 / 52 };

/** Reads a number of pages in a period, such as `2/week`; gives pages a week. */
export const pagesPerWeek: Parser<number> = (text) => {
  const [, count, period = ''] = /^(\d+(?:\.\d+)?)\/(day|week|month)$/.exec(text) ?? [];
  const pages = Number(count) * (PER_WEEK[period] ?? Number.NaN);
  if (!(pages > 0)) throw new InvalidArgumentError('expected pages in a day, week or month, such as 2/week');
  return pages;
};
