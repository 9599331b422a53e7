import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a child process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
  /** Name for messages: `prometheus`, `exporter`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Whether the program talks through file descriptors 3 (it reads) and 4 (it writes). */
  readonly withChannel?: boolean;
}

/** Lines of output kept for messages. */
const LOG_LINES = 400;

/** A child process that does not outlive this process. */
export class ManagedProcess {
  readonly name: string;
  readonly pid: number;
  /** Resolves when the process has ended. Never rejects. */
  readonly exited: Promise<Exit>;
  #exit: Exit | undefined;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];

  private constructor(name: string, pid: number, child: ChildProcess) {
    this.name = name;
    this.pid = pid;
    this.#child = child;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#exit = { code, signal };
        running.delete(this);
        resolve(this.#exit);
      });
    });
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        this.#lines.push(...lines);
        this.#lines.splice(0, this.#lines.length - LOG_LINES);
      });
    }
  }

  /** Starts a program. Rejects when it cannot be started at all. */
  static start(options: ProcessOptions): Promise<ManagedProcess> {
    return new Promise((resolve, reject) => {
      const child = spawn(options.command, options.args, {
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        ...(options.env === undefined ? {} : { env: options.env }),
        stdio: [
          'ignore',
          'pipe',
          'pipe',
          ...(options.withChannel === true ? (['pipe', 'pipe'] as const) : []),
        ],
        // A separate process group: Ctrl-C reaches this process only, which then stops the children in order, and a
        // child's own children are stopped with it.
        detached: true,
      });
      child.once('error', (error) => {
        reject(new Error(`${options.name}: ${options.command} could not be started: ${error.message}`));
      });
      child.once('spawn', () => {
        const started = new ManagedProcess(options.name, child.pid as number, child);
        running.add(started);
        installExitHandlers();
        resolve(started);
      });
    });
  }

  /** How the process ended, or undefined while it runs. */
  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** The streams of a program that was started with a channel: what it reads, and what it writes. */
  get channel(): { readonly input: Writable; readonly output: Readable } {
    const [, , , input, output] = this.#child.stdio;
    if (!input || !output) throw new TypeError(`${this.name} was started without a channel`);
    return { input: input as Writable, output: output as Readable };
  }

  /** The last lines of output, standard output and error mixed as they came. */
  logs(lines = LOG_LINES): string {
    return this.#lines.slice(-lines).join('\n');
  }

  /** Sends a signal to the process and its own children. Does nothing once it has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.#exit !== undefined) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // It ended in this instant.
    }
  }

  /** Asks the process to end, and ends it by force after `graceMs`. Resolves when it is gone. */
  async stop(graceMs = 5_000): Promise<Exit> {
    this.signal('SIGTERM');
    const grace = new AbortController();
    const stillRunning = sleep(graceMs, 'still running' as const, { signal: grace.signal }).catch(
      () => undefined,
    );
    if ((await Promise.race([this.exited, stillRunning])) === 'still running') this.signal('SIGKILL');
    grace.abort();
    const exit = await this.exited;
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
    return exit;
  }
}

const running = new Set<ManagedProcess>();
const exitHandlers = new Set<() => void>();
let watching = false;

/** What the user or the system ends a program with. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs something synchronous, once, when this process ends in any way but SIGKILL. Returns a way to call it off. */
export function onProcessEnd(ending: () => void): () => void {
  exitHandlers.add(ending);
  installExitHandlers();
  return () => exitHandlers.delete(ending);
}

function installExitHandlers(): void {
  if (watching) return;
  watching = true;
  // Also after an uncaught error and process.exit(); nothing asynchronous can run any more.
  process.on('exit', runExitHandlers);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function onSignal(signal: NodeJS.Signals): void {
  // Whoever else handles the signal also decides how to end; `exit` above is the safety net.
  if (process.listenerCount(signal) > 1) return;
  runExitHandlers();
  // Without our handler the signal does what it does by default, so the parent sees how we ended.
  process.removeListener(signal, onSignal);
  process.kill(process.pid, signal);
}

function runExitHandlers(): void {
  for (const child of running) child.signal('SIGKILL');
  for (const ending of exitHandlers) {
    try {
      ending();
    } catch {
      // The others still get their turn.
    }
  }
  exitHandlers.clear();
}

export interface WaitOptions {
  /** What is waited for; completes "timed out waiting for …". */
  readonly what: string;
  readonly timeoutMs: number;
  readonly everyMs?: number;
  /** Waiting ends with an error as soon as one of these has ended. */
  readonly alive?: readonly ManagedProcess[];
  readonly signal?: AbortSignal;
}

/**
 * Waits until `condition` gives something other than undefined or false, and returns it. A condition that throws
 * counts as not met; its last error is reported when the time is up.
 */
export async function waitFor<T>(
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  { what, timeoutMs, everyMs = 100, alive = [], signal }: WaitOptions,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let reason = '';
  for (;;) {
    for (const child of alive) {
      if (child.exit !== undefined) {
        throw new Error(
          `${child.name} exited (${child.exit.signal ?? `exit code ${child.exit.code}`}) while waiting for ${what}; its last output:\n${child.logs(15)}`,
        );
      }
    }
    try {
      const result = await condition();
      if (result !== undefined && result !== false) return result;
    } catch (error) {
      reason = `; last error: ${(error as Error).message}`;
    }
    if (Date.now() >= deadline) {
      const logs = alive.map((child) => `\nlast output of ${child.name}:\n${child.logs(15)}`).join('');
      throw new Error(`timed out waiting for ${what} after ${timeoutMs / 1000} s${reason}${logs}`);
    }
    await sleep(everyMs, undefined, signal === undefined ? {} : { signal });
  }
}

/** Lets a server listen on a port of 127.0.0.1, a free one by default, and returns the port. Rejects where it cannot. */
export function listenOnLoopback(server: Server, port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** A TCP port of 127.0.0.1 that is free at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenOnLoopback(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const ATTEMPTS = 5;

/**
 * Starts something on a free port of 127.0.0.1. Where another program takes the port first, it is started again on another one, up to five
 * times in all. Rejects as `start` does.
 */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      const isTaken = /address already in use|EADDRINUSE/i.test((error as Error).message);
      if (!isTaken || attempt === ATTEMPTS) throw error;
    }
  }
}
