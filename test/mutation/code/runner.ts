import childProcess from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type File, startTests, type Task, type Test, type VitestRunner } from '@vitest/runner';
import { TestRunner } from 'vitest';
import type { JournalEntry, Plan } from './plan.js';

/*
 * A runner for Vitest that tests all mutants of a folder in one process. All mutants are in the code at once, each behind a switch (Stryker's
 * instrumenter puts them there). After a test file has passed without a mutant, the runner switches on one mutant after the other and runs the tests
 * that reach it again, until one fails. A mutant so costs as much as these tests, not as much as another start of Vitest.
 */

/** What instrumented code shares with its test runner; the names are Stryker's. */
interface Switches {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: Coverage;
}

type Hits = Record<string, number>;
interface Coverage {
  static: Hits;
  perTest: Record<string, Hits>;
}

/** A mutant that hangs is found after so many times the hits of a run without it. */
const HIT_FACTOR = 100;
/** A test that waits for something that a mutant prevents ends after this time, or after so many times of what it takes without a mutant. */
const MUTANT_TIMEOUT_MS = 15_000;
const MUTANT_TIMEOUT_FACTOR = 20;
/** A run without a mutant may be slow on a busy machine. */
const TIMEOUT_MS = 600_000;
/** So many killed mutants are confirmed by one run without a mutant, which shows that none of them has left anything behind. */
const CONFIRM_AFTER = 20;
/** A test that takes more processor time takes no part: it would be run for hundreds of mutants. */
const MOST_PROCESSOR_MS = 1000;
/** Vitest sends results to its main process at most that often. */
const REPORT_INTERVAL_MS = 100;

const shared = globalThis as { __stryker__?: Switches };
shared.__stryker__ ??= {};
const switches: Switches = shared.__stryker__;
// The instrumented code keeps the object that it finds first.
const coverage: Coverage = { static: {}, perTest: {} };
switches.mutantCoverage = coverage;

const plan = JSON.parse(readFileSync(process.env.MUTATION_PLAN ?? '', 'utf8')) as Plan;

/*
 * Ends this process when the one that started the run is gone, however that ended: another run may take over its journal. A thread of its own notices it
 * even while a mutant never returns.
 */
new Worker(
  `setInterval(() => {
    try {
      process.kill(${plan.startedBy}, 0);
    } catch {
      process.kill(process.pid, 'SIGKILL');
    }
  }, 1000);`,
  { eval: true },
).unref();

function journal(entry: JournalEntry): void {
  appendFileSync(plan.journal, `${JSON.stringify(entry)}\n`);
}

/** Tests that tried to start a process: they take no part. */
let startsProcesses = false;
const NO_PROCESSES = 'no test of the mutation run starts a process';
for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'] as const) {
  Object.assign(childProcess, {
    [name]: () => {
      startsProcesses = true;
      throw new Error(NO_PROCESSES);
    },
  });
}
syncBuiltinESMExports();

const testsIn = (task: Task): Test[] =>
  task.type === 'test' ? [task] : task.tasks.flatMap((child) => testsIn(child));

function nameOf(task: Task): string {
  return task.suite === undefined ? task.name : `${nameOf(task.suite)} > ${task.name}`;
}

/** What is known of a module before it is evaluated, such as its code. */
interface ModuleRunner {
  getModuleInformation(url: string, importer: string | undefined, known?: { meta?: object }): Promise<object>;
}

/** The parts of Vitest's own runner that it declares as private. */
interface Inner {
  readonly moduleRunner: ModuleRunner;
  readonly _otel: object;
  readonly workerState: {
    readonly evaluatedModules: {
      readonly idToModuleMap: Map<string, EvaluatedModule>;
    };
  };
}
interface EvaluatedModule {
  promise: unknown;
  exports: unknown;
  evaluated: boolean;
  readonly importers: Set<string>;
}
const inner = (runner: TestRunner) => runner as unknown as Inner;

/** Vitest asks its main process for every module each time it is imported. No file changes during a run. */
function askOnce(moduleRunner: ModuleRunner): void {
  const ask = moduleRunner.getModuleInformation.bind(moduleRunner);
  moduleRunner.getModuleInformation = (url, importer, known) =>
    known?.meta === undefined ? ask(url, importer, known) : Promise.resolve(known);
}

function forget(module: EvaluatedModule): void {
  module.promise = undefined;
  module.exports = undefined;
  module.evaluated = false;
  module.importers.clear();
}

