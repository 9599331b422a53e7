import { join } from 'node:path';
import type { Bundle } from '../bundle/bundle.js';
import { temporaryFolder } from '../processes/temporary-folder.js';
import type { PrometheusClient } from '../prometheus/client.js';
import { durationSeconds } from '../promql/duration.js';
import { renderGrafanaDashboards } from '../renderers/grafana/dashboards.js';
import { renderRunbooks } from '../renderers/runbooks/index.js';
import { writeFiles } from '../renderers/write.js';
import type { PageInBackground } from '../view/page-files.js';
import { startView, type ViewServer } from '../view/server.js';
import { watchDashboards } from '../view/watch-dashboards.js';

/** The dashboards of a bundle, live, with its runbook pages. */
export async function startDashboards(
  bundle: Bundle,
  client: PrometheusClient,
  page: PageInBackground,
  port: number,
): Promise<ViewServer> {
  const files = temporaryFolder('gateway-observability-view');
  try {
    writeFiles(files.path, [...renderGrafanaDashboards(bundle), ...renderRunbooks(bundle)]);
    const source = watchDashboards([files.path]);
    const server = await startView({
      client,
      source,
      page: page.folder,
      progress: page.progress,
      runbooks: [join(files.path, 'runbooks')],
      scrapeIntervalMs: durationSeconds(bundle.config.scrapeInterval) * 1000,
      port,
    });
    return {
      url: server.url,
      async stop() {
        source.close();
        await server.stop();
        files.remove();
      },
    };
  } catch (error) {
    files.remove();
    throw error;
  }
}
