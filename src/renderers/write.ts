import {
  chmodSync,
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
import { manifestText, OutputError, resolveFolder, stats } from './output-folder.js';
import { LOCK, lockFolder } from './output-lock.js';
import { type OutputPlan, planRun, type WriteOptions, type Written } from './output-plan.js';

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
  const first = planRun(directory, folder ?? directory, artifacts, options);
  if (folder !== undefined && first.outcome.changes.length === 0 && stats(join(folder, LOCK)) === undefined)
    return first.outcome;
  const target = folder ?? createFolder(directory);
  const lock = lockFolder(target);
  try {
    // Another run may have been writing until now.
    const plan = planRun(directory, target, artifacts, options);
    const ours = new Set([...(plan.inspection.manifest?.paths ?? []), ...plan.writes, MANIFEST]);
    for (const id of lock.left) for (const path of ours) removeTemporary(target, path, id);
    execute(target, artifacts, plan, lock.id);
    return plan.outcome;
  } finally {
    lock.release();
  }
}

/** The order matters: at any moment the manifest on disk covers what is on disk, as it was or as it is to be. */
function execute(
  folder: string,
  artifacts: readonly Artifact[],
  { inspection: { files, manifest, manifestState, hasFormerManifest }, writes, removals }: OutputPlan,
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
