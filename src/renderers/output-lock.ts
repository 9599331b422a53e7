import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../processes/lock.js';
import { OutputError } from './output-folder.js';

/** Where the lock of a folder lies while a run writes into it. */
export const LOCK = 'gateway-observability.lock';

/** The right to write into a folder. */
export interface FolderLock {
  /** Part of the names of this run's temporary files. */
  readonly id: string;
  /** The ids of runs that were killed before they could remove their temporary files. */
  readonly left: readonly string[];
  release(): void;
}

/**
 * Makes this process the only one that writes into a folder. The lock of a process that has died is taken over.
 *
 * @throws {OutputError} while another process holds it, and where it cannot be written
 */
export function lockFolder(folder: string): FolderLock {
  const file = join(folder, LOCK);
  const id = randomUUID();
  const left: string[] = [];
  for (;;) {
    try {
      writeFileSync(file, `${process.pid} ${id}\n`, { flag: 'wx' });
      return { id, left, release: () => rmSync(file, { force: true }) };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST') throw new OutputError(`${file}: cannot be written (${code})`);
    }
    const owner = ownerOf(file);
    if (owner === undefined) continue;
    if (owner.pid === undefined || isAlive(owner.pid)) {
      throw new OutputError(
        `${file}: another run is writing into this folder (process ${owner.pid ?? 'unknown'}); wait for it, or remove this file if there is none`,
      );
    }
    left.push(owner.id);
    // Renamed away first: of several processes that find a dead owner only one moves this very file.
    const dead = `${file}.${id}`;
    try {
      renameSync(file, dead);
      rmSync(dead, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** Undefined where the lock has just been released. */
function ownerOf(file: string): { pid: number | undefined; id: string } | undefined {
  try {
    const [, pid, id] = /^(\d+) ([0-9a-f-]{36})\n$/.exec(readFileSync(file, 'utf8')) ?? [];
    return { pid: pid === undefined ? undefined : Number(pid), id: id ?? '' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new OutputError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
