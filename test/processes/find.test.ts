import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { findTool, isOlder, parseVersion, ToolNotFoundError } from '../../src/processes/find.js';

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

    it('uses the tools from there, whatever is on the PATH', async () => {
      const binaries = await program('promtool', 'promtool, version 3.16.0 (branch: x)');
      const path = await program('promtool', 'promtool, version 3.1.0 (branch: x)');
      vi.stubEnv('GATEWAY_OBSERVABILITY_BINARIES', binaries);
      vi.stubEnv('PATH', `${path}:${systemPath}`);
      expect(await findTool('promtool')).toBe(join(binaries, 'promtool'));
    });

    it.each([
      ['lacks', 'amtool', 'amtool, version 0.35.0', 'it does not contain promtool'],
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
        'prometheus (2.42.0 or newer) was not found, but is required.',
        '  - it cannot be downloaded: apt-get and dpkg are not on the PATH',
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
