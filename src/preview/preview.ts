import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bundle } from '../bundle/bundle.js';
import type { RunningPrometheus } from '../processes/prometheus.js';
import { durationSeconds } from '../promql/duration.js';
import { World } from '../simulator/world.js';
import type { DashboardJson } from '../view/dashboard-json.js';
import { type DashboardData, dashboardData, QueryError } from '../view/queries.js';
import { changedPanels } from './changed-panels.js';
import type { Chromium } from './chromium.js';
import { type ComparedPanel, comparisonMarkdown, comparisonPage } from './comparison-page.js';
import { prometheusWith } from './data.js';
import { DrawingError, startDrawing } from './draw.js';
import { indexPage, type Shown } from './index-page.js';
import { groupsOf, type PlainGroup } from './recorded.js';
import { type PreviewSituation, situations } from './situations.js';

/** Fixed, so that the same dashboards give the same pictures. Not a full hour: its name would be cut at the edge. */
const NOW = Date.UTC(2026, 2, 2, 14, 50, 0);

export type Theme = 'light' | 'dark';

export interface PreviewOptions {
  readonly bundle: Bundle;
  readonly dashboards: readonly DashboardJson[];
  /** Names of {@link situations}. */
  readonly situations: readonly string[];
  readonly themes: readonly Theme[];
  /** Pixels. */
  readonly width: number;
  readonly output: string;
  readonly chromium: Chromium;
  /** Folder of the page that draws. */
  readonly page: string;
  readonly onFile: (file: string) => void;
  /** Called with what could not be drawn. */
  readonly onProblem: (problem: string) => void;
  /** Other data than that of a real Prometheus, and other pictures than those of a browser. */
  readonly tools?: PreviewTools;
}

export interface PreviewTools {
  readonly prometheusWith: typeof prometheusWith;
  readonly startDrawing: typeof startDrawing;
}
const REAL_TOOLS: PreviewTools = { prometheusWith, startDrawing };

/** The dashboards and rules of an earlier state. */
export interface Base {
  /** As it is shown: `main`. */
  readonly label: string;
  readonly dashboards: readonly DashboardJson[];
  /** Undefined where it has no rules: those of the bundle are used. */
  readonly groups: readonly PlainGroup[] | undefined;
}

/** A relay's key: the same seed gives the same keys. */
function relayKey({ scenario, relay: place }: PreviewSituation): string {
  const relay = new World(scenario, 0).relays[place];
  if (relay === undefined) throw new TypeError(`scenario ${scenario.name} has no relay ${place}`);
  return relay.key;
}

async function write(output: string, name: string, content: string | Buffer): Promise<string> {
  await mkdir(output, { recursive: true });
  const file = join(output, name);
  await writeFile(`${file}.part`, content);
  await rename(`${file}.part`, file);
  return file;
}

/** The data of a dashboard; undefined, and reported, where a query of it fails. */
async function dataOf(
  dashboard: DashboardJson,
  prometheus: RunningPrometheus,
  situation: PreviewSituation,
  { bundle, width, onProblem }: PreviewOptions,
): Promise<DashboardData | undefined> {
  try {
    return await dashboardData(dashboard, {
      client: prometheus.client,
      nowMs: NOW,
      scrapeIntervalMs: durationSeconds(bundle.config.scrapeInterval) * 1000,
      datasource: bundle.config.datasource.uid,
      variableValues: new Map([['relay', relayKey(situation)]]),
      width,
    });
  } catch (error) {
    if (!(error instanceof QueryError) && (error as Error).name !== 'VariableError') throw error;
    onProblem((error as Error).message);
    return undefined;
  }
}

const drawing = (
  dashboards: readonly DashboardJson[],
  prometheus: RunningPrometheus,
  { bundle, chromium, page, tools = REAL_TOOLS }: PreviewOptions,
) =>
  tools.startDrawing(dashboards, {
    chromium,
    page,
    prometheusUrl: prometheus.url,
    nowMs: NOW,
    scrapeIntervalMs: durationSeconds(bundle.config.scrapeInterval) * 1000,
  });

/** Reports what could not be drawn, and goes on with the rest. */
async function reported(onProblem: (problem: string) => void, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof DrawingError)) throw error;
    onProblem(error.message);
  }
}

const wanted = ({ situations: names }: PreviewOptions) =>
  situations.filter(({ name }) => names.includes(name));

