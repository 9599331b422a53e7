#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { version } from '../version.js';
import { exporterServer } from './serve.js';
import { Source } from './source.js';

interface Options {
  readonly stateFile: string;
  readonly 'web.listenAddress': readonly Address[];
  readonly 'web.telemetryPath': string;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Structured log lines on standard error; nothing of the file's contents, no ids. */
const log = (
  level: 'info' | 'error',
  message: string,
  fields: Readonly<Record<string, string | number>> = {},
) => {
  const pairs = Object.entries({ ts: new Date().toISOString(), level, msg: message, ...fields });
  const text = pairs.map(
    ([key, value]) => `${key}=${/[\s"=]/.test(String(value)) ? JSON.stringify(value) : value}`,
  );
  process.stderr.write(`${text.join(' ')}\n`);
};

function address(text: string, earlier: readonly Address[] | undefined): readonly Address[] {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new InvalidArgumentError('expected host:port, for example 127.0.0.1:9797 or [::1]:9797');
  }
  // As in Prometheus's own tools, an empty host means every interface.
  return [...(earlier ?? []), { host: match[1] ?? (match[2] === '' ? '::' : (match[2] as string)), port }];
}

function path(text: string): string {
  if (!/^\/[\w./-]*$/.test(text) || text === '/' || text.startsWith('/-/')) {
    throw new InvalidArgumentError('expected a path such as /metrics, other than / and /-/...');
  }
  return text;
}

function listen(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}

async function run(options: Options): Promise<number> {
  const source = new Source({ path: options.stateFile });
  const telemetryPath = options['web.telemetryPath'];
  const addresses = options['web.listenAddress'] ?? [{ host: '127.0.0.1', port: 9797 }];
  // Before anything listens: a signal that comes early must end the process in order as well.
  const stopped = new Promise<NodeJS.Signals>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  const servers: Server[] = [];
  for (const wanted of addresses) {
    const server = exporterServer(source, telemetryPath);
    try {
      await listen(server, wanted);
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
      log('error', `cannot listen on ${wanted.host}:${wanted.port}`, { reason });
      for (const open of servers) open.close();
      return 2;
    }
    servers.push(server);
  }
  for (const server of servers) {
    const { address, family, port } = server.address() as AddressInfo;
    log('info', 'listening', { address: family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}` });
  }
  log('info', 'stopping', { signal: await stopped });
  // Scrapes under way are answered; connections kept alive without a request are closed.
  await Promise.all(
    servers.map(
      (server) =>
        new Promise((resolve) => {
          server.close(resolve);
          server.closeIdleConnections();
        }),
    ),
  );
  return 0;
}

/** Runs the exporter until it is told to stop. Returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const command = new Command('pending-writes-exporter')
    .description("Prometheus exporter for a worker's pending-writes-state.json.")
    .version(version)
    .exitOverride()
    .requiredOption('--state-file <path>', "the worker's pending-writes-state.json; it need not exist yet")
    .option(
      '--web.listen-address <host:port>',
      'address to listen on, repeatable (default: 127.0.0.1:9797; :9797 opens it to every interface)',
      address,
    )
    .option('--web.telemetry-path <path>', 'path of the metrics', path, '/metrics')
    .action(async (options: Options) => {
      code = await run(options);
    });
  try {
    await command.parseAsync([...argv]);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

const started = process.argv[1];
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv);
}
