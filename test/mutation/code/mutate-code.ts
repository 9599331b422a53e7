import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../../src/package/root.js';
import { FOLDERS } from './folders.js';
import { COMMITTED_FILES, hashOf } from './plan.js';
import { type FileResult, mutatedFiles, writeResult } from './results.js';
import { type Outcome, runMutants } from './run.js';

/*
 * npm run mutate:code                    mutates the files that differ from the branch main
 * npm run mutate:code -- <path> ...      mutates the files at these paths
 * npm run mutate:code -- --all           mutates everything; with --fresh also what an earlier run on this machine has tried
 * npm run mutate:code -- --list          runs nothing and brings the list of files in the results up to date
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean', default: false },
    fresh: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
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
function resultOf(file: string, outcomes: readonly Outcome[]): FileResult {
  const own = outcomes.filter((outcome) => outcome.file === file);
  const byCommittedFiles = own.filter(({ by }) => by?.startsWith(`${COMMITTED_FILES}: `)).length;
  return {
    date,
    commit,
    sha256: hashOf(file),
    mutants: own.length,
    killed: own.filter(({ status }) => status === 'killed').length,
    ...(byCommittedFiles > 0 ? { killedByCommittedFiles: byCommittedFiles } : {}),
    survivors: own
      .filter(({ status }) => status !== 'killed')
      .map(({ change, status }) => (status === 'survived' ? change : `${change} (${status})`)),
  };
}

let below = false;
for (const [name, folder] of Object.entries(FOLDERS)) {
  const files = mutatedFiles(folder).filter((file) => !values.list && isChosen(file));
  if (files.length === 0 && !values.list) continue;
  const outcomes = files.length === 0 ? [] : await runMutants(name, folder, files, values.fresh);
  const results = Object.fromEntries(files.map((file) => [file, resultOf(file, outcomes)]));
  for (const [file, { survivors }] of Object.entries(results))
    for (const survivor of survivors) process.stdout.write(`survived  ${file}:${survivor}\n`);
  const result = await writeResult(name, folder, results);
  const changed = Object.entries(result.files).filter(([file, { sha256 }]) => sha256 !== hashOf(file));
  const notRun = Object.values(result.notRun).reduce((sum, count) => sum + count, 0);
  process.stdout.write(
    `${name}: ${result.killed} of ${result.mutants} mutants noticed, ${result.score} % (at least ${result.threshold} %); not run: ${notRun}; files changed since: ${changed.length}\n`,
  );
  below ||= result.score < result.threshold;
}
process.exitCode = below && !values.list ? 1 : 0;
