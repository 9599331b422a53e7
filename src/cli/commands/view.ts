import { durationSeconds } from '../../promql/duration.js';
import { positiveSeconds, wholeNumber } from '../../terminal/option-values.js';
import { defineCommand } from '../command.js';
import { configOption } from '../common-options.js';
import { optional, repeatable } from '../input.js';
import { print } from '../output.js';
import { ownOrShipped } from '../own-or-shipped.js';
import { connectionOptions, connectionSettings } from '../prometheus-options.js';
import { untilInterrupted } from '../signals.js';

export const view = defineCommand({
  name: 'view',
  description: 'show dashboards in a browser with live data of a Prometheus, without a Grafana server',
  args: {},
  options: {
    ...connectionOptions('1m'),
    config: configOption,
    dashboards: repeatable(
      '--dashboards <path>',
      'a dashboard as JSON, a folder of them, or an output folder of generate; repeatable',
      "generated/; without it, or with --config, the configuration's dashboards",
    ),
    runbooks: optional('--runbooks <folder>', 'folder of the runbook pages; runbooks/ unless given'),
    scrapeInterval: optional(
      '--scrape-interval <duration>',
      'lowest step of a query, as in the settings of the data source in Grafana; the configured one unless given',
      positiveSeconds,
    ),
    port: optional('--port <n>', 'port on 127.0.0.1; a free one unless given', wholeNumber(1, 65_535)),
  },
  help: `Serves on 127.0.0.1 only, reads only, and sends Prometheus only the queries of the dashboards that are shown. Dashboards are
read again when their files change. Ends with Ctrl-C. Exit codes: 0 it was ended, 2 wrong usage, or no dashboard was found.`,
  async run({ options }) {
    const { PrometheusConnection } = await import('../../prometheus/connection.js');
    const { PrometheusClient } = await import('../../prometheus/client.js');
    const { startView } = await import('../../view/server.js');
    const { serveUntil, viewedDashboards } = await import('../view-session.js');
    const { pageInBackground } = await import('../../view/page-files.js');
    const settings = connectionSettings(options);
    const { projectBundle } = await import('../../project/load.js');
    const bundle = await projectBundle(options.config);
    const seconds = options.scrapeInterval ?? durationSeconds(bundle.config.scrapeInterval);
    const source = viewedDashboards(options.dashboards, options.config, bundle);
    const connection = new PrometheusConnection(settings);
    try {
      return await untilInterrupted(async (signal) => {
        const page = pageInBackground({ onProgress: (what) => print(`${what} …`), signal });
        const server = await startView({
          client: new PrometheusClient(connection),
          source,
          page: page.folder,
          progress: page.progress,
          runbooks: [options.runbooks ?? ownOrShipped('runbooks')],
          scrapeIntervalMs: seconds * 1000,
          ...(options.port === undefined ? {} : { port: options.port }),
        });
        await serveUntil(signal, server, page);
        return 0 as const;
      });
    } finally {
      source.close();
      connection.close();
    }
  },
});
