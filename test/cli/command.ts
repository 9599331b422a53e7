import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiled } from '../compiled.js';

/** The checkout. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as a process of its own. `signal` ends it; the promise then rejects. */
export async function gatewayObservability(
  args: readonly string[],
  cwd = root,
  signal?: AbortSignal,
): Promise<Outcome> {
  const program = await compiled('src/cli/main.ts');
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [program, ...args],
      {
        cwd,
        env: { ...process.env, NO_COLOR: '1' },
        maxBuffer: 1 << 26,
        ...(signal === undefined ? {} : { signal }),
      },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      },
    );
  });
}
