import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Why a read failed: a bounded set, fit for a label. */
export type ReadFailure = 'not_a_file' | 'permission' | 'too_large' | 'changing' | 'io';

/** One whole version of the file. */
export interface FileVersion {
  readonly kind: 'version';
  readonly bytes: Buffer;
  /** Modification time, Unix seconds. */
  readonly mtime: number;
}

export type ReadResult =
  | FileVersion
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly reason: ReadFailure };

export interface ReadOptions {
  /** Larger files are not read. Bytes. */
  readonly maxBytes: number;
  /** How often a file that changes while it is read is read again. */
  readonly attempts: number;
  /** Pause between two attempts. Milliseconds. */
  readonly pauseMs: number;
}

export const READ_DEFAULTS: ReadOptions = { maxBytes: 64 * 1024 * 1024, attempts: 5, pauseMs: 20 };

type Attempt = ReadResult | { readonly kind: 'torn' };

async function attempt(path: string, maxBytes: number): Promise<Attempt> {
  let handle: FileHandle;
  try {
    // Non-blocking: opening a FIFO would otherwise wait for a writer for ever.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return { kind: 'missing' };
    const reason =
      code === 'EACCES' || code === 'EPERM'
        ? 'permission'
        : code === 'EISDIR' || code === 'ELOOP' || code === 'ENOTDIR'
          ? 'not_a_file'
          : 'io';
    return { kind: 'failed', reason };
  }
  try {
    const before = await handle.stat({ bigint: true });
    if (!before.isFile()) return { kind: 'failed', reason: 'not_a_file' };
    if (before.size > BigInt(maxBytes)) return { kind: 'failed', reason: 'too_large' };
    const bytes = await handle.readFile();
    const after = await handle.stat({ bigint: true });
    const same =
      before.ino === after.ino &&
      before.size === after.size &&
      before.mtimeNs === after.mtimeNs &&
      before.ctimeNs === after.ctimeNs;
    if (!same || BigInt(bytes.length) !== after.size) return { kind: 'torn' };
    return { kind: 'version', bytes, mtime: Number(after.mtimeNs / 1_000_000n) / 1000 };
  } catch (error) {
    return {
      kind: 'failed',
      reason: (error as NodeJS.ErrnoException).code === 'EISDIR' ? 'not_a_file' : 'io',
    };
  } finally {
    await handle.close();
  }
}

/**
 * Reads one whole version of the file. The worker overwrites it in place, sometimes with two writes at once, so a read counts only
 * when nothing about the file changed meanwhile and a second read, a pause later, finds the same bytes. Bounded by
 * `attempts` and `pauseMs`; never throws.
 *
 * @param known the version read last: when the file still holds the same bytes, no second read is needed
 */
export async function readVersion(
  path: string,
  known: Buffer | undefined,
  options = READ_DEFAULTS,
): Promise<ReadResult> {
  let previous: Buffer | undefined = known;
  for (let i = 0; i < options.attempts; i += 1) {
    if (i > 0) await sleep(options.pauseMs);
    const result = await attempt(path, options.maxBytes);
    if (result.kind === 'missing' || result.kind === 'failed') return result;
    if (result.kind === 'version') {
      if (previous?.equals(result.bytes)) return result;
      previous = result.bytes;
    }
  }
  return { kind: 'failed', reason: 'changing' };
}