/** Which tests a run takes, and which modules it evaluates again: those with these ids, and all that import them. */
interface Selection {
  readonly tests: ReadonlySet<string>;
  readonly again: 'none' | 'all' | readonly string[];
}

/** Runs a test file once more inside a run, without reporting to Vitest. */
class RepeatedRun extends TestRunner {
  /** The tests that took too much processor time. */
  readonly slow = new Set<string>();
  private failure: string | undefined;
  private begun = process.cpuUsage();
  /** The time of the slowest test that takes part. */
  longestMs = 0;

  constructor(
    outer: TestRunner,
    private readonly selection: Selection,
    timeout: number,
  ) {
    super({ ...outer.config, testTimeout: timeout, hookTimeout: timeout });
    const { moduleRunner, _otel } = inner(outer);
    Object.assign(this, { moduleRunner, _otel });
  }

  override importFile(
    filepath: string,
    source: Parameters<VitestRunner['importFile']>[1],
  ): ReturnType<VitestRunner['importFile']> {
    const modules = inner(this).workerState.evaluatedModules.idToModuleMap;
    const { again } = this.selection;
    if (again === 'all') forgetAll(modules);
    else forgetImporters(modules, again === 'none' ? [filepath] : [filepath, ...again]);
    return super.importFile(filepath, source);
  }

  onCollected(files: File[]): void {
    const { tests } = this.selection;
    for (const test of files.flatMap(testsIn)) if (!tests.has(nameOf(test))) test.mode = 'skip';
    const skipSuites = (task: Task): void => {
      if (task.type !== 'suite') return;
      task.tasks.forEach(skipSuites);
      if (testsIn(task).every(({ mode }) => mode === 'skip')) task.mode = 'skip';
    };
    for (const file of files) file.tasks.forEach(skipSuites);
  }

  override async onBeforeRunTask(test: Task): Promise<void> {
    if (this.failure !== undefined) test.mode = 'skip';
    switches.currentTestId = nameOf(test);
    this.begun = process.cpuUsage();
    await super.onBeforeRunTask(test);
  }

  override onAfterRunTask(test: Task): void {
    switches.currentTestId = undefined;
    const { user, system } = process.cpuUsage(this.begun);
    if (user + system > MOST_PROCESSOR_MS * 1000) this.slow.add(nameOf(test));
    else this.longestMs = Math.max(this.longestMs, test.result?.duration ?? 0);
    if (test.result?.state === 'fail') this.failure ??= nameOf(test);
    super.onAfterRunTask(test);
  }

  /** The first test that fails, or "import" or a hook where that fails; undefined where all pass. */
  async run(filepath: string): Promise<string | undefined> {
    const files = await startTests([filepath], this as VitestRunner);
    const broken = (task: Task): string | undefined => {
      if (task.result?.state !== 'fail') return undefined;
      const child = task.type === 'suite' ? task.tasks.map(broken).find(Boolean) : undefined;
      return child ?? nameOf(task);
    };
    return this.failure ?? files.map(broken).find(Boolean);
  }
}

function forgetAll(modules: Map<string, EvaluatedModule>): void {
  for (const [path, module] of modules) {
    if (!/\/node_modules\/|\/mutation\/code\/runner\.ts|^mock:/.test(path)) forget(module);
  }
}

/** Forgets modules, and all that import them. */
function forgetImporters(modules: Map<string, EvaluatedModule>, ids: readonly string[]): void {
  const open = [...ids];
  const seen = new Set<string>();
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const module = modules.get(id);
    if (seen.has(id) || module === undefined) continue;
    seen.add(id);
    open.push(...module.importers);
    forget(module);
  }
}

/** Runs test files, each first without a mutant, then with those that it reaches. */
export default class MutationRunner extends TestRunner {
  private asksOnce = false;

  onBeforeCollect(): void {
    if (!this.asksOnce) askOnce(inner(this).moduleRunner);
    this.asksOnce = true;
    forgetAll(inner(this).workerState.evaluatedModules.idToModuleMap);
    coverage.static = {};
    coverage.perTest = {};
    startsProcesses = false;
    Object.assign(switches, { activeMutant: undefined, currentTestId: undefined, hitCount: undefined });
  }

  override async onBeforeRunTask(test: Task): Promise<void> {
    switches.currentTestId = nameOf(test);
    await super.onBeforeRunTask(test);
  }

