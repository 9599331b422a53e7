import { open } from 'node:fs/promises';

/** A page that cannot be had. The message names the address or file, what happened and what is expected. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
}

export interface LoadOptions {
  /** Seconds until a page must have arrived as a whole. */
  readonly timeoutSeconds?: number;
  /** Longer pages are refused. Bytes. */
  readonly maxBytes?: number;
}

const isAddress = (from: string) => /^https?:\/\//i.test(from);

/** How messages name a page: an address without its user, password and query, which may be secrets. */
export function displayName(from: string): string {
  if (!isAddress(from)) return from;
  try {
    const { origin, pathname } = new URL(from);
    return `${origin}${pathname}`;
  } catch {
    return from.replace(/^([^:]+:\/\/)[^/]*@/, '$1');
  }
}

/**
 * Loads a `/metrics` page from an http(s) address or a file. A user and password in the address are sent as basic
 * authentication. Follows no redirect: it could lead to another gateway than the one asked for.
 *
 * @throws {LoadError}
 */
export function loadExposition(
  from: string,
  { timeoutSeconds = 10, maxBytes = 64 * 1024 * 1024 }: LoadOptions = {},
): Promise<string> {
  return isAddress(from) ? fromAddress(from, timeoutSeconds, maxBytes) : fromFile(from, maxBytes);
}

async function fromFile(file: string, maxBytes: number): Promise<string> {
  const fail = (what: string) => new LoadError(`${file}: ${what}, expected a file or an http(s) address`);
  try {
    const handle = await open(file, 'r');
    // A pipe or a device has no length that could be asked for beforehand.
    return await collected(handle.createReadStream(), maxBytes, fail);
  } catch (error) {
    if (error instanceof LoadError) throw error;
    throw fail(`cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
  }
}

async function fromAddress(from: string, timeoutSeconds: number, maxBytes: number): Promise<string> {
  const fail = (what: string) => new LoadError(`${displayName(from)}: ${what}, expected a /metrics page`);
  const abort = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    const url = new URL(from);
    const { username, password } = url;
    url.username = '';
    url.password = '';
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    const response = await fetch(url, {
      signal: abort,
      redirect: 'manual',
      headers: {
        accept: 'text/plain;version=0.0.4',
        ...(login === ':' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` }),
      },
    });
    if (response.status !== 200) {
      // An unread body would keep the connection, and with it the process, for a while.
      await response.body?.cancel();
      const target = response.headers.get('location');
      const to = target === null ? '' : `, which redirects to ${displayName(new URL(target, url).href)}`;
      throw fail(`answered with status ${response.status}${to}`);
    }
    if ((response.headers.get('content-type') ?? '').includes('text/html')) {
      await response.body?.cancel();
      throw fail('answered with HTML');
    }
    return await collected(response.body ?? [], maxBytes, fail);
  } catch (error) {
    if (error instanceof LoadError) throw error;
    if (abort.aborted) throw fail(`did not answer completely within ${timeoutSeconds} s`);
    const { cause, code } = error as { cause?: { code?: string }; code?: string };
    throw fail(`cannot be reached (${cause?.code ?? code ?? (error as Error).message})`);
  }
}

async function collected(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxBytes: number,
  fail: (what: string) => LoadError,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > maxBytes) throw fail(`holds more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
