import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { version } from '../package/version.js';
import type { Artifact } from './artifact.js';
import {
  FORMER_MANIFEST,
  formatManifest,
  hasConflict,
  isInside,
  MANIFEST,
  Manifest,
  ManifestError,
  parseFormerManifest,
  parseManifest,
  versionOf,
  writerOf,
} from './manifest.js';

/** Output that cannot be read or written. */
export class OutputError extends Error {
  override readonly name: string = 'OutputError';
}

/**
 * How a file compares with what is to be written:
 * - `current`: as it is to be
 * - `missing`
 * - `outdated`: ours and as it was written, but something else is to be written now
 * - `conflicted`: ours, with conflict markers of git
 * - `edited`: ours, but changed since it was written
 * - `foreign`: at the place of a file of ours, but not written by us
 * - `stale`: ours and as it was written, but nothing writes it any more
 */
export type FileState = 'current' | 'missing' | 'outdated' | 'conflicted' | 'edited' | 'foreign' | 'stale';

/** One file of an output folder. */
export interface FileStatus {
  readonly path: string;
  readonly state: FileState;
  /** Whether something is to be written there. */
  readonly wanted: boolean;
  /** What stands there in place of a regular file, for example "is a symbolic link". */
  readonly obstacle?: string;
  /** The file's text; undefined where there is no regular file. */
  readonly content?: string;
}

/** What stands in an output folder, compared with what is to be written. */
export interface Inspection {
  /** Sorted by path. Without the manifest. */
  readonly files: readonly FileStatus[];
  /** Undefined where no earlier run left one. */
  readonly manifest: Manifest | undefined;
  /** How the manifest's file compares with what is to be written. */
  readonly manifestState: Exclude<FileState, 'stale' | 'foreign'>;
  /** The version of this package that wrote the manifest, where it is another one than this. */
  readonly otherVersion: string | undefined;
  /** Whether the manifest of an earlier release is there. It is replaced by the new one. */
  readonly hasFormerManifest: boolean;
}

/**
 * Compares a folder with what is to be written, and reads nothing but the manifest and the files that are ours or in the
 * place of ours. Follows no symbolic link inside the folder.
 *
 * @param tolerant reads what can be read of a damaged manifest
 * @throws {OutputError} for a folder, a file or a manifest that cannot be read, and for artifacts outside the folder
 */
export function inspectFolder(
  directory: string,
  artifacts: readonly Artifact[],
  { tolerant = false } = {},
): Inspection {
  const wanted = byPath(artifacts);
  const former = formerManifestOf(directory);
  const text = readText(directory, MANIFEST);
  const current = text === undefined ? undefined : manifestOf(directory, text, tolerant);
  const manifest = current === undefined ? former : merged(current, former);
  const paths = new Set([...wanted.keys(), ...(manifest?.paths ?? [])]);
  const files = [...paths]
    .sort()
    .map((path) => statusOf(directory, path, wanted.get(path), manifest))
    .filter(({ state, wanted: isWanted }) => isWanted || state !== 'missing');
  return {
    files,
    manifest,
    manifestState: manifestState(text, current, artifacts),
    otherVersion: text === undefined || writerOf(text) === version ? undefined : writerOf(text),
    hasFormerManifest: former !== undefined,
  };
}

/** The text that the manifest has when all artifacts are written. */
export const manifestText = (artifacts: readonly Artifact[]): string =>
  formatManifest(
    [...artifacts].sort((a, b) => (a.path < b.path ? -1 : 1)).map((artifact) => versionOf(artifact)),
  );

function byPath(artifacts: readonly Artifact[]): Map<string, string> {
  const wanted = new Map<string, string>();
  // Some file systems do not distinguish upper and lower case.
  const taken = new Set([MANIFEST.toLowerCase()]);
  for (const { path, content } of artifacts) {
    if (!isInside(path))
      throw new OutputError(`${JSON.stringify(path)}: expected a path inside the output folder`);
    if (taken.has(path.toLowerCase()))
      throw new OutputError(`${path}: two files with this name are to be written`);
    taken.add(path.toLowerCase());
    wanted.set(path, content);
  }
  return wanted;
}

function manifestState(
  text: string | undefined,
  manifest: Manifest | undefined,
  artifacts: readonly Artifact[],
): Inspection['manifestState'] {
  if (text === undefined || manifest === undefined) return 'missing';
  if (text === manifestText(artifacts)) return 'current';
  if (manifest.state === 'conflicted') return 'conflicted';
  return manifest.state === 'edited' ? 'edited' : 'outdated';
}

function manifestOf(directory: string, text: string, tolerant: boolean): Manifest {
  try {
    return parseManifest(text);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    if (tolerant) return new Manifest(parseManifest(text, { tolerant }).versions, 'edited');
    throw new OutputError(
      `${join(directory, MANIFEST)}: ${error.message}; restore it from version control, or run generate with --force to rewrite it`,
    );
  }
}

