import { sep } from 'node:path';
import { packageRoot } from './root.js';

/** How the files are generated in a checkout of this project, where `package.json` has the script. */
export const IN_CHECKOUT = 'npm run generate';
/** How they are generated where this project is installed as a package. */
export const AS_PACKAGE = 'npx gateway-observability generate';

/** The command with which this very program generates files, for messages and for the header of the files. */
export const GENERATE = packageRoot.includes(`${sep}node_modules${sep}`) ? AS_PACKAGE : IN_CHECKOUT;

/**
 * {@link GENERATE} with options, for messages.
 *
 * @param words the options as a shell takes them
 */
export function generateWith(words: readonly string[]): string {
  // npm takes options for itself up to the two dashes.
  return [GENERATE, ...(words.length > 0 && GENERATE === IN_CHECKOUT ? ['--'] : []), ...words].join(' ');
}
