import { isDurationText, parseDuration } from './literals.js';

declare const durationBrand: unique symbol;

/** A Prometheus duration such as `5m` or `1h30m`, made by {@link duration}. */
export type Duration = string & { readonly [durationBrand]: true };

/**
 * Checks a Prometheus duration (`30s`, `5m`, `1h30m`; units in descending order, each at most once).
 * Throws `RangeError` for anything else, a bare number included.
 */
export function duration(text: string): Duration {
  if (!isDurationText(text)) {
    throw new RangeError(
      `found ${JSON.stringify(text)}, expected a Prometheus duration such as 30s, 5m or 1h30m`,
    );
  }
  return text as Duration;
}

/** Length of a duration in seconds. */
export function durationSeconds(text: Duration): number {
  return parseDuration(text);
}

/** The shortest duration text for a number of whole seconds; throws `RangeError` for negative or broken ones. */
export function durationOf(seconds: number): Duration {
  if (!Number.isInteger(seconds) || seconds < 0) {
    throw new RangeError(`found ${seconds}, expected a whole number of seconds`);
  }
  let rest = seconds;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = parseDuration(`1${unit}`);
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) text += `${amount}${unit}`;
  }
  return duration(text === '' ? '0s' : text);
}

/**
 * The range to select so that a sample exactly one window old is in it under every Prometheus: ranges include their
 * start up to 2.x and exclude it since 3.0. Recorded series always have a sample there, because rules are evaluated on
 * a fixed grid. Timestamps are whole milliseconds, so a range that is 1 ms longer is the closed window in 3.x, and the
 * same window in 2.x as long as no sample is 1 ms older. Every range of a rule needs this; a test checks it.
 */
export function closedRange(window: Duration): Duration {
  const [, rest, milliseconds] = /^(.*?)(\d+)ms$/.exec(window) ?? [];
  return duration(milliseconds === undefined ? `${window}1ms` : `${rest}${Number(milliseconds) + 1}ms`);
}
