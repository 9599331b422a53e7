import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { type Bundle, buildBundle } from '../bundle.js';
import { type Config, loadConfig, parseConfig, suggestion } from '../config.js';
import { definitions } from '../definitions.js';
import {
  type ConnectionOptions,
  connectionOptions,
  connectionSettings,
  PrometheusConnection,
  PrometheusError,
  secondsOption,
} from '../prometheus-connection.js';
import { durationSeconds } from '../promql.js';
import { matchesPattern } from '../regular-expression.js';
import { siteOf } from '../site.js';
import { inWords, wantsColours } from '../start/terminal.js';
import { PrometheusClient } from '../tools/prometheus.js';
import { judge } from './progress.js';
import { REACTIONS, type ReactionId } from './reactions.js';
import { remarks } from './remarks.js';
import { asJson, checklist, type Drill, Log, verdict } from './view.js';
import { Watch } from './watch.js';

type Timeouts = Partial<Record<ReactionId, number>>;

interface DrillOptions extends ConnectionOptions {
  readonly relay: string;
  readonly config?: string;
  readonly every: number;
  readonly timeout?: Timeouts;
  readonly match?: readonly string[];
  readonly json?: boolean;
}

/** For how long a Prometheus may be away before the drill gives up. Seconds. */
const PATIENCE = 120;

function timeoutOption(text: string, before: Timeouts = {}): Timeouts {
  const [id = '', length = ''] = text.split('=', 2);
  if (id !== 'all' && !(REACTIONS as readonly string[]).includes(id)) {
    throw new InvalidArgumentError(
      `expected a reaction, or all, and a duration, such as push-seen=10m${suggestion(id, REACTIONS)} Reactions: ${REACTIONS.join(', ')}.`,
    );
  }
  const seconds = secondsOption(length);
  const ids = id === 'all' ? REACTIONS : [id as ReactionId];
  return { ...before, ...Object.fromEntries(ids.map((one) => [one, seconds])) };
}

function matchOption(text: string, before: readonly string[] = []): readonly string[] {
  const found = /^([a-zA-Z_][a-zA-Z0-9_]*)=(.*)$/.exec(text);
  if (found === null) throw new InvalidArgumentError('expected label=value');
  return [...before, `${found[1]}=${JSON.stringify(found[2])}`];
}

/** Adds `drill` to the command line. */
export function addDrillCommand(cli: Command, exit: (code: 0 | 1 | 2) => void): void {
  connectionOptions(cli.command('drill'))
    .description(
      "accompany the runbook's offline drill of a relay on a live system: name the next step, tick off each reaction, name what did not react",
    )
    .requiredOption(
      '-r, --relay <key>',
      'key of the relay: 64 hexadecimal digits, or enough of its beginning',
    )
    .option('-c, --config <file>', 'configuration of the site (YAML); defaults apply without it')
    .option(
      '--match <label=value>',
      'only series with this label, where several sites share a Prometheus; repeatable',
      matchOption,
    )
    .option('--every <duration>', 'how often to look; 5s by default', secondsOption, 5)
    .option(
      '--timeout <reaction=duration>',
      'how long a reaction, or all, may take; repeatable',
      timeoutOption,
    )
    .option('--json', 'print the result as JSON, at the end')
    .addHelpText(
      'after',
      `
Reactions: ${REACTIONS.join(', ')}

The drill only reads: you do the steps. Exit codes: 0 everything reacted, 1 something did not, 2 wrong usage, or a
Prometheus that cannot be reached or does not scrape the gateway.`,
    )
    .action(async (options: DrillOptions) => exit(await runDrill(options)));
}

/** Runs a drill until everything has reacted or was due. Returns the exit code. */
export async function runDrill(options: DrillOptions): Promise<0 | 1 | 2> {
  const complain = (text: string) => process.stderr.write(`${text}\n`);
  const { config: file } = options;
  const config = file === undefined ? parseConfig({}) : loadConfig(file);
  const bundle = buildBundle(config, definitions(), file ?? 'configuration');
  let connection: PrometheusConnection | undefined;
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, interrupt);
  try {
    connection = new PrometheusConnection(connectionSettings(options));
    const client = new PrometheusClient(connection);
    await firstScrape(client, config, options.match ?? [], interrupted.signal);
    const relay = await relayOf(client, options.relay);
    const watch = new Watch(client, { config, relay, matchers: options.match ?? [] });
    const now = await watch.look();
    if (!watch.gatewayConfigured) {
      complain(
        `${client.url}: found no target of the job ${JSON.stringify(config.jobs.gateway)} (jobs.gateway${options.match === undefined ? '' : ', --match'}), expected a Prometheus that scrapes the gateway`,
      );
      return 2;
    }
    return await follow(watch, relay, now, options, bundle, interrupted.signal);
  } catch (error) {
    if (!(error instanceof PrometheusError || error instanceof RelayError)) throw error;
    complain(error.message);
    return 2;
  } finally {
    connection?.close();
    for (const signal of signals) process.removeListener(signal, interrupt);
  }
}

