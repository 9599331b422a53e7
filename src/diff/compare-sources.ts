import {
  type FileSet,
  FileSetError,
  mergeBase,
  readFileSet,
  readWorkingTree,
} from '../rule-files/file-set.js';
import { readSide, type Side, type SideFile } from '../rule-files/parse.js';
import { compareSides } from './compare.js';
import { sorted } from './finding.js';
import type { Comparison } from './print.js';

export interface CompareOptions {
  /** Folders and files of a revision to compare; those of the bundle where it is empty. */
  readonly path: readonly string[];
  /** Files and folders of others that may read or link to what changes. */
  readonly also: readonly string[];
  /** Whether to play the simulator's scenarios on both sides. */
  readonly simulate: boolean;
}

/**
 * Reads two sides and compares them.
 *
 * @param base a revision, folder or file; or `<base>...<head>` where there is no `head`
 * @param head the working tree where it is undefined
 * @throws {FileSetError | SideError} for input that cannot be read
 */
export async function compareSources(
  base: string,
  head: string | undefined,
  options: CompareOptions,
): Promise<Comparison> {
  const [before, after] = await sourcesOf(base, head, options.path);
  const also = await alsoOf(options.also);
  const [old, now] = [readSide(before.files), readSide(after.files)];
  const where = options.path.length > 0 ? ` below ${options.path.join(', ')}` : '';
  const notes = (
    [
      [old, before],
      [now, after],
    ] as const
  ).flatMap(([side, { label }]) =>
    side.groups.length + side.dashboards.length === 0
      ? [`${label} contains no rules or dashboards${where}.`]
      : [],
  );
  if (notes.length === 2) throw new FileSetError(`${notes.join(' ')} Expected rule files or dashboards.`);
  let findings = compareSides(old, now, also);
  if (options.simulate) {
    const { simulatedFindings } = await import('./simulated.js');
    const simulated = await simulatedFindings(old, now);
    findings = sorted([...findings, ...simulated.findings]);
    notes.push(simulated.note);
  }
  return { base: before.label, head: after.label, findings, notes };
}

async function sourcesOf(
  base: string,
  head: string | undefined,
  only: readonly string[],
): Promise<readonly [FileSet, FileSet]> {
  const [, one, other] = /^(.+?)\.\.\.(.*)$/.exec(base) ?? [];
  if (one !== undefined && head === undefined) {
    const to = other === '' || other === undefined ? 'HEAD' : other;
    const common = await readFileSet(await mergeBase(one, to), only);
    return [{ ...common, label: one }, await readFileSet(to, only)];
  }
  return [
    await readFileSet(base, only),
    head === undefined ? await readWorkingTree(only) : await readFileSet(head, only),
  ];
}

/** The files of others, with their paths as they were given. */
async function alsoOf(paths: readonly string[]): Promise<Side> {
  const files: SideFile[] = [];
  for (const path of paths) {
    const source = await readFileSet(path);
    const single = source.files.length === 1 && source.files[0]?.path === path;
    files.push(
      ...source.files.map((file) =>
        single ? file : { ...file, path: `${path.replace(/\/+$/, '')}/${file.path}` },
      ),
    );
  }
  return readSide(files);
}
