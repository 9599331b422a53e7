import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiledCommandLine } from '../compiled.js';
import { type Outcome, outcomeOf } from '../outcome.js';

/** The checkout. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Runs the command line as a process of its own. `signal` ends it; the promise then rejects. */
export async function gatewayObservability(
  args: readonly string[],
  cwd = root,
  signal?: AbortSignal,
): Promise<Outcome> {
  const program = await compiledCommandLine();
  return outcomeOf(process.execPath, [program, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1' },
    ...(signal === undefined ? {} : { signal }),
  });
}
