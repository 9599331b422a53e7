import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TreeEntry } from './tree.js';

const run = promisify(execFile);

/** The answer of a git command in the working directory; rejects where git refuses. */
export const git = async (...args: string[]) =>
  (await run('git', args, { maxBuffer: 1 << 28, env: { ...process.env, LC_ALL: 'C' } })).stdout;

const lines = (output: string) => output.split('\0').filter((line) => line !== '');

/** The root of the repository, and the working directory within it (`rules/`, or nothing). */
export async function repository(): Promise<{ readonly root: string; readonly prefix: string }> {
  const [root = '', prefix = ''] = (await git('rev-parse', '--show-toplevel', '--show-prefix')).split('\n');
  return { root, prefix };
}

/** Why git has no answers in the working directory; undefined where that is in a repository. */
export async function whyNoRepository(): Promise<string | undefined> {
  const folder = process.cwd();
  try {
    await git('rev-parse', '--git-dir');
    return undefined;
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') return 'the command git is not installed';
    if (/not a git repository/i.test(stderr)) return `${folder} is not in a git repository`;
    // Such as the repository of another user.
    return `git refuses to read the repository of ${folder} (${stderr.trim().split('\n')[0]})`;
  }
}

/** Whether the repository of the working directory has a commit. */
export const hasCommits = async (): Promise<boolean> =>
  (await git('rev-list', '--all', '--max-count=1')).trim() !== '';

/** The entries of a tree, a commit, or the index where `tree` is undefined, by their path from the root. */
export async function entriesOf(tree: string | undefined): Promise<Map<string, TreeEntry>> {
  const listing =
    tree === undefined
      ? await git('ls-files', '--stage', '-z', '--full-name', ':/')
      : await git('ls-tree', '-r', '-z', '--full-tree', tree);
  const found = lines(listing).flatMap((line): [string, TreeEntry, string][] => {
    // `100644 blob <id>\t<path>` in a tree, `100644 <id> 0\t<path>` in the index.
    const [, mode = '', id = '', path = ''] =
      /^(\d+) (?:\w+ )?([0-9a-f]{40,64})(?: \d)?\t(.*)$/s.exec(line) ?? [];
    return path === '' ? [] : [[path, { kind: kindOf(mode), id }, id]];
  });
  const links = found.filter(([, { kind }]) => kind === 'link');
  const targets = await readObjects(
    links.map(([path, , id]) => ({ path, id })),
    false,
  );
  const entries = new Map(found.map(([path, entry]) => [path, entry]));
  links.forEach(([path, entry], i) => {
    entries.set(path, { ...entry, target: targets[i] as string });
  });
  return entries;
}

function kindOf(mode: string): TreeEntry['kind'] {
  if (mode === '120000') return 'link';
  return mode === '160000' ? 'module' : 'file';
}

/** The entries of the working tree that git knows or would add, by their path from the root. */
export async function workingTreeEntries(root: string): Promise<Map<string, TreeEntry>> {
  const listing = await git(
    'ls-files',
    '-z',
    '--full-name',
    '--cached',
    '--others',
    '--exclude-standard',
    ':/',
  );
  return new Map(
    [...new Set(lines(listing))].sort().flatMap((path): [string, TreeEntry][] => {
      const full = join(root, path);
      const found = lstatSync(full, { throwIfNoEntry: false });
      if (found === undefined) return [];
      if (found.isSymbolicLink()) return [[path, { kind: 'link', id: full, target: readlinkSync(full) }]];
      if (found.isDirectory()) return [[path.replace(/\/$/, ''), { kind: 'module', id: full }]];
      return found.isFile() ? [[path, { kind: 'file', id: full }]] : [];
    }),
  );
}

/**
 * The texts of blobs, through one `git cat-file`.
 *
 * @param isFiltered whether they are wanted as a checkout writes them: line endings and filters as the attributes of the path say
 * @throws where git or a filter fails
 */
export async function readObjects(
  wanted: readonly { readonly path: string; readonly id: string }[],
  isFiltered = true,
): Promise<string[]> {
  if (wanted.length === 0) return [];
  // Sizes in the answer are those before the filters, so that a mark of our own stands between the objects.
  const mark = randomUUID();
  const options = isFiltered ? ['--filters', `--batch=${mark}`] : [`--batch=${mark}`];
  // Without filters a path must not stand behind the id.
  const child = spawn('git', ['cat-file', ...options], { stdio: ['pipe', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  const errors: Buffer[] = [];
  const done = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`git cat-file exited with ${code}: ${Buffer.concat(errors).toString().trim()}`));
    });
  });
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(wanted.map(({ path, id }) => `${isFiltered ? `${id} ${path}` : id}\n`).join(''));
  await done;
  const texts = Buffer.concat(chunks).toString('utf8').split(`${mark}\n`).slice(1);
  if (texts.length !== wanted.length) {
    throw new Error(`git cat-file gave ${texts.length} objects, expected ${wanted.length}`);
  }
  return texts.map((text) => text.replace(/\n$/, ''));
}
