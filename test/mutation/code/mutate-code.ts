import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../../src/package/root.js';
import { withLock } from '../../../src/processes/lock.js';
import { FOLDERS, type MutatedFolder } from './folders.js';
import { COMMITTED_FILES, hashOf } from './plan.js';
import { type FileResult, type FolderResult, mutatedFiles, readResult, writeResult } from './results.js';
import { type Run, runMutants } from './run.js';

/*
 * npm run mutate:code                    mutates the files that differ from the branch main
 * npm run mutate:code -- <path> ...      mutates the files at these paths
 * npm run mutate:code -- --all           mutates everything; with --fresh also what an earlier run on this machine has tried
 * npm run mutate:code -- --survivors     tries only what survived before: for tests that were only added
 * npm run mutate:code -- --list          prints the committed results, and runs and writes nothing
 * npm run mutate:code -- --update        runs nothing and brings the list of files in the results up to date
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean', default: false },
    fresh: { type: 'boolean', default: false },
    survivors: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    update: { type: 'boolean', default: false },
    base: { type: 'string', default: 'main' },
  },
});

const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: packageRoot, encoding: 'utf8' }).split('\n').filter(Boolean);

function changedFiles(): string[] {
  const [base = 'HEAD'] = git('merge-base', values.base, 'HEAD');
  return [...git('diff', '--name-only', base), ...git('ls-files', '--others', '--exclude-standard')];
}

const chosen = values.all ? [''] : positionals.length > 0 ? positionals : changedFiles();
const isChosen = (file: string) =>
  chosen.some((path) => path === '' || file === path || file.startsWith(`${path.replace(/\/$/, '')}/`));

const [commit = ''] = git('rev-parse', '--short=12', 'HEAD');
const date = new Date().toISOString().slice(0, 10);

/** The result of one file. */
function resultOf(file: string, { outcomes, hashes }: Run): FileResult {
  const own = outcomes.filter((outcome) => outcome.file === file);
  const byCommittedFiles = own.filter(({ by }) => by?.startsWith(`${COMMITTED_FILES}: `)).length;
  return {
    date,
    commit,
    sha256: hashes[file] ?? '',
    mutants: own.length,
    killed: own.filter(({ status }) => status === 'killed').length,
    ...(byCommittedFiles > 0 ? { killedByCommittedFiles: byCommittedFiles } : {}),
    survivors: own
      .filter(({ status }) => status !== 'killed')
      .map(({ change, status }) => (status === 'survived' ? change : `${change} (${status})`)),
  };
}

function print(name: string, result: FolderResult): void {
  const files = Object.entries(result.files);
  const changed = files.filter(([file, { sha256 }]) => sha256 !== hashOf(file)).length;
  const notRun = Object.values(result.notRun).reduce((sum, count) => sum + count, 0);
  process.stdout.write(
    `${name}: ${result.killed} of ${result.mutants} mutants noticed, ${result.score} % (at least ${result.threshold} %); not run: ${notRun}; files changed since: ${changed}\n`,
  );
}

/** Returns whether the folder's tests notice enough. */
async function mutateFolder(name: string, folder: MutatedFolder, files: readonly string[]): Promise<boolean> {
  const run =
    files.length === 0
      ? { outcomes: [], hashes: {}, unrepeatable: [] }
      : await runMutants(name, folder, files, values);
  const results = Object.fromEntries(files.map((file) => [file, resultOf(file, run)]));
  for (const [file, { survivors }] of Object.entries(results))
    for (const survivor of survivors) process.stdout.write(`survived  ${file}:${survivor}\n`);
  for (const test of run.unrepeatable)
    process.stdout.write(`left out, fails when it is run again in the same process: ${test}\n`);
  const result = await writeResult(name, folder, results);
  print(name, result);
  return result.score >= result.threshold && run.unrepeatable.length === 0;
}

const locks = join(packageRoot, '.cache', 'mutation');
const LOCK_WAIT_MS = 1000;

let passes = true;
for (const [name, folder] of Object.entries(FOLDERS)) {
  if (values.list) {
    const result = readResult(name);
    if (result !== undefined) print(name, result);
    continue;
  }
  const files = values.update ? [] : mutatedFiles(folder).filter(isChosen);
  if (files.length === 0 && !values.update) continue;
  mkdirSync(locks, { recursive: true });
  // Another run would write its results over those of this one.
  const lock = join(locks, `${name}.lock`);
  const passed = await withLock(lock, LOCK_WAIT_MS, () => mutateFolder(name, folder, files));
  passes &&= passed;
}
process.exitCode = passes || values.update ? 0 : 1;
