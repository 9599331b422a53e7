import { chmod, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../src/processes/temporary-folder.js';

let copied: Promise<string> | undefined;

/**
 * A copy of the Node.js that runs this, in a folder that every user may enter. The original may lie where only its owner may, as
 * the one that npx provides. It is removed when this process ends.
 */
export function nodeForAnyUser(): Promise<string> {
  copied ??= copy();
  return copied;
}

async function copy(): Promise<string> {
  const folder = temporaryFolder('node-for-any-user').path;
  const file = join(folder, 'node');
  await chmod(folder, 0o755);
  await copyFile(process.execPath, file);
  await chmod(file, 0o755);
  return file;
}