  override onAfterRunTask(test: Task): void {
    switches.currentTestId = undefined;
    super.onAfterRunTask(test);
  }

  override async onAfterRunFiles(files?: File[]): Promise<void> {
    for (const file of files ?? []) {
      if (file.filepath.includes('/test/')) await this.mutate(file);
    }
    super.onAfterRunFiles();
  }

  private async mutate(file: File): Promise<void> {
    const test = plan.testFiles.find((path) => file.filepath.endsWith(`/${path}`)) ?? file.filepath;
    const read = journalled();
    if (read.done.has(test)) return;
    const passing = new Set(
      testsIn(file)
        .filter(({ result }) => result?.state === 'pass')
        .map(nameOf),
    );
    const failing = testsIn(file).filter(({ result, mode }) => mode === 'run' && result?.state === 'fail');
    const broken = failing.length > 0 || file.result?.state === 'fail';
    if (broken && !startsProcesses) {
      const message = failing[0]?.result?.errors?.[0]?.message ?? file.result?.errors?.[0]?.message ?? '';
      journal({ kind: 'broken', test, message: `${nameOf(failing[0] ?? file)}: ${message}` });
      return;
    }
    // What the first run reported must have been sent: the runs below discard what they would report.
    await new Promise((resolve) => setTimeout(resolve, 3 * REPORT_INTERVAL_MS));
    const first: Coverage = { static: coverage.static, perTest: coverage.perTest };
    coverage.static = {};
    coverage.perTest = {};
    const repeated = new RepeatedRun(this, { tests: passing, again: 'none' }, TIMEOUT_MS);
    const failure = await repeated.run(file.filepath);
    if (failure !== undefined) {
      const whole = new RepeatedRun(this, { tests: passing, again: 'all' }, TIMEOUT_MS);
      if ((await whole.run(file.filepath)) !== undefined) {
        // Every mutant would look as if this file noticed it.
        journal({ kind: 'unrepeatable', test, failure });
        journal({ kind: 'done', test });
        return;
      }
    }
    const repeatable = failure === undefined;
    if (test !== plan.committedFiles) {
      for (const name of repeated.slow) passing.delete(name);
      journal({ kind: 'slow', test, names: [...repeated.slow] });
    }
    const second: Coverage = { static: coverage.static, perTest: coverage.perTest };
    // What a mutant reaches does not count: one that turns a cache off reaches code that the others no longer do.
    coverage.static = {};
    coverage.perTest = {};
    const timeout = Math.max(MUTANT_TIMEOUT_MS, MUTANT_TIMEOUT_FACTOR * repeated.longestMs);
    await new MutantsOfOneFile(this, file.filepath, test, passing, first, second, repeatable, timeout).run(
      read,
    );
    journal({ kind: 'done', test });
  }
}

const hitsOf = ({ static: outside, perTest }: Coverage, id: string) =>
  Object.values(perTest).reduce((sum, hits) => sum + (hits[id] ?? 0), outside[id] ?? 0);

interface Read {
  readonly done: Set<string>;
  readonly killed: Set<string>;
  readonly survived: Set<string>;
}

function journalled(): Read {
  const read: Read = { done: new Set(), killed: new Set(), survived: new Set() };
  let text = '';
  try {
    text = readFileSync(plan.journal, 'utf8');
  } catch {
    return read;
  }
  for (const line of text.split('\n').filter(Boolean)) {
    const entry = JSON.parse(line) as JournalEntry;
    if (entry.kind === 'done') read.done.add(entry.test);
    if (entry.kind === 'killed') read.killed.add(entry.id);
    if (entry.kind === 'survived') read.survived.add(`${entry.id} ${entry.test}`);
  }
  return read;
}

/** Mutants that seem to be noticed, until a run without a mutant passes. */
class Kills {
  private open: { readonly id: string; readonly by: string }[] = [];

  constructor(
    private readonly test: string,
    private readonly failureWithout: (again?: 'all') => Promise<string | undefined>,
  ) {}

  /** Returns the mutants that were not confirmed. */
  async add(id: string, by: string): Promise<readonly string[]> {
    this.open.push({ id, by });
    return this.open.length < CONFIRM_AFTER ? [] : this.confirm();
  }

  async confirm(): Promise<readonly string[]> {
    const seen = this.open;
    this.open = [];
    if (seen.length === 0) return [];
    if ((await this.failureWithout()) !== undefined) {
      await this.failureWithout('all');
      return seen.map(({ id }) => id);
    }
    for (const { id, by } of seen) journal({ kind: 'killed', id, by: `${this.test}: ${by}` });
    return [];
  }
}

