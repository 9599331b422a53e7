import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether a process with this id exists, owned by any user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Runs `work` while holding a lock that other processes respect. The lock is a file that names its owner's process
 * id; one whose owner has died is taken over. Two waiters may, in the instant of taking over a dead owner's lock,
 * both get in: what is done under the lock must therefore end in an atomic step such as a rename.
 *
 * @param timeoutMs throws after waiting this long for a living owner
 */
export async function withLock<T>(file: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const own = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(own, `${process.pid}\n`);
  const deadline = Date.now() + timeoutMs;
  try {
    while (!(await acquired(own, file))) {
      const owner = Number(await readFile(file, 'utf8').catch(() => ''));
      if (owner > 0 && !isAlive(owner)) {
        // Renamed away, not removed: of several waiters only one moves this very file.
        await rename(file, `${own}.dead`).catch(() => {});
        await rm(`${own}.dead`, { force: true });
        continue;
      }
      if (Date.now() > deadline) {
        throw new Error(
          `${file}: held by process ${owner} for more than ${timeoutMs / 1000} s; if it hangs, stop it`,
        );
      }
      await sleep(100);
    }
    try {
      return await work();
    } finally {
      await rm(file, { force: true });
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** A hard link appears with its content in one step, so a lock is never read without its owner. */
async function acquired(own: string, file: string): Promise<boolean> {
  try {
    await link(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
