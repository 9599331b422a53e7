import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildBundle } from '../src/bundle/build.js';
import { loadProject } from '../src/project/load.js';
import { durationSeconds } from '../src/promql/duration.js';
import type { Scenario } from '../src/simulator/scenario.js';
import { World } from '../src/simulator/world.js';
import { UnknownToPreviewError } from './dashboard-json.js';
import { prometheusWith } from './data.js';
import { indexPage, type Shown } from './index-page.js';
import { requireKnown } from './known.js';
import { dashboardData, QueryError } from './queries.js';
import { readDashboards } from './read-dashboards.js';
import { situations } from './situations.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Fixed, so that the same dashboards give the same pictures. Not a full hour: its name would be cut at the edge. */
const NOW = Date.UTC(2026, 2, 2, 14, 50, 0);

/** The dashboard that the README shows. */
const README_DASHBOARD = 'gateway-overview';

const HELP = `npm run preview -- [options]

Draws the dashboards in generated/grafana/dashboards with simulated data and saves pictures of them, without a Grafana
server.

  --dashboard <uid>     only this dashboard; may be given several times
  --situation <name>    only quiet or incident
  --theme <name>        only light or dark
  --output <folder>     output folder (default: preview/pictures)
  --readme              also update the two pictures in docs/pictures
  --dashboards <folder> where the dashboards are (default: generated/grafana/dashboards)
`;

async function main(): Promise<number> {
  let options: ReturnType<typeof read>;
  try {
    options = read();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (options.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  if (!existsSync(here('./node_modules/@grafana/ui/package.json'))) {
    process.stderr.write(
      'the packages that draw are not installed; they take about 500 MB and only the preview needs them:\n  npm ci --prefix preview\n',
    );
    return 2;
  }
  const output = options.output ?? here('./pictures');
  const all = readDashboards(options.dashboards ?? here('../generated/grafana/dashboards'));
  const unknown = options.dashboard?.find((uid) => !all.some((dashboard) => dashboard.uid === uid));
  if (unknown !== undefined) {
    process.stderr.write(
      `--dashboard: found ${unknown}, expected one of ${all.map(({ uid }) => uid).join(', ')}\n`,
    );
    return 2;
  }
  const dashboards = all.filter(
    ({ uid }) => options.dashboard === undefined || options.dashboard.includes(uid),
  );
  // Before anything slow: report at once what cannot be drawn.
  for (const dashboard of dashboards) requireKnown(dashboard);

  // Imported late: without the packages above these modules cannot be loaded.
  const { bundlePage } = await import('./bundle.js');
  const { Photographer } = await import('./chromium.js');
  const project = await loadProject();
  const bundle = buildBundle(project.config, project.definitions, project.source);
  const { config } = bundle;
  const photographer = await Photographer.start(await bundlePage());
  const shown = new Map<string, Shown[]>(dashboards.map(({ uid }) => [uid, []]));
  const write = async (name: string, content: string | Buffer, folder = output) => {
    await mkdir(folder, { recursive: true });
    const file = join(folder, name);
    await writeFile(`${file}.part`, content);
    await rename(`${file}.part`, file);
    process.stdout.write(`${file}\n`);
  };
  try {
    for (const { name, scenario, relay } of situations) {
      if (options.situation !== undefined && options.situation !== name) continue;
      const prometheus = await prometheusWith(bundle, scenario, NOW);
      try {
        for (const dashboard of dashboards) {
          const data = await dashboardData(dashboard, {
            client: prometheus.client,
            nowMs: NOW,
            scrapeIntervalMs: durationSeconds(config.scrapeInterval) * 1000,
            datasource: config.datasource.uid,
            variableValues: new Map([['relay', relayKey(scenario, relay)]]),
          });
          const pictures: string[] = [];
          for (const theme of ['light', 'dark'] as const) {
            if (options.theme !== undefined && options.theme !== theme) continue;
            const file = `${dashboard.uid}-${name}${theme === 'light' ? '' : '-dark'}.png`;
            const note = `preview, ${name}; not a screenshot of Grafana`;
            const png = await photographer.picture({ data, theme, note }).catch(inDashboard(dashboard.uid));
            await write(file, png);
            if (options.readme === true && dashboard.uid === README_DASHBOARD && theme === 'light') {
              await write(`overview-${name}.png`, await smaller(png), here('../docs/pictures'));
            }
            pictures.push(file);
          }
          shown.get(dashboard.uid)?.push({ situation: name, data, pictures });
        }
      } finally {
        await prometheus.stop();
      }
    }
  } finally {
    await photographer.stop();
  }
  await write('index.html', indexPage([...shown.values()]));
  return 0;
}

/** A relay's key: the same seed gives the same keys. */
function relayKey(scenario: Scenario, place: number): string {
  const relay = new World(scenario, 0).relays[place];
  if (relay === undefined) throw new TypeError(`scenario ${scenario.name} has no relay ${place}`);
  return relay.key;
}

/** A picture of so few colours that it may live in the repository. */
async function smaller(png: Buffer): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  return sharp(png)
    .png({ palette: true, colours: 64, dither: 0, effort: 10, compressionLevel: 9 })
    .toBuffer();
}

function inDashboard(uid: string): (error: Error) => never {
  return (error) => {
    error.message = `${uid}: ${error.message}`;
    throw error;
  };
}

function read() {
  const { values } = parseArgs({
    options: {
      dashboard: { type: 'string', multiple: true },
      situation: { type: 'string' },
      theme: { type: 'string' },
      output: { type: 'string' },
      dashboards: { type: 'string' },
      readme: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const oneOf = (option: string, value: string | undefined, names: readonly string[]) => {
    if (value !== undefined && !names.includes(value)) {
      throw new TypeError(`${option}: found ${value}, expected one of ${names.join(', ')}`);
    }
  };
  oneOf('--situation', values.situation, ['quiet', 'incident']);
  oneOf('--theme', values.theme, ['light', 'dark']);
  return values;
}

process.exitCode = await main().catch((error: Error) => {
  // By name: the classes of the modules that are imported late are not there.
  const isUnusable = [
    'ConfigError',
    'ToolNotFoundError',
    'ChromiumNotFoundError',
    'UnreadableError',
  ].includes(error.name);
  const isExpected =
    isUnusable ||
    error instanceof QueryError ||
    error instanceof UnknownToPreviewError ||
    error.name === 'DrawingError';
  process.stderr.write(`${isExpected ? error.message : (error.stack ?? error.message)}\n`);
  return isUnusable ? 2 : 1;
});
