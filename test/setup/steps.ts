import { spawn } from 'node:child_process';

/** A part of a test run: its name, and the command line for a shell. */
export type Step = readonly [name: string, command: string];

export interface Steps {
  /** Runs beside all others; what it prints is shown when it has ended. */
  readonly beside: Step;
  /** One after the other, until one fails. */
  readonly inOrder: readonly Step[];
}

/** Runs a command; resolves with its exit code, and with what it printed unless that is shown at once. */
function run(command: string, output: 'shown' | 'kept'): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const stdio = output === 'shown' ? 'inherit' : 'pipe';
    const child = spawn(command, { shell: true, stdio: ['inherit', stdio, stdio] });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (some: string) => {
        text += some;
      });
    child.once('error', reject);
    // A signal has no exit code.
    child.once('close', (code) => resolve({ code: code ?? 1, text }));
  });
}

/**
 * Runs the steps of a test run, on two cores in the time of the longer half.
 *
 * @param print takes one text after the other
 * @returns the names of the steps that failed
 */
export async function runSteps(
  { beside, inOrder }: Steps,
  print: (text: string) => void,
): Promise<readonly string[]> {
  const failed: string[] = [];
  const [name, command] = beside;
  const ended = run(command, 'kept').then(({ code, text }) => {
    print(`\n> ${name}: ${command}\n${text}`);
    if (code !== 0) failed.push(name);
  });
  for (const [name, command] of inOrder) {
    print(`\n> ${name}: ${command}\n`);
    const { code } = await run(command, 'shown');
    if (code === 0) continue;
    failed.push(name);
    break;
  }
  await ended;
  return failed;
}
