import { constants } from 'node:buffer';
import { isIPv6 } from 'node:net';
import { Command, InvalidArgumentError, Option } from 'commander';
import { seconds, wholeNumber } from '../terminal/option-values.js';
import { version } from './exporter.js';
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
  /** Empty only with `config.check` or `healthcheck`. */
  readonly stateFile: string;
  readonly 'stateFile.maxBytes': number;
  readonly 'stateFile.maxRelays': number;
  /** Seconds. */
  readonly 'stateFile.maxStale': number;
  readonly relayLabels: boolean;
  readonly 'collector.process'?: true;
  /** At least one. */
  readonly 'web.listenAddress': readonly Address[];
  readonly 'web.telemetryPath': string;
  readonly 'web.config.file'?: string;
  readonly 'web.maxRequests': number;
  readonly 'log.level': LogLevel;
  readonly 'log.format': LogFormat;
  readonly 'config.check'?: true;
  readonly healthcheck?: true;
}

function address(text: string, earlier: readonly Address[] = []): readonly Address[] {
  const [, ipv6, host, port] = /^(?:\[([^\]]+)\]|([^:[\]\s/]*)):(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535 || (ipv6 !== undefined && !isIPv6(ipv6))) {
    throw new InvalidArgumentError('expected host:port, for example 127.0.0.1:9797, [::1]:9797 or :9797');
  }
  // As in Prometheus's own tools, an empty host means every interface.
  return [
    ...earlier,
    { text, hosts: [ipv6 ?? host ?? ''].filter((name) => name !== ''), port: Number(port) },
  ];
}

const matching = (pattern: RegExp, expected: string) => (text: string) => {
  if (pattern.test(text)) return text;
  throw new InvalidArgumentError(`expected ${expected}`);
};
const path = matching(/./s, 'a path, found an empty string');
const telemetryPath = matching(/^\/(?!-\/)[\w./-]+$/, 'a path such as /metrics, other than / and /-/...');
const STALE = 'how long the last good version is served while reads fail; 0 never serves it';
const LISTEN =
  'address to listen on, repeatable; :9797 is every interface (default: 127.0.0.1:9797, or [::1]:9797 without IPv4)';
const HEALTH =
  'ask the running exporter whether it is healthy, then exit; without other flags it uses those of the running exporter';
const HELP = `
Signals: SIGTERM and SIGINT stop the exporter after the scrapes in progress; SIGHUP reloads the web configuration.
Exit codes: 0 fine or healthy; 1 the web configuration is wrong, or not healthy; 2 wrong usage, an unreadable file
or an address that cannot be used.`;

/** Reads the arguments of a command line. Wrong usage throws a `CommanderError`, and so do `--help` and `--version`. */
export function parseFlags(args: readonly string[]): Flags {
  const command = new Command('pending-writes-exporter')
    .description("Prometheus exporter for a worker's pending-writes-state.json.")
    .version(version)
    .exitOverride()
    .allowExcessArguments(false)
    .option('--state-file <path>', "the worker's file; it need not exist yet (required)", path)
    .option(
      '--state-file.max-bytes <bytes>',
      'larger files are not read',
      wholeNumber(1, constants.MAX_STRING_LENGTH),
      MAX_BYTES,
    )
    .option(
      '--state-file.max-relays <number>',
      'further relays have no series',
      wholeNumber(0, 1e9),
      MAX_RELAYS,
    )
    .addOption(
      new Option('--state-file.max-stale <duration>', STALE)
        .argParser(seconds)
        .default(MAX_STALE_MS / 1000, '1m'),
    )
    .option('--no-relay-labels', 'only aggregates, no series per relay')
    .option('--collector.process', 'also metrics of the exporter process itself')
    .option('--web.listen-address <host:port>', LISTEN, address)
    .option('--web.telemetry-path <path>', 'path of the metrics', telemetryPath, '/metrics')
    .option('--web.config.file <path>', "TLS, passwords and rate limit, in exporter-toolkit's format")
    .option('--web.max-requests <number>', 'handled at the same time; 0 is no limit', wholeNumber(0, 1e9), 40)
    .addOption(new Option('--log.level <level>', 'how much is logged').choices(LOG_LEVELS).default('info'))
    .addOption(new Option('--log.format <format>', 'its format').choices(LOG_FORMATS).default('logfmt'))
    .option('--config.check', 'check the flags and the web configuration, then exit')
    .option('--healthcheck', HEALTH)
    .addHelpText('after', HELP)
    .parse(args, { from: 'user' });
  const local = { text: '127.0.0.1:9797', hosts: ['127.0.0.1', '::1'], port: 9797 };
  const flags = {
    stateFile: '',
    'web.listenAddress': [local],
    ...(command.opts() as Partial<Flags>),
  } as Flags;
  if (flags.stateFile === '' && !flags['config.check'] && !flags.healthcheck) {
    command.error("error: required option '--state-file <path>' not specified", { exitCode: 2 });
  }
  return flags;
}
