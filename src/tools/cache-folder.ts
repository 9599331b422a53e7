import { homedir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json: three levels up from dist/src/tools, two from src/tools. */
export const projectRoot = (() => {
  const src = dirname(dirname(fileURLToPath(import.meta.url)));
  const parent = dirname(src);
  return parent.endsWith(`${sep}dist`) ? dirname(parent) : parent;
})();

/** True when this code runs from a package that npm installed, false in a checkout. */
export const isInstalledPackage = projectRoot.split(sep).includes('node_modules');

/**
 * Where downloaded tools are kept: the folder that `GATEWAY_OBSERVABILITY_TOOLS` names, else `.cache/tools` in a
 * checkout, else (installed as a package, whose own folder npm removes and replaces) the user's cache folder.
 */
export function toolsCacheFolder(): string {
  const chosen = process.env.GATEWAY_OBSERVABILITY_TOOLS;
  if (chosen) return resolve(chosen);
  if (!isInstalledPackage) return join(projectRoot, '.cache', 'tools');
  const base =
    process.env.XDG_CACHE_HOME ||
    (process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache'));
  return join(base, 'gateway-observability', 'tools');
}
