import { InvalidArgumentError } from 'commander';
import { suggestion } from '../../config/suggestion.js';
import type { Outcome } from '../../drill/follow.js';
import { REACTIONS, type ReactionId } from '../../drill/reaction.js';
import type { Drill } from '../../drill/view.js';
import { matcherText } from '../../promql/print.js';
import { seconds } from '../../terminal/option-values.js';
import { formatSeconds, isDrawable } from '../../terminal/text.js';
import { defineCommand } from '../command.js';
import { configOption } from '../common-options.js';
import type { ExitCode } from '../exit-code.js';
import { openFullScreen } from '../full-screen.js';
import { defaulted, flag, repeatable, required } from '../input.js';
import { print, printError, printJson } from '../output.js';
import { connectionOptions, connectionSettings } from '../prometheus-options.js';
import { untilInterrupted } from '../signals.js';
import { UsageError } from '../usage-error.js';

type Timeouts = Partial<Record<ReactionId, number>>;
type View = typeof import('../../drill/view.js');

/** For how long a Prometheus may be away before the drill gives up. Seconds. */
const PATIENCE = 120;

function timeout(text: string): Timeouts {
  const [id = '', length = ''] = text.split('=', 2);
  if (id !== 'all' && !(REACTIONS as readonly string[]).includes(id)) {
    throw new InvalidArgumentError(
      `expected a reaction, or all, and a duration, such as push-seen=10m${suggestion(id, REACTIONS)} Reactions: ${REACTIONS.join(', ')}.`,
    );
  }
  const ids = id === 'all' ? REACTIONS : [id as ReactionId];
  const allowed = seconds(length);
  return Object.fromEntries(ids.map((one) => [one, allowed]));
}

function matcher(text: string): string {
  const [, label, value] = /^([a-zA-Z_][a-zA-Z0-9_]*)=(.*)$/.exec(text) ?? [];
  if (label === undefined) throw new InvalidArgumentError('expected label=value');
  return matcherText({ label, operator: '=', value: value as string });
}

export const drill = defineCommand({
  name: 'drill',
  description:
    "follow the runbook's offline drill of a relay on a live system: print the next step, record each reaction, report missing reactions",
  args: {},
  options: {
    ...connectionOptions('30s'),
    relay: required('-r, --relay <key>', 'key of the relay: 64 hexadecimal digits, or a unique prefix'),
    config: configOption,
    matchers: repeatable(
      '--match <label=value>',
      'only series with this label, if several sites share a Prometheus; repeatable',
      undefined,
      matcher,
    ),
    every: defaulted('--every <duration>', 'polling interval', '5s', seconds),
    timeouts: repeatable(
      '--timeout <reaction=duration>',
      'time limit for a reaction, or for all; repeatable',
      undefined,
      timeout,
    ),
    json: flag('--json', 'print the result as JSON at the end'),
  },
  help: `Reactions: ${REACTIONS.join(', ')}

The drill only reads: you do the steps. Exit codes: 0 everything reacted, 1 something did not, 2 wrong usage, or a
Prometheus that cannot be reached or does not scrape the gateway.`,
  async run({ options }) {
    const { relay: key, config: file, matchers, every, json } = options;
    const { projectBundle } = await import('../../project/load.js');
    const bundle = await projectBundle(file);
    const { config } = bundle;
    const { PrometheusClient } = await import('../../prometheus/client.js');
    const { PrometheusConnection } = await import('../../prometheus/connection.js');
    const { follow } = await import('../../drill/follow.js');
    const { relayOf } = await import('../../drill/relay.js');
    const { waitForFirstScrape } = await import('../../drill/first-scrape.js');
    const { PrometheusWatch } = await import('../../drill/watch.js');
    const view = await import('../../drill/view.js');
    const connection = new PrometheusConnection(connectionSettings(options));
    try {
      return await untilInterrupted(async (signal) => {
        const client = new PrometheusClient(connection);
        await waitForFirstScrape(client, config, matchers, signal);
        const relay = await relayOf(client, key);
        const watch = new PrometheusWatch(client, { config, relay, matchers });
        const begin = await watch.poll();
        if (!watch.gatewayConfigured) {
          const fields = `jobs.gateway${matchers.length === 0 ? '' : ', --match'}`;
          throw new UsageError(
            `${client.url}: found no target of the job ${JSON.stringify(config.jobs.gateway)} (${fields}), expected a Prometheus that scrapes the gateway`,
          );
        }
        const display = displayOf(view, relay, json);
        const timeouts: Timeouts = Object.assign({}, ...options.timeouts);
        const outcome = await follow(watch, begin, {
          relay,
          every,
          patience: PATIENCE,
          timeouts,
          signal,
          onPoll: display.show,
        }).finally(display.close);
        if (json) printJson(view.asJson(bundle, outcome.drill, signal.aborted));
        else {
          display.printLog(outcome.drill);
          print(`\n${view.verdict(bundle, outcome.drill, signal.aborted)}`);
        }
        return exitCodeOf(outcome);
      });
    } finally {
      connection.close();
    }
  },
});

function exitCodeOf({ drill, broken }: Outcome): ExitCode {
  if (broken === undefined) return drill.progress.over && drill.progress.ok ? 0 : 1;
  const waited = broken.mayPass ? ` (for ${formatSeconds(PATIENCE)})` : '';
  printError(`${broken.message}${waited}`);
  return 2;
}

/** Where the state of a drill is shown while it goes on. */
interface Display {
  readonly show: (drill: Drill) => void;
  readonly close: () => void;
  /** Prints what a full screen showed and took away with it. */
  readonly printLog: (drill: Drill) => void;
}

function displayOf(view: View, relay: string, json: boolean): Display {
  if (json) return { show() {}, close() {}, printLog() {} };
  if (isDrawable(process.stdout)) return fullScreenDisplay(view);
  const log = new view.ProgressLog();
  print(`Offline drill of relay ${relay}`);
  return {
    show(drill) {
      for (const line of log.newLines(drill)) print(line);
    },
    close() {},
    printLog() {},
  };
}

function fullScreenDisplay(view: View): Display {
  let shown: Drill | undefined;
  const screen = openFullScreen((style, height) =>
    shown === undefined ? [] : view.checklist(shown, style, height - 1),
  );
  return {
    show(drill) {
      shown = drill;
      screen.draw();
    },
    close: screen.close,
    printLog(drill) {
      for (const line of new view.ProgressLog().newLines(drill)) if (!line.startsWith('-->')) print(line);
    },
  };
}
