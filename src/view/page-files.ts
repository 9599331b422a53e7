import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../package/root.js';
import { isInstalledPackage } from '../processes/cache-folder.js';
import { withLock } from '../processes/lock.js';
import { ManagedProcess } from '../processes/process.js';

/** The page that draws dashboards could not be built. The message says why, and what to do. */
export class PageError extends Error {
  override readonly name = 'PageError';
}

/** What the page is built from, in a checkout. */
const SOURCES = [
  'preview/page',
  'src/view',
  'src/promql',
  'deploy/build-page.ts',
  'preview/package-lock.json',
];
const PACKAGES = join(packageRoot, 'preview', 'node_modules');
const CACHE = join(packageRoot, '.cache', 'page');

export interface PageBuildOptions {
  /** Called with what is being done, where it takes a while. */
  readonly onProgress?: (what: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * The folder with the page's script, styles, fonts and icons. In an installed package it is there; in a checkout it is built when
 * a source of it changed, and its packages are installed first where they are missing.
 *
 * @throws {PageError} where it cannot be built
 */
export async function pageFolder(options: PageBuildOptions = {}): Promise<string> {
  if (isInstalledPackage) {
    const shipped = join(packageRoot, 'dist', 'page');
    if (existsSync(join(shipped, 'page.js'))) return shipped;
    throw new PageError(`${shipped}: the page that draws dashboards is missing; install the package again`);
  }
  const folder = join(CACHE, sourcesKey());
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  return withLock(join(packageRoot, '.cache', 'page.lock'), 900_000, async () => {
    // Another process may have built it while we waited.
    if (!existsSync(folder)) await build(folder, options);
    return folder;
  });
}

/** Whether the page's packages are installed as its lock file has them. */
function hasPagePackages(): boolean {
  const installed = join(PACKAGES, '.package-lock.json');
  if (!existsSync(installed)) return false;
  const versions = (file: string) =>
    (JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, { version?: string } | undefined> })
      .packages;
  const wanted = versions(join(packageRoot, 'preview', 'package-lock.json'));
  const found = versions(installed);
  return Object.entries(found).every(([path, { version } = {}]) => wanted[path]?.version === version);
}

async function build(folder: string, { onProgress = () => {}, signal }: PageBuildOptions): Promise<void> {
  if (!hasPagePackages()) {
    onProgress('installing the packages that draw dashboards, once');
    await run('npm ci --prefix preview', 'npm', INSTALL, signal);
  }
  onProgress('building the page that draws dashboards, once');
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  const script = join(packageRoot, 'deploy', 'build-page.ts');
  await run('the build of the page', process.execPath, ['--import', 'tsx', script, part], signal);
  // Only the newest is of use.
  for (const name of await readdir(CACHE)) {
    if (join(CACHE, name) !== part) await rm(join(CACHE, name), { recursive: true, force: true });
  }
  await rename(part, folder);
}

const INSTALL = [
  'ci',
  '--prefix',
  join(packageRoot, 'preview'),
  '--omit=dev',
  '--no-audit',
  '--no-fund',
  '--prefer-offline',
];

async function run(
  name: string,
  command: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const child = await ManagedProcess.start({ name, command, args, cwd: packageRoot });
  const stop = () => void child.stop();
  signal?.addEventListener('abort', stop);
  const { code } = await child.exited;
  signal?.removeEventListener('abort', stop);
  signal?.throwIfAborted();
  if (code === 0) return;
  throw new PageError(`${name} failed: ${child.logs(8).trim() || `exit code ${code}`}`);
}

/** A text that changes with every file that the page is built from. */
function sourcesKey(): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    const path = join(packageRoot, source);
    const files = /\.\w+$/.test(source)
      ? [path]
      : (readdirSync(path, { recursive: true }) as string[])
          .filter((name) => /\.tsx?$/.test(name))
          .sort()
          .map((name) => join(path, name));
    for (const file of files) hash.update(file.slice(packageRoot.length)).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}

/** The page while it may still be built. */
export interface PageInBackground {
  /** Its folder; undefined until it is there. */
  readonly folder: () => string | undefined;
  /** What is being done, or why it failed. */
  readonly progress: () => string;
  /** Resolves when the page is there; rejects with {@link PageError} where it cannot be built. */
  readonly ready: Promise<void>;
}

/** Builds the page where needed, while a server is already running. */
export function pageInBackground(options: PageBuildOptions = {}): PageInBackground {
  let folder: string | undefined;
  let progress = 'starting';
  const onProgress = (what: string) => {
    progress = what;
    options.onProgress?.(what);
  };
  const ready = pageFolder({ ...options, onProgress }).then(
    (built) => {
      folder = built;
    },
    (error: Error) => {
      progress = error.message;
      throw error;
    },
  );
  // Whoever waits for it gets the error; nobody has to.
  ready.catch(() => {});
  return { folder: () => folder, progress: () => progress, ready };
}
