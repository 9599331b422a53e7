import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { toolsCacheFolder } from './cache-folder.js';
import { withLock } from './lock.js';

const run = promisify(execFile);

export type ToolName = 'prometheus' | 'promtool' | 'alertmanager' | 'amtool';

/** A released version of a tool. */
export interface ToolVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** As the tool prints it, build suffixes included: `2.42.0+ds`. */
  readonly text: string;
}

interface Tool {
  /** Names of the binary, the usual one first. */
  readonly binaries: readonly string[];
  /** What the tool calls itself in `--version`. */
  readonly prints: string;
  /** Oldest version that supports what this project generates. */
  readonly oldest: ToolVersion;
}

const version = (major: number, minor: number): ToolVersion => ({
  major,
  minor,
  patch: 0,
  text: `${major}.${minor}.0`,
});

// Rules may use keep_firing_for (Prometheus 2.42). The notification templates need Alertmanager 0.25.
const TOOLS: Readonly<Record<ToolName, Tool>> = {
  prometheus: { binaries: ['prometheus'], prints: 'prometheus', oldest: version(2, 42) },
  promtool: { binaries: ['promtool'], prints: 'promtool', oldest: version(2, 42) },
  alertmanager: {
    binaries: ['alertmanager', 'prometheus-alertmanager'],
    prints: 'alertmanager',
    oldest: version(0, 25),
  },
  amtool: { binaries: ['amtool'], prints: 'amtool', oldest: version(0, 25) },
};

/** A tool that is not on this machine and could not be fetched. The message says what to install and how. */
export class ToolNotFoundError extends Error {
  override readonly name = 'ToolNotFoundError';
}

export interface FindOptions {
  /** Folders to search, as in `PATH`; `PATH` of this process by default. */
  readonly path?: string;
  /** Where downloaded tools are kept. */
  readonly cacheFolder?: string;
  /**
   * The only folder that is searched; where `path` is not given, the one that `GATEWAY_OBSERVABILITY_BINARIES` names. A tool
   * that is missing there, or is too old, is an error: another version is never used in its place.
   */
  readonly binaries?: string;
}

/** Cached for this process: starting a binary to ask for its version takes 0.1 s. */
const found = new Map<string, Promise<string>>();

/**
 * The absolute path of a tool. Looks only in the folder of {@link FindOptions.binaries} where there is one; else in `PATH`, then in the cache folder, then (on Debian and its relatives)
 * downloads the distribution's packages and unpacks them into the cache folder: no rights and no installation
 * needed, and nothing outside the cache folder is written. Several processes may call it at once.
 *
 * Throws {@link ToolNotFoundError} with the way to install it when none of these works.
 */
export function findTool(name: ToolName, options: FindOptions = {}): Promise<string> {
  const path = options.path ?? process.env.PATH ?? '';
  const cache = options.cacheFolder ?? toolsCacheFolder();
  const binaries =
    options.binaries ?? (options.path === undefined ? process.env.GATEWAY_OBSERVABILITY_BINARIES : undefined);
  const key = JSON.stringify([name, path, cache, binaries]);
  let answer = found.get(key);
  if (answer === undefined) {
    answer = binaries ? searchOnly(name, resolve(binaries)) : search(name, path, cache);
    found.set(key, answer);
    // A failure may pass (no network): the next caller tries again.
    answer.catch(() => found.delete(key));
  }
  return answer;
}

async function searchOnly(name: ToolName, folder: string): Promise<string> {
  const notes: string[] = [];
  const file = await firstUsable(name, [folder], notes);
  if (file !== undefined) return file;
  const { binaries, oldest } = TOOLS[name];
  const found = notes.length > 0 ? notes.join('; ') : `it does not contain ${binaries.join(' or ')}`;
  throw new ToolNotFoundError(
    `GATEWAY_OBSERVABILITY_BINARIES: found the folder ${folder}, expected one with ${name} ${oldest.text} or newer: ${found}`,
  );
}

async function search(name: ToolName, path: string, cache: string): Promise<string> {
  const notes: string[] = [];
  // A relative folder in PATH would give a path that depends on where it is used.
  const folders = path.split(delimiter).filter((folder) => isAbsolute(folder));
  const inPath = await firstUsable(name, folders, notes);
  if (inPath !== undefined) return inPath;

  const unpacked = join(cache, 'debian', 'usr', 'bin');
  const inCache = await firstUsable(name, [unpacked], notes);
  if (inCache !== undefined) return inCache;

  const aptGet = await firstExecutable('apt-get', folders);
  const dpkg = await firstExecutable('dpkg', folders);
  if (aptGet === undefined || dpkg === undefined) {
    notes.push('it cannot be downloaded: apt-get and dpkg are not on the PATH');
  } else {
    try {
      await download(cache, aptGet, dpkg);
      const downloaded = await firstUsable(name, [unpacked], notes);
      if (downloaded !== undefined) return downloaded;
    } catch (error) {
      notes.push(`downloading the Debian package failed: ${firstLines((error as Error).message)}`);
    }
  }
  throw new ToolNotFoundError(howToInstall(name, notes));
}

/** The first usable binary in the folders; says in `notes` why one that is there cannot be used. */
async function firstUsable(
  name: ToolName,
  folders: readonly string[],
  notes: string[],
): Promise<string | undefined> {
  const { binaries, oldest } = TOOLS[name];
  for (const binary of binaries) {
    const file = await firstExecutable(binary, folders);
    if (file === undefined) continue;
    try {
      const version = await toolVersion(name, file);
      if (!isOlder(version, oldest)) return file;
      notes.push(`${file} is ${version.text}, too old: ${oldest.text} or newer is needed`);
    } catch (error) {
      notes.push((error as Error).message);
    }
  }
  return undefined;
}

