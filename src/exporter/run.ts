import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { CommanderError } from 'commander';
import { Exporter, version } from './exporter.js';
import { type Flags, parseFlags } from './flags.js';
import { flagsOfRunning, healthProblem } from './health-check.js';
import { createLog, type Log } from './log.js';
import { takeSignals } from './signals.js';
import type { Reading } from './state-file/state-file-source.js';
import { ActiveWebConfig } from './web/active-web-config.js';
import { Connections, MAX_CONNECTIONS } from './web/connections.js';
import { RequestHandler } from './web/requests.js';
import { drain, type Started, startServer } from './web/server.js';
import { WebConfigError } from './web/web-config.js';

/** Logs changes of the file's condition, so that a file that cannot be read all night is one line, not thousands. */
function fileLog(path: string, log: Log): (reading: Reading) => void {
  let [condition, leftOut] = ['', ''];
  return ({ state, failure, missing }) => {
    const found = failure ?? (missing ? 'missing' : 'read');
    log.debug('looked at the state file', { found });
    const isNew = found !== condition;
    condition = found;
    if (isNew && failure !== undefined) log.warn('state file cannot be read', { reason: failure });
    if (isNew && missing) {
      const folder = dirname(path);
      log.info('state file does not exist');
      if (!existsSync(folder)) log.warn('the folder of the state file does not exist', { folder });
    }
    if (failure !== undefined || state === undefined) return;
    const { shape, totals, badFields } = state;
    const pending = totals.byState.get('pending') ?? 0;
    if (isNew) log.info('state file read', { shape, relays: totals.relays, pending });
    const counts: Record<string, number> = { ...Object.fromEntries(state.leftOut), badFields };
    const kinds = Object.keys(counts)
      .filter((kind) => (counts[kind] ?? 0) > 0)
      .join();
    if (kinds !== leftOut && kinds !== '') log.warn('parts of the state file are left out', counts);
    leftOut = kinds;
  };
}

async function serve(flags: Flags, access: ActiveWebConfig, log: Log): Promise<number> {
  const stopped = takeSignals(() => void access.reload('SIGHUP'));
  const exporter = new Exporter({
    path: flags.stateFile,
    maxBytes: flags['stateFile.maxBytes'],
    maxRelays: flags['stateFile.maxRelays'],
    maxStaleMs: flags['stateFile.maxStale'] * 1000,
    relayLabels: flags.relayLabels,
    processMetrics: flags['collector.process'],
    onReading: fileLog(flags.stateFile, log),
    webConfigReloadSuccess: access.reloadSuccess,
  });
  log.info('starting', { version, node: process.versions.node, stateFile: flags.stateFile });
  const connections = new Connections((reason) =>
    log.warnLimited('connection limit reached', { reason, limit: MAX_CONNECTIONS }),
  );
  const shared = { exporter, access, connections, log, flags, isStopping: false };
  const { listener } = new RequestHandler(shared);
  const started: Started[] = [];
  for (const address of flags['web.listenAddress']) {
    const server = await startServer(address, listener, shared).catch(({ code }: NodeJS.ErrnoException) =>
      log.error(`cannot listen on ${address.text}`, { reason: code }),
    );
    if (!server) return 2;
    started.push(server);
  }
  const tls = String(access.config.tls !== undefined);
  for (const { address } of started) log.info('listening', { address, tls });
  const signal = await stopped;
  shared.isStopping = true;
  log.info('stopping', { signal });
  await drain(started, connections);
  if (exporter.source.isReading) {
    // Node.js waits for the threads of its file system calls when it exits, and this one may never end.
    log.error('the file system does not answer, killing the process');
    process.kill(process.pid, 'SIGKILL');
  }
  return 0;
}

/** Runs the exporter with these arguments until it is stopped. Resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let log: Log | undefined;
  try {
    const flags = parseFlags(args);
    if (flags.healthcheck) {
      const used = args.length === 1 ? flagsOfRunning() : flags;
      const problem = used === undefined ? 'no running exporter was found' : await healthProblem(used);
      if (problem !== undefined) process.stderr.write(`not healthy: ${problem}\n`);
      return problem === undefined ? 0 : 1;
    }
    log = createLog(flags['log.format'], flags['log.level']);
    const access = await ActiveWebConfig.open(flags['web.config.file'], log);
    if (!flags['config.check']) return await serve(flags, access, log);
    log.info('the flags and the web configuration are valid');
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof WebConfigError)) throw error;
    for (const problem of error.message.split('\n')) log?.error(problem);
    return error.unreadable ? 2 : 1;
  }
}
