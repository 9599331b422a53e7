import type { Bundle } from '../../bundle/bundle.js';
import { defineCommand } from '../command.js';
import { configOption, jsonOption } from '../common-options.js';
import { flag } from '../input.js';
import { checkedLine, observationDisplay } from '../observation-display.js';
import { print, printError, printJson } from '../output.js';
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
    const { ToolNotFoundError } = await import('../../processes/find.js');
    const { freePort } = await import('../../processes/process.js');
    return untilInterrupted(async (signal) => {
      const port = once ? undefined : await freePort();
      const { bundle, isDemonstration } = await liveBundle(
        config,
        port === undefined ? undefined : `http://127.0.0.1:${port}`,
      );
      if (!reportProblems(bundle).ok) return 1;
      printUnlessJson(checkedLine(bundle));
      try {
        return port === undefined
          ? await runOnce(bundle, json, printUnlessJson, signal)
          : await runLive(bundle, isDemonstration, port, printUnlessJson, signal);
      } catch (error) {
        // Whatever ends the run: what is needed to know is the message, which has the last output of a process.
        if (error instanceof ToolNotFoundError) throw error;
        printError((error as Error).message);
        return 1;
      } finally {
        if (signal.aborted) printUnlessJson('stopped; all processes ended and temporary files removed');
      }
    });
  },
});

type Print = (text: string) => void;

/** Runs until every rule was evaluated, and prints a summary. */
async function runOnce(bundle: Bundle, json: boolean, progress: Print, signal: AbortSignal): Promise<0 | 1> {
  const { startStack } = await import('../../demo/stack.js');
  const { DEMONSTRATION_LEAD, demonstration } = await import('../../demo/demonstration.js');
  const { watchOnce } = await import('../../demo/watch.js');
  const { summaryText } = await import('../../demo/summary.js');
  const begin = Date.now();
  const stack = await startStack({
    bundle,
    scenario: demonstration,
    alreadyPassed: DEMONSTRATION_LEAD,
    onProgress: progress,
  });
  try {
    const summary = signal.aborted ? undefined : await watchOnce(bundle, stack, begin, signal);
    if (summary === undefined) return 1;
    if (json) printJson(summary);
    else print(summaryText(summary));
    return summary.ok ? 0 : 1;
  } finally {
    await stack.stop();
  }
}

/** Runs until it is interrupted, with notifications and live dashboards. */
async function runLive(
  bundle: Bundle,
  isDemonstration: boolean,
  port: number,
  progress: Print,
  signal: AbortSignal,
): Promise<0> {
  const { startStack } = await import('../../demo/stack.js');
  const { DEMONSTRATION_LEAD, demonstration } = await import('../../demo/demonstration.js');
  const { runInfoOf, watchLive } = await import('../../demo/watch.js');
  const { startNotifications } = await import('../../demo/alertmanager.js');
  const { startDashboards } = await import('../../demo/live-dashboards.js');
  const { orWithoutNotifications, pageProblem } = await import('../../demo/optional-parts.js');
  const { pageInBackground } = await import('../../view/page-files.js');
  const view = await import('../../demo/view.js');
  const begin = Date.now();
  const stops: (() => Promise<void>)[] = [];
  try {
    // It may take a minute on a fresh machine, and nothing else waits for it.
    const page = pageInBackground({ onProgress: (what) => progress(`${what} …`), signal });
    const problem = pageProblem(page);
    progress('starting Alertmanager and a receiver for its notifications');
    const notifications = await orWithoutNotifications(startNotifications(bundle));
    const alertmanager = typeof notifications === 'string' ? undefined : notifications;
    if (alertmanager !== undefined) stops.push(alertmanager.stop);
    const stack = await startStack({
      bundle,
      scenario: demonstration,
      alreadyPassed: DEMONSTRATION_LEAD,
      onProgress: progress,
      ...(alertmanager === undefined ? {} : { alertmanager: alertmanager.url }),
    });
    stops.push(stack.stop);
    const dashboards = await startDashboards(bundle, stack.prometheus.client, page, port);
    stops.push(dashboards.stop);
    if (signal.aborted) return 0;
    const info = await runInfoOf(stack, isDemonstration, begin, {
      dashboards: dashboards.url,
      problem,
      notifications:
        alertmanager === undefined
          ? String(notifications)
          : { alertmanager: alertmanager.url, sent: alertmanager.receiver.url },
    });
    const display = observationDisplay(view, info);
    await watchLive(stack, signal, display.show).finally(display.close);
    return 0;
  } finally {
    await Promise.all(stops.map((stop) => stop()));
  }
}
