import { isDeepStrictEqual } from 'node:util';
import { Document } from 'yaml';
import type { Bundle } from '../bundle/bundle.js';
import { parseConfig } from '../config/load.js';
import { type Artifact, GENERATED } from './artifact.js';
import { FOR_YAMLLINT } from './commented-yaml.js';

/** Where a site's settings lie below the output folder. */
export const SITE_SETTINGS = 'gateway-observability.site.yaml';

/**
 * The settings of a site that differ from the defaults, as a configuration file. With it and the definitions, the
 * whole folder can be generated again: whoever deploys it can check that it is up to date.
 */
export function renderSiteSettings({ config }: Bundle): Artifact {
  const settings = differences(config, parseConfig({})) ?? {};
  const document = new Document(settings);
  document.commentBefore = ` ${FOR_YAMLLINT}\n ${GENERATED}\n Settings used to generate this folder. Settings that are not listed have their default.`;
  return { path: SITE_SETTINGS, content: document.toString({ lineWidth: 0 }) };
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The keys of `value` that differ from `defaults`; undefined where none does. */
function differences(value: unknown, defaults: unknown): unknown {
  if (!isMapping(value)) return isDeepStrictEqual(value, defaults) ? undefined : value;
  const entries = Object.entries(value)
    .map(
      ([key, child]) => [key, differences(child, isMapping(defaults) ? defaults[key] : undefined)] as const,
    )
    .filter(([, child]) => child !== undefined);
  return entries.length === 0 && defaults !== undefined ? undefined : Object.fromEntries(entries);
}
