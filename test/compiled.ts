import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build as bundle, version } from 'esbuild';

const root = join(import.meta.dirname, '..');
/** What tsconfig.build.json compiles. */
const SOURCES = ['alerts', 'dashboards', 'metrics', 'recording-rules', 'src'];
/** The command line, and what it hands to the definitions of a project. */
const ENTRIES = ['src/cli/main.ts', 'src/index.ts'];
const CACHE = join(root, '.cache', 'compiled');
const DAY_MS = 24 * 3_600_000;

let answer: Promise<string> | undefined;

/**
 * The command line in few files, libraries included: a process starts from them in half of the time that it takes to load the compiled sources one by
 * one, and the tests start hundreds. They lie in a copy of the checkout whose other files and folders are links, named by
 * the content of the sources: it is never that of an older source, and made once for all processes and runs.
 */
export async function compiledCommandLine(): Promise<string> {
  answer ??= build();
  return join(await answer, 'dist', 'src', 'cli', 'main.js');
}

async function build(): Promise<string> {
  const files = new Map<string, string>();
  // The list of what is installed: libraries are a part of the result.
  for (const name of ['package.json', 'node_modules/.package-lock.json'])
    files.set(name, await readFile(join(root, name), 'utf8'));
  for (const folder of SOURCES) {
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      const path = join(folder, name);
      if (path.endsWith('.ts')) files.set(path, await readFile(join(root, path), 'utf8'));
    }
  }
  const entries = (await readdir(root)).filter((name) => name !== 'dist' && name !== '.git');
  const hash = createHash('sha256')
    .update(JSON.stringify([version, OPTIONS, entries.sort(), [...files].sort()]))
    .digest('hex')
    .slice(0, 16);
  const finished = join(CACHE, hash);
  if (existsSync(finished)) return finished;

  await mkdir(CACHE, { recursive: true });
  const own = join(CACHE, `unfinished-${randomUUID()}`);
  await bundleCommandLine(root, join(own, 'dist'));
  for (const name of entries) await symlink(join(root, name), join(own, name));
  // Another process may have been faster; its result is the same.
  await rename(own, finished).catch(() => rm(own, { recursive: true }));
  await removeOld();
  return finished;
}

/** Bundles the command line of a checkout; it is `src/cli/main.js` in the folder. */
export async function bundleCommandLine(checkout: string, folder: string): Promise<void> {
  await bundle({ ...OPTIONS, absWorkingDir: checkout, outdir: folder });
}

const OPTIONS: BuildOptions = {
  entryPoints: ENTRIES,
  outbase: '.',
  // As deep as the sources, which find the checkout and each other by their place.
  chunkNames: 'src/chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Loads further files by their place.
  external: ['jiti'],
  // For libraries in CommonJS.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  logLevel: 'warning',
};

async function removeOld(): Promise<void> {
  for (const name of await readdir(CACHE)) {
    const folder = join(CACHE, name);
    const age = Date.now() - (await stat(folder)).mtimeMs;
    if (age > DAY_MS) await rm(folder, { recursive: true, force: true });
  }
}
