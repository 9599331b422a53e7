import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package/root.js';
import type { MutatedFolder } from './folders.js';
import {
  COMMITTED_FILES,
  filesAt,
  hashOf,
  type JournalEntry,
  type Mutant,
  mutantsOf,
  type Plan,
  testsAt,
} from './plan.js';

/** A mutant that lets a test go on for so long never ends. Load and slow tests included, others take seconds. */
const HUNG_MS = 240_000;

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

/** What became of one mutant; `by` is the test that noticed it. */
export interface Outcome extends Mutant {
  readonly status: 'killed' | 'survived' | 'not reached' | 'not run';
  readonly by?: string;
}

export interface Run {
  readonly outcomes: readonly Outcome[];
  /** The hash of each file as it was mutated. */
  readonly hashes: Readonly<Record<string, string>>;
  /** Test files that fail when they are run twice in one process. They took no part. */
  readonly unrepeatable: readonly string[];
}

/** What earlier runs on this machine found, so that a run tries only what may have changed. */
type Memory = Readonly<Record<string, Remembered>>;

/** What is known of one file's mutants. */
interface Remembered {
  readonly sha256: string;
  /** By the mutant's change: the test that noticed it. */
  readonly killed: Readonly<Record<string, string>>;
  /** The hash of all tests under which the other mutants survived. */
  readonly survivedUnder: string;
  /** The hash of each test file. */
  readonly tests: Readonly<Record<string, string>>;
}

const cache = (...names: string[]) => join(packageRoot, '.cache', 'mutation', ...names);

function readJournal(file: string): JournalEntry[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as JournalEntry);
}

/** Runs Vitest with a plan until it ends or a mutant hangs. */
async function runVitest(planFile: string, journal: string): Promise<{ hung: boolean; output: string }> {
  const child = spawn(
    process.execPath,
    [
      join(packageRoot, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--config',
      'test/mutation/code/vitest.config.ts',
    ],
    { cwd: packageRoot, env: { ...process.env, MUTATION_PLAN: planFile }, detached: true },
  );
  const started = Date.now();
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    output += data;
  });
  const kill = () => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  let hung = false;
  const watch = setInterval(() => {
    if (!existsSync(journal)) return;
    // The journal may be that of a run that was interrupted long ago.
    if (Date.now() - Math.max(started, statSync(journal).mtimeMs) < HUNG_MS) return;
    if (readJournal(journal).at(-1)?.kind !== 'begun') return;
    hung = true;
    kill();
  }, 2000);
  process.once('exit', kill);
  const interrupted = () => process.exit(130);
  for (const signal of SIGNALS) process.once(signal, interrupted);
  await new Promise((resolve) => child.once('close', resolve));
  clearInterval(watch);
  process.off('exit', kill);
  for (const signal of SIGNALS) process.off(signal, interrupted);
  return { hung, output };
}

const PLAN_SUFFIX = '.plan.json';

/** The runs of a folder that were interrupted. */
const interruptedRuns = (name: string): Plan[] =>
  readdirSync(cache())
    .filter((file) => file.startsWith(`${name}-`) && file.endsWith(PLAN_SUFFIX))
    .filter((file) => file.length === `${name}-`.length + HASH_LENGTH + PLAN_SUFFIX.length)
    .map((file) => JSON.parse(readFileSync(cache(file), 'utf8')) as Plan);

/** What an interrupted run had found until then. */
function foundBy({ changeOf, fileOf, hashes, journal }: Plan): Memory {
  const killed: Record<string, Record<string, string>> = {};
  for (const entry of readJournal(journal)) {
    if (entry.kind !== 'killed') continue;
    const file = fileOf[entry.id] ?? '';
    killed[file] = { ...killed[file], [changeOf[entry.id] ?? '']: entry.by };
  }
  return Object.fromEntries(
    Object.entries(killed).map(([file, changes]) => [
      file,
      { sha256: hashes[file] ?? '', killed: changes, survivedUnder: '', tests: hashes },
    ]),
  );
}

