import { posix } from 'node:path';

/** What stands at a path of a revision, of the index, of the working tree or of a folder. */
export interface TreeEntry {
  readonly kind: 'file' | 'link' | 'module';
  /** By what it is read: the id of an object, or a path. */
  readonly id: string;
  /** Where a link leads. */
  readonly target?: string;
}

/** A file as it is reached: through a link, its own path and that of the file differ. */
export interface Reached {
  readonly path: string;
  /** The path of the file that is read; absent where it cannot be. */
  readonly at?: string;
  readonly unread?: string;
}

/** Links to links, and links in links, up to this depth. */
const DEEPEST = 20;

/** Every file of a tree with symbolic links followed. What leads out of the tree, and submodules, are given with the reason. */
export function reachedIn(entries: ReadonlyMap<string, TreeEntry>): Reached[] {
  const paths = [...entries.keys()].sort();
  const reach = (path: string, shown: string, depth: number): Reached[] => {
    const entry = entries.get(path) as TreeEntry;
    if (entry.kind === 'file') return [{ path: shown, at: path }];
    if (entry.kind === 'module') return [{ path: shown, unread: 'a submodule' }];
    const target = depth > DEEPEST ? undefined : followed(path, entries);
    if (target === undefined) {
      return [
        { path: shown, unread: `a symbolic link to ${entry.target}, which leads out of the tree or nowhere` },
      ];
    }
    if (entries.has(target)) return reach(target, shown, depth);
    return paths
      .filter((other) => other.startsWith(`${target}/`) && other !== path)
      .flatMap((other) => reach(other, `${shown}${other.slice(target.length)}`, depth + DEEPEST / 4));
  };
  return paths.flatMap((path) => reach(path, path, 0));
}

/** The path of the file or folder to which a link leads; undefined where there is none in the tree. */
function followed(link: string, entries: ReadonlyMap<string, TreeEntry>): string | undefined {
  let path = link;
  for (let i = 0; i < DEEPEST; i += 1) {
    const parts = path.split('/');
    const at = parts.findIndex((_, j) => entries.get(parts.slice(0, j + 1).join('/'))?.kind === 'link');
    if (at < 0) {
      const isThere = entries.has(path) || [...entries.keys()].some((other) => other.startsWith(`${path}/`));
      return isThere ? path : undefined;
    }
    const { target = '' } = entries.get(parts.slice(0, at + 1).join('/')) as TreeEntry;
    if (posix.isAbsolute(target)) return undefined;
    path = posix.normalize(posix.join(parts.slice(0, at).join('/'), target, ...parts.slice(at + 1)));
    // Out of the tree it begins with `..`, as the path of no entry does.
    path = path.replace(/\/$/, '');
  }
  return undefined;
}
