import type { Config } from '../config/schema.js';
import type { Target } from '../model/target.js';

/** Settings that only some targets use. */
const USED_BY: Readonly<Partial<Record<keyof Config, readonly Target[]>>> = {
  folder: ['kubernetes', 'grafana-provisioning'],
  kubernetes: ['kubernetes'],
  grafanaProvisioning: ['grafana-provisioning'],
  mimir: ['mimir'],
};

/**
 * Which settings have no effect because no target that uses them is written, and how to ask for one; undefined where there are none.
 *
 * @param written the names of the settings that the site's configuration contains
 */
export function unusedSettingsNote(
  { targets }: Pick<Config, 'targets'>,
  written: readonly string[],
): string | undefined {
  const unused = Object.entries(USED_BY).filter(
    ([name, users]) => written.includes(name) && !users.some((user) => targets.includes(user)),
  );
  if (unused.length === 0) return undefined;
  const names = unused.map(([name]) => name).join(', ');
  const wanted = unused.map(([name, users]) => `${users.join(' or ')} for ${name}`).join(', ');
  return `${names}: without effect, because no target uses ${unused.length === 1 ? 'this setting' : 'these settings'}. To write the files, add a target to targets in the site's configuration, or pass it with --target: ${wanted}.`;
}
