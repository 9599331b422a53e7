import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../src/package/root.js';
import type { Delay, Violation } from './judge.js';
import type { Kind } from './kinds.js';

/** What the search knows of one world. */
export interface LoggedWorld {
  readonly seed: number;
  readonly site: string;
  readonly relays: number;
  readonly seconds: number;
  readonly faults: readonly Kind[];
  readonly overlap: number;
  readonly violations: readonly Violation[];
  readonly excused: readonly Violation[];
  readonly delays: readonly Delay[];
  readonly right: Readonly<Record<string, number>>;
  readonly compared: Readonly<Record<string, number>>;
}

/** What a run's results depend on besides its seeds. */
export interface Subject {
  /** Of promtool. */
  readonly prometheus: string;
  readonly rules: string;
  readonly texts: string;
  readonly simulator: string;
  readonly size: string;
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Files that only start, write or show: what a world shows does not depend on them. */
const BESIDE =
  /(\.test|\/(planted|search|current|log|results|summary|shrink|as-scenario|live|detection))\.ts$|\/scenarios\//;

/** Changes when the simulator, the worlds that a seed gives, or the oracle changes. */
export function simulatorHash(): string {
  const filesIn = (folder: string): string[] =>
    readdirSync(join(packageRoot, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !BESIDE.test(file))
      .sort();
  const files = [...filesIn('src/simulator'), ...filesIn('test/search')];
  return hash(files.map((file) => readFileSync(file, 'utf8')).join('\0'));
}

/** A log that a later run of the same subject continues: a line for the subject, then one a world. */
export class Log {
  readonly worlds = new Map<number, LoggedWorld>();

  /** Throws where the file is the log of another subject. */
  constructor(
    private readonly file: string,
    subject: Subject,
  ) {
    mkdirSync(dirname(file), { recursive: true });
    if (!existsSync(file)) {
      appendFileSync(file, `${JSON.stringify(subject)}\n`);
      return;
    }
    // The last line may have been cut off; its world is played again.
    const [head = '', ...lines] = readFileSync(file, 'utf8').split('\n');
    if (head !== JSON.stringify(subject))
      throw new Error(
        `${file}: is the log of ${head}, expected ${JSON.stringify(subject)}; name another file`,
      );
    for (const line of lines) {
      try {
        const world = JSON.parse(line) as LoggedWorld;
        this.worlds.set(world.seed, world);
      } catch {
        if (line !== '') appendFileSync(file, '\n');
      }
    }
  }

  add(world: LoggedWorld): void {
    this.worlds.set(world.seed, world);
    appendFileSync(this.file, `${JSON.stringify(world)}\n`);
  }
}
