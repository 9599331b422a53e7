import type { Bundle } from '../bundle/bundle.js';
import type { PageInBackground } from '../view/page-files.js';
import type { ViewServer } from '../view/server.js';
import { fixedDashboards, type WatchedDashboards, watchDashboards } from '../view/watch-dashboards.js';
import { print, printError } from './output.js';
import { dashboardsOfBundle, generatedFolder } from './own-dashboards.js';

/**
 * The dashboards that `view` shows: those at the paths given, else those in generated/, else those of the configuration.
 *
 * @param directory the working directory
 * @throws {UnreadableError} where a path is not there, or holds no dashboard
 */
export function viewedDashboards(
  paths: readonly string[],
  config: string | undefined,
  bundle: Bundle,
  directory = process.cwd(),
): WatchedDashboards {
  const generated = generatedFolder(config, directory);
  const wanted = paths.length > 0 || generated === undefined ? paths : [generated];
  const source = wanted.length > 0 ? watchDashboards(wanted) : fixedDashboards(dashboardsOfBundle(bundle));
  for (const { file, reason } of source.current.unread) printError(`${file}: not shown: ${reason}`);
  return source;
}

/**
 * Lets a server run until the signal is aborted, and stops it.
 *
 * @throws what keeps the page from being built, before that
 */
export async function serveUntil(
  signal: AbortSignal,
  server: ViewServer,
  page: Pick<PageInBackground, 'ready'>,
): Promise<void> {
  const ended = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  try {
    print(`dashboards: ${server.url}/`);
    await Promise.race([page.ready, ended]).catch((error: Error) => {
      if (!signal.aborted) throw error;
    });
    await ended;
  } finally {
    await server.stop();
  }
}
