import { type ChildProcess, spawn } from 'node:child_process';
import { compiled } from '../compiled.js';
import { nodeForAnyUser } from '../node-for-any-user.js';

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
}

/** Starts the exporter on a free loopback port; resolves once it listens, rejects with its log if it ends. */
export async function startExporter(
  args: readonly string[],
  { uid, nodeFlags = [] }: StartOptions = {},
): Promise<RunningExporter> {
  const program = await compiled('src/exporter/main.ts');
  const child = spawn(
    uid === undefined ? process.execPath : await nodeForAnyUser(),
    [...nodeFlags, program, '--web.listen-address', '127.0.0.1:0', ...args],
    { stdio: ['ignore', 'ignore', 'pipe'], ...(uid === undefined ? {} : { uid }) },
  );
  started.add(child);
  let log = '';
  return new Promise((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      const [, address, tls] = /msg=listening address=(\S+) tls=(\w+)/.exec(log) ?? [];
      if (address !== undefined) {
        resolve({
          url: `${tls === 'true' ? 'https' : 'http'}://${address}`,
          pid: child.pid as number,
          log: () => log,
          signal: (signal) => child.kill(signal),
          stop: (signal = 'SIGTERM') => ended(child, signal),
        });
      }
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      started.delete(child);
      reject(new Error(`the exporter ended with ${code}: ${log}`));
    });
  });
}
