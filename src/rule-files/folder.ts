import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Reached, TreeEntry } from './tree.js';

/** Folders of Kubernetes' own in a mounted ConfigMap: the files in them are linked to from outside. */
const OF_KUBERNETES = /^\.\./;

/** Every file below a folder of the file system, symbolic links followed wherever they lead. */
export function reachedInFolder(folder: string): { entries: Map<string, TreeEntry>; reached: Reached[] } {
  const entries = new Map<string, TreeEntry>();
  const reached: Reached[] = [];
  const root = realpathSync(folder);
  const visit = (path: string, shown: string, above: readonly string[]) => {
    const real = realpathSync(path);
    if (above.includes(real)) return;
    for (const { name } of readdirSync(path, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      if (OF_KUBERNETES.test(name) || name === '.git' || name === 'node_modules') continue;
      const [full, own] = [join(path, name), shown === '' ? name : `${shown}/${name}`];
      const found = statSync(full, { throwIfNoEntry: false });
      if (found === undefined) {
        reached.push({ path: own, unread: 'a symbolic link that leads nowhere' });
      } else if (found.isDirectory()) visit(full, own, [...above, real]);
      else if (found.isFile()) {
        const at = relative(root, realpathSync(full));
        entries.set(at, { kind: 'file', id: full });
        reached.push({ path: own, at });
      } else reached.push({ path: own, unread: 'no regular file' });
    }
  };
  visit(folder, '', []);
  return { entries, reached };
}