/** The path of an executable file with this name in the first folder that has one. */
export async function firstExecutable(
  binary: string,
  folders: readonly string[],
): Promise<string | undefined> {
  for (const folder of folders) {
    const file = join(folder, binary);
    try {
      await access(file, constants.X_OK);
      if ((await stat(file)).isFile()) return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/**
 * The version a binary prints. Throws when it does not start, or when it is another program of the same name.
 */
export async function toolVersion(name: ToolName, file: string): Promise<ToolVersion> {
  let output: string;
  try {
    const { stdout, stderr } = await run(file, ['--version'], { timeout: 20_000 });
    output = stdout + stderr;
  } catch (error) {
    throw new Error(`${file} --version failed: ${firstLines((error as Error).message)}`);
  }
  const version = parseVersion(output, TOOLS[name].prints);
  if (version === undefined) {
    throw new Error(
      `${file} --version printed ${JSON.stringify(output.split('\n')[0])}, not a version of ${name}`,
    );
  }
  return version;
}

/** Reads `<program>, version 2.42.0+ds (branch: …)`. Undefined when the text is of another program. */
export function parseVersion(output: string, program: string): ToolVersion | undefined {
  const match = /^(\S+), version (\d+)\.(\d+)\.(\d+)(\S*)/m.exec(output);
  if (match === null || match[1] !== program) return undefined;
  const [, , major, minor, patch, suffix] = match;
  return {
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    text: `${major}.${minor}.${patch}${suffix}`,
  };
}

/** Whether `a` is an older release than `b`; suffixes do not count. */
export function isOlder(a: ToolVersion, b: ToolVersion): boolean {
  return a.major - b.major < 0 || (a.major === b.major && (a.minor - b.minor || a.patch - b.patch) < 0);
}

const PACKAGES = ['prometheus', 'prometheus-alertmanager'];

/** Fetches Debian's packages and unpacks them into `<cache>/debian`. */
async function download(cache: string, aptGet: string, dpkg: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  await withLock(join(cache, 'debian.lock'), 300_000, async () => {
    const target = join(cache, 'debian');
    // Another process may have done it in the meantime.
    if (await hasBinaries(target)) return;
    const work = join(cache, `debian.${randomUUID()}`);
    await mkdir(join(work, 'packages'), { recursive: true });
    try {
      await fetchPackages(work, aptGet);
      const root = join(work, 'root');
      for (const file of await readdir(join(work, 'packages'))) {
        if (file.endsWith('.deb')) await run(dpkg, ['-x', join(work, 'packages', file), root]);
      }
      if (!(await hasBinaries(root))) throw new Error('the packages do not contain usr/bin/prometheus');
      await rm(target, { recursive: true, force: true });
      await rename(root, target);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
}

async function hasBinaries(root: string): Promise<boolean> {
  const bin = join(root, 'usr', 'bin');
  return (
    (await firstExecutable('prometheus', [bin])) !== undefined &&
    (await firstExecutable('prometheus-alertmanager', [bin])) !== undefined
  );
}

async function fetchPackages(work: string, aptGet: string): Promise<void> {
  const packages = join(work, 'packages');
  const config = join(work, 'apt.conf');
  // No caches and locks of the system: this needs no privileges and changes nothing on the system.
  const isolated = [
    'Dir::Cache::pkgcache "";',
    'Dir::Cache::srcpkgcache "";',
    `Dir::Cache::archives "${join(work, 'archives')}";`,
    'Debug::NoLocking "true";',
    'Acquire::Retries "2";',
    // apt's own user could not write into our folder, and would warn that it does not use it.
    'APT::Sandbox::User "";',
    // Container images clean the system's cache in a hook.
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
  ];
  const apt = async (settings: readonly string[], ...args: string[]) => {
    await writeFile(config, `${settings.join('\n')}\n`);
    await run(aptGet, ['-q', '-y', `--config-file=${config}`, ...args], {
      cwd: packages,
      timeout: 240_000,
      maxBuffer: 16 * 1024 * 1024,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    });
  };
  await mkdir(join(work, 'archives', 'partial'), { recursive: true });
  try {
    await apt(isolated, 'download', ...PACKAGES);
  } catch {
    // Package lists are missing (a fresh container image) or older than the archive: fetch them, for us only.
    const lists = join(work, 'lists');
    await mkdir(join(lists, 'partial'), { recursive: true });
    const settings = [...isolated, `Dir::State::lists "${lists}";`];
    await apt(settings, 'update');
    await apt(settings, 'download', ...PACKAGES);
  }
}

function howToInstall(name: ToolName, notes: readonly string[]): string {
  const prometheus = name === 'prometheus' || name === 'promtool';
  const binaries = prometheus
    ? '/usr/bin/prometheus /usr/bin/promtool'
    : '/usr/bin/alertmanager /usr/bin/amtool';
  const oldest = TOOLS[name].oldest.text;
  return [
    `${name} (${oldest} or newer) was not found, but is required.`,
    ...notes.map((note) => `  - ${note}`),
    'Install it, then try again:',
    `  Debian, Ubuntu  sudo apt-get install ${prometheus ? 'prometheus' : 'prometheus-alertmanager'}`,
    `  Fedora          sudo dnf install ${binaries}`,
    `  macOS           brew install ${prometheus ? 'prometheus' : 'alertmanager'}`,
    `  elsewhere       unpack the ${prometheus ? 'prometheus' : 'alertmanager'} archive of https://prometheus.io/download/ into a folder on the PATH`,
  ].join('\n');
}

function firstLines(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, 3)
    .join(' / ');
}
