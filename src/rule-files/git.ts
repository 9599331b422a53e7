import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { entriesIn, entriesOnDisk, pathsIn, textsIn, whyFailed } from './git-answers.js';
import type { TreeEntry } from './tree.js';

const run = promisify(execFile);

/** The answer of a git command in the working directory; rejects where git refuses. */
export const git = async (...args: string[]) =>
  (await run('git', args, { maxBuffer: 1 << 28, env: { ...process.env, LC_ALL: 'C' } })).stdout;

/** The root of the repository, and the working directory within it (`rules/`, or nothing). */
export async function repository(): Promise<{ readonly root: string; readonly prefix: string }> {
  const [root = '', prefix = ''] = (await git('rev-parse', '--show-toplevel', '--show-prefix')).split('\n');
  return { root, prefix };
}

/** Why git has no answers in the working directory; undefined where that is in a repository. */
export async function whyNoRepository(): Promise<string | undefined> {
  try {
    await git('rev-parse', '--git-dir');
    return undefined;
  } catch (error) {
    return whyFailed(process.cwd(), error as object);
  }
}

/** Whether the repository of the working directory has a commit. */
export const hasCommits = async (): Promise<boolean> =>
  (await git('rev-list', '--all', '--max-count=1')).trim() !== '';

/** The entries of a tree, a commit, or the index where `tree` is undefined, by their path from the root. */
export async function entriesOf(tree: string | undefined): Promise<Map<string, TreeEntry>> {
  const entries = entriesIn(
    tree === undefined
      ? await git('ls-files', '--stage', '-z', '--full-name', ':/')
      : await git('ls-tree', '-r', '-z', '--full-tree', tree),
  );
  const links = [...entries].filter(([, { kind }]) => kind === 'link');
  const targets = await readObjects(
    links.map(([path, { id }]) => ({ path, id })),
    false,
  );
  links.forEach(([path, entry], i) => {
    entries.set(path, { ...entry, target: targets[i] as string });
  });
  return entries;
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
  return entriesOnDisk(root, pathsIn(listing));
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
  return textsIn(Buffer.concat(chunks).toString('utf8'), mark, wanted.length);
}
