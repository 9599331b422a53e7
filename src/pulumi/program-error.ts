import { RunError } from '@pulumi/pulumi';

/**
 * An error of which Pulumi shows only the message. It has no stack: Pulumi formats the stack of every error, also where it does not show it, and
 * Node.js 20 spends about fifteen seconds on one with frames in node_modules.
 */
export class ProgramError extends RunError {
  constructor(message: string) {
    super(message);
    this.stack = '';
  }
}
