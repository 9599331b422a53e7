import { readFile } from 'node:fs/promises';

/** A page that cannot be had. The message names the address or file, what happened and what is expected. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
}

export interface LoadOptions {
  /** Seconds until a page must have arrived. */
  readonly timeoutSeconds?: number;
  /** Longer pages are refused. Bytes. */
  readonly maxBytes?: number;
}

/** Loads a `/metrics` page from an http(s) address or a file. Follows no redirect: it would name another gateway. */
export async function loadExposition(
  from: string,
  { timeoutSeconds = 10, maxBytes = 64 * 1024 * 1024 }: LoadOptions = {},
): Promise<string> {
  if (!/^https?:\/\//.test(from)) {
    try {
      return await readFile(from, 'utf8');
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? String(error);
      throw new LoadError(`${from}: cannot be read (${reason}), expected a file or an http(s) address`);
    }
  }
  const fail = (what: string) => new LoadError(`${from}: ${what}, expected a /metrics page`);
  const abort = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    const response = await fetch(from, {
      signal: abort,
      redirect: 'manual',
      headers: { accept: 'text/plain;version=0.0.4' },
    });
    if (response.status !== 200) throw fail(`answered with status ${response.status}`);
    if ((response.headers.get('content-type') ?? '').includes('text/html')) throw fail('answered with HTML');
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > maxBytes) throw fail(`sent more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    if (error instanceof LoadError) throw error;
    if (abort.aborted) throw fail(`did not answer within ${timeoutSeconds} s`);
    const cause = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).message;
    throw fail(`cannot be reached (${cause})`);
  }
}
