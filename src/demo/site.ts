import { buildBundle } from '../bundle/build.js';
import type { Bundle } from '../bundle/bundle.js';
import { parseConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { loadProject, type Project } from '../project/load.js';
import { type Duration, duration } from '../promql/duration.js';
import { DEMONSTRATION_CONFIG } from './demonstration.js';

/** How often the live parts are scraped and their rules evaluated. */
export const INTERVAL = duration('5s');

/** The time range of the dashboards: a demonstration begins with its start, and would be a thin line in six hours. */
const SPAN = duration('15m');

const withSpan = (definitions: Project['definitions'], span: Duration): Project['definitions'] => ({
  ...definitions,
  dashboards: definitions.dashboards.map((dashboard) => ({ ...dashboard, span })),
});

function siteConfig({ hasSettings, config, definitions, source }: Project): Config {
  if (!hasSettings) return parseConfig(DEMONSTRATION_CONFIG);
  // Shorter intervals could hide that the site's own values do not go together.
  buildBundle(config, definitions, source);
  return { ...config, scrapeInterval: INTERVAL, evaluationInterval: INTERVAL };
}

/**
 * The bundle that the live parts run with.
 *
 * @param file configuration of a site; where no settings are found, waits are shortened for a live demonstration
 * @param dashboards address of the live dashboards, to which links lead then
 * @throws {ConfigError}
 */
export async function liveBundle(
  file?: string,
  dashboards?: string,
): Promise<{ readonly bundle: Bundle; readonly isDemonstration: boolean }> {
  const project = await loadProject(file);
  const links = dashboards === undefined ? {} : { links: { dashboards, runbooks: `${dashboards}/runbooks` } };
  const isDemonstration = !project.hasSettings;
  const definitions = isDemonstration ? withSpan(project.definitions, SPAN) : project.definitions;
  return {
    bundle: buildBundle({ ...siteConfig(project), ...links }, definitions, project.source),
    isDemonstration,
  };
}
