import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { packageRoot } from '../../../src/package/root.js';
import { FULL_SUITE, NIGHTLY_SUITE } from '../../suites.js';

/** What a run of Vitest needs to know. */
export interface Plan {
  /** The project's folder. */
  readonly root: string;
  /** The id of the process that started the run. */
  readonly startedBy: number;
  /** The file to which each result is appended. */
  readonly journal: string;
  /** The code of each file with all its mutants, by the file's path. */
  readonly instrumented: Readonly<Record<string, string>>;
  readonly testFiles: readonly string[];
  /** {@link COMMITTED_FILES}, of which no test is too slow. */
  readonly committedFiles: string;
  /** The ids of the mutants to try. */
  readonly mutants: readonly string[];
  /** The file of each mutant, and what it changes. */
  readonly fileOf: Readonly<Record<string, string>>;
  readonly changeOf: Readonly<Record<string, string>>;
  /** The hashes of the mutated files and of the tests. */
  readonly hashes: Readonly<Record<string, string>>;
}

/** A line of the journal. */
export type JournalEntry =
  | { readonly kind: 'begun'; readonly id: string; readonly test: string }
  | { readonly kind: 'killed'; readonly id: string; readonly by: string }
  | { readonly kind: 'survived'; readonly id: string; readonly test: string }
  | { readonly kind: 'broken'; readonly test: string; readonly message: string }
  | { readonly kind: 'unrepeatable'; readonly test: string; readonly failure: string }
  | { readonly kind: 'slow'; readonly test: string; readonly names: readonly string[] }
  | { readonly kind: 'done'; readonly test: string };

export interface Mutant {
  readonly id: string;
  readonly file: string;
  /** Where it is and what it changes, such as "12:5 EqualityOperator: a < b → a <= b". */
  readonly change: string;
}

/** The first 16 digits of a file's SHA-256. */
export const hashOf = (file: string): string =>
  createHash('sha256')
    .update(readFileSync(join(packageRoot, file)))
    .digest('hex')
    .slice(0, 16);

/** The TypeScript files at a path, which is a file or a folder. */
export function filesAt(path: string): string[] {
  if (statSync(join(packageRoot, path)).isFile()) return [path];
  return (readdirSync(join(packageRoot, path), { recursive: true }) as string[])
    .filter((name) => name.endsWith('.ts'))
    .map((name) => posix.join(path, name.replaceAll('\\', '/')))
    .sort();
}

/** Compares what is generated with the committed files. It comes last, so that it is known what only it notices. */
export const COMMITTED_FILES = 'test/renderers/generated.test.ts';

/** The test files at paths, in their order. Those of the slow suites take no part. */
export function testsAt(paths: readonly string[]): string[] {
  const files = paths
    .flatMap(filesAt)
    .filter((file) => file.endsWith('.test.ts') && !(file in FULL_SUITE) && !(file in NIGHTLY_SUITE));
  const others = [...new Set(files)].filter((file) => file !== COMMITTED_FILES);
  return files.includes(COMMITTED_FILES) ? [...others, COMMITTED_FILES] : others;
}

const silent = () => undefined;
const LOGGER = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => true,
  isErrorEnabled: () => true,
  isFatalEnabled: () => true,
  trace: silent,
  debug: silent,
  info: silent,
  warn: console.warn,
  error: console.error,
  fatal: console.error,
};

/** The longest piece of code that a survivor is shown with. */
const MOST_CHARACTERS = 70;

const shortened = (code: string) => {
  const line = code.replace(/\s+/g, ' ');
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line;
};

/** A text of at least four words. */
const SENTENCE = /\S+(?:\s+\S+){3,}/;

/** The parts of a syntax tree that {@link PROSE} looks at. */
interface Literal {
  readonly type: string;
  readonly value?: unknown;
  readonly quasis?: readonly { readonly value: { readonly raw: string } }[];
}

/** Leaves sentences alone: the committed files and snapshots have them word for word, and an empty one is no realistic fault. */
const PROSE = {
  shouldIgnore({ node }: { readonly node: Literal }): string | undefined {
    const text =
      node.type === 'StringLiteral'
        ? String(node.value)
        : node.type === 'TemplateLiteral' && node.quasis?.length === 1
          ? node.quasis[0]?.value.raw
          : undefined;
    return text !== undefined && SENTENCE.test(text) ? 'a sentence' : undefined;
  },
};

/** All mutants of some files, and the code that holds them. */
export async function mutantsOf(
  files: readonly string[],
): Promise<{ readonly mutants: Mutant[]; readonly instrumented: Record<string, string> }> {
  // It loads Babel, which the test of the lists does not need.
  const { Instrumenter } = await import('@stryker-mutator/instrumenter');
  const sources = new Map(files.map((file) => [file, readFileSync(join(packageRoot, file), 'utf8')]));
  const result = await new Instrumenter(LOGGER).instrument(
    [...sources].map(([name, content]) => ({ name, content, mutate: true })),
    { plugins: null, excludedMutations: [], ignorers: [PROSE] },
  );
  // Changes of one place may look the same when they are shortened.
  const seen = new Map<string, number>();
  const numbered = (file: string, change: string) => {
    const count = (seen.get(`${file} ${change}`) ?? 0) + 1;
    seen.set(`${file} ${change}`, count);
    return count === 1 ? change : `${change} #${count}`;
  };
  return {
    mutants: result.mutants
      .filter(({ status }) => status === undefined)
      .map(({ id, fileName, location: { start, end }, mutatorName, replacement }) => {
        const lines = (sources.get(fileName) ?? '').split('\n').slice(start.line, end.line + 1);
        lines[lines.length - 1] = (lines.at(-1) ?? '').slice(0, end.column);
        lines[0] = (lines[0] ?? '').slice(start.column);
        const change = `${shortened(lines.join('\n'))} → ${shortened(replacement)}`;
        const place = `${start.line + 1}:${start.column + 1}`;
        return { id, file: fileName, change: numbered(fileName, `${place} ${mutatorName}: ${change}`) };
      }),
    instrumented: Object.fromEntries(result.files.map(({ name, content }) => [name, content])),
  };
}
