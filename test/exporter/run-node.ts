import { execFile } from 'node:child_process';

/** Runs Node.js to its end; resolves with its exit code, and with what it printed. */
export function runNode(
  args: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}
