import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Artifact } from './artifact.js';
import { FORMER_MANIFEST, formatManifest, MANIFEST, versionOf } from './manifest.js';
import {
  type FileStatus,
  type Inspection,
  inspectFolder,
  manifestText,
  OutputError,
  otherFiles,
  resolveFolder,
  stats,
} from './output-folder.js';
import { LOCK, lockFolder } from './output-lock.js';

export { OutputError } from './output-folder.js';

/** A difference between what the definitions yield and what an output folder holds. */
export interface Drift {
  readonly path: string;
  /**
   * `missing`; `changed`: not what the definitions yield now; `edited`: changed by hand since it was generated; `foreign`: in
   * the place of a generated file, but not generated; `stale`: generated earlier, and not any more.
   */
  readonly state: 'missing' | 'changed' | 'edited' | 'foreign' | 'stale';
  /** What is wrong, where the state alone does not say it. */
  readonly detail?: string;
}

/** Why a file is not written or removed, and what to do. */
export interface Refusal {
  readonly path: string;
  readonly reason: string;
  readonly remedy: string;
}

/** Files stand in the way. Nothing was written. The message has one line per file. */
export class RefusedError extends OutputError {
  override readonly name = 'RefusedError';

  constructor(
    readonly directory: string,
    readonly refusals: readonly Refusal[],
  ) {
    super(
      refusals
        .map(({ path, reason, remedy }) => `${join(directory, path)}: ${reason}; ${remedy}`)
        .concat(`${directory}: nothing was written`)
        .join('\n'),
    );
  }
}

/** What a run did. Paths are relative to the folder and sorted. */
export interface Written {
  readonly changes: readonly {
    readonly path: string;
    readonly change: 'wrote' | 'changed' | 'removed';
  }[];
  /** Generated files that were as they are to be. */
  readonly unchanged: readonly string[];
  /** Files beside ours that we did not write. */
  readonly leftAlone: readonly string[];
}

export interface WriteOptions {
  /** Overwrites and removes files of ours that were edited by hand. */
  readonly force?: boolean;
  /** Takes over files at our paths in a folder without a manifest. */
  readonly adopt?: boolean;
}

const DRIFTS = {
  missing: 'missing',
  outdated: 'changed',
  conflicted: 'changed',
  edited: 'edited',
  foreign: 'foreign',
  stale: 'stale',
} as const;

/**
 * Compares artifacts with the files of a folder, the manifest included. Sorted by path. Files that we did not write are no
 * difference, unless they are in the place of one of ours.
 *
 * @throws {OutputError} for a folder, a file or a manifest that cannot be read
 */