/** Draws every dashboard in every situation, and writes an index of the pictures with every query and its result. */
export async function previewAll(options: PreviewOptions): Promise<void> {
  const { bundle, dashboards, themes, width, output, onFile, onProblem, tools = REAL_TOOLS } = options;
  const shown = new Map<string, Shown[]>(dashboards.map(({ uid }) => [uid, []]));
  for (const situation of wanted(options)) {
    const prometheus = await tools.prometheusWith(bundle, situation.scenario, NOW);
    const drawn = await drawing(dashboards, prometheus, options);
    try {
      for (const dashboard of dashboards) {
        const data = await dataOf(dashboard, prometheus, situation, options);
        if (data === undefined) continue;
        const pictures: string[] = [];
        for (const theme of themes) {
          await reported(onProblem, async () => {
            const file = [dashboard.uid, situation.name, ...(width === 1280 ? [] : [width])]
              .concat(theme === 'dark' ? ['dark'] : [])
              .join('-');
            const note = `preview, ${situation.name}; not a screenshot of Grafana`;
            const values = new Map([['relay', relayKey(situation)]]);
            const one = await drawn.draw(dashboard, { width, theme, note, values });
            try {
              onFile(await write(output, `${file}.png`, await one.whole()));
              pictures.push(`${file}.png`);
            } finally {
              await one.close();
            }
          });
        }
        shown.get(dashboard.uid)?.push({ situation: situation.name, data, pictures });
      }
    } finally {
      await drawn.stop();
      await prometheus.stop();
    }
  }
  onFile(await write(output, 'index.html', indexPage([...shown.values()])));
}

/** One side of a comparison in one situation. */
interface Side {
  readonly prometheus: RunningPrometheus;
  readonly dashboards: readonly DashboardJson[];
}

/**
 * Draws the panels that differ from an earlier state, before and after, both on the same scraped data; each side has the series that
 * its own rules record. Writes a page with the pictures side by side, and a list in Markdown. Returns the changed panels.
 */
export async function previewChanges(base: Base, options: PreviewOptions): Promise<readonly ComparedPanel[]> {
  const { bundle, dashboards, output, onFile, tools = REAL_TOOLS } = options;
  const own = groupsOf(bundle);
  const groups = base.groups ?? own;
  const haveSameRules = JSON.stringify(sorted(groups)) === JSON.stringify(sorted(own));
  const panels: ComparedPanel[] = [];
  for (const situation of wanted(options)) {
    const after = await tools.prometheusWith(bundle, situation.scenario, NOW);
    let before: RunningPrometheus | undefined;
    try {
      before = haveSameRules ? after : await tools.prometheusWith(bundle, situation.scenario, NOW, groups);
      const sides = {
        before: { prometheus: before, dashboards: base.dashboards },
        after: { prometheus: after, dashboards },
      };
      panels.push(...(await comparedIn(situation, sides, options)));
    } finally {
      await after.stop();
      if (before !== after) await before?.stop();
    }
  }
  onFile(await write(output, 'changes.html', comparisonPage(panels, base.label)));
  onFile(await write(output, 'changes.md', comparisonMarkdown(panels, base.label)));
  return panels;
}

const sorted = (groups: readonly PlainGroup[]) =>
  [...groups].map(({ name, rules }) => ({ name, rules })).sort((a, b) => (a.name < b.name ? -1 : 1));

async function comparedIn(
  situation: PreviewSituation,
  sides: { readonly before: Side; readonly after: Side },
  options: PreviewOptions,
): Promise<ComparedPanel[]> {
  const uids = new Set([...sides.after.dashboards, ...sides.before.dashboards].map(({ uid }) => uid));
  const drawn = {
    before: await drawing(sides.before.dashboards, sides.before.prometheus, options),
    after: await drawing(sides.after.dashboards, sides.after.prometheus, options),
  };
  const found: ComparedPanel[] = [];
  try {
    for (const uid of uids) {
      const of = (side: Side) => side.dashboards.find((dashboard) => dashboard.uid === uid);
      const [before, after] = [of(sides.before), of(sides.after)];
      const data = {
        before: before && (await dataOf(before, sides.before.prometheus, situation, options)),
        after: after && (await dataOf(after, sides.after.prometheus, situation, options)),
      };
      const changed = changedPanels(data.before, data.after);
      if (changed.length === 0) continue;
      const files = new Map(changed.map(({ id }) => [id, {} as { before?: string; after?: string }]));
      for (const side of ['before', 'after'] as const) {
        const dashboard = data[side]?.dashboard;
        if (dashboard === undefined) continue;
        await reported(options.onProblem, async () => {
          const one = await drawn[side].draw(dashboard, {
            width: options.width,
            theme: options.themes[0] ?? 'light',
            note: side,
            values: new Map([['relay', relayKey(situation)]]),
            openRows: true,
          });
          try {
            for (const [id, names] of files) {
              const png = await one.panel(id);
              if (png === undefined) continue;
              names[side] = `${uid}-panel-${id}-${situation.name}-${side}.png`;
              options.onFile(await write(options.output, names[side] as string, png));
            }
          } finally {
            await one.close();
          }
        });
      }
      const dashboard = (after ?? before)?.title ?? uid;
      found.push(
        ...changed.map((panel) => ({
          ...panel,
          uid,
          dashboard,
          situation: situation.name,
          ...files.get(panel.id),
        })),
      );
    }
    return found;
  } finally {
    await Promise.all([drawn.before.stop(), drawn.after.stop()]);
  }
}
