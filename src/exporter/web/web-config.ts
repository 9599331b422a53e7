import { readFile } from 'node:fs/promises';
import type { TlsOptions } from 'node:tls';

/* What a web configuration is. web-config-file.ts reads one; it is loaded only where there is a file, since it costs memory. */

/** What a TLS server needs from the web configuration. */
export interface TlsConfig {
  readonly options: TlsOptions;
  readonly clientAuth: string;
  /** Undefined: all names are allowed. */
  readonly allowedSans: readonly string[] | undefined;
}

/** What the web server needs from the web configuration. */
export interface WebConfig {
  /** Undefined: plain HTTP. */
  readonly tls?: TlsConfig | undefined;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bcrypt hashes by user name; undefined: no password is required. */
  readonly users?: ReadonlyMap<string, string> | undefined;
  /** Undefined: no limit. */
  readonly rateLimit?: { readonly intervalMs: number; readonly burst: number } | undefined;
  /** What is accepted and has no effect, for the log. */
  readonly warnings: readonly string[];
}

/** The web configuration is wrong or cannot be read. The message has the file, the field, what was found and what is expected. */
export class WebConfigError extends Error {
  /** @param unreadable true when a file could not be read, false when its contents are wrong */
  constructor(
    message: string,
    readonly unreadable = false,
  ) {
    super(message);
  }
}

/** Reads a file that a field names. Throws a {@link WebConfigError} with that field. */
export async function readNamed(field: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    const found = `found ${JSON.stringify(path)}, which cannot be read (${(error as NodeJS.ErrnoException).code})`;
    throw new WebConfigError(`${field}: ${found}; expected a readable file`, true);
  }
}
