import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { type Replay, replay, type SideHistory } from '../../backtest/replay.js';
import { type AlertSummary, type Comparison, compared } from '../../backtest/summary.js';
import { packageRoot } from '../../package/root.js';
import { PrometheusConnection } from '../../prometheus/connection.js';
import { PrometheusError } from '../../prometheus/error.js';
import { type Group, readSide, SideError } from '../../rule-files/parse.js';
import { readSource, type Source, SourceError } from '../../rule-files/source.js';
import { inWords, shortRelay } from '../../terminal/text.js';
import {
  type ConnectionOptions,
  connectionOptions,
  connectionSettings,
  secondsOption,
} from '../prometheus-options.js';

interface BacktestOptions extends ConnectionOptions {
  readonly since: number;
  readonly until?: number;
  readonly rules?: string;
  readonly base?: string;
  readonly alert?: readonly string[];
  readonly leadIn: number;
  readonly evaluationInterval: number;
  readonly chunk: number;
  readonly concurrency: number;
  readonly patience: number;
  readonly json?: boolean;
}

function countOption(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 16) {
    throw new InvalidArgumentError('expected a whole number from 1 to 16');
  }
  return count;
}

function positive(text: string): number {
  const length = secondsOption(text);
  if (length <= 0) throw new InvalidArgumentError('expected a duration above 0');
  return length;
}

function momentOption(text: string): number {
  const time = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Date.parse(text) / 1000;
  if (!Number.isFinite(time)) {
    throw new InvalidArgumentError(
      'expected a time such as 2026-03-01T12:00:00Z, or seconds since the epoch',
    );
  }
  return time;
}

const several = (text: string, before: readonly string[] = []) => [...before, text];

