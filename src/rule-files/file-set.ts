import { execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import type { SideFile } from './parse.js';

const run = promisify(execFile);

/** A side that cannot be read. */
export class FileSetError extends Error {
  override readonly name = 'SourceError';
}

/** Where the files of a side come from. */
export interface FileSet {
  /** As it is shown: `main`, `working tree`, `build/rules`. */
  readonly label: string;
  readonly files: readonly SideFile[];
}

/** Files that may hold something of interest. */
const WANTED = /\.(?:ya?ml|json|rules|md)$/;
const SKIPPED = /(?:^|\/)(?:node_modules|\.git|dist)\//;
/** Folders that are compared when a revision or the working tree has them, and nothing else was asked for. */
const OURS = ['generated', 'runbooks'];
/** Larger files are no rules and no dashboards. */
const LARGEST = 8 * 1024 * 1024;

const git = async (...args: string[]) =>
  (await run('git', args, { maxBuffer: 1 << 28, env: { ...process.env, LC_ALL: 'C' } })).stdout;

const lines = (output: string) => output.split('\0').filter((line) => line !== '');

/** Keeps what lies below the asked paths; without any, our own folders where there are such. */
function chosen(paths: readonly string[], only: readonly string[]): string[] {
  const wanted = paths.filter((path) => WANTED.test(path) && !SKIPPED.test(`/${path}`));
  const below = (folders: readonly string[]) =>
    wanted.filter((path) => folders.some((folder) => path === folder || path.startsWith(`${folder}/`)));
  if (only.includes('.')) return wanted;
  if (only.length > 0) return below(only.map((path) => path.replace(/^\.\//, '').replace(/\/+$/, '')));
  return below(['generated']).length > 0 ? below(OURS) : wanted;
}

/**
 * Reads one side: a file, a folder, or a revision of the repository in the working directory (`main`, `HEAD~2`,
 * `main:deploy/rules`). Nothing is checked out.
 *
 * @param only folders and files of the revision or the working tree to look at
 * @throws {FileSetError} when it is none of these, or both a path and a revision
 */
export async function readFileSet(text: string, only: readonly string[] = []): Promise<FileSet> {
  const path = statSync(text, { throwIfNoEntry: false });
  const tree = await objectOf(text);
  if (path !== undefined && tree !== undefined && !/^\.{0,2}\//.test(text)) {
    throw new FileSetError(
      `found ${JSON.stringify(text)}, which is a path and a revision; expected ./${text} or refs/heads/${text}`,
    );
  }
  if (path !== undefined) return { label: text, files: readPath(text, path.isDirectory()) };
  if (tree !== undefined) return { label: text, files: await readRevision(text, tree, only) };
  throw new FileSetError(
    `found ${JSON.stringify(text)}, expected a file, a folder or a git revision (in a shallow clone older ones are missing: git fetch --unshallow)`,
  );
}

/** The commit that two revisions have in common, for `main...HEAD`. */
export async function mergeBase(one: string, other: string): Promise<string> {
  try {
    return (await git('merge-base', '--', one, other)).trim();
  } catch {
    throw new FileSetError(
      `found ${one}...${other}, expected two revisions with a common commit (a shallow clone may lack it)`,
    );
  }
}

async function objectOf(text: string): Promise<string | undefined> {
  if (text.startsWith('-') || text === '') return undefined;
  try {
    // `main:rules` takes no ^{tree} behind it, the object that it names does.
    const id = (await git('rev-parse', '--verify', '--quiet', text)).trim();
    const kind = (await git('cat-file', '-t', id)).trim();
    return kind === 'blob'
      ? `blob ${id}`
      : `tree ${(await git('rev-parse', '--verify', `${id}^{tree}`)).trim()}`;
  } catch {
    // Nothing of that name, or no repository.
    return undefined;
  }
}

function readPath(text: string, folder: boolean): SideFile[] {
  try {
    if (!folder) return [{ path: text, text: readFileSync(text, 'utf8') }];
    return chosen(
      readdirSync(text, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(text, join(entry.parentPath, entry.name)).split(sep).join('/'))
        .sort(),
      ['.'],
    ).map((path) => ({ path, text: readFileSync(join(text, path), 'utf8') }));
  } catch (error) {
    throw new FileSetError(`${text}: cannot be read (${(error as Error).message})`);
  }
}

async function readRevision(text: string, object: string, only: readonly string[]): Promise<SideFile[]> {
  const [kind, id] = object.split(' ') as [string, string];
  if (kind === 'blob') return readObjects([{ path: text.replace(/^[^:]*:/, ''), id }]);
  // A revision is seen from the working directory, as git ls-tree does; `rev:folder` is a folder of its own.
  const inside = text.includes(':');
  const listing = lines(
    await git('ls-tree', '-r', '-z', ...(inside ? ['--full-tree'] : []), inside ? id : text),
  );
  const blobs = new Map(
    listing.flatMap((line): [string, string][] => {
      const [, , type = '', hash = '', path = ''] = /^(\d+) (\w+) (\w+)\t(.*)$/s.exec(line) ?? [];
      return type === 'blob' ? [[path, hash]] : [];
    }),
  );
  const paths =
    inside && only.length === 0 ? chosen([...blobs.keys()], ['.']) : chosen([...blobs.keys()], only);
  return readObjects(paths.map((path) => ({ path, id: blobs.get(path) as string })));
}

/** Reads blobs through one `git cat-file`. */
async function readObjects(wanted: readonly { path: string; id: string }[]): Promise<SideFile[]> {
  if (wanted.length === 0) return [];
  const child = spawn('git', ['cat-file', '--batch'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  const done = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new FileSetError(`git cat-file exited with ${code}`)),
    );
  });
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end(`${wanted.map(({ id }) => id).join('\n')}\n`);
  await done;
  const output = Buffer.concat(chunks);
  let at = 0;
  return wanted.map(({ path }) => {
    const end = output.indexOf(10, at);
    const size = Number(output.subarray(at, end).toString().split(' ')[2]);
    at = end + 1 + size + 1;
    return { path, text: output.subarray(end + 1, end + 1 + size).toString('utf8') };
  });
}

/** Reads the files of the working tree that git knows or would add. */
export async function readWorkingTree(only: readonly string[] = []): Promise<FileSet> {
  let listing: string[];
  try {
    listing = lines(await git('ls-files', '-z', '--cached', '--others', '--exclude-standard'));
  } catch {
    throw new FileSetError('this is not a git repository; expected two files or folders to compare');
  }
  const files = chosen([...new Set(listing)].sort(), only).flatMap((path): SideFile[] => {
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isFile() && found.size < LARGEST ? [{ path, text: readFileSync(path, 'utf8') }] : [];
  });
  return { label: 'working tree', files };
}
