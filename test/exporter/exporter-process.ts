import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { buildExporter } from '../../deploy/build-exporter.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { nodeForAnyUser } from '../node-for-any-user.js';

let built: Promise<string> | undefined;

/** The exporter as it is published: one file, built once per process. */
export function builtExporter(): Promise<string> {
  built ??= (async () => {
    const folder = temporaryFolder('built-exporter').path;
    // Tests run it as other users as well.
    chmodSync(folder, 0o755);
    const file = join(folder, 'pending-writes-exporter.cjs');
    await buildExporter(file);
    return file;
  })();
  return built;
}

/** A running exporter. */
export interface RunningExporter {
  readonly url: string;
  readonly pid: number;
  /** Everything logged so far. */
  readonly log: () => string;
  /** Sends a signal that does not end it. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Sends a signal (SIGTERM by default) and waits for the end; resolves with the exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

const started = new Set<ChildProcess>();

/** Stops every exporter a test left running. */
export async function stopExporters(): Promise<void> {
  await Promise.all([...started].map((child) => ended(child, 'SIGKILL')));
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      started.delete(child);
      resolve(child.exitCode);
      return;
    }
    child.once('exit', (code) => {
      started.delete(child);
      resolve(code);
    });
    child.kill(signal);
  });
}

export interface StartOptions {
  /** User to run as; needs root. */
  readonly uid?: number;
  /** The flags of Node.js itself. */
  readonly nodeFlags?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Given instead of a free loopback port. */
  readonly address?: string;
  readonly cwd?: string;
  /** The file itself is the program, as with npx: it chooses the flags of Node.js. */
  readonly isProgram?: true;
}

/** Starts the built exporter on a free loopback port; resolves once it listens, rejects with its log if it ends. */
export async function startExporter(
  args: readonly string[],
  { uid, nodeFlags = [], env, address = '127.0.0.1:0', cwd, isProgram }: StartOptions = {},
): Promise<RunningExporter> {
  const program = [...nodeFlags, await builtExporter(), '--web.listen-address', address, ...args];
  const node = uid === undefined ? process.execPath : await nodeForAnyUser();
  const [command, ...words] = isProgram ? program : [node, ...program];
  const child = spawn(command as string, words, {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(uid === undefined ? {} : { uid }),
    ...(env === undefined ? {} : { env: { ...process.env, ...env } }),
    ...(cwd === undefined ? {} : { cwd }),
  });
  started.add(child);
  let log = '';
  return new Promise((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      const [, listening, tls] = /msg=listening address=(\S+) tls=(\w+)/.exec(log) ?? [];
      if (listening !== undefined) {
        const reachable = listening.replace('[::]', '127.0.0.1').replace('0.0.0.0', '127.0.0.1');
        resolve({
          url: `${tls === 'true' ? 'https' : 'http'}://${reachable}`,
          pid: child.pid as number,
          log: () => log,
          signal: (signal) => child.kill(signal),
          stop: (signal = 'SIGTERM') => ended(child, signal),
        });
      }
    });
    child.once('error', reject);
    // Not before its output is complete.
    child.once('close', (code) => {
      started.delete(child);
      reject(new Error(`the exporter ended with ${code}: ${log}`));
    });
  });
}
