import { InvalidArgumentError } from 'commander';
import { suggestion } from '../../config/suggestion.js';
import { REACTIONS, type ReactionId } from '../../drill/reaction.js';
import { matcherText } from '../../promql/print.js';
import { seconds } from '../../terminal/option-values.js';
import { defineCommand } from '../command.js';
import { configOption } from '../common-options.js';
import { drillDisplay, drillExitCode, PATIENCE } from '../drill-display.js';
import { defaulted, flag, repeatable, required } from '../input.js';
import { print, printJson } from '../output.js';
import { connectionOptions, connectionSettings } from '../prometheus-options.js';
import { untilInterrupted } from '../signals.js';
import { UsageError } from '../usage-error.js';

type Timeouts = Partial<Record<ReactionId, number>>;

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
        const relay = await relayOf(client, key, matchers);
        const watch = new PrometheusWatch(client, { config, relay, matchers });
        const begin = await watch.poll();
        if (!watch.gatewayConfigured) {
          const fields = `jobs.gateway${matchers.length === 0 ? '' : ', --match'}`;
          throw new UsageError(
            `${client.url}: found no target of the job ${JSON.stringify(config.jobs.gateway)} (${fields}), expected a Prometheus that scrapes the gateway`,
          );
        }
        const display = drillDisplay(view, relay, json);
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
        return drillExitCode(outcome);
      });
    } finally {
      connection.close();
    }
  },
});
