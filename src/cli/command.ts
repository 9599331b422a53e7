import type { ExitCode } from './exit-code.js';
import type { Inputs, Values } from './input.js';

/** What a command gets to run with. */
export interface Context<A extends Inputs, O extends Inputs> {
  readonly args: Values<A>;
  readonly options: Values<O>;
}

/** A command as data, and what it does. */
export interface Command<A extends Inputs = Inputs, O extends Inputs = Inputs> {
  readonly name: string;
  readonly description: string;
  /** In the order in which they are given. */
  readonly args: A;
  readonly options: O;
  /** Shown below the options by `--help`. */
  readonly help?: string;
  /** Whether the work usually takes less than a second of processor time. */
  readonly brief?: true;
  /**
   * Does the work. Modules that only the work needs are imported here and not at the top of the file: every command's file is
   * loaded for `--help`.
   *
   * @throws an error that `errors.ts` lists for input that cannot be used; its message is printed, and the exit code is 2
   */
  readonly run: (context: Context<A, O>) => Promise<ExitCode>;
}

/** Defines a command. The types of the values that `run` gets follow from the arguments and options. */
export function defineCommand<const A extends Inputs, const O extends Inputs>(
  command: Command<A, O>,
): Command {
  // Values are read by the command's own inputs, so that `run` only ever gets what it declares.
  return command as unknown as Command;
}
