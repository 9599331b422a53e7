import { parentPort, Worker } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

// A Prometheus needs one check, ever; the thread's memory is given back after it.
const IDLE_MS = 2_000;

interface Question {
  readonly password: string;
  readonly hash: string;
}

/** What the thread does: it answers questions, one at a time. */
export function verifyPasswords(): void {
  parentPort?.on('message', ({ password, hash }: Question) => {
    parentPort?.postMessage(compareSync(password, hash));
  });
}

let worker: Worker | undefined;
let idle: NodeJS.Timeout | undefined;

function stop(): void {
  void worker?.terminate();
  worker = undefined;
}

/**
 * Compares a password with a bcrypt hash in a thread, so that scrapes and health checks go on meanwhile. The thread runs the program that
 * this process was started with, see main.ts. Calls must not overlap. Rejects where the thread ends.
 */
export async function compareInThread(password: string, hash: string): Promise<boolean> {
  clearTimeout(idle);
  const thread = worker ?? new Worker(process.argv[1] as string);
  worker = thread;
  try {
    return await new Promise<boolean>((resolve, reject) => {
      thread.removeAllListeners().once('message', resolve).once('error', reject);
      thread.once('exit', () => reject(new Error('the thread ended')));
      thread.postMessage({ password, hash } satisfies Question);
    });
  } catch (error) {
    worker = undefined;
    throw error;
  } finally {
    idle = setTimeout(stop, IDLE_MS).unref();
  }
}
