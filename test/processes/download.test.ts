import { execFile, fork } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTool, toolVersion } from '../../src/processes/find.js';
import { nodeForAnyUser } from '../node-for-any-user.js';

// Needs Debian or one of its relatives, and its archive; elsewhere it fails with what is missing.

const run = promisify(execFile);
const systemPath = '/usr/bin:/bin:/usr/sbin:/sbin';
let folder: string;

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const emptyFolder = () => mkdtemp(join(folder, 'empty-'));

describe('downloading on Debian', () => {
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
  });

  it('takes over the lock of a process that died', async () => {
    const cacheFolder = await emptyFolder();
    const { pid } = await exitedProcess();
    await writeFile(join(cacheFolder, 'debian.lock'), `${pid}\n`);
    const file = await findTool('prometheus', { path: systemPathWithoutTools(), cacheFolder });
    expect(file).toBe(join(cacheFolder, 'debian/usr/bin/prometheus'));
    expect(await readdir(cacheFolder)).toEqual(['debian']);
  });

  it('needs no rights', async () => {
    const cacheFolder = await emptyFolder();
    // Whoever has them gives them up.
    const nobody = process.getuid?.() === 0 ? 65534 : undefined;
    if (nobody !== undefined) await run('chown', [String(nobody), cacheFolder]);
    const path = systemPathWithoutTools();
    const as = nobody === undefined ? {} : { uid: nobody, gid: nobody, execPath: await nodeForAnyUser() };
    const answer = await findInAnotherProcess('prometheus', { path, cacheFolder }, as);
    expect(answer).toBe(join(cacheFolder, 'debian/usr/bin/prometheus'));
  });
});
/** A PATH with apt and dpkg, but without a Prometheus that the machine may have. */
function systemPathWithoutTools(): string {
  return join(folder, 'apt-only');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'find-tool-'));
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
        execArgv: ['--import', import.meta.resolve('tsx')],
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
