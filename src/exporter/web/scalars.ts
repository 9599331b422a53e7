import { validateHeaderValue } from 'node:http';
import * as z from 'zod/mini';

/* The kinds of values in a web configuration. */

/** A scalar without quotes: as in Go's YAML library, its meaning depends on what is expected. */
export class Plain {
  constructor(readonly text: string) {}
}

/** A scalar with a meaning; `read` returns undefined for a text that has none. */
const scalar = <T>(expected: string, read: (text: string, isPlain: boolean) => T | undefined) =>
  z.pipe(
    z.unknown(),
    z.transform((found, context): T => {
      const text = found instanceof Plain ? found.text : found;
      const value = typeof text === 'string' ? read(text, found instanceof Plain) : undefined;
      if (value !== undefined) return value;
      context.issues.push({ code: 'custom', message: expected, input: found });
      return z.NEVER;
    }),
  );
export const text = scalar('text', (text) => text);
export const oneOf = (values: readonly string[]) =>
  scalar(`one of ${values.join(', ')}`, (text) => (values.includes(text) ? text : undefined));

/** As YAML 1.1 has it. */
export const flag = scalar('true or false', (text, isPlain) => {
  const isTrue = /^(?:y|yes|true|on)$/i.test(text);
  return isPlain && (isTrue || /^(?:n|no|false|off)$/i.test(text)) ? isTrue : undefined;
});

/** What Go's YAML library reads into a whole number: any base, underscores, a fraction that is cut off. NaN for other texts. */
function goInteger(text: string): number {
  const digits = text
    .replaceAll('_', '')
    .replace(/^\+/, '')
    .replace(/^0(?=[0-7]+$)/, '0o');
  const isNumber = /^(?:0[xob][\da-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/i.test(digits);
  return isNumber ? Math.trunc(Number(digits)) : Number.NaN;
}

export const count = scalar('a whole number, 1 or greater', (text, isPlain) => {
  const number = goInteger(text);
  return isPlain && number >= 1 && Number.isSafeInteger(number) ? number : undefined;
});

const UNITS = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 36e5 };

/** A duration as Go writes it, in milliseconds; a plain number counts nanoseconds. At most 292 years. */
export const goDuration = scalar('a duration such as 1s, 500ms or 1m30s', (text, isPlain) => {
  const isDuration = /^\+?(?:(?:\d+\.?\d*|\.\d+)(?:[nu\u00b5\u03bcm]?s|[mh]))+$/.test(text);
  const parts = [...text.matchAll(/([\d.]+)([a-z\u00b5\u03bc]+)/g)];
  const sum = parts.reduce((sum, [, n, unit]) => sum + Number(n) * UNITS[unit as keyof typeof UNITS], 0);
  const milliseconds = isDuration ? sum : isPlain || text === '0' ? goInteger(text) / 1e6 : Number.NaN;
  return milliseconds * 1e6 < 2 ** 63 ? milliseconds : undefined;
});

// A line break becomes a space, as in Go, and a character beyond ASCII is sent as UTF-8.
export const header = scalar('a header value without control characters', (text) => {
  const value = Buffer.from(text.replace(/[\r\n]/g, ' ').trim()).toString('latin1');
  try {
    validateHeaderValue('x', value);
    return value;
  } catch {
    return undefined;
  }
});

export const bcryptHash = scalar('a bcrypt hash of cost 4 to 31, such as $2y$10$...', (text) => {
  const [, cost] = /^\$2[aby]?\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text) ?? [];
  return Number(cost) >= 4 && Number(cost) <= 31 ? text : undefined;
});

// Null is the same as absent, except where that would leave a user without a password.
export const optional = <T extends z.core.SomeType>(type: T) => z.nullish(type);
export const list = <T extends z.core.SomeType>(type: T) => z.nullish(z.array(type));
