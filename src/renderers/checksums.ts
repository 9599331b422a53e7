import { createHash } from 'node:crypto';
import type { Artifact } from './artifact.js';

/** Where the checksums lie below the output folder. */
export const CHECKSUMS = 'checksums.json';

/** SHA-256 of a file's text, in hexadecimal. */
export const checksum = (content: string | Buffer): string =>
  createHash('sha256').update(content).digest('hex');

/** The checksums of all other files: who deploys them can tell whether they are as they were generated. */
export function renderChecksums(artifacts: readonly Artifact[]): Artifact {
  const files = Object.fromEntries(artifacts.map(({ path, content }) => [path, checksum(content)]));
  return { path: CHECKSUMS, content: `${JSON.stringify({ files }, null, 2)}\n` };
}
