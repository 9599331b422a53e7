import { randomUUID } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { Artifact } from '../renderers/artifact.js';
import { CHECKSUMS } from '../renderers/checksums.js';

/** A difference between what the definitions yield and what lies in the output directory. */
export interface Drift {
  readonly path: string;
  readonly state: 'missing' | 'changed' | 'stale';
}

/** Output that cannot be read or written. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

function filesBelow(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new OutputError(`${directory}: cannot be read (${(error as Error).message}), expected a directory`);
  }
}

/** Compares artifacts with the files of a directory: missing, changed and stale ones, sorted by path. */
export function compareFiles(directory: string, artifacts: readonly Artifact[]): Drift[] {
  const wanted = new Map(artifacts.map(({ path, content }) => [path, content]));
  const present = new Set(filesBelow(directory));
  const drifts: Drift[] = [];
  for (const [path, content] of wanted) {
    if (!present.has(path)) drifts.push({ path, state: 'missing' });
    else if (readFileSync(join(directory, path), 'utf8') !== content) drifts.push({ path, state: 'changed' });
  }
  for (const path of present) if (!wanted.has(path)) drifts.push({ path, state: 'stale' });
  return drifts.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * Makes a directory hold exactly the artifacts: each file is written beside its place and renamed into it, stale
 * files are removed. Refuses, before anything is written, a directory with files that do not look generated, so
 * that `--out` with a wrong path cannot delete somebody's work. Returns what was changed.
 */
export function writeFiles(directory: string, artifacts: readonly Artifact[]): Drift[] {
  const drifts = compareFiles(directory, artifacts);
  const foreign = drifts.filter(({ path, state }) => state === 'stale' && !isOurs(path));
  if (foreign.length > 0) {
    throw new OutputError(
      `${directory}: holds ${foreign[0]?.path}${foreign.length > 1 ? ` and ${foreign.length - 1} more files` : ''} that this bundle does not write; expected an empty directory or an earlier output`,
    );
  }
  const contents = new Map(artifacts.map(({ path, content }) => [path, content]));
  for (const { path, state } of drifts) {
    const target = join(directory, path);
    if (state === 'stale') {
      rmSync(target);
      removeEmptyParents(directory, dirname(target));
      continue;
    }
    try {
      mkdirSync(dirname(target), { recursive: true });
      const temporary = `${target}.${randomUUID()}.tmp`;
      writeFileSync(temporary, contents.get(path) as string);
      renameSync(temporary, target);
    } catch (error) {
      throw new OutputError(`${target}: cannot be written (${(error as Error).message})`);
    }
  }
  return drifts;
}

/** Where generated files lie; a stale file elsewhere in the output directory was not made by us. */
function isOurs(path: string): boolean {
  return (
    /^(?:prometheus|kubernetes|grafana|docs|alertmanager)\//.test(path) ||
    path === CHECKSUMS ||
    path.endsWith('.tmp')
  );
}

function removeEmptyParents(root: string, directory: string): void {
  for (let at = directory; at !== root && at.startsWith(root); at = dirname(at)) {
    if (!statSync(at, { throwIfNoEntry: false })?.isDirectory() || readdirSync(at).length > 0) return;
    rmdirSync(at);
  }
}
