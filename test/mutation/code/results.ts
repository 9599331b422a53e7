import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../../src/package/root.js';
import { FOLDERS, type MutatedFolder, SHELLS } from './folders.js';
import { filesAt, mutantsOf } from './plan.js';
import { forgetReasons } from './reasons.js';

/** What became of the mutants of one file. */
export interface FileResult {
  /** The day of the run. */
  readonly date: string;
  /** What was checked out; `sha256` is of the file as it was mutated. */
  readonly commit: string;
  readonly sha256: string;
  readonly mutants: number;
  readonly killed: number;
  /** Those of the killed ones that only the comparison with the committed files noticed. */
  readonly killedByCommittedFiles?: number;
  /** The mutants that no test noticed, and those that were not tried. */
  readonly survivors: readonly string[];
}

/** The results of a folder, as they are committed. */
export interface FolderResult {
  readonly threshold: number;
  /** In percent. A mutant that was not run counts as one that no test notices. */
  readonly score: number;
  readonly mutants: number;
  readonly killed: number;
  readonly files: Readonly<Record<string, FileResult>>;
  /** The files that were not run, and how many mutants they have. */
  readonly notRun: Readonly<Record<string, number>>;
}

export const resultFile = (folder: string) =>
  join(packageRoot, 'test/mutation/code/results', `${folder}.json`);

const isAt = (file: string, path: string) => file === path || file.startsWith(`${path}/`);

/** The files of a folder that are mutated, without those of a folder in it that is run by itself. */
export function mutatedFiles({ mutate }: MutatedFolder): string[] {
  const inner = Object.values(FOLDERS)
    .flatMap((other) => other.mutate)
    .filter((path) => mutate.some((own) => path.startsWith(`${own}/`)));
  return mutate
    .flatMap(filesAt)
    .filter((file) => !(file in SHELLS) && !inner.some((path) => isAt(file, path)));
}

/** The committed result of a folder; undefined where there is none. */
export function readResult(folder: string): FolderResult | undefined {
  const file = resultFile(folder);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as FolderResult) : undefined;
}

/** Writes the result of a folder: what is known of its files, and `news`. Files that are gone are left out. */
export async function writeResult(
  folder: string,
  definition: MutatedFolder,
  news: Readonly<Record<string, FileResult>>,
): Promise<FolderResult> {
  const results = { ...readResult(folder)?.files, ...news };
  const all = mutatedFiles(definition);
  const files = Object.fromEntries(
    all.flatMap((file) => (results[file] === undefined ? [] : [[file, results[file]]])),
  );
  const missing = all.filter((file) => files[file] === undefined);
  const { mutants: untried } = await mutantsOf(missing);
  const sum = (count: (result: FileResult) => number) =>
    Object.values(files).reduce((total, result) => total + count(result), 0);
  const mutants = sum((result) => result.mutants) + untried.length;
  const killed = sum((result) => result.killed);
  const result: FolderResult = {
    threshold: definition.threshold,
    score: mutants === 0 ? 100 : Math.floor((1000 * killed) / mutants) / 10,
    mutants,
    killed,
    files,
    notRun: Object.fromEntries(
      missing.map((file) => [file, untried.filter((mutant) => mutant.file === file).length]),
    ),
  };
  mkdirSync(dirname(resultFile(folder)), { recursive: true });
  writeFileSync(resultFile(folder), `${JSON.stringify(result, null, 2)}\n`);
  forgetReasons(folder, files);
  return result;
}
