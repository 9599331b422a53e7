import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { vi } from 'vitest';

/*
 * The exporter as a whole in the process of the test: its command line, its files, its server and its log. It is much cheaper than a process,
 * and takes part in `npm run mutate:code`. What only a process can show (signals, descriptors, the thread for passwords) is in the tests that start
 * one with exporter-process.ts.
 */

/** What the exporter waits for instead of the signals of the process. Kept outside of this module, which may be loaded again. */
interface Control {
  readonly stop: (signal: NodeJS.Signals) => void;
  readonly hangUp: () => void;
}
const controls = vi.hoisted(() => {
  const shared = globalThis as { exporterControls?: Control[] };
  shared.exporterControls ??= [];
  return shared.exporterControls;
});
vi.mock('../../src/exporter/signals.js', () => ({
  takeSignals: (hangUp: () => void) =>
    new Promise((stop) => {
      controls.push({ stop, hangUp });
    }),
}));

/** Takes what is written to standard error, until the function returned is called. */
export function takeStandardError(onText: (text: string) => void): () => void {
  const { fstatSync, writeSync } = fs;
  const write = process.stderr.write;
  const isFile = { isFIFO: () => false, isSocket: () => false };
  Object.assign(fs, {
    fstatSync: (...args: Parameters<typeof fstatSync>) => (args[0] === 2 ? isFile : fstatSync(...args)),
    writeSync: (fd: number, text: string) => {
      if (fd !== 2) return writeSync(fd, text);
      onText(text);
      return text.length;
    },
  });
  // Commander writes to the stream.
  process.stderr.write = (text: string | Uint8Array) => {
    onText(String(text));
    return true;
  };
  syncBuiltinESMExports();
  return () => {
    Object.assign(fs, { fstatSync, writeSync });
    process.stderr.write = write;
    syncBuiltinESMExports();
  };
}

/** An exporter that runs in this process. */
export interface ExporterHere {
  readonly url: string;
  /** Everything logged so far. */
  readonly log: () => string;
  readonly hangUp: () => void;
  /** Stops it; resolves with its exit code. */
  readonly stop: () => Promise<number>;
}

const running = new Set<ExporterHere>();

/** Stops what a test has left running. */
export const stopExportersHere = () => Promise.all([...running].map(({ stop }) => stop()));

/** Runs the exporter with these arguments until it ends; resolves with its exit code and what it logged. */
export async function runHere(args: readonly string[]): Promise<{ code: number; log: string }> {
  const { main } = await import('../../src/exporter/run.js');
  let log = '';
  const giveBack = takeStandardError((text) => {
    log += text;
  });
  try {
    return { code: await main(args), log };
  } finally {
    giveBack();
  }
}

/** Starts the exporter on a free loopback port; resolves once it listens, rejects with its log if it ends. One at a time. */
export async function startHere(args: readonly string[], address = '127.0.0.1:0'): Promise<ExporterHere> {
  const { main } = await import('../../src/exporter/run.js');
  let log = '';
  let onLine = () => {};
  const giveBack = takeStandardError((text) => {
    log += text;
    onLine();
  });
  // The configuration is looked at as long as the process lives.
  const timers: NodeJS.Timeout[] = [];
  const { setInterval } = globalThis;
  Object.assign(globalThis, {
    setInterval: (...timer: Parameters<typeof setInterval>) => {
      const made = setInterval(...timer);
      timers.push(made);
      return made;
    },
  });
  const before = controls.length;
  const ended = main(['--web.listen-address', address, ...args]).finally(() => {
    giveBack();
    for (const timer of timers) clearInterval(timer);
  });
  const listening = new Promise<string>((resolve) => {
    onLine = () => {
      const [, at, tls] = /listening"?[ ,]"?address"?[=:]"?([^\s"]+)"?[ ,]"?tls"?[=:]"?(\w+)/.exec(log) ?? [];
      if (at !== undefined)
        resolve(`${tls === 'true' ? 'https' : 'http'}://${at.replace('[::]', '127.0.0.1')}`);
    };
  });
  const early = ended.then((code) => Promise.reject(new Error(`the exporter ended with ${code}: ${log}`)));
  const url = await Promise.race([listening, early]).finally(() =>
    Object.assign(globalThis, { setInterval }),
  );
  early.catch(() => {});
  const exporter: ExporterHere = {
    url,
    log: () => log,
    hangUp: () => controls[before]?.hangUp(),
    stop: async () => {
      running.delete(exporter);
      controls[before]?.stop('SIGTERM');
      return ended;
    },
  };
  running.add(exporter);
  return exporter;
}
