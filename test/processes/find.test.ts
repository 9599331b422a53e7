import { execFile, fork } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { findTool, isOlder, parseVersion, ToolNotFoundError, toolVersion } from '../../src/processes/find.js';
import { nodeForAnyUser } from '../node-for-any-user.js';

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'find-tool-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A program that prints the text and exits. */
async function program(name: string, prints: string): Promise<string> {
  const bin = await mkdtemp(join(folder, 'bin-'));
  await writeFile(join(bin, name), `#!/bin/sh\ncat <<'TEXT'\n${prints}\nTEXT\n`);
  await chmod(join(bin, name), 0o755);
  return bin;
}

const emptyFolder = () => mkdtemp(join(folder, 'empty-'));
const systemPath = '/usr/bin:/bin:/usr/sbin:/sbin';

describe('finding the tools', () => {
  it('gives every tool as an absolute path of a program that starts', async () => {
    for (const name of ['prometheus', 'promtool', 'alertmanager', 'amtool'] as const) {
      const file = await findTool(name);
      expect(file).toMatch(/^\//);
      const { stdout } = await run(file, ['--version']);
      expect(stdout).toContain(`${name}, version`);
    }
  });

  it("knows Debian's name of the Alertmanager binary", async () => {
    const path = await program('prometheus-alertmanager', 'alertmanager, version 0.25.0+ds (branch: x)');
    expect(await findTool('alertmanager', { path, cacheFolder: await emptyFolder() })).toBe(
      join(path, 'prometheus-alertmanager'),
    );
  });

  it('prefers the PATH to the cache folder', async () => {
    const path = await program('promtool', 'promtool, version 3.1.0 (branch: x)');
    expect(await findTool('promtool', { path })).toBe(join(path, 'promtool'));
  });

  describe('in the folder that GATEWAY_OBSERVABILITY_BINARIES names', () => {
    afterEach(() => vi.unstubAllEnvs());

    it('takes the tools from there, whatever is on the PATH', async () => {
      const binaries = await program('promtool', 'promtool, version 3.16.0 (branch: x)');
      const path = await program('promtool', 'promtool, version 3.1.0 (branch: x)');
      vi.stubEnv('GATEWAY_OBSERVABILITY_BINARIES', binaries);
      vi.stubEnv('PATH', `${path}:${systemPath}`);
      expect(await findTool('promtool')).toBe(join(binaries, 'promtool'));
    });

    it.each([
      ['lacks', 'amtool', 'amtool, version 0.35.0', 'no program promtool is there'],
      ['is too old', 'promtool', 'promtool, version 2.41.0', 'is 2.41.0, too old: 2.42.0 or newer is needed'],
      ['does not name its version', 'promtool', 'promtool, version  (branch: )', 'not a version of promtool'],
      ['is another program', 'promtool', 'prometheus, version 3.16.0', 'not a version of promtool'],
    ])('takes no other version where a tool %s', async (_, name, prints, problem) => {
      const binaries = await program(name, prints);
      const path = await program('promtool', 'promtool, version 3.1.0 (branch: x)');
      vi.stubEnv('GATEWAY_OBSERVABILITY_BINARIES', binaries);
      vi.stubEnv('PATH', `${path}:${systemPath}`);
      const failure = findTool('promtool');
      await expect(failure).rejects.toBeInstanceOf(ToolNotFoundError);
      await expect(failure).rejects.toThrow(
        `GATEWAY_OBSERVABILITY_BINARIES: found the folder ${binaries}, expected one with promtool 2.42.0 or newer: `,
      );
      await expect(failure).rejects.toThrow(problem);
    });
  });

  it('says what to install and how when nothing is found and there is no apt', async () => {
    const failure = findTool('prometheus', { path: '', cacheFolder: await emptyFolder() });
    await expect(failure).rejects.toBeInstanceOf(ToolNotFoundError);
    await expect(failure).rejects.toThrow(
      [
        'prometheus (2.42.0 or newer) was not found, and is needed here.',
        '  - it cannot be fetched: there is no apt-get and dpkg on the PATH',
        'Install it, then try again:',
        '  Debian, Ubuntu  sudo apt-get install prometheus',
        '  Fedora          sudo dnf install /usr/bin/prometheus /usr/bin/promtool',
        '  macOS           brew install prometheus',
        '  elsewhere       unpack the prometheus archive of https://prometheus.io/download/ into a folder on the PATH',
      ].join('\n'),
    );
  });

  it('passes over a Prometheus that is too old for the rules, and says so', async () => {
    const path = await program('prometheus', 'prometheus, version 2.24.1+ds (branch: debian/sid)');
    await expect(findTool('prometheus', { path, cacheFolder: await emptyFolder() })).rejects.toThrow(
      `${path}/prometheus is 2.24.1+ds, too old: 2.42.0 or newer is needed`,
    );
  });

  it('passes over another program of the same name, and says so', async () => {
    const path = await program('amtool', 'amtool from elsewhere');
    await expect(findTool('amtool', { path, cacheFolder: await emptyFolder() })).rejects.toThrow(
      'printed "amtool from elsewhere", not a version of amtool',
    );
  });

  it('reports what apt said when the download fails', async () => {
    const path = await program('apt-get', 'unused');
    await writeFile(join(path, 'apt-get'), '#!/bin/sh\necho "E: no route to the archive" >&2\nexit 100\n');
    await writeFile(join(path, 'dpkg'), '#!/bin/sh\n');
    await chmod(join(path, 'dpkg'), 0o755);
    const cacheFolder = await emptyFolder();
    await expect(findTool('promtool', { path, cacheFolder })).rejects.toThrow('E: no route to the archive');
    // Neither the lock nor half of a download stays behind.
    expect(await readdir(cacheFolder)).toEqual([]);
  });
});

describe.runIf(process.platform === 'linux' && (await hasApt()))('downloading on Debian', () => {
  it('lets several processes ask at once, and unpacks one complete copy', async () => {
    const cacheFolder = await emptyFolder();
    const answers = await Promise.all(
      [1, 2, 3].map(() => findInAnotherProcess('promtool', { path: systemPathWithoutTools(), cacheFolder })),
    );
    const expected = join(cacheFolder, 'debian/usr/bin/promtool');
    expect(answers).toEqual([expected, expected, expected]);
    expect(await readdir(cacheFolder)).toEqual(['debian']);
    expect((await toolVersion('promtool', expected)).major).toBeGreaterThanOrEqual(2);
    expect(await findTool('amtool', { path: '', cacheFolder })).toBe(
      join(cacheFolder, 'debian/usr/bin/amtool'),
    );
  }, 300_000);

  it('takes over the lock of a process that died', async () => {
    const cacheFolder = await emptyFolder();
    const { pid } = await exitedProcess();
    await writeFile(join(cacheFolder, 'debian.lock'), `${pid}\n`);
    const file = await findTool('prometheus', { path: systemPathWithoutTools(), cacheFolder });
    expect(file).toBe(join(cacheFolder, 'debian/usr/bin/prometheus'));
    expect(await readdir(cacheFolder)).toEqual(['debian']);
  }, 300_000);

  it.runIf(process.getuid?.() === 0)(
    'needs no rights',
    async () => {
      const cacheFolder = await emptyFolder();
      await chmod(folder, 0o755);
      const nobody = 65534;
      await run('chown', [String(nobody), cacheFolder]);
      const answer = await findInAnotherProcess(
        'prometheus',
        { path: systemPathWithoutTools(), cacheFolder },
        { uid: nobody, gid: nobody, execPath: await nodeForAnyUser() },
      );
      expect(answer).toBe(join(cacheFolder, 'debian/usr/bin/prometheus'));
    },
    300_000,
  );
});

describe('versions', () => {
  it('reads what the tools print', () => {
    const text = 'prometheus, version 2.42.0+ds (branch: debian/sid, revision: 2.42.0+ds-5)\n  build user: x';
    expect(parseVersion(text, 'prometheus')).toEqual({ major: 2, minor: 42, patch: 0, text: '2.42.0+ds' });
    expect(parseVersion(text, 'promtool')).toBeUndefined();
    expect(parseVersion('', 'promtool')).toBeUndefined();
  });

  it('orders releases by their numbers', () => {
    const of = (text: string) =>
      parseVersion(`x, version ${text}`, 'x') as NonNullable<ReturnType<typeof parseVersion>>;
    expect(isOlder(of('2.9.9'), of('2.42.0'))).toBe(true);
    expect(isOlder(of('2.42.0'), of('2.42.0'))).toBe(false);
    expect(isOlder(of('2.42.1'), of('2.42.0'))).toBe(false);
    expect(isOlder(of('3.0.0'), of('2.42.0'))).toBe(false);
    expect(isOlder(of('1.99.0'), of('2.42.0'))).toBe(true);
  });
});

async function hasApt(): Promise<boolean> {
  try {
    await run('apt-get', ['--version']);
    return true;
  } catch {
    return false;
  }
}

/** A PATH with apt and dpkg, but without a Prometheus that the machine may have. */
function systemPathWithoutTools(): string {
  return `${join(folder, 'apt-only')}`;
}

beforeAll(async () => {
  const bin = join(folder, 'apt-only');
  await mkdir(bin);
  await mkdir(join(folder, 'tmp'));
  await chmod(join(folder, 'tmp'), 0o1777);
  for (const name of ['apt-get', 'dpkg']) {
    await writeFile(join(bin, name), `#!/bin/sh\nPATH=${systemPath} exec ${name} "$@"\n`);
    await chmod(join(bin, name), 0o755);
  }
  await chmod(folder, 0o755);
});

function findInAnotherProcess(
  name: string,
  options: { path: string; cacheFolder: string },
  as: { uid?: number; gid?: number; execPath?: string } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = fork(
      join(import.meta.dirname, 'find-in-another-process.ts'),
      [name, JSON.stringify(options)],
      {
        execArgv: ['--import', 'tsx'],
        ...as,
        env: { ...process.env, HOME: options.cacheFolder, TMPDIR: join(folder, 'tmp') },
      },
    );
    child.on('message', (message) => {
      const answer = message as { file?: string; error?: string };
      if (answer.file === undefined) reject(new Error(answer.error));
      else resolve(answer.file);
    });
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`exited with ${code} before it answered`)));
  });
}

async function exitedProcess(): Promise<{ pid: number }> {
  const child = execFile('true');
  const pid = child.pid as number;
  await new Promise((resolve) => child.on('exit', resolve));
  return { pid };
}