/** Adds `backtest` to the command line. */
export function addBacktestCommand(cli: Command, exit: (code: 0 | 1 | 2) => void): void {
  connectionOptions(cli.command('backtest'))
    .description(
      'replay the alerts over the history of a real Prometheus: what fired, for how long, how often, and what a change of the rules makes of it',
    )
    .option('--since <duration>', 'how far back; 7d by default', positive, 604_800)
    .option('--until <time>', 'where the replay ends; now by default', momentOption)
    .option('--rules <files>', 'rules to replay: a file, a folder or a git revision; generated/ by default')
    .option('--base <rules>', 'rules to compare with: a git revision, a file or a folder')
    .option('--alert <name>', 'only this alert; repeatable', several)
    .option(
      '--lead-in <duration>',
      'evaluated before that time too, for rules that read their own past; 12h by default',
      secondsOption,
      43_200,
    )
    .option(
      '--evaluation-interval <duration>',
      'for groups that name no interval; 1m by default',
      positive,
      60,
    )
    .option('--chunk <duration>', 'asked for at a time; 2h by default', positive, 7200)
    .option('--concurrency <n>', 'requests at the same time; 4 by default', countOption, 4)
    .option(
      '--patience <duration>',
      'how long the server may be away or busy before the replay gives up; 5m by default',
      secondsOption,
      300,
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Only reads, and only from the address given. Exit codes: 0 everything was replayed, 1 an alert could not be replayed
or Prometheus would fail to evaluate it, 2 wrong usage, or a server that cannot be reached or refuses.`,
    )
    .action(async (options: BacktestOptions) => exit(await runBacktest(options)));
}

/** Files of rules that are read twice: manifests repeat what the rule files hold. */
function groupsOf(source: Source): readonly Group[] {
  const { groups } = readSide(source.files);
  const plain = groups.filter(({ form }) => form === 'plain');
  const chosen = plain.length > 0 ? plain : groups;
  if (!chosen.some(({ rules }) => rules.some(({ kind }) => kind === 'alert'))) {
    throw new SourceError(
      `${source.label}: found no alerting rule in ${source.files.length} files, expected Prometheus rule files`,
    );
  }
  return chosen;
}

/** Runs a replay and prints what came of it. Returns the exit code. */
export async function runBacktest(options: BacktestOptions): Promise<0 | 1 | 2> {
  const complain = (text: string) => process.stderr.write(`${text}\n`);
  const bar = new Bar(process.stderr);
  let connection: PrometheusConnection | undefined;
  try {
    const settings = connectionSettings(options);
    connection = new PrometheusConnection({
      ...settings,
      maxConnections: options.concurrency,
      timeoutMs: settings.timeoutMs ?? 60_000,
      // On this machine packing costs more than it saves.
      headers: {
        ...(isLoopback(settings.url) ? { 'accept-encoding': 'identity' } : {}),
        ...settings.headers,
      },
    });
    const after = groupsOf(await readSource(options.rules ?? defaultRules()));
    const before = options.base === undefined ? undefined : groupsOf(await readSource(options.base));
    const names = options.alert;
    const all = [...after, ...(before ?? [])].flatMap(({ rules }) => rules);
    for (const name of names ?? []) {
      if (!all.some((rule) => rule.kind === 'alert' && rule.name === name)) {
        throw new SourceError(`--alert ${name}: found no such alert in the rules`);
      }
    }
    const end = options.until ?? Math.floor(Date.now() / 1000);
    const start = end - options.since;
    const result = await replay(before === undefined ? [after] : [before, after], {
      connection,
      start,
      end,
      leadIn: options.leadIn,
      evaluationInterval: options.evaluationInterval,
      chunk: options.chunk,
      concurrency: options.concurrency,
      patience: options.patience,
      ...(names === undefined ? {} : { wanted: (rule) => names.includes(rule.name) }),
      onProgress: (done) => bar.show(done),
      onRetry: (error) => bar.say(`${error.message}; asking again`),
    });
    bar.clear();
    const now = result.sides.at(-1) as SideHistory;
    const old = before === undefined ? undefined : result.sides[0];
    const rows = compared(old, now, start, end);
    const refused = [...now.refused, ...(old?.refused ?? [])];
    if (options.json === true) {
      process.stdout.write(`${JSON.stringify(asJson(rows, refused, result, start, end), null, 2)}\n`);
    } else process.stdout.write(`${asText(rows, before !== undefined, start, end)}\n`);
    for (const { rule, reason } of refused) complain(`${rule.name}: not replayed: ${reason}`);
    const failing = rows.filter((row) => ((row.after ?? row.before)?.failures ?? 0) > 0);
    for (const row of failing) {
      const { failures, failure } = (row.after ?? row.before) as AlertSummary;
      complain(`${row.alert}: Prometheus would fail at ${failures} evaluations: ${failure}`);
    }
    return refused.length + failing.length > 0 ? 1 : 0;
  } catch (error) {
    bar.clear();
    const expected =
      error instanceof PrometheusError || error instanceof SourceError || error instanceof SideError;
    if (!expected) throw error;
    complain(error.message);
    return 2;
  } finally {
    connection?.close();
  }
}

function isLoopback(url: string): boolean {
  return URL.canParse(url) && /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(new URL(url).hostname);
}

/** The rules of the working directory, else those that the package brings. */
function defaultRules(): string {
  const own = resolve('generated/prometheus');
  return existsSync(own) ? own : resolve(packageRoot, 'generated/prometheus');
}

/** Progress, on a terminal only. */
class Bar {
  readonly #begin = Date.now();
  readonly #shown: boolean;

  constructor(private readonly stream: NodeJS.WriteStream) {
    this.#shown = stream.isTTY === true && process.env.TERM !== 'dumb';
  }

  show(done: number): void {
    if (!this.#shown) return;
    const width = 30;
    const full = Math.round(done * width);
    const spent = (Date.now() - this.#begin) / 1000;
    const left = done > 0.02 ? `, ${inWords((spent / done) * (1 - done))} left` : '';
    this.stream.write(
      `\r\x1b[K[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${Math.floor(done * 100)} %${left}`,
    );
  }

  say(text: string): void {
    if (this.#shown) this.stream.write('\r\x1b[K');
    this.stream.write(`${text}\n`);
  }

  clear(): void {
    if (this.#shown) this.stream.write('\r\x1b[K');
  }
}

const amount = (value: number) => (value >= 10 || value === 0 ? value.toFixed(0) : value.toFixed(1));

function named(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${name === 'relay' ? shortRelay(value) : value}`)
    .join(' ');
}

function asText(rows: readonly Comparison[], both: boolean, start: number, end: number): string {
  const change = (
    { before, after }: Comparison,
    value: (summary: AlertSummary) => number,
    show: (value: number) => string,
  ) => {
    const texts = [before, after].map((side) => (side === undefined ? '-' : show(value(side))));
    const [old = '', now = ''] = texts;
    return both && old !== now ? `${old} -> ${now}` : now;
  };
  const header = ['alert', 'severity', 'episodes', 'firing', 'flaps', 'pages/week', 'worst series'];
  const active = (row: Comparison) => (row.before?.episodes ?? 0) + (row.after?.episodes ?? 0) > 0;
  const changed = (row: Comparison) => both && (row.before === undefined || row.after === undefined);
  const shown = rows.filter((row) => active(row) || changed(row));
  const lines = shown.map((row) => {
    const side = (row.after ?? row.before) as AlertSummary;
    const worst = side.worst ?? row.before?.worst;
    return [
      row.alert,
      side.severity,
      change(row, ({ episodes }) => episodes, String),
      change(row, ({ firing }) => firing, inWords),
      change(row, ({ flaps }) => flaps, String),
      change(row, ({ pages }) => pages, amount),
      worst === undefined ? '' : `${named(worst.labels) || '(no labels)'} for ${inWords(worst.firing)}`,
    ];
  });
  const widths = header.map((title, i) =>
    Math.max(title.length, ...lines.map((line) => line[i]?.length ?? 0)),
  );
  const drawn = [header, ...lines].map((line) =>
    line
      .map((cell, i) => (i === line.length - 1 ? cell : cell.padEnd(widths[i] as number)))
      .join('  ')
      .trimEnd(),
  );
  const iso = (time: number) => new Date(time * 1000).toISOString().replace('.000', '');
  const quiet = rows.length - shown.length;
  return [
    `${iso(start)} to ${iso(end)}${both ? ', before -> after' : ''}`,
    '',
    ...(lines.length === 0 ? [] : [...drawn, '']),
    `${quiet === 0 ? 'No' : quiet} alert${quiet === 1 ? '' : 's'} of ${rows.length} never fired.`,
  ].join('\n');
}

function asJson(
  rows: readonly Comparison[],
  refused: SideHistory['refused'],
  result: Replay,
  start: number,
  end: number,
): unknown {
  return {
    start,
    end,
    requests: result.answers,
    points: result.points,
    alerts: rows,
    episodes: (result.sides.at(-1) as SideHistory).alerts.flatMap(({ rule, episodes }) =>
      episodes.map((episode) => ({ alert: rule.name, ...episode })),
    ),
    notReplayed: refused.map(({ rule, reason }) => ({ alert: rule.name, reason })),
  };
}
