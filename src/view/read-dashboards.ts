import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DashboardJson, PanelJson } from './dashboard-json.js';

/** A file or folder is not there or holds no dashboard. The message names it. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** What was found at some paths. */
export interface DashboardFiles {
  /** In the order of their file names. */
  readonly dashboards: readonly { readonly file: string; readonly dashboard: DashboardJson }[];
  /** Files that hold no dashboard that can be shown, and why. */
  readonly unread: readonly { readonly file: string; readonly reason: string }[];
}

/** Where `generate` puts the dashboards, from the folder of a checkout or of a site's output. */
const OUTPUT_FOLDERS = [join('grafana', 'dashboards'), join('generated', 'grafana', 'dashboards')];

/**
 * The JSON files that paths stand for: a file, a folder that `generate` wrote, or any folder with its subfolders.
 *
 * @throws {UnreadableError} where a path is not there
 */
export function dashboardFiles(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    try {
      if (statSync(path).isFile()) return [path];
      const output = OUTPUT_FOLDERS.map((folder) => join(path, folder)).find((folder) => existsSync(folder));
      const folder = output ?? path;
      return (readdirSync(folder, { recursive: true }) as string[])
        .filter((name) => name.endsWith('.json') && !/(?:^|[\\/])node_modules[\\/]/.test(name))
        .sort()
        .map((name) => join(folder, name));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new UnreadableError(
        `${path}: cannot be read (${code ?? message}), expected a dashboard or a folder of dashboards`,
      );
    }
  });
}

/** Reads dashboards in Grafana's classic form, also where an export or a manifest wraps them. Never throws because of a file's content. */
export function readDashboardFiles(files: readonly string[]): DashboardFiles {
  const dashboards: { file: string; dashboard: DashboardJson }[] = [];
  const unread: { file: string; reason: string }[] = [];
  for (const file of files) {
    try {
      const dashboard = dashboardIn(file);
      const twin = dashboards.find((other) => other.dashboard.uid === dashboard.uid);
      if (twin !== undefined) throw new TypeError(`its uid ${dashboard.uid} is also that of ${twin.file}`);
      dashboards.push({ file, dashboard });
    } catch (error) {
      unread.push({ file, reason: (error as Error).message });
    }
  }
  return { dashboards, unread };
}

function dashboardIn(file: string): DashboardJson {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new TypeError(`expected a dashboard as JSON, found ${(error as Error).message}`);
  }
  return asDashboard(value, file);
}

/**
 * A dashboard of a parsed file.
 *
 * @throws {TypeError} where it is none
 */
export function asDashboard(value: unknown, file: string): DashboardJson {
  const whole = (value ?? {}) as { dashboard?: unknown; spec?: unknown; metadata?: { name?: unknown } };
  const wrapped = [whole.dashboard, whole.spec].find(
    (inner) => typeof inner === 'object' && inner !== null && !('panels' in whole),
  );
  const found = (wrapped ?? whole) as Partial<DashboardJson> & { rows?: unknown; elements?: unknown };
  if (!Array.isArray(found.panels)) {
    if (found.elements !== undefined)
      throw new TypeError('elements: found a dashboard of schema v2, expected the classic form with panels');
    if (found.rows !== undefined)
      throw new TypeError('rows: found a dashboard from before Grafana 5, expected panels');
    throw new TypeError(`panels: found ${JSON.stringify(found.panels)}, expected a list`);
  }
  // An export leaves the uid to Grafana.
  const uid = found.uid ?? whole.metadata?.name ?? basename(file, '.json').replace(/[^\w-]+/g, '-');
  if (typeof uid !== 'string' || !/^[\w-]+$/.test(uid)) {
    throw new TypeError(`uid: found ${JSON.stringify(uid)}, expected the name of a dashboard`);
  }
  return {
    ...found,
    uid,
    title: String(found.title ?? uid),
    time: { from: 'now-6h', to: 'now', ...found.time },
    panels: numbered(found.panels),
  };
}

const DEFAULT_WIDTH = 12;
const DEFAULT_HEIGHT = 8;

/** Panels with the ids and places that a file leaves to Grafana. */
function numbered(panels: readonly unknown[]): PanelJson[] {
  const used = new Set(
    panels
      .flatMap((panel) => [panel, ...((panel as PanelJson | null)?.panels ?? [])] as Partial<PanelJson>[])
      .map((panel) => panel?.id),
  );
  let next = 1;
  const freeId = () => {
    while (used.has(next)) next += 1;
    used.add(next);
    return next;
  };
  const seen = new Set<number>();
  const complete = (list: readonly unknown[], where: string): PanelJson[] => {
    let bottom = 0;
    return list.map((value, place) => {
      if (typeof value !== 'object' || value === null)
        throw new TypeError(`${where}[${place}]: found ${JSON.stringify(value)}, expected a panel`);
      const panel = value as Partial<PanelJson> & { libraryPanel?: unknown };
      const { x = 0, y = bottom, w = DEFAULT_WIDTH, h = DEFAULT_HEIGHT } = panel.gridPos ?? {};
      if (![x, y, w, h].every(Number.isFinite))
        throw new TypeError(
          `${where}[${place}].gridPos: found ${JSON.stringify(panel.gridPos)}, expected numbers`,
        );
      bottom = Math.max(bottom, y + h);
      // Ids that are absent, 0 or given twice.
      const id = typeof panel.id === 'number' && panel.id > 0 && !seen.has(panel.id) ? panel.id : freeId();
      seen.add(id);
      return {
        ...panel,
        id,
        type: panel.type ?? (panel.libraryPanel === undefined ? 'unknown' : 'library panel'),
        gridPos: { x, y, w, h },
        ...(panel.panels === undefined
          ? {}
          : { panels: complete(panel.panels, `${where}[${place}].panels`) }),
      };
    });
  };
  return complete(panels, 'panels');
}

/**
 * Reads all dashboards of a folder, in the order of their file names.
 *
 * @throws {UnreadableError} where a file holds none, or there are none
 */
export function readDashboards(folder: string): DashboardJson[] {
  const { dashboards, unread } = readDashboardFiles(dashboardFiles([folder]));
  const [first] = unread;
  if (first !== undefined) throw new UnreadableError(`${first.file}: ${first.reason}`);
  if (dashboards.length === 0)
    throw new UnreadableError(`${folder}: found no .json file, expected dashboards`);
  return dashboards.map(({ dashboard }) => dashboard);
}
