import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compareFiles } from '../../src/renderers/drift.js';
import { MANIFEST } from '../../src/renderers/manifest.js';
import { LOCK } from '../../src/renderers/output-lock.js';
import { writeFiles } from '../../src/renderers/write.js';
import { filesOf } from './many-files.js';

vi.setConfig({ testTimeout: 300_000 });

let parent: string;
let out: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'gateway-interrupted-'));
  out = join(parent, 'out');
  mkdirSync(join(out, 'folder-0'), { recursive: true });
  writeFileSync(join(out, 'folder-0/mine.txt'), 'mine\n');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const script = ['--import', import.meta.resolve('tsx'), join(import.meta.dirname, 'write-many.ts')];

interface Run {
  readonly process: ChildProcess;
  readonly done: Promise<{ code: number | null; stderr: string }>;
}

function run(command: string, args: readonly string[]): Run {
  const process = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  process.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return {
    process,
    done: once(process, 'close').then(([code]) => ({ code: code as number | null, stderr })),
  };
}

const writing = (word: string, count: number) => run(process.execPath, [...script, out, word, String(count)]);

/** All files as wanted, nothing left behind, and the file of others as it was. */
function expectComplete(word: string, count: number) {
  expect(compareFiles(out, filesOf(word, count))).toEqual([]);
  const left = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.tmp$|\.lock/.test(path),
  );
  expect(left).toEqual([]);
  expect(readFileSync(join(out, 'folder-0/mine.txt'), 'utf8')).toBe('mine\n');
}

describe('a run that cannot go on', () => {
  it('because a file cannot be written is completed by the next one, without --force', async () => {
    writeFiles(out, filesOf('before', 60));
    // As on a full disk, no file larger than 1 MB can be written from here on.
    const limited = [
      'trap "" XFSZ; ulimit -f 1000; exec "$0" "$@"',
      process.execPath,
      ...script,
      out,
      'after',
      '60',
    ];
    const { code, stderr } = await run('sh', ['-c', ...limited]).done;
    expect(stderr).toMatch(/file-0030\.txt: cannot be written \(EFBIG\); run generate again to complete it/);
    expect(code).toBe(2);
    const states = new Set(compareFiles(out, filesOf('after', 60)).map(({ state }) => state));
    // Some are as before and some as after; none looks edited or foreign.
    expect(states).toEqual(new Set(['changed']));
    writeFiles(out, filesOf('after', 60));
    expectComplete('after', 60);
  });

  it('because a file cannot be written is completed by the next one on the first run, too', async () => {
    const limited = [
      'trap "" XFSZ; ulimit -f 1000; exec "$0" "$@"',
      process.execPath,
      ...script,
      out,
      'first',
      '60',
    ];
    expect((await run('sh', ['-c', ...limited]).done).code).toBe(2);
    expect(existsSync(join(out, MANIFEST))).toBe(true);
    writeFiles(out, filesOf('second', 60));
    expectComplete('second', 60);
  });

  it('because it was killed is completed by the next one, without --force', async () => {
    const count = 3000;
    let word = 'first';
    // A run may be done before the signal arrives: then another one is killed.
    for (let attempt = 1; ; attempt++) {
      word = `attempt-${attempt}`;
      const { process: child, done } = writing(word, count);
      const halfway = join(out, 'folder-1/file-0001.txt');
      const isWriting = () => existsSync(halfway) && readFileSync(halfway, 'utf8') === `${word} 1\n`;
      while (!isWriting() && child.exitCode === null) await sleep(2);
      child.kill('SIGKILL');
      await done;
      if (existsSync(join(out, LOCK))) break;
      expect(attempt, 'runs that were done before the signal').toBeLessThan(20);
    }
    writeFiles(out, filesOf('next', count));
    expectComplete('next', count);
  });

  it('because another one is writing names its process and the lock', async () => {
    writeFiles(out, filesOf('before', 3));
    writeFileSync(join(out, LOCK), `${process.pid} 00000000-0000-4000-8000-000000000000\n`);
    expect(() => writeFiles(out, filesOf('after', 3))).toThrow(
      `${LOCK}: another run is writing into this folder (process ${process.pid})`,
    );
    expect(compareFiles(out, filesOf('before', 3))).toEqual([]);
  });
});

it('two runs at once leave the folder as one of them wants it', async () => {
  const runs = ['one', 'two'].map((word) => ({ word, ...writing(word, 500) }));
  const results = await Promise.all(runs.map(async ({ word, done }) => ({ word, ...(await done) })));
  for (const { code, stderr } of results)
    if (code !== 0) expect(stderr).toMatch(/another run is writing into this folder|cannot be written/);
  expect(results.map(({ code }) => code)).toContain(0);
  const complete = results.filter(({ word }) => compareFiles(out, filesOf(word, 500)).length === 0);
  expect(complete).toHaveLength(1);
  expectComplete(complete[0]?.word as string, 500);
});
