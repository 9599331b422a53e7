import { waitFor } from '../processes/process.js';
import { PrometheusClient } from '../prometheus/client.js';
import type { DashboardJson } from '../view/dashboard-json.js';
import { startView } from '../view/server.js';
import { fixedDashboards } from '../view/watch-dashboards.js';
import type { BrowserPage, Rectangle } from './browser-page.js';
import type { Chromium } from './chromium.js';

/** A dashboard could not be drawn. The message names the panel where it is known. */
export class DrawingError extends Error {
  override readonly name = 'DrawingError';
}

export interface DrawnBy {
  readonly chromium: Chromium;
  /** Folder of the page that draws. */
  readonly page: string;
  readonly prometheusUrl: string;
  /** The moment that is `now`; milliseconds since the epoch. */
  readonly nowMs: number;
  readonly scrapeIntervalMs: number;
}

export interface PictureOptions {
  /** Pixels. */
  readonly width: number;
  readonly theme: 'light' | 'dark';
  /** What the picture is of; shown at its top. */
  readonly note: string;
  /** Values of variables of a single value, by name. */
  readonly values: ReadonlyMap<string, string>;
  /** Whether collapsed rows are opened. */
  readonly openRows?: boolean;
}

/** A dashboard on a page, as it stays until it is closed. */
export interface DrawnDashboard {
  /** A PNG of the whole dashboard. */
  whole(): Promise<Buffer>;
  /** A PNG of one panel; undefined where the dashboard has none of this id. */
  panel(id: number): Promise<Buffer | undefined>;
  close(): Promise<void>;
}

/** Draws dashboards by the page of the live view, on data of one Prometheus. */
export async function startDrawing(
  dashboards: readonly DashboardJson[],
  { chromium, page, prometheusUrl, nowMs, scrapeIntervalMs }: DrawnBy,
) {
  const server = await startView({
    client: new PrometheusClient(prometheusUrl),
    source: fixedDashboards(dashboards),
    page: () => page,
    runbooks: [],
    scrapeIntervalMs,
    nowMs: () => nowMs,
  });
  return {
    /** @throws {DrawingError} */
    async draw(dashboard: DashboardJson, options: PictureOptions): Promise<DrawnDashboard> {
      const { width, theme, note, openRows = false } = options;
      const query = new URLSearchParams({ picture: note, theme, ...(openRows ? { rows: 'open' } : {}) });
      for (const { name, multi, includeAll } of dashboard.templating?.list ?? []) {
        const value = options.values.get(name);
        if (value !== undefined && multi !== true && includeAll !== true) query.set(`var-${name}`, value);
      }
      const tab = await chromium.open({ width, theme });
      try {
        await tab.goto(`${server.url}/d/${dashboard.uid}?${query}`);
        await untilDrawn(tab, dashboard.uid);
      } catch (error) {
        await tab.close();
        throw error;
      }
      return {
        whole: () => tab.picture(),
        async panel(id) {
          const place = (await tab.evaluate(
            `(() => { const found = document.querySelector('[data-panel="${id}"]')?.getBoundingClientRect(); return found && { x: found.x + scrollX, y: found.y + scrollY, width: found.width, height: found.height }; })()`,
          )) as Rectangle | undefined;
          return place === undefined ? undefined : tab.picture(place);
        },
        close: () => tab.close(),
      };
    },
    stop: server.stop,
  };
}

async function untilDrawn(tab: BrowserPage, uid: string): Promise<void> {
  const problems = async () => [
    ...tab.problems,
    ...(((await tab.evaluate('window.previewErrors')) as string[] | undefined) ?? []),
  ];
  const isDrawn = async () =>
    (await tab.evaluate('window.previewDrawn')) === true || (await problems()).length > 0;
  await waitFor(isDrawn, { what: `${uid} to be drawn`, timeoutMs: 120_000 }).catch(async (error: Error) => {
    throw new DrawingError(`${uid}: ${[...(await problems()), error.message].join('\n')}`);
  });
  const found = await problems();
  if (found.length > 0) throw new DrawingError(found.map((problem) => `${uid}: ${problem}`).join('\n'));
}
