import { parse } from 'yaml';
import { readFileSet } from '../rule-files/file-set.js';
import type { DashboardJson } from '../view/dashboard-json.js';
import { asDashboard } from '../view/read-dashboards.js';
import type { Base } from './preview.js';
import type { PlainGroup } from './recorded.js';

/**
 * The dashboards and rules of a git revision, a folder or a file.
 *
 * @throws {FileSetError} where it is none of these
 */
export async function baseOf(text: string): Promise<Base> {
  const { label, files } = await readFileSet(text);
  const dashboards = new Map<string, DashboardJson>();
  const groups: PlainGroup[] = [];
  for (const { path, text: content } of files) {
    if (path.endsWith('.json')) {
      const dashboard = dashboardIn(path, content);
      if (dashboard !== undefined && !dashboards.has(dashboard.uid)) dashboards.set(dashboard.uid, dashboard);
    } else if (/(?:^|\/)prometheus\/[^/]+\.ya?ml$/.test(path)) {
      groups.push(...((parse(content) as { groups?: PlainGroup[] } | null)?.groups ?? []));
    }
  }
  return { label, dashboards: [...dashboards.values()], groups: groups.length > 0 ? groups : undefined };
}

/** Undefined for other JSON, such as the second form in which a dashboard is written. */
function dashboardIn(path: string, content: string): DashboardJson | undefined {
  try {
    return asDashboard(JSON.parse(content), path);
  } catch {
    return undefined;
  }
}
