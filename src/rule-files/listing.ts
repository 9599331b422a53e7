import { readFileSync, statSync } from 'node:fs';
import { WANTED_FILE } from './documents.js';
import type { SideFile } from './side.js';
import type { Reached, TreeEntry } from './tree.js';

/** What is built or installed is not looked into, unless it was asked for. */
const SKIPPED = /(?:^|\/)(?:node_modules|\.git|dist)\//;
/** Folders that are compared when a revision or the working tree has them, and nothing else was asked for. */
const OURS = ['generated', 'runbooks'];
/** Larger files are not read. */
const LARGEST = 64 * 1024 * 1024;
/** The files of a side, and how to read them. */
export interface Listing {
  readonly entries: ReadonlyMap<string, TreeEntry>;
  readonly reached: readonly Reached[];
  /** The folder that paths are relative to, with a slash at its end; empty for the root. */
  readonly prefix: string;
  read(wanted: readonly { readonly path: string; readonly id: string }[]): Promise<string[]>;
}

/** Keeps what lies below the asked paths; without any, our own folders where there are such. */
function chosen(reached: readonly Reached[], only: readonly string[]): Reached[] {
  const isWanted = ({ path, unread }: Reached) =>
    WANTED_FILE.test(path) || (unread !== undefined && !/\.\w+$/.test(path));
  const wanted = reached.filter(isWanted);
  const below = (folders: readonly string[]) =>
    wanted.filter(({ path }) =>
      folders.some(
        (folder) =>
          path === folder || (path.startsWith(`${folder}/`) && !SKIPPED.test(path.slice(folder.length))),
      ),
    );
  const all = wanted.filter(({ path }) => !SKIPPED.test(path));
  if (only.includes('.')) return all;
  if (only.length > 0) return below(only.map((path) => path.replace(/^\.\//, '').replace(/\/+$/, '')));
  return below(['generated']).length > 0 ? below(OURS) : all;
}

/** A file that is reached by several paths is read once: by its own path, else by the first. */
function once(reached: readonly Reached[]): Reached[] {
  const direct = new Set(reached.filter(({ path, at }) => path === at).map(({ at }) => at));
  const seen = new Set<string>();
  return reached.filter(({ path, at }) => {
    if (at === undefined) return true;
    if (path !== at && (direct.has(at) || seen.has(at))) return false;
    seen.add(at);
    return true;
  });
}

/** The files of a side that are compared, with their texts. */
export async function filesOf(listing: Listing, only: readonly string[]): Promise<SideFile[]> {
  const { entries, prefix } = listing;
  const inside = listing.reached
    .filter(({ path }) => path.startsWith(prefix))
    .map((one) => ({ ...one, path: one.path.slice(prefix.length) }));
  const files = chosen(inside, only);
  // Of several paths, the one from the root identifies the file.
  const kept = once(files.map((one) => ({ ...one, path: `${prefix}${one.path}` })));
  const readable = kept.flatMap(({ at }) =>
    at === undefined ? [] : [{ path: at, id: (entries.get(at) as TreeEntry).id }],
  );
  const texts = await listing.read(readable);
  const byPath = new Map(readable.map(({ path }, i) => [path, texts[i] as string]));
  return kept.map(({ path, at, unread }) =>
    sideFile(path.slice(prefix.length), byPath.get(at ?? ''), unread),
  );
}

/** A file with its text as it is compared: line endings are no difference. */
export function sideFile(path: string, text = '', unread?: string): SideFile {
  if (unread !== undefined) return { path, text: '', unread };
  if (text.length > LARGEST) return { path, text: '', unread: 'larger than 64 MiB' };
  if (text.startsWith('version https://git-lfs.github.com/')) {
    return { path, text, unread: 'a pointer of Git LFS, whose file was not fetched' };
  }
  if (text.includes('\u0000')) return { path, text, unread: 'a binary file' };
  // What bytes stood there is not known any more, and Prometheus refuses them.
  if (text.includes('\uFFFD')) return { path, text, unread: 'not UTF-8' };
  return { path, text: text.replace(/\r\n?/g, '\n') };
}

/** Reads files of the file system. */
export const readFiles: Listing['read'] = async (wanted) =>
  wanted.map(({ id }) => {
    // Not even read: one of gigabytes does not fit into a text.
    if (statSync(id).size > LARGEST) return ' '.repeat(LARGEST + 1);
    return readFileSync(id, 'utf8');
  });
