import { buildBundle } from '../bundle/build.js';
import type { Bundle } from '../bundle/bundle.js';
import { definitions } from '../bundle/definitions.js';
import { loadConfig, parseConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { duration } from '../promql/duration.js';
import { DEMONSTRATION_CONFIG } from './demonstration.js';
import { withInterval } from './stack.js';

/** How often the live parts are scraped and their rules evaluated. */
export const INTERVAL = duration('5s');

function siteConfig(file: string | undefined): Config {
  if (file === undefined) return parseConfig(DEMONSTRATION_CONFIG);
  const config = loadConfig(file);
  // Shorter intervals could hide that the site's own values do not go together.
  buildBundle(config, definitions(), file);
  return withInterval(config, INTERVAL);
}

/**
 * The bundle that the live parts run with.
 *
 * @param file configuration of a site; without it, waits are shortened for a live demonstration
 * @param dashboards address of the live dashboards, to which links lead then
 * @throws {ConfigError}
 */
export function liveBundle(file: string | undefined, dashboards?: string): Bundle {
  const config = siteConfig(file);
  const links = dashboards === undefined ? {} : { links: { dashboards, runbooks: `${dashboards}/runbooks` } };
  return buildBundle({ ...config, ...links }, definitions(), file ?? 'configuration');
}
