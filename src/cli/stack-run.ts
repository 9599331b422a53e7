import type { Bundle } from '../bundle/bundle.js';
import type { RunningNotifications } from '../demo/alertmanager.js';
import type { RunInfo } from '../demo/view.js';
import { ToolNotFoundError } from '../processes/find.js';
import { observationDisplay } from './observation-display.js';
import { print, printError, printJson } from './output.js';

/** What is run, until when, and where progress is reported. */
interface Given {
  readonly bundle: Bundle;
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
}

type Once = Pick<typeof import('../demo/stack.js'), 'startStack'> &
  Pick<typeof import('../demo/demonstration.js'), 'DEMONSTRATION_LEAD' | 'demonstration'> &
  Pick<typeof import('../demo/watch.js'), 'watchOnce'> &
  Pick<typeof import('../demo/summary.js'), 'summaryText'>;

type Live = Omit<Once, 'watchOnce' | 'summaryText'> &
  Pick<typeof import('../demo/watch.js'), 'runInfoOf' | 'watchLive'> &
  Pick<typeof import('../demo/live-dashboards.js'), 'startDashboards'> &
  Pick<typeof import('../demo/optional-parts.js'), 'pageProblem'> &
  Pick<typeof import('../view/page-files.js'), 'pageInBackground'> & {
    readonly view: Parameters<typeof observationDisplay>[0];
    /** Starts an Alertmanager, or says in one line why there is none. */
    notificationsOf(bundle: Bundle): Promise<RunningNotifications | string>;
  };

/** Gives the exit code of a run, and says how it ended where it did not end by itself. */
export async function ended({ progress, signal }: Given, work: () => Promise<0 | 1>): Promise<0 | 1> {
  try {
    return await work();
  } catch (error) {
    // Whatever ends the run: what is needed to know is the message, which has the last output of a process.
    if (error instanceof ToolNotFoundError) throw error;
    printError((error as Error).message);
    return 1;
  } finally {
    if (signal.aborted) progress('stopped; all processes ended and temporary files removed');
  }
}

/** Runs until every rule was evaluated, and prints a summary. */
export async function runOnce(
  { bundle, progress, signal }: Given,
  json: boolean,
  { startStack, demonstration, DEMONSTRATION_LEAD, watchOnce, summaryText }: Once,
): Promise<0 | 1> {
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
export async function runLive(
  { bundle, progress, signal }: Given,
  port: number,
  isDemonstration: boolean,
  parts: Live,
): Promise<0> {
  const begin = Date.now();
  const stops: (() => Promise<void>)[] = [];
  try {
    // It may take a minute on a fresh machine, and nothing else waits for it.
    const page = parts.pageInBackground({ onProgress: (what) => progress(`${what} …`), signal });
    const problem = parts.pageProblem(page);
    progress('starting Alertmanager and a receiver for its notifications');
    const notifications = await parts.notificationsOf(bundle);
    const alertmanager = typeof notifications === 'string' ? undefined : notifications;
    if (alertmanager !== undefined) stops.push(alertmanager.stop);
    const stack = await parts.startStack({
      bundle,
      scenario: parts.demonstration,
      alreadyPassed: parts.DEMONSTRATION_LEAD,
      onProgress: progress,
      ...(alertmanager === undefined ? {} : { alertmanager: alertmanager.url }),
    });
    stops.push(stack.stop);
    const dashboards = await parts.startDashboards(bundle, stack.prometheus.client, page, port);
    stops.push(dashboards.stop);
    if (signal.aborted) return 0;
    const info: () => RunInfo = await parts.runInfoOf(stack, isDemonstration, begin, {
      dashboards: dashboards.url,
      problem,
      notifications:
        alertmanager === undefined
          ? String(notifications)
          : { alertmanager: alertmanager.url, sent: alertmanager.receiver.url },
    });
    const display = observationDisplay(parts.view, info);
    await parts.watchLive(stack, signal, display.show).finally(display.close);
    return 0;
  } finally {
    await Promise.all(stops.map((stop) => stop()));
  }
}
