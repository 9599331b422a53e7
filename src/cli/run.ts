import { CommanderError } from 'commander';
import type { Command } from './command.js';
import type { ExitCode } from './exit-code.js';
import { printError } from './output.js';
import { program } from './program.js';

/** Runs the command line of the commands. Returns the exit code; never throws for wrong input. */
export async function runCommandLine(
  commands: readonly Command[],
  argv: readonly string[],
): Promise<ExitCode> {
  let code: ExitCode = 0;
  const cli = program(commands, (result) => {
    code = result;
  });
  try {
    await cli.parseAsync([...argv]);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { isExpected } = await import('./errors.js');
    if (!isExpected(error)) throw error;
    printError(error.message);
    return 2;
  }
}
