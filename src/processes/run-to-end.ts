import { ManagedProcess, type ProcessOptions } from './process.js';

/** How a program ended, and the last lines of its output. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Lines of output that are kept. */
const LAST_LINES = 8;

/** Runs a program to its end, or until the signal is aborted: it is stopped then, and the signal's reason is thrown. */
export async function runToEnd(options: ProcessOptions, signal?: AbortSignal): Promise<Ended> {
  signal?.throwIfAborted();
  const child = await ManagedProcess.start(options);
  const stop = () => void child.stop();
  signal?.addEventListener('abort', stop);
  // While it was started.
  if (signal?.aborted) stop();
  const { code } = await child.exited;
  signal?.removeEventListener('abort', stop);
  signal?.throwIfAborted();
  return { code, output: child.logs(LAST_LINES).trim() };
}