/** How many scrape intervals a Prometheus that has just started may take for its first scrape. */
const FIRST_SCRAPE = 3;

/** Waits while Prometheus knows targets of the gateways' job and has no sample of them yet: it has just started. */
async function firstScrape(
  client: PrometheusClient,
  config: Config,
  matchers: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { gateway } = siteOf(config);
  const patience = Date.now() + FIRST_SCRAPE * 1000 * durationSeconds(config.scrapeInterval);
  while (!signal.aborted && Date.now() < patience) {
    if ((await client.query(`up{${[gateway.text, ...matchers].join(', ')}}`)).length > 0) return;
    if (!(await hasTargetOf(client, config, matchers))) return;
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
}

/** Whether a target of the gateways' job waits for its first scrape. False where Prometheus cannot be asked for its targets. */
async function hasTargetOf(
  client: PrometheusClient,
  { jobs }: Config,
  matchers: readonly string[],
): Promise<boolean> {
  try {
    const targets = (await client.targets()).filter(({ job }) => matchesPattern(jobs.gateway, job));
    // Further matchers may select none of them; then only one that was never scraped is worth waiting for.
    return targets.some(({ health }) => health === 'unknown' || matchers.length === 0);
  } catch (error) {
    if (error instanceof PrometheusError) return false;
    throw error;
  }
}

/** A relay key that names no relay, or several. */
class RelayError extends Error {}

async function relayOf(client: PrometheusClient, text: string): Promise<string> {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  const wrong = (found: string) =>
    new RelayError(
      `--relay ${text}: ${found}, expected a relay key of 64 hexadecimal digits, or its beginning`,
    );
  if (!/^[0-9a-f]{4,63}$/.test(text)) throw wrong(`found ${text.length} characters`);
  const [relay, ...others] = await Watch.relaysLike(client, text);
  if (relay === undefined) throw wrong(`found no relay at ${client.url} that begins so`);
  if (others.length > 0) throw wrong(`found ${others.length + 1} relays that begin so`);
  return relay;
}

async function follow(
  watch: Watch,
  relay: string,
  begin: number,
  options: DrillOptions,
  bundle: Bundle,
  signal: AbortSignal,
): Promise<0 | 1 | 2> {
  const { stdout } = process;
  const fullScreen = stdout.isTTY === true && process.env.TERM !== 'dumb' && options.json !== true;
  const print = (text: string) => stdout.write(`${text}\n`);
  const log = new Log();
  let now = begin;
  let drill: Drill = judged();
  let failedSince: number | undefined;

  function judged(): Drill {
    const { facts } = watch;
    const progress = judge(facts, now, options.timeout);
    return { relay, start: facts.start, now, progress, remarks: remarks(facts, progress) };
  }
  const draw = () => {
    const width = stdout.columns || 80;
    const lines = checklist(drill, { colours: wantsColours(stdout), width }, (stdout.rows || 24) - 1);
    stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`);
  };
  const show = () => {
    if (fullScreen) draw();
    else if (options.json !== true) for (const line of log.news(drill)) print(line);
  };

  if (fullScreen) {
    stdout.write('\x1b[?1049h\x1b[?25l');
    stdout.on('resize', draw);
  }
  let broken: PrometheusError | undefined;
  try {
    if (!fullScreen && options.json !== true) print(`Offline drill of relay ${relay}`);
    show();
    while (!drill.progress.over && !signal.aborted) {
      await sleep(options.every * 1000, undefined, { signal }).catch(() => {});
      if (signal.aborted) break;
      try {
        now = await watch.look();
        failedSince = undefined;
      } catch (error) {
        // What is missed meanwhile is still there later: samples carry their own times.
        if (!(error instanceof PrometheusError)) throw error;
        failedSince ??= Date.now();
        const away = (Date.now() - failedSince) / 1000;
        if (error.mayPass && away < PATIENCE) continue;
        broken = error;
        break;
      }
      drill = judged();
      show();
    }
  } finally {
    if (fullScreen) {
      stdout.off('resize', draw);
      stdout.write('\x1b[?25h\x1b[?1049l');
    }
  }
  if (options.json === true) print(JSON.stringify(asJson(bundle, drill, signal.aborted), null, 2));
  else {
    if (fullScreen) for (const line of new Log().news(drill)) if (!line.startsWith('-->')) print(line);
    print('');
    print(verdict(bundle, drill, signal.aborted));
  }
  if (broken !== undefined) {
    const waited = broken.mayPass ? ` (for ${inWords(PATIENCE)})` : '';
    process.stderr.write(`${broken.message}${waited}\n`);
    return 2;
  }
  return drill.progress.over && drill.progress.ok ? 0 : 1;
}
