import { pointInTime, positiveSeconds, seconds, wholeNumber } from '../../terminal/option-values.js';
import { defineCommand } from '../command.js';
import { configOption, jsonOption } from '../common-options.js';
import { computed, defaulted, flag, optional, repeatable } from '../input.js';
import { ownOrShipped } from '../own-or-shipped.js';
import { ProgressBar } from '../progress-bar.js';
import { connectionOptions, connectionSettings, plainOnLoopback } from '../prometheus-options.js';
import { pagesPerWeek, trial } from '../trial-options.js';
import { UsageError } from '../usage-error.js';

/** The rules of the working directory, else those that the package brings. */
const defaultRules = () => ownOrShipped('generated/prometheus');

export const backtest = defineCommand({
  name: 'backtest',
  description:
    'replay alerts over the history of a Prometheus: how often and how long they fired, and what a change of the rules would change',
  args: {},
  options: {
    ...connectionOptions('1m'),
    since: defaulted('--since <duration>', 'length of the time range', '7d', positiveSeconds),
    until: computed(
      '--until <time>',
      'end of the time range',
      { text: 'now', value: () => Math.floor(Date.now() / 1000) },
      pointInTime,
    ),
    rules: computed(
      '--rules <files>',
      'rules to replay: a file, a folder or a git revision',
      { text: 'generated/', value: defaultRules },
      (text) => text,
    ),
    base: optional('--base <rules>', 'rules to compare with: a git revision, a file or a folder'),
    alerts: repeatable('--alert <name>', 'only this alert; repeatable'),
    trial: optional(
      '--try <setting=values>',
      'compare several values of "for" or of a setting: for=5m,10m,20m or thresholds.pendingWrites.stuckAfter=5m,10m',
      trial,
    ),
    budget: optional(
      '--budget <pages>',
      'with --try, the pages to accept, such as 2/week or 1/day',
      pagesPerWeek,
    ),
    historyOnly: flag('--history-only', 'with --try, do not measure detection times with the simulator'),
    config: configOption,
    leadIn: defaulted(
      '--lead-in <duration>',
      'additional time to evaluate before the start, for rules that read their own past',
      '12h',
      seconds,
    ),
    evaluationInterval: defaulted(
      '--evaluation-interval <duration>',
      'for groups without an interval',
      '1m',
      positiveSeconds,
    ),
    chunk: defaulted('--chunk <duration>', 'time range per request', '2h', positiveSeconds),
    concurrency: defaulted('--concurrency <n>', 'concurrent requests', '4', wholeNumber(1, 16)),
    patience: defaulted(
      '--patience <duration>',
      'how long to retry while the server is unavailable or busy',
      '5m',
      seconds,
    ),
    json: jsonOption,
  },
  help: `Examples:
  gateway-observability backtest -p http://127.0.0.1:9090 --base main
  gateway-observability backtest -p http://127.0.0.1:9090 --alert GatewayDown --try for=1m,2m,5m
  gateway-observability backtest -p http://127.0.0.1:9090 --since 28d --try thresholds.pendingWrites.stuckAfter=5m,10m --budget 2/week

--try with "for" or "keep_firing_for" changes the rules of --rules; any other setting builds the rules from the definitions and --config.
Only reads, and only from the address given. Exit codes: 0 everything was replayed, 1 an alert could not be replayed,
a file could not be read, or Prometheus would fail to evaluate it, 2 wrong usage, or a server that cannot be reached or refuses.`,
  async run({ options }) {
    const settings = connectionSettings(options);
    const { trial: wanted, base: given, budget } = options;
    if (wanted !== undefined && given !== undefined) {
      throw new UsageError('backtest: found --try and --base, expected one of the two');
    }
    if (wanted === undefined && (budget !== undefined || options.historyOnly)) {
      throw new UsageError('backtest: --budget and --history-only need --try');
    }
    const { PrometheusConnection } = await import('../../prometheus/connection.js');
    const connection = new PrometheusConnection({
      ...plainOnLoopback(settings),
      maxConnections: options.concurrency,
    });
    const bar = new ProgressBar(process.stderr);
    const range = {
      connection,
      start: options.until - options.since,
      end: options.until,
      onProgress: (done: number) => bar.show(done),
      onRetry: (error: Error) => bar.print(`${error.message}; retrying`),
    };
    try {
      if (wanted !== undefined) {
        const { tryValues } = await import('../try-values.js');
        return await tryValues({ ...options, trial: wanted, defaultRules: defaultRules() }, range, bar);
      }
      const { runBacktest } = await import('../../backtest/backtest.js');
      const { reportBacktest } = await import('../backtest-report.js');
      const { base, ...rest } = options;
      const result = await runBacktest({
        ...rest,
        ...(base === undefined ? {} : { base }),
        ...range,
      });
      bar.clear();
      return reportBacktest(result, options.json);
    } finally {
      bar.clear();
      connection.close();
    }
  },
});
