import { lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { TreeEntry } from './tree.js';

/** The paths of a list that git ends with zero bytes. */
export const pathsIn = (output: string) => output.split('\0').filter((path) => path !== '');

/** Why a git command failed in a folder. */
export function whyFailed(
  folder: string,
  error: { readonly code?: unknown; readonly stderr?: string },
): string {
  const { code, stderr = '' } = error;
  if (code === 'ENOENT') return 'the command git is not installed';
  if (/not a git repository/i.test(stderr)) return `${folder} is not in a git repository`;
  // Such as the repository of another user.
  return `git refuses to read the repository of ${folder} (${stderr.trim().split('\n')[0]})`;
}

/** The entries that `git ls-tree` or `git ls-files --stage` lists, by their path; where links lead is not among it. */
export function entriesIn(listing: string): Map<string, TreeEntry> {
  return new Map(
    pathsIn(listing).flatMap((line): [string, TreeEntry][] => {
      // `100644 blob <id>\t<path>` in a tree, `100644 <id> 0\t<path>` in the index.
      const [, mode = '', id = '', path = ''] =
        /^(\d+) (?:\w+ )?([0-9a-f]{40,64})(?: \d)?\t(.*)$/s.exec(line) ?? [];
      return path === '' ? [] : [[path, { kind: kindOf(mode), id }]];
    }),
  );
}

function kindOf(mode: string): TreeEntry['kind'] {
  if (mode === '120000') return 'link';
  return mode === '160000' ? 'module' : 'file';
}

/** What stands on disk at paths below a root; what is neither file, link nor folder is left out. */
export function entriesOnDisk(root: string, paths: readonly string[]): Map<string, TreeEntry> {
  return new Map(
    [...new Set(paths)].sort().flatMap((path): [string, TreeEntry][] => {
      const full = join(root, path);
      const found = lstatSync(full, { throwIfNoEntry: false });
      if (found === undefined) return [];
      if (found.isSymbolicLink()) return [[path, { kind: 'link', id: full, target: readlinkSync(full) }]];
      // Of a submodule, git lists the folder only.
      if (found.isDirectory()) return [[path.replace(/\/$/, ''), { kind: 'module', id: full }]];
      return found.isFile() ? [[path, { kind: 'file', id: full }]] : [];
    }),
  );
}

/**
 * The texts that `git cat-file --batch=<mark>` printed, each behind a line with the mark.
 *
 * @throws where there are not as many as were asked for
 */
export function textsIn(output: string, mark: string, count: number): string[] {
  const texts = output.split(`${mark}\n`).slice(1);
  if (texts.length !== count) throw new Error(`git cat-file gave ${texts.length} objects, expected ${count}`);
  return texts.map((text) => text.replace(/\n$/, ''));
}
