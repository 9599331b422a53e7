import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StateFileError } from './parse.js';

/** Why a read failed. `unlinked`: the file or its folder was deleted, but is still mounted here. */
type ReadFailure = 'changing' | 'io' | 'not_a_file' | 'permission' | 'timeout' | 'too_large' | 'unlinked';

/**
 * `version`: one whole version of the file; `bytes` is the same object as long as they are the same. `mtime`: Unix seconds. `fresh`: the file
 * was changed a moment ago, so that more changes may follow.
 */
export type ReadResult =
  | { readonly kind: 'version'; readonly bytes: Buffer; readonly mtime: number; readonly fresh?: boolean }
  | { readonly kind: 'missing'; readonly reason?: undefined }
  | Failed;

/** A read without a state. `size`: bytes. `reason`: also what the bytes themselves have, see StateFileError. */
export interface Failed {
  readonly kind: 'failed';
  readonly reason: ReadFailure | StateFileError['reason'];
  readonly size?: number | undefined;
}

/** Larger files are not read when nothing else is configured. Bytes. */
export const MAX_BYTES = 64 * 1024 * 1024;

// How often a file that changes while it is read is read again.
const ATTEMPTS = 16;
// Time between the two reads that must agree after a change: short, since both have to fall between two writes.
const SETTLE_MS = 2;
// Time after a read during which the file changed.
const RETRY_MS = 5;
// A file untouched for so long is at rest: the two reads need no time between them.
const AT_REST_MS = 200;
// The worker's bursts of writes, including those of a restart, last less than this.
const FRESH_MS = 1_000;
// Some writers delete the file before they write it again, or rename over it between open and fstat: look this often before believing it.
const GONE_ATTEMPTS = 3;
// Another write could leave the very same times behind while the file system's clock has not moved on: Linux counts in steps of 4 to 10 ms,
// FAT in steps of 2 s. As in git, times that are younger are not trusted.
const TRUSTED_MS = 3_000;

const isSameVersion = (a: BigIntStats, b: BigIntStats) =>
  (['ino', 'dev', 'size', 'mtimeNs', 'ctimeNs'] as const).every((field) => a[field] === b[field]);
const mtimeOf = (stats: BigIntStats) => Number(stats.mtimeNs / 1_000n) / 1e6;

/** Milliseconds since the file was changed in any way; negative when its clock is ahead of ours. */
const ageOf = ({ mtimeNs, ctimeNs }: BigIntStats, now: number) =>
  now - Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n);

const failed = (reason: ReadFailure, size?: number): Failed => ({ kind: 'failed', reason, size });
const NOTHING = Buffer.alloc(0);
const MISSING = { kind: 'missing', reason: undefined } as const;

const PERMISSION = ['EACCES', 'EPERM'];
const NOT_A_FILE = ['EISDIR', 'ELOOP', 'ENOTDIR', 'ENXIO'];

/** Whether the nearest folder above a missing file exists only as a mount of a folder that was deleted: then nothing can appear in it. */
async function isInDeletedFolder(path: string): Promise<boolean> {
  const folder = dirname(path);
  try {
    return (await stat(folder)).nlink === 0;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return isMissing && folder !== path && isInDeletedFolder(folder);
  }
}

/**
 * Reads whole versions of one file. The worker overwrites it in place, sometimes with two writes at once, so a read counts only when
 * nothing about the file changed meanwhile, and after a change a second read has to find the same bytes. A file that did not
 * change is not read at all. Calls must not overlap.
 */
export class StateFileReader {
  // Memory of a read whose bytes were known already, for the next one: no one else has it.
  #spare: Buffer = NOTHING;
  #last: { readonly bytes: Buffer; readonly stats: BigIntStats; readonly trusted: boolean } | undefined;

  /**
   * @param now epoch milliseconds
   * @param onCandidate called with what may become the next version, while the second read waits
   */
  constructor(
    private readonly path: string,
    private readonly maxBytes = MAX_BYTES,
    private readonly now = Date.now,
    private readonly onCandidate: (bytes: Buffer) => void = () => {},
  ) {}

  /** Reads the file. The number of attempts is bounded; the file system's own time is not. Never rejects. */
  async read(): Promise<ReadResult> {
    if (this.#last?.trusted) {
      // The attempt that follows finds the reason of an error.
      const stats = await stat(this.path, { bigint: true }).catch(() => undefined);
      const isSame = stats !== undefined && isSameVersion(stats, this.#last.stats);
      if (isSame) return { kind: 'version', bytes: this.#last.bytes, mtime: mtimeOf(stats) };
    }
    let candidate: Buffer | undefined;
    let pause: Promise<void> | undefined;
    for (let i = 0; i < ATTEMPTS; i += 1) {
      await pause;
      // Taken before the read: only a file that was left alone until then cannot change without changing its times.
      const time = this.now();
      const attempt = await this.#attempt();
      if ('kind' in attempt) {
        const isGone = attempt.kind === 'missing' && this.#last !== undefined;
        const mayComeBack = isGone || attempt.reason === 'unlinked';
        if (attempt.reason !== 'changing' && !(mayComeBack && i + 1 < GONE_ATTEMPTS)) {
          this.#last = undefined;
          return attempt;
        }
        [candidate, pause] = [undefined, sleep(RETRY_MS)];
        continue;
      }
      const { stats } = attempt;
      const age = ageOf(stats, time);
      const bytes = [this.#last?.bytes, candidate].find((known) => known?.equals(attempt.bytes));
      if (bytes !== undefined) {
        this.#spare = attempt.room;
        this.#last = { bytes, stats, trusted: age >= TRUSTED_MS };
        return { kind: 'version', bytes, mtime: mtimeOf(stats), fresh: age < FRESH_MS };
      }
      candidate = attempt.bytes;
      pause = age < AT_REST_MS ? sleep(SETTLE_MS) : undefined;
      this.onCandidate(candidate);
    }
    return failed('changing');
  }

  async #attempt() {
    let file: FileHandle | undefined;
    try {
      // Non-blocking: opening a FIFO would otherwise wait for a writer for ever.
      file = await open(this.path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      const before = await file.stat({ bigint: true });
      const size = Number(before.size);
      if (!before.isFile()) return failed('not_a_file');
      if (before.nlink === 0n) return failed('unlinked');
      if (size > this.maxBytes) return failed('too_large', size);
      // Room for a byte more, which shows that it has grown.
      const room = this.#spare.length > size ? this.#spare : Buffer.allocUnsafe(size + 1);
      this.#spare = NOTHING;
      const { bytesRead } = await file.read(room, 0, size + 1);
      const stats = await file.stat({ bigint: true });
      const isWhole = bytesRead === size && isSameVersion(before, stats);
      return isWhole ? { bytes: room.subarray(0, size), room, stats } : failed('changing');
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (PERMISSION.includes(code)) return failed('permission');
      if (NOT_A_FILE.includes(code)) return failed('not_a_file');
      if (code !== 'ENOENT') return failed('io');
      return (await isInDeletedFolder(this.path)) ? failed('unlinked') : MISSING;
    } finally {
      // There is no need to wait for it, and an error has no consequences.
      file?.close().catch(() => {});
    }
  }
}
