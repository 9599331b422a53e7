#!/usr/bin/env node
import { readFileSync, realpathSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { packageRoot } from '../package-root.js';
import { type Address, commandLine, type Flags } from './flags.js';
import { favourMemory, favourSpeed, favourSpeedFor } from './heap.js';
import { createLog, type Log } from './log.js';
import { Source, type SourceEvent } from './state-file/source.js';
import { WebAccess } from './web/access.js';
import { drain, exporterServer, renewCertificates } from './web/serve.js';

// Scrapes that take longer than Prometheus's usual timeout have lost their reader.
const DRAIN_MS = 10_000;

const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
  version: string;
};

function listen(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Tells of changes only: a file that cannot be read for a night is one line, not thousands. */
function tellOf(event: SourceEvent, log: Log): void {
  if (event.kind === 'failed') {
    log.warn('state file cannot be read', { reason: event.reason });
  } else if (event.kind === 'missing') {
    log.info('state file does not exist');
  } else {
    const { shape, totals, invalid, duplicates, overCap, badFields } = event.state;
    log.info('state file read', { shape, relays: totals.relays, pending: totals.pending });
    if (invalid + duplicates + overCap + badFields > 0) {
      log.warn('parts of the state file are left out', { invalid, duplicates, overCap, badFields });
    }
  }
}

async function serve(flags: Flags, stateFile: string, access: WebAccess, log: Log): Promise<number> {
  const source = new Source({
    path: stateFile,
    maxBytes: flags.maxBytes,
    maxRelays: flags.maxRelays,
    maxStaleMs: flags.maxStaleMs,
    relayLabels: flags.relayLabels,
    build: { version, node: process.versions.node },
    onEvent: (event) => tellOf(event, log),
    onVersion: ({ totals }) => favourSpeedFor(totals.relays),
    webConfigReloadSuccess: () => access.reloadSuccess,
  });
  const moreMetrics = flags.processMetrics
    ? (await import('./exposition/process-metrics.js')).processMetrics()
    : undefined;
  // Before anything listens: a signal that comes early must end the process in order as well.
  let isStopping = false;
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        isStopping = true;
        resolve(signal);
      });
    }
  });
  const servers: Server[] = [];
  const onWebConfig = (config: WebAccess['current']['config']) => {
    // Bcrypt without the optimizing compiler takes ten times as long.
    if (config.users !== undefined) favourSpeed();
    for (const server of servers) renewCertificates(server, config);
  };
  process.on('SIGHUP', () => void access.reload('SIGHUP', onWebConfig));

  log.info('starting', { version, node: process.versions.node, stateFile });
  for (const wanted of flags.addresses) {
    const server = await exporterServer({
      source,
      telemetryPath: flags.telemetryPath,
      version,
      access: () => access.current,
      maxRequests: flags.maxRequests,
      isStopping: () => isStopping,
      ...(moreMetrics === undefined ? {} : { moreMetrics }),
      onError: (error) => log.error('a request failed', { reason: (error as Error).name }),
    });
    try {
      await listen(server, wanted);
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
      log.error(`cannot listen on ${wanted.host}:${wanted.port}`, { reason });
      for (const open of servers) open.close();
      return 2;
    }
    servers.push(server);
  }
  onWebConfig(access.current.config);
  access.watch(onWebConfig);
  const tls = String(access.current.config.tls !== undefined);
  for (const server of servers) {
    const { address, family, port } = server.address() as AddressInfo;
    log.info('listening', {
      address: family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`,
      tls,
    });
  }
  log.info('stopping', { signal: await stopped });
  access.stop();
  await Promise.all(servers.map((server) => drain(server, DRAIN_MS)));
  return 0;
}

async function run(flags: Flags): Promise<number> {
  const log = createLog(flags.logFormat, flags.logLevel);
  let access: WebAccess;
  try {
    access = await WebAccess.open(flags.webConfigFile, log);
  } catch (error) {
    const { WebConfigError } = await import('./web/web-config.js');
    if (!(error instanceof WebConfigError)) throw error;
    for (const problem of error.message.split('\n')) log.error(problem);
    return error.unreadable ? 2 : 1;
  }
  if (flags.configCheck) {
    log.info('the flags and the web configuration are fine');
    return 0;
  }
  return serve(flags, flags.stateFile as string, access, log);
}

/** Runs the exporter until it is told to stop. Returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  try {
    await commandLine(version, async (flags) => {
      code = await run(flags);
    }).parseAsync([...argv]);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

const started = process.argv[1];
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) {
  favourMemory();
  // Not just the exit code: a read that hangs in the file system would keep the process.
  process.exit(await main(process.argv));
}
