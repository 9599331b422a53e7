import { version } from '../package/version.js';
import type { Artifact } from './artifact.js';
import { FORMER_MANIFEST, MANIFEST } from './manifest.js';
import { type FileState, inspectFolder, resolveFolder } from './output-folder.js';

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

const DRIFTS = {
  missing: 'missing',
  outdated: 'changed',
  conflicted: 'changed',
  edited: 'edited',
  foreign: 'foreign',
  stale: 'stale',
} as const satisfies Readonly<Record<Exclude<FileState, 'current'>, Drift['state']>>;

/**
 * Compares artifacts with the files of a folder, the manifest included. Sorted by path. Files that we did not write are no
 * difference, unless they are in the place of one of ours.
 *
 * @throws {OutputError} for a folder, a file or a manifest that cannot be read
 */
export function compareFiles(directory: string, artifacts: readonly Artifact[]): Drift[] {
  const folder = resolveFolder(directory);
  const { files, manifestState, otherVersion, hasFormerManifest } = inspectFolder(
    folder ?? directory,
    artifacts,
  );
  const drifts: Drift[] = [];
  for (const { path, state, obstacle } of files) {
    if (state === 'current') continue;
    const detail = obstacle ?? (state === 'conflicted' ? 'has git conflict markers' : undefined);
    drifts.push({ path, state: DRIFTS[state], ...(detail === undefined ? {} : { detail }) });
  }
  if (manifestState !== 'current')
    drifts.push({
      path: MANIFEST,
      state: DRIFTS[manifestState],
      ...(manifestState === 'outdated' && otherVersion !== undefined
        ? { detail: `was written by version ${otherVersion}; this is ${version}` }
        : {}),
    });
  if (hasFormerManifest) drifts.push({ path: FORMER_MANIFEST, state: 'stale' });
  return drifts.sort((a, b) => (a.path < b.path ? -1 : 1));
}
