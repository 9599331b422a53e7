import { fstatSync, writeSync } from 'node:fs';

/** The most detailed level first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export const LOG_FORMATS = ['logfmt', 'json'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];
type Fields = Readonly<Record<string, string | number | undefined>>;
type Write = (message: string, fields?: Fields) => void;

export interface Log extends Readonly<Record<LogLevel, Write>> {
  /** A warning that clients can cause: one line per message and `reason` every 10 s, with the number of those suppressed before it. */
  readonly warnLimited: (message: string, fields: Fields & { readonly reason: string }) => void;
}

const LIMIT_MS = 10_000;
// More than this waiting for a reader that has stopped reading is dropped. Bytes.
const MAX_WAITING = 1_048_576;

const quoted = (value: string | number) =>
  typeof value === 'string' && !/^[\x21\x23-\x3c\x3e-\x7e]+$/.test(value) ? JSON.stringify(value) : value;

/** Writes to standard error without throwing or waiting. Returns false for a line that was dropped. */
function writeLine(line: string): boolean {
  try {
    const stats = fstatSync(2);
    // Files directly: a stream stays closed after its first error, and a full disk may have room again.
    if (!stats.isFIFO() && !stats.isSocket()) return writeSync(2, line) > 0;
    return process.stderr.writableLength <= MAX_WAITING && (process.stderr.write(line) || true);
  } catch {
    return false;
  }
}

/** Writes one line per call. No contents of the state file, credentials, or ids of leases, pushes and peers may be passed to it. */
export function createLog(format: (typeof LOG_FORMATS)[number], least: LogLevel): Log {
  let dropped = 0;
  const write = (level: LogLevel, msg: string, fields: Fields): boolean => {
    const all: Fields = { ts: new Date().toISOString(), level, msg, ...fields };
    const pairs = Object.entries(all).filter(([, value]) => value !== undefined);
    const logfmt = () => pairs.map(([key, value = '']) => `${key}=${quoted(value)}`).join(' ');
    return writeLine(`${format === 'json' ? JSON.stringify(all) : logfmt()}\n`);
  };
  const at =
    (level: LogLevel): Write =>
    (message, fields = {}) => {
      if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return;
      if (dropped > 0 && write('warn', 'log lines could not be written', { dropped })) dropped = 0;
      if (!write(level, message, fields)) dropped += 1;
    };
  const warn = at('warn');
  const limits = new Map<string, { readonly until: number; readonly suppressed?: number }>();
  const warnLimited: Log['warnLimited'] = (message, fields) => {
    const key = `${message} ${fields.reason}`;
    const { until = 0, suppressed = 0 } = limits.get(key) ?? {};
    const isLimited = performance.now() < until;
    if (!isLimited) warn(message, { ...fields, suppressed: suppressed || undefined });
    limits.set(
      key,
      isLimited ? { until, suppressed: suppressed + 1 } : { until: performance.now() + LIMIT_MS },
    );
  };
  return { debug: at('debug'), info: at('info'), warn, error: at('error'), warnLimited };
}