/** What earlier runs found out about single tests, for a journal: the mutants that they tried with a test that is still the same. */
function triedBefore(runs: readonly Plan[], open: readonly Mutant[], hashes: Plan['hashes']): JournalEntry[] {
  const idOf = new Map(open.map(({ id, file, change }) => [`${file} ${change}`, id]));
  const isHelper = (file: string) => file.startsWith('test/') && !file.endsWith('.test.ts');
  const helpers = (of: Plan['hashes']) =>
    JSON.stringify(Object.entries(of).filter(([file]) => isHelper(file)));
  return runs
    .filter((run) => helpers(run.hashes) === helpers(hashes))
    .flatMap((run) =>
      readJournal(run.journal).flatMap((entry): JournalEntry[] => {
        if (entry.kind !== 'survived') return [];
        const file = run.fileOf[entry.id] ?? '';
        const id = idOf.get(`${file} ${run.changeOf[entry.id]}`);
        const isSame = [file, entry.test].every((path) => run.hashes[path] === hashes[path]);
        return id !== undefined && isSame ? [{ ...entry, id }] : [];
      }),
    );
}

/** Removes the traces of interrupted runs of a folder that had no other files than these. */
function forgetRuns(name: string, files: readonly string[]): void {
  for (const { fileOf, journal } of interruptedRuns(name)) {
    if (!Object.values(fileOf).every((file) => files.includes(file))) continue;
    rmSync(journal, { force: true });
    rmSync(journal.replace(/\.jsonl$/, PLAN_SUFFIX), { force: true });
  }
}

/** How a run chooses mutants: all of them, or those that an earlier run has not shown to be noticed. */
export interface Choice {
  readonly fresh: boolean;
  /** Counts what a test noticed before as noticed, though its file has changed: for tests that were only added. */
  readonly survivors: boolean;
  /** Tries nothing: the result of an interrupted run, in which what is open was not run. */
  readonly record: boolean;
}

/**
 * Tries the mutants of some files of a folder, except those of which earlier runs on this machine know the outcome. An interrupted run goes on where it
 * ended.
 *
 * @throws where a test fails without a mutant, or Vitest does not run to its end.
 */
