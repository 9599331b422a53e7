/** How much is told, the most talkative first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['logfmt', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

type Fields = Readonly<Record<string, string | number | undefined>>;

export interface Log {
  readonly debug: (message: string, fields?: Fields) => void;
  readonly info: (message: string, fields?: Fields) => void;
  readonly warn: (message: string, fields?: Fields) => void;
  readonly error: (message: string, fields?: Fields) => void;
}

const quoted = (value: string | number) =>
  typeof value === 'string' && (value === '' || /[^\x21\x23-\x3c\x3e-\x7e]/.test(value))
    ? JSON.stringify(value)
    : String(value);

/** Writes one line for each call. Nothing of the state file's contents belongs into a log, and no ids of leases, pushes or peers. */
export function createLog(
  format: LogFormat,
  least: LogLevel,
  write: (line: string) => void = (line) => process.stderr.write(line),
): Log {
  const at =
    (level: LogLevel) =>
    (message: string, fields: Fields = {}) => {
      if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return;
      const all: Fields = { ts: new Date().toISOString(), level, msg: message, ...fields };
      const line =
        format === 'json'
          ? JSON.stringify(all)
          : Object.entries(all)
              .flatMap(([key, value]) => (value === undefined ? [] : `${key}=${quoted(value)}`))
              .join(' ');
      write(`${line}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
