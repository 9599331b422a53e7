import { readFileSync, statSync } from 'node:fs';
import { WANTED_FILE } from './documents.js';
import { reachedInFolder } from './folder.js';
import {
  entriesOf,
  git,
  hasCommits,
  readObjects,
  repository,
  whyNoRepository,
  workingTreeEntries,
} from './git.js';
import type { SideFile } from './side.js';
import { type Reached, reachedIn, type TreeEntry } from './tree.js';

/** A side that cannot be read. */
export class FileSetError extends Error {
  override readonly name = 'SourceError';
}

/** Where the files of a side come from. */
export interface FileSet {
  /** As it is shown: `main`, `working tree`, `build/rules`. */
  readonly label: string;
  readonly files: readonly SideFile[];
  /** Whether it is one file that was asked for by its name. */
  readonly isFile: boolean;
}

/** What is built or installed is not looked into, unless it was asked for. */
const SKIPPED = /(?:^|\/)(?:node_modules|\.git|dist)\//;
/** Folders that are compared when a revision or the working tree has them, and nothing else was asked for. */
const OURS = ['generated', 'runbooks'];
/** Larger files are not read. */
const LARGEST = 64 * 1024 * 1024;
/** The index of git, as a side. */
const INDEX = ':';

/** The files of a side, and how to read them. */
interface Listing {
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

async function filesOf(listing: Listing, only: readonly string[]): Promise<SideFile[]> {
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
function sideFile(path: string, text = '', unread?: string): SideFile {
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

/**
 * Reads one side: a file, a folder, the index (`:`), or a revision of the repository in the working directory (`main`, `HEAD~2`,
 * `main:deploy/rules`). Nothing is checked out. Every kind of side is read alike: symbolic links are followed, revisions and the
 * index go through the line endings and filters of a checkout.
 *
 * @param only folders and files of the revision or the working tree to look at
 * @throws {FileSetError} when it is none of these, or both a path and a revision
 */
export async function readFileSet(text: string, only: readonly string[] = []): Promise<FileSet> {
  if (text === INDEX) {
    await requireRepository();
    return { label: 'index', files: await readTree(undefined, only), isFile: false };
  }
  const path = statSync(text, { throwIfNoEntry: false });
  const object = await objectOf(text);
  if (path !== undefined && object !== undefined && !/^\.{0,2}\//.test(text)) {
    throw new FileSetError(
      `found ${JSON.stringify(text)}, which is a path and a revision; expected ./${text} or refs/heads/${text}`,
    );
  }
  if (path !== undefined) {
    const isFile = !path.isDirectory();
    return { label: text, files: await readPath(text, isFile), isFile };
  }
  if (object !== undefined) {
    return { label: text, ...(await readRevision(text, object, only)) };
  }
  const found = JSON.stringify(text);
  await requireRepository(`, and ${found} is not a file or folder`);
  throw new FileSetError(
    (await hasCommits())
      ? `found ${found}, expected a file, a folder or a git revision (in a shallow clone older ones are missing: git fetch --unshallow)`
      : `found ${found}, but the git repository of ${process.cwd()} has no commits; expected a first commit, or two files or folders to compare`,
  );
}

/**
 * Throws where the working directory is not in a repository that git can read.
 *
 * @param detail why one is needed, to follow the reason in the message
 */
async function requireRepository(detail = ''): Promise<void> {
  const why = await whyNoRepository();
  if (why === undefined) return;
  throw new FileSetError(`${why}${detail}; expected a git repository, or two files or folders to compare`);
}

/** The commit that two revisions have in common, for `main...HEAD`. */
export async function mergeBase(one: string, other: string): Promise<string> {
  await requireRepository(`, and ${one}...${other} are revisions`);
  try {
    return (await git('merge-base', '--', one, other)).trim();
  } catch {
    throw new FileSetError(
      `found ${one}...${other}, expected two revisions with a common commit (a shallow clone may lack it)`,
    );
  }
}

interface GitObject {
  readonly id: string;
  readonly isBlob: boolean;
}

async function objectOf(text: string): Promise<GitObject | undefined> {
  if (text.startsWith('-') || text === '') return undefined;
  try {
    // `main:rules` takes no ^{tree} behind it, the object that it names does.
    const id = (await git('rev-parse', '--verify', '--quiet', text)).trim();
    const kind = (await git('cat-file', '-t', id)).trim();
    if (kind === 'blob') return { id, isBlob: true };
    return { id: (await git('rev-parse', '--verify', `${id}^{tree}`)).trim(), isBlob: false };
  } catch {
    // Nothing of that name, or no repository.
    return undefined;
  }
}

async function readPath(text: string, isFile: boolean): Promise<SideFile[]> {
  try {
    if (isFile) return [sideFile(text, readFileSync(text, 'utf8'))];
    const { entries, reached } = reachedInFolder(text);
    return await filesOf({ entries, reached, prefix: '', read: readFiles }, ['.']);
  } catch (error) {
    throw new FileSetError(`${text}: cannot be read (${(error as Error).message})`);
  }
}

const readFiles: Listing['read'] = async (wanted) =>
  wanted.map(({ id }) => {
    // Not even read: one of gigabytes does not fit into a text.
    if (statSync(id).size > LARGEST) return ' '.repeat(LARGEST + 1);
    return readFileSync(id, 'utf8');
  });

async function readRevision(
  text: string,
  { id, isBlob }: GitObject,
  only: readonly string[],
): Promise<Pick<FileSet, 'files' | 'isFile'>> {
  // `rev:folder` is a separate folder; its links may lead elsewhere in the revision.
  const [, revision = '', folder = ''] = /^([^:]+):(.*)$/s.exec(text) ?? [];
  if (revision === '') {
    if (!isBlob) return { files: await readTree(id, only), isFile: false };
    const path = text.replace(/^:(?:\d:)?/, '');
    return { files: [sideFile(path, (await readBlobs([{ path, id }]))[0])], isFile: true };
  }
  const { prefix } = await placeInRepository();
  const from = (folder.startsWith('./') ? `${prefix}${folder.slice(2)}` : folder).replace(/\/+$/, '');
  const entries = await listed(revision);
  const reached = reachedIn(entries);
  const file = reached.find(({ path, at }) => path === from && at !== undefined)?.at;
  if (file !== undefined) {
    const [content] = await readBlobs([{ path: file, id: (entries.get(file) as TreeEntry).id }]);
    return { files: [sideFile(from, content)], isFile: true };
  }
  const inside = from === '' ? '' : `${from}/`;
  const listing = { entries, reached, prefix: inside, read: readBlobs };
  return { files: await filesOf(listing, only.length === 0 ? ['.'] : only), isFile: false };
}

async function listed(tree: string | undefined): Promise<Map<string, TreeEntry>> {
  return entriesOf(tree).catch((error: Error) => {
    throw new FileSetError(`git cannot list the files: ${error.message}`);
  });
}

/** As {@link repository}; a bare repository has no place for the working directory. */
const placeInRepository = () =>
  repository().catch(() => {
    throw new FileSetError(
      `${process.cwd()} is in a git repository without a working tree; expected a clone with one, or two files or folders to compare`,
    );
  });

/** Reads the files of a tree, or of the index where it is undefined. */
async function readTree(tree: string | undefined, only: readonly string[]): Promise<SideFile[]> {
  const entries = await listed(tree);
  const { prefix } = await placeInRepository();
  return filesOf({ entries, reached: reachedIn(entries), prefix, read: readBlobs }, only);
}

const readBlobs: Listing['read'] = async (wanted) => {
  try {
    return await readObjects(wanted);
  } catch (error) {
    throw new FileSetError(`git cannot read the files: ${(error as Error).message}`);
  }
};

/** Reads the files of the working tree that git knows or would add. */
export async function readWorkingTree(only: readonly string[] = []): Promise<FileSet> {
  await requireRepository();
  const { root, prefix } = await placeInRepository();
  const entries = await workingTreeEntries(root);
  const listing = { entries, reached: reachedIn(entries), prefix, read: readFiles };
  return { label: 'working tree', files: await filesOf(listing, only), isFile: false };
}