export async function runMutants(
  name: string,
  folder: MutatedFolder,
  files: readonly string[],
  { fresh, survivors, record }: Choice,
): Promise<Run> {
  const testFiles = testsAt(folder.tests);
  // A mutant that survived under another runner is tried again.
  const helpers = [...new Set(folder.tests.map((path) => path.split('/').slice(0, 2).join('/')))]
    .flatMap(filesAt)
    .concat(testFiles, 'test/mutation/code/runner.ts');
  const tests = Object.fromEntries(helpers.map((file) => [file, hashOf(file)]));
  const testsHash = digest(JSON.stringify(tests));
  const hashes = Object.fromEntries(files.map((file) => [file, hashOf(file)]));
  const { mutants, instrumented } = await mutantsOf(files);
  mkdirSync(cache(), { recursive: true });
  const memoryFile = cache(`${name}.json`);
  const memory: Memory =
    !fresh && existsSync(memoryFile) ? (JSON.parse(readFileSync(memoryFile, 'utf8')) as Memory) : {};

  if (fresh) forgetRuns(name, files);
  const known = new Map<string, Outcome>();
  const isSure = (by: string, earlier: Remembered['tests']) => {
    const test = by.split(': ')[0] ?? '';
    return tests[test] !== undefined && (survivors || earlier[test] === tests[test]);
  };
  const learn = (earlier: Memory) => {
    for (const mutant of mutants) {
      const file = earlier[mutant.file];
      if (file === undefined || file.sha256 !== hashes[mutant.file]) continue;
      const by = file.killed[mutant.change];
      if (by !== undefined && isSure(by, file.tests))
        known.set(mutant.id, { ...mutant, status: 'killed', by });
      else if (by === undefined && file.survivedUnder === testsHash)
        known.set(mutant.id, { ...mutant, status: 'survived' });
    }
  };
  learn(memory);
  const keyOfOpen = () =>
    digest(JSON.stringify([mutants.filter(({ id }) => !known.has(id)), testsHash, hashes]));
  const isSameRun = existsSync(cache(`${name}-${keyOfOpen()}.jsonl`));
  const earlier = isSameRun ? [] : interruptedRuns(name);
  for (const run of earlier) learn(foundBy(run));
  const open = mutants.filter(({ id }) => !known.has(id));

  const key = keyOfOpen();
  if (record) {
    if (isSameRun) for (const run of interruptedRuns(name)) learn(foundBy(run));
    const outcomes = mutants.map(
      (mutant): Outcome => known.get(mutant.id) ?? { ...mutant, status: 'not run' },
    );
    return { outcomes, hashes, unrepeatable: [] };
  }
  const journal = cache(`${name}-${key}.jsonl`);
  const planFile = cache(`${name}-${key}${PLAN_SUFFIX}`);
  const plan: Plan = {
    root: packageRoot,
    startedBy: process.pid,
    journal,
    instrumented,
    testFiles,
    committedFiles: COMMITTED_FILES,
    mutants: open.map(({ id }) => id),
    fileOf: Object.fromEntries(open.map(({ id, file }) => [id, file])),
    changeOf: Object.fromEntries(open.map(({ id, change }) => [id, change])),
    hashes: { ...tests, ...hashes },
  };
  writeFileSync(planFile, JSON.stringify(plan));
  for (const entry of triedBefore(earlier, open, plan.hashes))
    appendFileSync(journal, `${JSON.stringify(entry)}\n`);
  while (open.length > 0) {
    const before = readJournal(journal).length;
    const { hung, output } = await runVitest(planFile, journal);
    const entries = readJournal(journal);
    const broken = entries.find((entry) => entry.kind === 'broken');
    if (broken !== undefined) {
      rmSync(journal);
      throw new Error(`${broken.test} fails without a mutant: ${broken.message}`);
    }
    const done = new Set(entries.flatMap((entry) => (entry.kind === 'done' ? [entry.test] : [])));
    if (testFiles.every((file) => done.has(file))) break;
    // A mutant that hangs, or that ends the process, is noticed.
    const last = entries.at(-1);
    if (last?.kind !== 'begun' || (!hung && entries.length === before))
      throw new Error(`Vitest ended before the last test file:\n${output.slice(-5000)}`);
    appendFileSync(
      journal,
      `${JSON.stringify({ kind: 'killed', id: last.id, by: `${last.test}: it does not end` } satisfies JournalEntry)}\n`,
    );
  }

  const entries = readJournal(journal);
  for (const entry of entries) {
    if (entry.kind === 'slow')
      for (const test of entry.names) process.stdout.write(`left out, too slow: ${entry.test}: ${test}\n`);
  }
  const killed = new Map(entries.flatMap((entry) => (entry.kind === 'killed' ? [[entry.id, entry.by]] : [])));
  const reached = new Set(entries.flatMap((entry) => (entry.kind === 'survived' ? [entry.id] : [])));
  const outcomes = mutants.map((mutant): Outcome => {
    const by = killed.get(mutant.id);
    if (by !== undefined) return { ...mutant, status: 'killed', by };
    return known.get(mutant.id) ?? { ...mutant, status: reached.has(mutant.id) ? 'survived' : 'not reached' };
  });
  remember(memoryFile, memory, tests, testsHash, hashes, outcomes);
  rmSync(journal, { force: true });
  rmSync(planFile, { force: true });
  forgetRuns(name, files);
  const unrepeatable = entries.flatMap((entry) =>
    entry.kind === 'unrepeatable' ? [`${entry.test}: ${entry.failure}`] : [],
  );
  return { outcomes, hashes, unrepeatable };
}

const HASH_LENGTH = 16;
const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);

function remember(
  file: string,
  memory: Memory,
  tests: Remembered['tests'],
  testsHash: string,
  hashes: Run['hashes'],
  outcomes: readonly Outcome[],
): void {
  const current = Object.entries(hashes).map(([path, sha256]): [string, Remembered] => {
    const noticed = outcomes.filter((outcome) => outcome.file === path && outcome.by !== undefined);
    const killed = Object.fromEntries(noticed.map(({ change, by }) => [change, by ?? '']));
    return [path, { sha256, survivedUnder: testsHash, killed, tests }];
  });
  writeFileSync(file, JSON.stringify({ ...memory, ...Object.fromEntries(current) }));
}
