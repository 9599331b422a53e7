import { homedir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { packageRoot } from '../package/root.js';

/** True when this code runs from a package that npm installed, false in a checkout. */
export const isInstalledPackage = packageRoot.split(sep).includes('node_modules');

/**
 * Where downloaded tools are kept: the folder that `GATEWAY_OBSERVABILITY_TOOLS` names, else `.cache/tools` in a
 * checkout, else (installed as a package, whose own folder npm removes and replaces) the user's cache folder.
 */
export function toolsCacheFolder(): string {
  const chosen = process.env.GATEWAY_OBSERVABILITY_TOOLS;
  if (chosen) return resolve(chosen);
  if (!isInstalledPackage) return join(packageRoot, '.cache', 'tools');
  const base =
    process.env.XDG_CACHE_HOME ||
    (process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache'));
  return join(base, 'gateway-observability', 'tools');
}
