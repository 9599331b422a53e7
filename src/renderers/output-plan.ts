import { accessSync, constants } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Artifact } from './artifact.js';
import { FORMER_MANIFEST, MANIFEST } from './manifest.js';
import {
  type FileStatus,
  type Inspection,
  inspectFolder,
  OutputError,
  otherFiles,
  stats,
} from './output-folder.js';
import { LOCK } from './output-lock.js';

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

/** What a run would do. */
export interface OutputPlan {
  readonly inspection: Inspection;
  readonly writes: readonly string[];
  readonly removals: readonly string[];
  readonly outcome: Written;
}

/**
 * Works out what a run would do, without writing anything.
 *
 * @param directory the folder's name in messages
 * @param folder where it really is
 * @throws {RefusedError} when the run must not go on
 * @throws {OutputError} when something cannot be read
 */
export function planRun(
  directory: string,
  folder: string,
  artifacts: readonly Artifact[],
  options: WriteOptions,
): OutputPlan {
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
      reason: 'was edited manually',
      remedy: 'restore it, or rewrite it with --force',
    });
  }
  const touched = [...writes, ...removals, ...(manifestState === 'current' ? [] : [MANIFEST])];
  if (refusals.length === 0) refusals.push(...readOnly(folder, touched));
  if (refusals.length > 0) throw new RefusedError(directory, refusals);
  const gone = [...removals, ...(hasFormerManifest ? [FORMER_MANIFEST] : [])];
  const changes = [
    ...files.filter(({ path }) => writes.includes(path)),
    ...gone.map((path) => ({ path, state: 'stale' as const })),
    ...(manifestState === 'current' ? [] : [{ path: MANIFEST, state: manifestState }]),
  ]
    .map(({ path, state }) => ({ path, change: CHANGES[state] }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const ours = [...writes, ...unchanged, ...gone];
  return {
    inspection,
    writes,
    removals,
    outcome: {
      changes,
      unchanged: [...unchanged, ...(manifestState === 'current' ? [MANIFEST] : [])].sort(),
      leftAlone: [...new Set([...otherFiles(folder, [...ours, LOCK]), ...given])].sort(),
    },
  };
}

const CHANGES = {
  missing: 'wrote',
  current: 'changed',
  outdated: 'changed',
  conflicted: 'changed',
  edited: 'changed',
  foreign: 'changed',
  stale: 'removed',
} as const;

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
      ? { path, reason: 'was edited manually', remedy: OVERWRITE }
      : {
          path,
          reason: 'was edited manually and is no longer generated',
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
    demand(path, 'is read-only, but must be changed');
    for (
      let at = dirname(path);
      !demand(at, 'is a read-only folder, but must be changed');
      at = dirname(at)
    ) {
      if (at === '.') break;
    }
  }
  return [...refusals.values()];
}
