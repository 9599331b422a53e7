import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packageRoot } from '../package/root.js';
import { isInstalledPackage } from '../processes/cache-folder.js';
import { withLock } from '../processes/lock.js';
import { runToEnd } from '../processes/run-to-end.js';

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

export interface PageBuildOptions {
  /** Called with what is being done, where it takes a while. */
  readonly onProgress?: (what: string) => void;
  readonly signal?: AbortSignal;
}

/** Where the page is built, and how. */
export interface PageWorkplace {
  /** The folder of the checkout, or of the installed package. */
  readonly root: string;
  readonly isInstalled: boolean;
  readonly run: typeof runToEnd;
}

const HERE: PageWorkplace = { root: packageRoot, isInstalled: isInstalledPackage, run: runToEnd };

/**
 * The folder with the page's script, styles, fonts and icons. In an installed package it is there; in a checkout it is built when
 * a source of it changed, and its packages are installed first where they are missing.
 *
 * @throws {PageError} where it cannot be built
 */
export async function pageFolder(options: PageBuildOptions = {}, workplace = HERE): Promise<string> {
  const { root, isInstalled } = workplace;
  if (isInstalled) {
    const shipped = join(root, 'dist', 'page');
    if (existsSync(join(shipped, 'page.js'))) return shipped;
    throw new PageError(`${shipped}: the page that draws dashboards is missing; install the package again`);
  }
  const cache = join(root, '.cache', 'page');
  const folder = join(cache, sourcesKey(root));
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  return withLock(join(root, '.cache', 'page.lock'), 900_000, async () => {
    // Another process may have built it while we waited.
    if (!existsSync(folder)) await build(folder, options, workplace);
    return folder;
  });
}

/** Whether the page's packages are installed as its lock file has them. */
function hasPagePackages(root: string): boolean {
  const installed = join(root, 'preview', 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const versions = (file: string) =>
    (JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, { version?: string }> }).packages;
  const wanted = versions(join(root, 'preview', 'package-lock.json'));
  return Object.entries(versions(installed)).every(
    ([path, found]) => wanted[path]?.version === found.version,
  );
}

async function build(
  folder: string,
  { onProgress = () => {}, signal }: PageBuildOptions,
  { root, run }: PageWorkplace,
): Promise<void> {
  const step = async (name: string, command: string, args: readonly string[]) => {
    const { code, output } = await run({ name, command, args, cwd: root }, signal);
    if (code !== 0) throw new PageError(`${name} failed: ${output || `exit code ${code}`}`);
  };
  if (!hasPagePackages(root)) {
    onProgress('installing the packages that draw dashboards, once');
    await step('npm ci --prefix preview', 'npm', [
      ...['ci', '--prefix', join(root, 'preview')],
      ...['--omit=dev', '--no-audit', '--no-fund', '--prefer-offline'],
    ]);
  }
  onProgress('building the page that draws dashboards, once');
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  const script = join(root, 'deploy', 'build-page.ts');
  await step('the build of the page', process.execPath, ['--import', 'tsx', script, part]);
  // Only the newest is of use.
  const cache = dirname(folder);
  for (const name of await readdir(cache)) {
    if (join(cache, name) !== part) await rm(join(cache, name), { recursive: true, force: true });
  }
  await rename(part, folder);
}

/** A text that changes with every file that the page is built from. */
function sourcesKey(root: string): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    const path = join(root, source);
    const files = /\.\w+$/.test(source)
      ? [path]
      : (readdirSync(path, { recursive: true }) as string[])
          .filter((name) => /\.tsx?$/.test(name))
          .sort()
          .map((name) => join(path, name));
    for (const file of files) hash.update(file.slice(root.length)).update(readFileSync(file));
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
export function pageInBackground(
  options: PageBuildOptions = {},
  build: typeof pageFolder = pageFolder,
): PageInBackground {
  let folder: string | undefined;
  let progress = 'starting';
  const onProgress = (what: string) => {
    progress = what;
    options.onProgress?.(what);
  };
  const ready = build({ ...options, onProgress }).then(
    (built) => {
      folder = built;
    },
    (error: Error) => {
      progress = error.message;
      throw error;
    },
  );
  // Callers that wait for it get the error; it is fine if none does.
  ready.catch(() => {});
  return { folder: () => folder, progress: () => progress, ready };
}
