import { type BigIntStats, close, constants, fstat, open, read, stat } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Why a read failed: a bounded set, fit for a label. */
export type ReadFailure = 'not_a_file' | 'permission' | 'too_large' | 'changing' | 'io' | 'timeout';

/** One whole version of the file. */
export interface FileVersion {
  readonly kind: 'version';
  /** Valid until the next read. */
  readonly bytes: Buffer;
  /** Modification time, Unix seconds. */
  readonly mtime: number;
  /** True when the file was changed a moment ago, so that more changes may follow. */
  readonly fresh?: boolean;
  /** True when the bytes are those that `onCandidate` was told of. */
  readonly wasCandidate?: boolean;
}

export type ReadResult =
  | FileVersion
  /** The same bytes as the version read last. */
  | { readonly kind: 'unchanged'; readonly mtime: number; readonly fresh?: boolean }
  | { readonly kind: 'missing' }
  /** @param size bytes, where the size is the reason */
  | { readonly kind: 'failed'; readonly reason: ReadFailure; readonly size?: number };

export interface ReadOptions {
  /** Larger files are not read. Bytes. */
  readonly maxBytes: number;
  /** How often a file that changes while it is read is read again. */
  readonly attempts: number;
  /** Time between the two reads that must agree after a change, and between attempts. Milliseconds. */
  readonly settleMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export const READ_DEFAULTS: ReadOptions = {
  maxBytes: 64 * 1024 * 1024,
  attempts: 8,
  settleMs: 5,
  now: Date.now,
};

// A file untouched for so long is at rest: the two reads need no time between them.
const AT_REST_MS = 200;

// The worker's bursts of writes, a restart among them, last less than this.
const FRESH_MS = 1_000;

// Two writes within one tick of the file system's clock leave the same times behind. Linux ticks every 4 to 10 ms.
const TICK_MS = 100;
// FAT counts mtime in steps of 2 s; HFS+ and some network file systems in whole seconds.
const COARSE_TICK_MS = 3_000;

const openFile = promisify(open);
const readFile = promisify(read);
const statOpenFile = promisify<number, { bigint: true }, BigIntStats>(fstat);
const statFile = promisify<string, { bigint: true }, BigIntStats>(stat);

const isSameVersion = (a: BigIntStats, b: BigIntStats) =>
  a.ino === b.ino &&
  a.dev === b.dev &&
  a.size === b.size &&
  a.mtimeNs === b.mtimeNs &&
  a.ctimeNs === b.ctimeNs;

const mtimeOf = (stats: BigIntStats) => Number(stats.mtimeNs / 1_000n) / 1e6;

/** Milliseconds since the file was changed in any way; negative when its clock is ahead of ours. */
const ageOf = ({ mtimeNs, ctimeNs }: BigIntStats, now: number) =>
  now - Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n);

/** Whether another write could have left the very same times behind: as git does, such times are not trusted. */
function isAmbiguous(stats: BigIntStats, now: number): boolean {
  const isCoarse = stats.mtimeNs % 1_000_000n === 0n && stats.ctimeNs % 1_000_000n === 0n;
  return ageOf(stats, now) < (isCoarse ? COARSE_TICK_MS : TICK_MS);
}

type Attempt =
  | { readonly kind: 'read'; readonly bytes: Buffer; readonly stats: BigIntStats }
  | { readonly kind: 'torn' }
  | Exclude<ReadResult, FileVersion | { kind: 'unchanged' }>;

function failure(error: unknown): Attempt {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return { kind: 'missing' };
  if (code === 'EACCES' || code === 'EPERM') return { kind: 'failed', reason: 'permission' };
  if (code === 'EISDIR' || code === 'ELOOP' || code === 'ENOTDIR' || code === 'ENXIO') {
    return { kind: 'failed', reason: 'not_a_file' };
  }
  return { kind: 'failed', reason: 'io' };
}

/**
 * Reads whole versions of one file. The worker overwrites it in place, sometimes with two writes at once, so a read counts only when
 * nothing about the file changed meanwhile, and after a change a second read has to find the same bytes. A file that did not
 * change is not read at all. Calls must not overlap.
 */
export class StateFileReader {
  readonly #path: string;
  readonly #options: ReadOptions;
  #last: { readonly bytes: Buffer; readonly stats: BigIntStats; readonly trusted: boolean } | undefined;
  /** Memory that is free for the next reads: a file of some megabytes would otherwise leave that much garbage behind each time. */
  readonly #spare: Buffer[] = [];

  constructor(path: string, options: Partial<ReadOptions> = {}) {
    this.#path = path;
    this.#options = { ...READ_DEFAULTS, ...options };
  }

