import type { Bundle } from '../../bundle/bundle.js';
import type { Observation } from '../../demo/observe.js';
import type { RunInfo } from '../../demo/view.js';
import { isDrawable } from '../../terminal/text.js';
import { defineCommand } from '../command.js';
import { configOption, jsonOption } from '../common-options.js';
import { openFullScreen } from '../full-screen.js';
import { flag } from '../input.js';
import { print, printError, printJson } from '../output.js';
import { untilInterrupted } from '../signals.js';

type View = typeof import('../../demo/view.js');

export const start = defineCommand({
  name: 'start',
  description:
    'run a simulated gateway and worker, the exporter and a real Prometheus with the generated rules',
  args: {},
  options: {
    config: configOption,
    json: jsonOption,
    once: flag('--once', 'exit with a summary once every rule was evaluated on scraped data'),
  },
  async run({ options: { config, json, once } }) {
    const printUnlessJson = (text: string) => {
      if (!json) print(text);
    };
    const { reportProblems } = await import('../bundle.js');
    const { liveBundle } = await import('../../demo/site.js');
    const { bundle, isDemonstration } = await liveBundle(config);
    if (!reportProblems(bundle).ok) return 1;
    printUnlessJson(checked(bundle));
    const { ToolNotFoundError } = await import('../../processes/find.js');
    const { startStack } = await import('../../demo/stack.js');
    const { DEMONSTRATION_LEAD, demonstration } = await import('../../demo/demonstration.js');
    const { runInfoOf, watchLive, watchOnce } = await import('../../demo/watch.js');
    const { summaryText } = await import('../../demo/summary.js');
    const view = await import('../../demo/view.js');
    return untilInterrupted(async (signal) => {
      const begin = Date.now();
      let stack: Awaited<ReturnType<typeof startStack>> | undefined;
      try {
        stack = await startStack({
          bundle,
          scenario: demonstration,
          alreadyPassed: DEMONSTRATION_LEAD,
          onProgress: printUnlessJson,
        });
        if (once) {
          const summary = signal.aborted ? undefined : await watchOnce(bundle, stack, begin, signal);
          if (summary === undefined) return 1;
          if (json) printJson(summary);
          else print(summaryText(summary));
          return summary.ok ? 0 : 1;
        }
        if (signal.aborted) return 0;
        const display = displayOf(view, runInfoOf(stack, isDemonstration, begin));
        await watchLive(stack, signal, display.show).finally(display.close);
        return 0;
      } catch (error) {
        // Whatever ends the run: what is needed to know is the message, which has the last output of a process.
        if (error instanceof ToolNotFoundError) throw error;
        printError((error as Error).message);
        return 1;
      } finally {
        await stack?.stop();
        if (signal.aborted) printUnlessJson('stopped; all processes ended and temporary files removed');
      }
    });
  },
});

function checked({ recordingGroups, alertGroups }: Bundle): string {
  const count = (groups: readonly { readonly rules: readonly unknown[] }[]) =>
    groups.reduce((sum, { rules }) => sum + rules.length, 0);
  return `checked: ${count(recordingGroups)} recording rules and ${count(alertGroups)} alerts`;
}

/** Where an observation is shown: on the whole terminal, or as lines of what changed. */
function displayOf(view: View, info: () => RunInfo) {
  let last: Observation | undefined;
  if (isDrawable(process.stdout)) {
    const screen = openFullScreen((style, height) => view.screen(last, info(), style, height));
    return {
      show(observation: Observation) {
        last = observation;
        screen.draw();
      },
      close: screen.close,
    };
  }
  for (const [title, address] of info().addresses) print(`${title}: ${address}`);
  for (const remark of info().remarks) print(remark);
  return {
    show(observation: Observation) {
      for (const line of view.changes(last, observation, info())) print(line);
      last = observation;
    },
    close() {},
  };
}
