/** Why a literal cannot be read. */
export class LiteralError extends Error {}

const UNITS = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;
const DURATION = new RegExp(`^(?=\\d)${UNITS.map(([unit]) => `(?:(\\d+)${unit})?`).join('')}$`);
/** Seconds. Prometheus counts nanoseconds in 64 bits. */
const LONGEST = 2 ** 63 / 1e9;

/** Whether a number is written with a unit. */
export function isDurationText(text: string): boolean {
  return DURATION.test(text);
}

/** The seconds of a duration such as `1h30m`; units descend and each stands at most once. Throws {@link LiteralError}. */
export function parseDuration(text: string): number {
  const amounts = DURATION.exec(text);
  if (amounts === null) {
    throw new LiteralError(`found ${JSON.stringify(text)}, expected a duration such as 30s, 5m or 1h30m`);
  }
  return UNITS.reduce((sum, [, size], i) => sum + Number(amounts[i + 1] ?? 0) * size, 0) / 1000;
}

/**
 * A duration as Prometheus prints it, for whole milliseconds of 0 or more: years, weeks and days only where nothing is left
 * over, so `14d` is `2w` and `36h` stays.
 */
export function durationText(seconds: number): string {
  let rest = Math.round(seconds * 1000);
  if (!Number.isSafeInteger(rest) || rest < 0) {
    throw new RangeError(`found ${seconds} s, expected a length of 0 s or more`);
  }
  if (rest === 0) return '0s';
  let text = '';
  for (const [unit, size] of UNITS) {
    if (size >= 86_400_000 && rest % size !== 0) continue;
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) text += `${amount}${unit}`;
  }
  return text;
}

/**
 * The value of an unsigned number as Prometheus reads it: `0x1F`, `1_000`, `Inf`, `NaN`, durations in seconds, and a leading
 * zero makes a whole number octal. Throws {@link LiteralError}.
 */
export function parseNumber(text: string): number {
  if (/^inf$/i.test(text)) return Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (DURATION.test(text)) {
    const seconds = parseDuration(text);
    if (seconds >= LONGEST) throw new LiteralError(`the duration ${text} is longer than 292 years`);
    return seconds;
  }
  const bare = text.replaceAll('_', '');
  if (/^0[0-7]+$/.test(bare)) return Number.parseInt(bare, 8);
  if (/^0x/i.test(bare)) {
    const value = Number(bare);
    if (!(value < 2 ** 63)) throw new LiteralError(`the number ${text} does not fit into 64 bits`);
    return value;
  }
  const value = bare === '' ? Number.NaN : Number(bare);
  if (Number.isNaN(value)) throw new LiteralError(`found ${JSON.stringify(text)}, expected a number`);
  if (!Number.isFinite(value)) throw new LiteralError(`the number ${text} is out of range`);
  return value;
}

/** A number in the shortest way of writing it that Prometheus reads back as the same value. */
export function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value < 0 ? '-Inf' : 'Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 };

/**
 * A string literal without its quotes and escapes, which are those of Go: `\xff` and `\377` are bytes, `\u00ff` is a character.
 * Throws {@link LiteralError} for an open quote, an unknown escape, and bytes that are no UTF-8.
 */
export function unquote(literal: string): string {
  const quote = literal[0] as string;
  if (literal.length < 2 || !literal.endsWith(quote)) throw new LiteralError('the quote is not closed');
  const inner = literal.slice(1, -1);
  if (quote === '`') return inner;
  if (!inner.includes('\\')) return inner;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  // The last alternative takes runs, so that a pair of surrogates is never torn apart.
  for (const [whole, sequence] of inner.matchAll(/\\(x..|u.{4}|U.{8}|[0-7]..|.)|[^\\]+|\\/gsu)) {
    if (sequence !== undefined) bytes.push(...bytesOf(sequence, quote));
    else if (whole === '\\') throw new LiteralError('the quote is not closed');
    else bytes.push(...encoder.encode(whole));
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes));
  } catch {
    throw new LiteralError(`the string ${literal} is not valid UTF-8`);
  }
}

function bytesOf(sequence: string, quote: string): Iterable<number> {
  const unknown = () =>
    new LiteralError(`unknown escape sequence \\${sequence}; in PromQL a backslash is written twice`);
  const letter = sequence[0] as string;
  if (sequence === quote) return [quote.charCodeAt(0)];
  if (sequence.length === 1) {
    const code = ESCAPES[sequence];
    if (code === undefined) throw unknown();
    return [code];
  }
  const [digits, base] = /[0-7]/.test(letter) ? [sequence, 8] : [sequence.slice(1), 16];
  if (!(base === 8 ? /^[0-7]+$/ : /^[0-9a-fA-F]+$/).test(digits)) throw unknown();
  const code = Number.parseInt(digits, base);
  if (base === 8 || letter === 'x') {
    if (code > 255) throw unknown();
    return [code];
  }
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
    throw new LiteralError(`the escape sequence \\${sequence} is not a Unicode character`);
  }
  return new TextEncoder().encode(String.fromCodePoint(code));
}

/** A string in double quotes that Prometheus reads back as the same string. */
export function quote(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '"': '\\"',
    '\\': '\\\\',
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped
  const escaped = text.replace(/["\\\u0000-\u001f\u007f]/g, (character) => {
    return names[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${escaped}"`;
}