export function compareFiles(directory: string, artifacts: readonly Artifact[]): Drift[] {
  const folder = resolveFolder(directory);
  const { files, manifestState, hasFormerManifest } = inspectFolder(folder ?? directory, artifacts);
  const drifts = files.flatMap(({ path, state, obstacle }): Drift[] =>
    state === 'current'
      ? []
      : [
          {
            path,
            state: DRIFTS[state],
            ...(obstacle !== undefined
              ? { detail: obstacle }
              : state === 'conflicted'
                ? { detail: 'has conflict markers of git' }
                : {}),
          },
        ],
  );
  if (manifestState !== 'current') drifts.push({ path: MANIFEST, state: DRIFTS[manifestState] });
  if (hasFormerManifest) drifts.push({ path: FORMER_MANIFEST, state: 'stale' });
  return drifts.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * Makes a folder hold the artifacts and a manifest of them, and removes what an earlier run wrote and this one does not. Never
 * changes or removes a file that no earlier run wrote, and never follows a symbolic link inside the folder. All is
 * checked before the first file is written. Each file is written beside its place and renamed into it. A run that was
 * interrupted is completed by the next one.
 *
 * @throws {RefusedError} when files stand in the way; nothing was written then
 * @throws {OutputError} when something cannot be read or written
 */
export function writeFiles(
  directory: string,
  artifacts: readonly Artifact[],
  options: WriteOptions = {},
): Written {
  const folder = resolveFolder(directory);
  const first = plan(directory, folder ?? directory, artifacts, options);
  if (folder !== undefined && !first.hasWork && stats(join(folder, LOCK)) === undefined) return first.outcome;
  const target = folder ?? createFolder(directory);
  const lock = lockFolder(target);
  try {
    // Another run may have been writing until now.
    const { outcome, inspection, writes, removals } = plan(directory, target, artifacts, options);
    const ours = [
      ...new Set([...outcome.unchanged, ...(inspection.manifest?.paths ?? []), MANIFEST, ...writes]),
    ];
    for (const id of [lock.id, ...lock.left]) for (const path of ours) removeTemporary(target, path, id);
    execute(target, artifacts, inspection, { writes, removals }, lock.id);
    return outcome;
  } finally {
    lock.release();
  }
}

interface Plan {
  readonly inspection: Inspection;
  readonly writes: readonly string[];
  readonly removals: readonly string[];
  readonly hasWork: boolean;
  readonly outcome: Written;
}

/** What a run would do. Throws {@link RefusedError} when it must not. */
function plan(
  directory: string,
  folder: string,
  artifacts: readonly Artifact[],
  options: WriteOptions,
): Plan {
  const inspection = inspectFolder(folder, artifacts, { tolerant: options.force === true });
  const { files, manifest, manifestState, hasFormerManifest } = inspection;
  const writes: string[] = [];
  const removals: string[] = [];
  const refusals: Refusal[] = [];
  const given: string[] = [];
  const unchanged: string[] = [];
  const contents = new Map(artifacts.map(({ path, content }) => [path, content]));
  for (const file of files) {
    const refusal = refusalOf(file, manifest !== undefined, options);
    if (refusal !== undefined) refusals.push(refusal);
    else if (file.obstacle !== undefined) given.push(file.path);
    else if (file.content !== undefined && file.content === contents.get(file.path))
      unchanged.push(file.path);
    else (file.wanted ? writes : removals).push(file.path);
  }
  if (manifestState === 'edited' && options.force !== true) {
    refusals.push({
      path: MANIFEST,
      reason: 'was edited by hand',
      remedy: 'restore it, or rewrite it with --force',
    });
  }
  const touched = [...writes, ...removals, ...(manifestState === 'current' ? [] : [MANIFEST])];
  if (refusals.length === 0) refusals.push(...readOnly(folder, touched));
  if (refusals.length > 0) throw new RefusedError(directory, refusals);
  const existed = new Map(files.map(({ path, state }) => [path, state !== 'missing']));
  const gone = [...removals, ...(hasFormerManifest ? [FORMER_MANIFEST] : [])];
  const changes = [
    ...writes.map((path) => ({
      path,
      change: existed.get(path) === true ? ('changed' as const) : ('wrote' as const),
    })),
    ...gone.map((path) => ({ path, change: 'removed' as const })),
    ...(manifestState === 'current'
      ? []
      : [
          { path: MANIFEST, change: manifestState === 'missing' ? ('wrote' as const) : ('changed' as const) },
        ]),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
  const own = new Set([...writes, ...unchanged, ...gone, LOCK]);
  return {
    inspection,
    writes,
    removals,
    hasWork: changes.length > 0,
    outcome: {
      changes,
      unchanged: [...unchanged, ...(manifestState === 'current' ? [MANIFEST] : [])].sort(),
      leftAlone: [...new Set([...otherFiles(folder, [...own]), ...given])]
        .filter((path) => !own.has(path))
        .sort(),
    },
  };
}

const OVERWRITE = 'undo the edit (or make it in the definitions), or overwrite it with --force';

function refusalOf(
  { path, state, wanted, obstacle }: FileStatus,
  hasManifest: boolean,
  { force, adopt }: WriteOptions,
): Refusal | undefined {
  if (obstacle !== undefined) {
    if (!wanted && force === true) return undefined;
    const remedy = wanted ? 'move it away' : 'remove it, or leave it alone with --force';
    return { path, reason: obstacle, remedy };
  }
  if (state === 'edited' && force !== true) {
    return wanted
      ? { path, reason: 'was edited by hand', remedy: OVERWRITE }
      : {
          path,
          reason: 'was edited by hand, and is no longer generated',
          remedy: 'move it away, or remove it with --force',
        };
  }
  if (state !== 'foreign' || (adopt === true && !hasManifest)) return undefined;
  return {
    path,
    reason: 'was not written by generate',
    remedy: hasManifest ? 'move it away' : 'move it away, or let generate overwrite it with --adopt',
  };
}

/** Files and folders that their owner has made read-only. The mode counts: a superuser may write everywhere. */
function readOnly(folder: string, paths: readonly string[]): Refusal[] {
  const refusals = new Map<string, Refusal>();
  const demand = (path: string, reason: string) => {
    const place = join(folder, path);
    const found = stats(place);
    if (found === undefined) return false;
    let isWritable = (found.mode & 0o200) !== 0;
    try {
      if (found.isDirectory()) accessSync(place, constants.W_OK);
    } catch {
      isWritable = false;
    }
    if (!isWritable) refusals.set(path, { path, reason, remedy: 'make it writable' });
    return true;
  };
  for (const path of paths) {
    demand(path, 'is read-only and has to be changed');
    for (
      let at = dirname(path);
      !demand(at, 'is a read-only folder and has to be changed');
      at = dirname(at)
    ) {
      if (at === '.') break;
    }
  }
  return [...refusals.values()];
}

/** The order matters: at any moment the manifest on disk covers what is on disk, as it was or as it is to be. */
function execute(
  folder: string,
  artifacts: readonly Artifact[],
  { files, manifest, manifestState, hasFormerManifest }: Inspection,
  { writes, removals }: Pick<Plan, 'writes' | 'removals'>,
  id: string,
): void {
  const contents = new Map(artifacts.map(({ path, content }) => [path, content]));
  if (writes.length + removals.length > 0) {
    const replaced = files.flatMap(({ path, content }) =>
      content !== undefined && (writes.includes(path) || removals.includes(path)) ? [{ path, content }] : [],
    );
    const versions = [
      ...(manifest?.versions ?? []),
      ...[...replaced, ...artifacts].map((artifact) => versionOf(artifact)),
    ];
    const distinct = [...new Map(versions.map((version) => [JSON.stringify(version), version])).values()];
    replace(folder, MANIFEST, formatManifest(distinct, { finished: false }), id);
  }
  for (const path of removals) {
    attempt(join(folder, path), 'removed', () => rmSync(join(folder, path)));
    removeEmptyParents(folder, dirname(path));
  }
  for (const path of writes) replace(folder, path, contents.get(path) as string, id);
  if (writes.length + removals.length > 0 || manifestState !== 'current')
    replace(folder, MANIFEST, manifestText(artifacts), id);
  if (hasFormerManifest) rmSync(join(folder, FORMER_MANIFEST), { force: true });
}

/** Writes beside the place and renames: a reader finds the old text or the new one. */
function replace(folder: string, path: string, content: string, id: string): void {
  const place = join(folder, path);
  const temporary = temporaryOf(place, id);
  attempt(place, 'written', () => {
    makeFolder(dirname(place));
    // Between the inspection and now, a folder may have become a link.
    if (!`${realpathSync(dirname(place))}/`.startsWith(`${folder === '/' ? '' : folder}/`))
      throw new Error('leads out of the output folder');
    const before = stats(place);
    try {
      writeFileSync(temporary, content, { flag: 'wx' });
      if (before?.isFile()) chmodSync(temporary, before.mode & 0o777);
      renameSync(temporary, place);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}

const temporaryOf = (place: string, id: string) => join(dirname(place), `.${basename(place)}.${id}.tmp`);

function removeTemporary(folder: string, path: string, id: string): void {
  const temporary = temporaryOf(join(folder, path), id);
  if (stats(temporary)?.isFile()) rmSync(temporary, { force: true });
}

function attempt(place: string, what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new OutputError(
      `${place}: cannot be ${what} (${code ?? message}); run generate again to complete it`,
    );
  }
}

function createFolder(directory: string): string {
  try {
    makeFolder(directory);
    return realpathSync(directory);
  } catch (error) {
    throw new OutputError(`${directory}: cannot be created (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Not with Node's own `recursive`: below /proc that never ends. */
function makeFolder(place: string): void {
  if (stats(place) !== undefined) return;
  if (dirname(place) !== place) makeFolder(dirname(place));
  mkdirSync(place);
}

/** Removes the folders that a removal has left empty, up to the output folder itself. */
function removeEmptyParents(folder: string, path: string): void {
  for (let at = path; at !== '.'; at = dirname(at)) {
    const place = join(folder, at);
    if (readdirSync(place).length > 0) return;
    attempt(place, 'removed', () => rmdirSync(place));
  }
}
