import { createHash } from 'node:crypto';
import type { Artifact } from './artifact.js';

/** Where the checksums lie below the output folder. */
export const CHECKSUMS = 'checksums.json';

/** SHA-256 of a file's text, in hexadecimal. */
export const checksum = (content: string | Buffer): string =>
  createHash('sha256').update(content).digest('hex');

/** One checksum for several files. */
export const checksumOfAll = (artifacts: readonly Artifact[]): string =>
  checksum(artifacts.map(({ path, content }) => `${path} ${checksum(content)}\n`).join(''));

/**
 * The checksums of all other files: who deploys them can tell whether they are as they were generated.
 *
 * @param definitions what tells the definitions apart from which they were generated, whatever the site's configuration
 */
export function renderChecksums(artifacts: readonly Artifact[], definitions: string): Artifact {
  const files = Object.fromEntries(artifacts.map(({ path, content }) => [path, checksum(content)]));
  return { path: CHECKSUMS, content: `${JSON.stringify({ definitions, files }, null, 2)}\n` };
}
