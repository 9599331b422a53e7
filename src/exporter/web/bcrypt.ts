import { parentPort, Worker, workerData } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

/** What the thread does: it answers one question. */
export function verifyPassword(): void {
  const [password, hash] = workerData as [string, string];
  parentPort?.postMessage(compareSync(password, hash));
}

/**
 * Compares a password with a bcrypt hash in a thread, so that scrapes and health checks go on meanwhile. The thread runs the program that
 * this process was started with, see main.ts, and its memory is given back: a Prometheus needs one check, ever. Rejects where it fails.
 */
export function compareInThread(password: string, hash: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    new Worker(process.argv[1] as string, { workerData: [password, hash] })
      .once('message', resolve)
      .once('error', reject)
      .once('exit', () => reject(new Error('the thread ended')));
  });
}
