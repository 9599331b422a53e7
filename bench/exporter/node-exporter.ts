import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/package/root.js';

const run = promisify(execFile);

/**
 * The path of node_exporter, or why there is none. Looks on the PATH, then in `.cache/`, then unpacks Debian's package there; nothing is
 * installed.
 */
export async function findNodeExporter(): Promise<{ readonly path: string } | { readonly missing: string }> {
  for (const name of ['node_exporter', 'prometheus-node-exporter']) {
    const found = await onPath(name);
    if (found !== undefined) return { path: found };
  }
  const folder = join(packageRoot, '.cache', 'node-exporter');
  const path = join(folder, 'usr', 'bin', 'prometheus-node-exporter');
  if (await exists(path)) return { path };
  try {
    await mkdir(join(packageRoot, '.cache'), { recursive: true });
    const work = await mkdtemp(`${folder}.`);
    await run('apt-get', ['-q', 'download', 'prometheus-node-exporter'], { cwd: work });
    const [file] = (await readdir(work)).filter((name) => name.endsWith('.deb'));
    await run('dpkg', ['-x', join(work, file as string), join(work, 'root')]);
    await rm(folder, { recursive: true, force: true });
    await rename(join(work, 'root'), folder);
    await rm(work, { recursive: true });
    return { path };
  } catch (error) {
    return {
      missing: `node_exporter is not on the PATH and could not be fetched: ${(error as Error).message.split('\n')[0]}`,
    };
  }
}

/** The path of a program, or undefined. */
async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const path = join(folder, name);
    if (folder !== '' && (await exists(path))) return path;
  }
  return undefined;
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
