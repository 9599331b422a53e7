import type { Bundle } from '../../bundle/bundle.js';
import { defineCommand } from '../command.js';
import { configOption, jsonOption } from '../common-options.js';
import { flag } from '../input.js';
import { checkedLine } from '../observation-display.js';
import { print } from '../output.js';
import { untilInterrupted } from '../signals.js';

export const start = defineCommand({
  name: 'start',
  description:
    'run a simulated gateway and worker, the exporter, a real Prometheus and Alertmanager, and live dashboards',
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
    const { freePort } = await import('../../processes/process.js');
    return untilInterrupted(async (signal) => {
      const port = once ? undefined : await freePort();
      const { bundle, isDemonstration } = await liveBundle(
        config,
        port === undefined ? undefined : `http://127.0.0.1:${port}`,
      );
      if (!reportProblems(bundle).ok) return 1;
      printUnlessJson(checkedLine(bundle));
      const { ended, runLive, runOnce } = await import('../stack-run.js');
      const given = { bundle, progress: printUnlessJson, signal };
      return ended(
        given,
        port === undefined
          ? async () => runOnce(given, json, await onceParts())
          : async () => runLive(given, port, isDemonstration, await liveParts()),
      );
    });
  },
});

const onceParts = async () => ({
  ...(await import('../../demo/stack.js')),
  ...(await import('../../demo/demonstration.js')),
  ...(await import('../../demo/watch.js')),
  ...(await import('../../demo/summary.js')),
});

async function liveParts() {
  const { startNotifications } = await import('../../demo/alertmanager.js');
  const { orWithoutNotifications, pageProblem } = await import('../../demo/optional-parts.js');
  return {
    ...(await onceParts()),
    ...(await import('../../demo/live-dashboards.js')),
    ...(await import('../../view/page-files.js')),
    notificationsOf: (bundle: Bundle) => orWithoutNotifications(startNotifications(bundle)),
    pageProblem,
    view: await import('../../demo/view.js'),
  };
}
