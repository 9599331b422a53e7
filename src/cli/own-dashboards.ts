import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Bundle } from '../bundle/bundle.js';
import { renderGrafanaDashboards } from '../renderers/grafana/dashboards.js';
import type { DashboardJson } from '../view/dashboard-json.js';
import { asDashboard } from '../view/read-dashboards.js';

/**
 * The folder with generated dashboards; undefined if it is missing, or if a configuration is given, because it may be that of another site.
 *
 * @param directory the working directory
 */
export function generatedFolder(config: string | undefined, directory = process.cwd()): string | undefined {
  const folder = resolve(directory, 'generated');
  return config === undefined && existsSync(folder) ? folder : undefined;
}

/** The dashboards of a configuration, with a team's own definitions, as `generate` would write them. */
export const dashboardsOfBundle = (bundle: Bundle): DashboardJson[] =>
  renderGrafanaDashboards(bundle).map(({ path, content }) => asDashboard(JSON.parse(content), path));
