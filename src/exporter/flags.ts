import { constants } from 'node:buffer';
import { isIPv6 } from 'node:net';
import { Command, InvalidArgumentError, Option } from 'commander';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from './log.js';
import { MAX_RELAYS } from './state-file/parse.js';
import { MAX_BYTES } from './state-file/read.js';
import { MAX_STALE_MS } from './state-file/state-file-source.js';

/** Where to listen. */
export interface Address {
  /** As it was typed, for messages. */
  readonly text: string;
  /** Addresses or a name, of which the first that the host has is used. Empty: every interface. */
  readonly hosts: readonly string[];
  readonly port: number;
}

/** The command line, validated, under the names that commander gives the options. */
export interface Flags {
  /** Undefined only with `config.check` or `healthcheck`. */
  readonly stateFile?: string;
  readonly 'stateFile.maxBytes': number;
  readonly 'stateFile.maxRelays': number;
  /** Milliseconds. */
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
  readonly healthcheck?: true;
}

/** Used without `--web.listen-address`. */
export const DEFAULT_ADDRESSES: readonly Address[] = [
  { text: '127.0.0.1:9797', hosts: ['127.0.0.1', '::1'], port: 9797 },
];

function address(text: string, earlier: readonly Address[] = []): readonly Address[] {
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s/]*)):(\d{1,5})$/.exec(text);
  const [, ipv6, host, digits] = match ?? [];
  if (match === null || Number(digits) > 65_535 || (ipv6 !== undefined && !isIPv6(ipv6))) {
    throw new InvalidArgumentError('expected host:port, for example 127.0.0.1:9797, [::1]:9797 or :9797');
  }
  // As in Prometheus's own tools, an empty host means every interface.
  const named = ipv6 ?? host ?? '';
  return [...earlier, { text, hosts: named === '' ? [] : [named], port: Number(digits) }];
}

function stateFile(text: string): string {
  if (text === '') throw new InvalidArgumentError('expected a path, found an empty string');
  return text;
}

function telemetryPath(text: string): string {
  if (/^\/[\w./-]+$/.test(text) && !text.startsWith('/-/')) return text;
  throw new InvalidArgumentError('expected a path such as /metrics, other than / and /-/...');
}

const integer = (least: number, most: number) => (text: string) => {
  if (/^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
  throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
};

const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const DAY_MS = 86_400_000;
const UNITS_MS = [365 * DAY_MS, 7 * DAY_MS, DAY_MS, 3_600_000, 60_000, 1_000, 1];
// What Prometheus can hold: 2^63 nanoseconds.
const MAX_DURATION_MS = 2 ** 63 / 1e6;

/** A duration as Prometheus writes it, in milliseconds. */
function milliseconds(text: string): number {
  const match = DURATION.exec(text === '0' ? '0s' : text);
  const sum = UNITS_MS.reduce((sum, unit, i) => sum + Number(match?.[i + 1] ?? 0) * unit, 0);
  if (text !== '' && match !== null && sum <= MAX_DURATION_MS) return sum;
  throw new InvalidArgumentError('expected a duration such as 500ms, 30s, 1h30m, 1d, or 0');
}

const STALE = 'how long the last good version is served while reads fail; 0 never serves it';
const LISTEN =
  'address to listen on, repeatable; :9797 is every interface (default: 127.0.0.1:9797, or [::1]:9797 without IPv4)';
const HEALTH =
  'ask the running exporter whether it is healthy, then exit; without other flags it uses those of the running exporter';
const HELP = `
Signals: SIGTERM and SIGINT stop the exporter after the scrapes in progress; SIGHUP reloads the web configuration.
Exit codes: 0 fine or healthy; 1 the web configuration is wrong, or not healthy; 2 wrong usage, an unreadable file
or an address that cannot be used.`;

/** The command line; `run` is called with its flags. Wrong usage throws a `CommanderError`. */
export function commandLine(version: string, run: (flags: Flags) => Promise<void>): Command {
  const command = new Command('pending-writes-exporter')
    .description("Prometheus exporter for a worker's pending-writes-state.json.")
    .version(version)
    .exitOverride()
    .allowExcessArguments(false)
    .option('--state-file <path>', "the worker's file; it need not exist yet (required)", stateFile)
    .option(
      '--state-file.max-bytes <bytes>',
      'larger files are not read',
      integer(1, constants.MAX_STRING_LENGTH),
      MAX_BYTES,
    )
    .option('--state-file.max-relays <number>', 'further relays have no series', integer(0, 1e9), MAX_RELAYS)
    .addOption(
      new Option('--state-file.max-stale <duration>', STALE)
        .argParser(milliseconds)
        .default(MAX_STALE_MS, '1m'),
    )
    .option('--no-relay-labels', 'only aggregates, no series per relay')
    .option('--collector.process', 'also metrics of the exporter process itself')
    .option('--web.listen-address <host:port>', LISTEN, address)
    .option('--web.telemetry-path <path>', 'path of the metrics', telemetryPath, '/metrics')
    .option('--web.config.file <path>', "TLS, passwords and rate limit, in exporter-toolkit's format")
    .option('--web.max-requests <number>', 'handled at the same time; 0 is no limit', integer(0, 1e9), 40)
    .addOption(new Option('--log.level <level>', 'how much is logged').choices(LOG_LEVELS).default('info'))
    .addOption(
      new Option('--log.format <format>', 'format of the log').choices(LOG_FORMATS).default('logfmt'),
    )
    .option('--config.check', 'check the flags and the web configuration, then exit')
    .option('--healthcheck', HEALTH)
    .addHelpText('after', HELP);
  return command.action((flags: Flags) => {
    if (flags.stateFile === undefined && !flags['config.check'] && !flags.healthcheck) {
      command.error("error: required option '--state-file <path>' not specified", { exitCode: 2 });
    }
    return run(flags);
  });
}
