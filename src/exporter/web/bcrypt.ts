import { parentPort, Worker } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

// A Prometheus needs one check, ever; the thread's memory is given back after it.
const IDLE_MS = 2_000;

/** What the thread does: it answers questions, one at a time. */
export function verifyPasswords(): void {
  parentPort?.on('message', ([password, hash]: [string, string]) => {
    parentPort?.postMessage(compareSync(password, hash));
  });
}

let worker: Worker | undefined;
let idle: NodeJS.Timeout | undefined;

/**
 * Compares a password with a bcrypt hash in a thread, so that scrapes and health checks go on meanwhile. The thread runs the program that
 * this process was started with, see main.ts. Calls must not overlap. Rejects where the thread ends.
 */
export async function compareInThread(password: string, hash: string): Promise<boolean> {
  clearTimeout(idle);
  worker ??= new Worker(process.argv[1] as string);
  const thread = worker;
  const answer = new Promise<boolean>((resolve, reject) => {
    thread.removeAllListeners().once('message', resolve).once('error', reject);
    thread.once('exit', () => {
      worker = undefined;
      reject(new Error('the thread ended'));
    });
    thread.postMessage([password, hash]);
  });
  return answer.finally(() => {
    idle = setTimeout(() => {
      worker = undefined;
      void thread.terminate();
    }, IDLE_MS).unref();
  });
}
