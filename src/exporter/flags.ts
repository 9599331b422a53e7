import { constants } from 'node:buffer';
import { isIPv6 } from 'node:net';
import * as commander from 'commander';
import { seconds, wholeNumber } from '../terminal/option-values.js';
import { version } from './exporter.js';
import { LOG_FORMATS, LOG_LEVELS } from './log.js';
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

// The same classes, with types that infer the flags from the options.
const { Command, Option } = commander as unknown as typeof import('@commander-js/extra-typings');

function address(text: string, earlier: readonly Address[] = []): readonly Address[] {
  const [, ipv6, host, port] = /^(?:\[([^\]]+)\]|([^:[\]\s/]*)):(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535 || (ipv6 !== undefined && !isIPv6(ipv6))) {
    const expected = 'host:port, for example 127.0.0.1:9797, [::1]:9797 or :9797';
    throw new commander.InvalidArgumentError(`expected ${expected}`);
  }
  // As in Prometheus's own tools, an empty host means every interface.
  const hosts = [ipv6 ?? host ?? ''].filter((name) => name !== '');
  return [...earlier, { text, hosts, port: Number(port) }];
}

const matching = (pattern: RegExp, expected: string) => (text: string) => {
  if (pattern.test(text)) return text;
  throw new commander.InvalidArgumentError(`expected ${expected}`);
};
const path = matching(/./s, 'a path, found an empty string');
// Without . and .., which clients resolve themselves.
const PATH = /^(?!\/-\/)(?:\/(?!\.\.?(?:\/|$))[\w.-]+)+\/?$/;
const telemetryPath = matching(PATH, 'a path such as /metrics, other than / and /-/...');
const bytes = wholeNumber(1, constants.MAX_STRING_LENGTH);
const number = wholeNumber(0, 1e9);
const STALE = 'how long the last good version is served while reads fail; 0 never serves it';
const maxStale = new Option('--state-file.max-stale <duration>', STALE)
  .argParser(seconds)
  .default(MAX_STALE_MS / 1000, '1m');
const LISTEN =
  'address to listen on, repeatable; :9797 is every interface (default: 127.0.0.1:9797, or [::1]:9797 without IPv4)';
const HEALTH =
  'ask the running exporter whether it is healthy, then exit; without other flags it uses those of the running exporter';
const HELP = `
Signals: SIGTERM and SIGINT stop the exporter after the scrapes in progress; SIGHUP reloads the web configuration.
Exit codes: 0 fine or healthy; 1 the web configuration is wrong, or not healthy; 2 wrong usage, an unreadable file
or an address that cannot be used.`;

/** Reads the arguments of a command line. Wrong usage throws a `CommanderError`, and so do `--help` and `--version`. */
export function parseFlags(args: readonly string[]) {
  const command = new Command('pending-writes-exporter')
    .description("Prometheus exporter for a worker's pending-writes-state.json.")
    .version(version)
    .exitOverride()
    .allowExcessArguments(false)
    .option('--state-file <path>', "the worker's file; it need not exist yet (required)", path)
    .option('--state-file.max-bytes <bytes>', 'larger files are not read', bytes, MAX_BYTES)
    .option('--state-file.max-relays <number>', 'further relays have no series', number, MAX_RELAYS)
    .addOption(maxStale)
    .option('--no-relay-labels', 'only aggregates, no series per relay')
    .option('--collector.process', 'also metrics of the exporter process itself')
    .option('--web.listen-address <host:port>', LISTEN, address)
    .option('--web.telemetry-path <path>', 'path of the metrics', telemetryPath, '/metrics')
    .option('--web.config.file <path>', "TLS, passwords and rate limit, in exporter-toolkit's format")
    .option('--web.max-requests <number>', 'handled at the same time; 0 is no limit', number, 40)
    .addOption(new Option('--log.level <level>', 'how much is logged').choices(LOG_LEVELS).default('info'))
    .addOption(new Option('--log.format <format>', 'its format').choices(LOG_FORMATS).default('logfmt'))
    .option('--config.check', 'check the flags and the web configuration, then exit')
    .option('--healthcheck', HEALTH)
    .addHelpText('after', HELP)
    .parse(args, { from: 'user' });
  const local: Address = { text: '127.0.0.1:9797', hosts: ['127.0.0.1', '::1'], port: 9797 };
  const flags = { stateFile: '', 'web.listenAddress': [local], ...command.opts() };
  if (flags.stateFile === '' && !flags['config.check'] && !flags.healthcheck) {
    command.error("error: required option '--state-file <path>' not specified", { exitCode: 2 });
  }
  return flags;
}

/** The command line, validated; `stateFile` is empty only with `config.check` or `healthcheck`. `stateFile.maxStale` has seconds. */
export type Flags = Readonly<ReturnType<typeof parseFlags>>;