/** Tries the mutants that one test file reaches. */
class MutantsOfOneFile {
  constructor(
    private readonly outer: TestRunner,
    private readonly filepath: string,
    private readonly test: string,
    private readonly passing: ReadonlySet<string>,
    private readonly first: Coverage,
    private readonly second: Coverage,
    private readonly repeatable: boolean,
    private readonly timeout: number,
  ) {}

  async run({ killed, survived }: Read): Promise<void> {
    const ids = plan.mutants.filter(
      (id) => !killed.has(id) && !survived.has(`${id} ${this.test}`) && hitsOf(this.first, id) > 0,
    );
    if (!this.repeatable) return this.evaluateAll(ids);
    await this.evaluateAll(await this.evaluateMutated(await this.evaluateTests(ids)));
  }

  /** Evaluates only the test file again. Returns the mutants that this says nothing certain about. */
  private async evaluateTests(ids: readonly string[]): Promise<string[]> {
    const uncertain: string[] = [];
    const kills = new Kills(this.test, (again) => this.failureOf(undefined, again ?? 'none', this.passing));
    for (const id of ids) {
      const hits = hitsOf(this.second, id);
      if (hits === 0) {
        uncertain.push(id);
        continue;
      }
      const by = await this.failureOf(id, 'none', this.testsReaching(id, this.second));
      if (by !== undefined) uncertain.push(...(await kills.add(id, by)));
      // Code that ran only once may have kept what it computed without the mutant.
      else if (hits < hitsOf(this.first, id)) uncertain.push(id);
      else journal({ kind: 'survived', id, test: this.test });
    }
    uncertain.push(...(await kills.confirm()));
    return uncertain;
  }

  /** Evaluates the mutated file and all that import it again. Returns the mutants that seemed to be noticed when something else was wrong. */
  private async evaluateMutated(ids: readonly string[]): Promise<string[]> {
    const uncertain: string[] = [];
    // What the mutant before left behind is evaluated again as well.
    let before: string[] = [];
    const kills = new Kills(this.test, (again) => this.failureOf(undefined, again ?? before, this.passing));
    for (const id of ids) {
      const mutated = join(plan.root, plan.fileOf[id] ?? '');
      const by = await this.failureOf(id, [mutated, ...before], this.testsReaching(id, this.first));
      before = [mutated];
      if (by === undefined) journal({ kind: 'survived', id, test: this.test });
      else uncertain.push(...(await kills.add(id, by)));
    }
    uncertain.push(...(await kills.confirm()));
    return uncertain;
  }

  /** Evaluates everything again, and shows after each mutant that seems to be noticed that the tests pass without it. */
  private async evaluateAll(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const by = await this.failureOf(id, 'all', this.testsReaching(id, this.first));
      if (by === undefined) {
        journal({ kind: 'survived', id, test: this.test });
        continue;
      }
      const without = await this.failureOf(undefined, 'all', this.passing);
      if (without !== undefined) {
        journal({ kind: 'unrepeatable', test: this.test, failure: without });
        return;
      }
      journal({ kind: 'killed', id, by: `${this.test}: ${by}` });
    }
  }

  private testsReaching(id: string, { static: outside, perTest }: Coverage): ReadonlySet<string> {
    if ((outside[id] ?? 0) > 0) return this.passing;
    return new Set([...this.passing].filter((name) => (perTest[name]?.[id] ?? 0) > 0));
  }

  private async failureOf(
    id: string | undefined,
    again: Selection['again'],
    tests: ReadonlySet<string>,
  ): Promise<string | undefined> {
    if (id !== undefined) journal({ kind: 'begun', id, test: this.test });
    const hitLimit = id === undefined ? undefined : HIT_FACTOR * hitsOf(this.first, id) + 1000;
    Object.assign(switches, { activeMutant: id, hitCount: id === undefined ? undefined : 0, hitLimit });
    try {
      const timeout = id === undefined ? TIMEOUT_MS : this.timeout;
      const failure = await new RepeatedRun(this.outer, { tests, again }, timeout).run(this.filepath);
      const endless = hitLimit !== undefined && (switches.hitCount ?? 0) > hitLimit;
      return endless ? 'it does not end' : failure;
    } finally {
      Object.assign(switches, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined });
    }
  }
}
