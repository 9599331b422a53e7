import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { packageRoot } from '../package/root.js';

/**
 * A file or folder of the working directory, else the one that the package brings.
 *
 * @param directory the working directory
 */
export function ownOrShipped(name: string, directory = process.cwd()): string {
  const own = resolve(directory, name);
  return existsSync(own) ? own : resolve(packageRoot, name);
}
