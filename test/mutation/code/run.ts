import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
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
const HUNG_MS = 600_000;

/** What became of one mutant; `by` is the test that noticed it. */
export interface Outcome extends Mutant {
  readonly status: 'killed' | 'survived' | 'not reached' | 'not run';
  readonly by?: string;
}

/** What earlier runs on this machine found, so that a run tries only what may have changed. */
interface Memory {
  /** By file: its hash, and what became of each of its mutants. */
  readonly files: Readonly<
    Record<
      string,
      {
        readonly sha256: string;
        readonly killed: Readonly<Record<string, string>>;
        readonly survivedUnder: string;
      }
    >
  >;
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
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  await new Promise((resolve) => child.once('close', resolve));
  clearInterval(watch);
  process.off('exit', kill).off('SIGINT', interrupted).off('SIGTERM', interrupted);
  return { hung, output };
}

/**
 * Tries all mutants of some files of a folder, those first known from `fresh` runs left out. An interrupted run goes on where it ended.
 *
 * @throws where a test fails without a mutant, or Vitest does not run to its end.
 */
export async function runMutants(
  name: string,
  folder: MutatedFolder,
  files: readonly string[],
  fresh: boolean,
): Promise<Outcome[]> {
  const testFiles = testsAt(folder.tests);
  const helpers = [...new Set(folder.tests.map((path) => path.split('/').slice(0, 2).join('/')))]
    .flatMap(filesAt)
    .concat(testFiles);
  const tests = Object.fromEntries(helpers.map((file) => [file, hashOf(file)]));
  const testsHash = digest(JSON.stringify(tests));
  const { mutants, instrumented } = await mutantsOf(files);
  const memoryFile = cache(`${name}.json`);
  const memory: Memory =
    !fresh && existsSync(memoryFile)
      ? (JSON.parse(readFileSync(memoryFile, 'utf8')) as Memory)
      : { files: {}, tests: {} };

  const known = new Map<string, Outcome>();
  for (const mutant of mutants) {
    const earlier = memory.files[mutant.file];
    if (earlier?.sha256 !== hashOf(mutant.file)) continue;
    const by = earlier.killed[mutant.change];
    const killer = by?.split(': ')[0] ?? '';
    if (by !== undefined && memory.tests[killer] !== undefined && memory.tests[killer] === tests[killer])
      known.set(mutant.id, { ...mutant, status: 'killed', by });
    else if (by === undefined && earlier.survivedUnder === testsHash)
      known.set(mutant.id, { ...mutant, status: 'survived' });
  }
  const open = mutants.filter(({ id }) => !known.has(id));

  const key = digest(JSON.stringify([open, testsHash, files.map(hashOf)]));
  const journal = cache(`${name}-${key}.jsonl`);
  const planFile = cache(`${name}-${key}.plan.json`);
  mkdirSync(cache(), { recursive: true });
  if (fresh) rmSync(journal, { force: true });
  const plan: Plan = {
    root: packageRoot,
    startedBy: process.pid,
    journal,
    instrumented,
    testFiles,
    committedFiles: COMMITTED_FILES,
    mutants: open.map(({ id }) => id),
    fileOf: Object.fromEntries(open.map(({ id, file }) => [id, file])),
  };
  writeFileSync(planFile, JSON.stringify(plan));
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
  remember(memoryFile, memory, tests, testsHash, files, outcomes);
  rmSync(journal, { force: true });
  rmSync(planFile, { force: true });
  return outcomes;
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

function remember(
  file: string,
  memory: Memory,
  tests: Memory['tests'],
  testsHash: string,
  files: readonly string[],
  outcomes: readonly Outcome[],
): void {
  const current = Object.fromEntries(
    files.map((path) => [
      path,
      {
        sha256: hashOf(path),
        survivedUnder: testsHash,
        killed: Object.fromEntries(
          outcomes
            .filter((outcome) => outcome.file === path && outcome.by !== undefined)
            .map(({ change, by }) => [change, by ?? '']),
        ),
      },
    ]),
  );
  writeFileSync(file, JSON.stringify({ files: { ...memory.files, ...current }, tests }));
}
