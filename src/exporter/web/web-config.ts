import { readFile } from 'node:fs/promises';
import type { loadTls } from './tls.js';
import type { loadWebConfig } from './web-config-file.js';

/* What a web configuration is. web-config-file.ts reads one; it is loaded only where there is a file, since it costs memory. */

export type TlsConfig = Readonly<NonNullable<Awaited<ReturnType<typeof loadTls>>>>;
export type WebConfig = Readonly<Awaited<ReturnType<typeof loadWebConfig>>>;

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
