import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json, `runbooks/` and `generated/`: the checkout, or the installed package. */
export const packageRoot = (() => {
  // src in a checkout, dist/src when compiled.
  const parent = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  return parent.endsWith(`${sep}dist`) ? dirname(parent) : parent;
})();
