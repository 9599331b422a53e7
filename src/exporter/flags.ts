import { Command, InvalidArgumentError, Option } from 'commander';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from './log.js';
import { MAX_RELAYS } from './state-file/parse.js';
import { READ_DEFAULTS } from './state-file/read.js';

/** Where to listen. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What the command line says, checked. */
export interface Flags {
  /** Undefined only together with `configCheck`. */
  readonly stateFile: string | undefined;
  readonly maxBytes: number;
  readonly maxRelays: number;
  readonly maxStaleMs: number;
  readonly relayLabels: boolean;
  readonly processMetrics: boolean;
  readonly addresses: readonly Address[];
  readonly telemetryPath: string;
  readonly webConfigFile: string | undefined;
  readonly maxRequests: number;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly configCheck: boolean;
}

/** As commander names the options: camel case, but for what is before the dot. */
interface RawFlags {
  readonly stateFile?: string;
  readonly 'stateFile.maxBytes': number;
  readonly 'stateFile.maxRelays': number;
  readonly 'stateFile.maxStale': number;
  readonly relayLabels: boolean;
  readonly 'collector.process'?: true;
  readonly 'web.listenAddress'?: readonly Address[];
  readonly 'web.telemetryPath': string;
  readonly 'web.config.file'?: string;
  readonly 'web.maxRequests': number;
  readonly 'log.level': LogLevel;
  readonly 'log.format': LogFormat;
  readonly 'config.check'?: true;
}

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

function whole(least: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d{1,15}$/.test(text) || value < least) {
      throw new InvalidArgumentError(`expected a whole number, ${least} or greater`);
    }
    return value;
  };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

function milliseconds(text: string): number {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text);
  if (text !== '0' && match === null) {
    throw new InvalidArgumentError('expected a duration such as 500ms, 30s, 2m, or 0');
  }
  return match === null ? 0 : Number(match[1]) * (UNITS[match[2] as string] as number);
}

const LOOPBACK: readonly Address[] = [{ host: '127.0.0.1', port: 9797 }];

/** The command line; `run` is called with what it says. Wrong usage throws a `CommanderError`. */
export function commandLine(version: string, run: (flags: Flags) => Promise<void>): Command {
  const command = new Command('pending-writes-exporter')
    .description("Prometheus exporter for a worker's pending-writes-state.json.")
    .version(version)
    .exitOverride()
    .allowExcessArguments(false)
    .option('--state-file <path>', "the worker's pending-writes-state.json; it need not exist yet (required)")
    .addOption(
      new Option('--state-file.max-bytes <bytes>', 'larger files are not read')
        .argParser(whole(1))
        .default(READ_DEFAULTS.maxBytes),
    )
    .addOption(
      new Option('--state-file.max-relays <number>', 'relays beyond it get no series of their own')
        .argParser(whole(0))
        .default(MAX_RELAYS),
    )
    .addOption(
      new Option(
        '--state-file.max-stale <duration>',
        'how long the last good version is served while reads fail; 0 never serves it',
      )
        .argParser(milliseconds)
        .default(60_000, '1m'),
    )
    .option('--no-relay-labels', 'only aggregates, no series of a single relay')
    .option('--collector.process', 'also the metrics of the process itself')
    .option(
      '--web.listen-address <host:port>',
      'address to listen on, repeatable (default: 127.0.0.1:9797; :9797 opens it to every interface)',
      address,
    )
    .option('--web.telemetry-path <path>', 'path of the metrics', path, '/metrics')
    .option('--web.config.file <path>', "TLS and passwords, in exporter-toolkit's format")
    .addOption(
      new Option('--web.max-requests <number>', 'requests worked on at the same time; 0 is no limit')
        .argParser(whole(0))
        .default(40),
    )
    .addOption(new Option('--log.level <level>', 'how much is told').choices(LOG_LEVELS).default('info'))
    .addOption(new Option('--log.format <format>', 'form of the log').choices(LOG_FORMATS).default('logfmt'))
    .option('--config.check', 'check the flags and the web configuration, and end')
    .addHelpText(
      'after',
      '\nSignals: SIGTERM and SIGINT end it after the scrapes under way, SIGHUP reloads the web configuration.\n' +
        'Exit codes: 0 fine, 1 the web configuration is wrong, 2 wrong usage, an unreadable file or a taken address.',
    );
  return command.action(async (raw: RawFlags) => {
    const configCheck = raw['config.check'] === true;
    if (raw.stateFile === undefined && !configCheck) {
      command.error("error: required option '--state-file <path>' not specified", { exitCode: 2 });
    }
    await run({
      stateFile: raw.stateFile,
      maxBytes: raw['stateFile.maxBytes'],
      maxRelays: raw['stateFile.maxRelays'],
      maxStaleMs: raw['stateFile.maxStale'],
      relayLabels: raw.relayLabels,
      processMetrics: raw['collector.process'] === true,
      addresses: raw['web.listenAddress'] ?? LOOPBACK,
      telemetryPath: raw['web.telemetryPath'],
      webConfigFile: raw['web.config.file'],
      maxRequests: raw['web.maxRequests'],
      logLevel: raw['log.level'],
      logFormat: raw['log.format'],
      configCheck,
    });
  });
}
