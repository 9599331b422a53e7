import { chmod, copyFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A copy of the Node.js that runs this, in a folder that another user may enter. The original may lie where only its owner may, as
 * the one that npx provides.
 */
export async function nodeForAnyUser(folder: string): Promise<string> {
  const copy = join(folder, 'node');
  await copyFile(process.execPath, copy);
  await chmod(copy, 0o755);
  return copy;
}
