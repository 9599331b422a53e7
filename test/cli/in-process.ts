import { vi } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
import type { ExitCode } from '../../src/cli/exit-code.js';
import { runCommandLine } from '../../src/cli/run.js';

export interface Ran {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

// `brief` turns an optimization off for the whole process, which other tests share.
const ours = commands.map(({ brief: _, ...command }) => command);

/** What something prints while it runs; `isTTY`: as on a terminal. */
export async function captured(work: () => Promise<ExitCode>, { isTTY = false } = {}): Promise<Ran> {
  const texts = { out: '', err: '' };
  const take = (name: 'out' | 'err') => (text: string | Uint8Array) => {
    texts[name] += String(text);
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(take('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(take('err')),
  ];
  const before = process.stdout.isTTY;
  process.stdout.isTTY = isTTY;
  try {
    return { code: await work(), ...texts };
  } finally {
    process.stdout.isTTY = before;
    for (const spy of spies) spy.mockRestore();
  }
}

/** Runs the command line in this process. */
export const run = (argv: readonly string[], options: { isTTY?: boolean } = {}): Promise<Ran> =>
  captured(() => runCommandLine(ours, ['node', 'gateway-observability', ...argv]), options);