  /**
   * Reads the file. Bounded by `attempts` and `settleMs`, and by the file system's own time. Never rejects.
   *
   * @param onCandidate told of the bytes of the first read after a change, before the second read confirms them: the time
   *   between the two reads can be used to parse them. The bytes are reused after the call.
   */
  async read(onCandidate: (bytes: Buffer) => void = () => {}): Promise<ReadResult> {
    const { attempts, settleMs, now } = this.#options;
    const unchanged = await this.#unchanged();
    if (unchanged !== undefined) return unchanged;

    let candidate: Buffer | undefined;
    let isOffered = false;
    let readAt = 0;
    let atRest = false;
    for (let i = 0; i < attempts; i += 1) {
      const pause = settleMs - (performance.now() - readAt);
      if (i > 0 && !atRest && pause > 0) await sleep(pause);
      // Taken before the read: only a file that was left alone until then cannot change without changing its times.
      const time = now();
      const attempt = await this.#attempt();
      readAt = performance.now();
      if (attempt.kind === 'failed' || attempt.kind === 'missing') {
        this.#recycle(candidate);
        candidate = undefined;
        atRest = false;
        // Some writers delete the file before they write it anew: when it was there a scrape ago, look again.
        if (attempt.kind === 'missing' && this.#last !== undefined && i < 2) continue;
        this.forget();
        return attempt;
      }
      if (attempt.kind === 'torn') {
        this.#recycle(candidate);
        candidate = undefined;
        atRest = false;
        continue;
      }
      const { bytes, stats } = attempt;
      const seen = { mtime: mtimeOf(stats), fresh: ageOf(stats, time) < FRESH_MS };
      const trusted = !isAmbiguous(stats, time);
      if (this.#last?.bytes.equals(bytes) === true) {
        this.#recycle(candidate);
        this.#recycle(bytes);
        this.#last = { bytes: this.#last.bytes, stats, trusted };
        return { kind: 'unchanged', ...seen };
      }
      if (candidate?.equals(bytes) === true) {
        this.#recycle(candidate);
        this.#recycle(this.#last?.bytes);
        this.#last = { bytes, stats, trusted };
        return { kind: 'version', bytes, wasCandidate: isOffered, ...seen };
      }
      atRest = ageOf(stats, time) >= AT_REST_MS;
      // Once the file has proven to be busy, the second read has to come quickly; parsing can wait.
      isOffered = i === 0;
      if (isOffered) onCandidate(bytes);
      this.#recycle(candidate);
      candidate = bytes;
    }
    this.#recycle(candidate);
    return { kind: 'failed', reason: 'changing' };
  }

  /** Forgets the version read last. */
  forget(): void {
    this.#recycle(this.#last?.bytes);
    this.#last = undefined;
  }

  /** The answer for a file whose times prove that it did not change. */
  async #unchanged(): Promise<ReadResult | undefined> {
    if (this.#last?.trusted !== true) return undefined;
    try {
      const stats = await statFile(this.#path, { bigint: true });
      if (isSameVersion(stats, this.#last.stats)) return { kind: 'unchanged', mtime: mtimeOf(stats) };
    } catch {
      // The attempt that follows tells why.
    }
    return undefined;
  }

  async #attempt(): Promise<Attempt> {
    let file: number;
    try {
      // Non-blocking: opening a FIFO would otherwise wait for a writer for ever.
      file = await openFile(this.#path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    } catch (error) {
      return failure(error);
    }
    try {
      const before = await statOpenFile(file, { bigint: true });
      if (!before.isFile()) return { kind: 'failed', reason: 'not_a_file' };
      const size = Number(before.size);
      if (size > this.#options.maxBytes) return { kind: 'failed', reason: 'too_large', size };
      // One byte more than expected: a file that has grown betrays itself.
      const memory = this.#memory(size + 1);
      let length = 0;
      do {
        const { bytesRead } = await readFile(file, memory, length, size + 1 - length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      } while (length < size);
      const after = await statOpenFile(file, { bigint: true });
      if (length !== size || !isSameVersion(before, after)) {
        this.#recycle(memory);
        return { kind: 'torn' };
      }
      return { kind: 'read', bytes: memory.subarray(0, size), stats: after };
    } catch (error) {
      return failure(error);
    } finally {
      // Nobody has to wait for it, and nothing follows from an error.
      close(file, () => {});
    }
  }

  #memory(size: number): Buffer {
    const spare = this.#spare.pop();
    // A file that has shrunk for good must not hold on to the memory of the large one.
    return spare !== undefined && spare.byteLength >= size && spare.byteLength < 4 * size + 65_536
      ? spare.subarray(0, size)
      : Buffer.allocUnsafeSlow(size + (size >> 3));
  }

  /** Takes back memory that nobody reads any more. */
  #recycle(bytes: Buffer | undefined): void {
    if (bytes !== undefined && this.#spare.length < 2) this.#spare.push(Buffer.from(bytes.buffer));
  }
}