function formerManifestOf(directory: string): Manifest | undefined {
  const place = join(directory, FORMER_MANIFEST);
  // A link or a folder of this name is not ours.
  if (!stats(place)?.isFile() || stats(directory) === undefined) return undefined;
  const text = readText(directory, FORMER_MANIFEST);
  return text === undefined ? undefined : parseFormerManifest(text);
}

/** After a merge of an old branch, both may be there. */
function merged(manifest: Manifest, former: Manifest | undefined): Manifest {
  return former === undefined
    ? manifest
    : new Manifest([...manifest.versions, ...former.versions], manifest.state);
}

function statusOf(
  directory: string,
  path: string,
  content: string | undefined,
  manifest: Manifest | undefined,
): FileStatus {
  const wanted = content !== undefined;
  const isOurs = manifest?.lists(path) === true;
  const place = { path, wanted };
  const obstacle = obstacleAt(directory, path);
  if (obstacle !== undefined) return { ...place, state: isOurs ? 'edited' : 'foreign', obstacle };
  const found = readText(directory, path);
  if (found === undefined) return { ...place, state: 'missing' };
  const state = (): FileState => {
    // Without a manifest nothing is ours, not even what looks the same.
    if (manifest === undefined) return 'foreign';
    if (found === content) return 'current';
    if (!isOurs) return 'foreign';
    if (hasConflict(found)) return wanted ? 'conflicted' : 'stale';
    if (!manifest.recorded({ path, content: found })) return 'edited';
    return wanted ? 'outdated' : 'stale';
  };
  return { ...place, state: state(), content: found };
}

/** What stands in the way of a regular file: a link that leads elsewhere, a folder, a file in place of a folder. */
function obstacleAt(directory: string, path: string): string | undefined {
  const segments = path.split('/');
  for (let depth = 1; depth <= segments.length; depth++) {
    const at = segments.slice(0, depth).join('/');
    const found = stats(join(directory, at));
    if (found === undefined) return undefined;
    const isLast = depth === segments.length;
    if (isLast ? found.isFile() : found.isDirectory()) continue;
    const what = `is a ${kindOf(found)}, expected a ${isLast ? 'file' : 'folder'}`;
    return isLast ? what : `${at} ${what}`;
  }
  return undefined;
}

function kindOf(found: FoundEntry): string {
  if (found.isSymbolicLink()) return 'symbolic link';
  if (found.isDirectory()) return 'folder';
  return found.isFile() ? 'file' : 'special file';
}

/** What is asked of an entry of a folder. Declared here: users of the package need no types of Node.js. */
export interface FoundEntry {
  readonly mode: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** Undefined where nothing is there. */
export function stats(place: string): FoundEntry | undefined {
  try {
    return lstatSync(place, { throwIfNoEntry: false });
  } catch (error) {
    // Below a file there is nothing.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw new OutputError(`${place}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** The text of a regular file; undefined where nothing is there. */
function readText(directory: string, path: string): string | undefined {
  const place = join(directory, path);
  const found = stats(place);
  if (found === undefined) return undefined;
  if (!found.isFile()) throw new OutputError(`${place}: is a ${kindOf(found)}, expected a file`);
  try {
    return readFileSync(place, 'utf8');
  } catch (error) {
    throw new OutputError(`${place}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/**
 * The folder itself, through a symbolic link if it is one. Undefined where nothing is there.
 *
 * @throws {OutputError} for something else than a folder
 */
export function resolveFolder(directory: string): string | undefined {
  try {
    if (stats(directory) === undefined) {
      // A path below a file does not become a folder.
      for (let at = dirname(directory); at !== dirname(at); at = dirname(at)) {
        const found = stats(at);
        if (found !== undefined && !found.isDirectory() && !found.isSymbolicLink())
          throw new OutputError(`${directory}: ${at} is a file, expected a folder`);
      }
      return undefined;
    }
    const real = realpathSync(directory);
    if (lstatSync(real).isDirectory()) return real;
  } catch (error) {
    if (error instanceof OutputError) throw error;
    throw new OutputError(
      `${directory}: cannot be read (${(error as NodeJS.ErrnoException).code}), expected a folder`,
    );
  }
  throw new OutputError(`${directory}: is a file, expected a folder`);
}

/**
 * The files beside ours that we did not write, in the folders that hold files of ours and in those above them. Other
 * folders are not looked into.
 */
export function otherFiles(directory: string, ours: readonly string[]): string[] {
  const own = new Set([...ours, MANIFEST]);
  const folders = new Set(['']);
  for (const path of ours) {
    const segments = path.split('/');
    for (let depth = 1; depth < segments.length; depth++) folders.add(segments.slice(0, depth).join('/'));
  }
  return [...folders]
    .flatMap((folder) => {
      if (folder !== '' && obstacleAt(directory, `${folder}/-`) !== undefined) return [];
      if (stats(join(directory, folder)) === undefined) return [];
      return readdirSync(join(directory, folder), { withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => (folder === '' ? entry.name : `${folder}/${entry.name}`));
    })
    .filter((path) => !own.has(path))
    .sort();
}
