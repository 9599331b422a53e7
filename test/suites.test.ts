import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { root } from './command-line/command.js';
import { FULL_SUITE } from './suites.js';

const run = promisify(execFile);

/** The files that the runner finds, by suite. */
async function listed(suite: string): Promise<string[]> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { stdout } = await run(
    process.execPath,
    [vitest, 'list', '--filesOnly', '--json', '--project', suite],
    { cwd: root },
  );
  return (JSON.parse(stdout) as { file: string }[]).map(({ file }) => relative(root, file));
}

/** Whatever looks like a test, wherever it is. */
const onDisk = () =>
  ['.', 'test', 'src', 'bench', 'preview', 'alerts', 'dashboards', 'metrics', 'recording-rules'].flatMap(
    (folder) =>
      readdirSync(join(root, folder), { recursive: folder !== '.' && folder !== 'preview', encoding: 'utf8' })
        .filter((name) => /\.(test|spec)\.[cm]?[jt]sx?$/.test(name))
        .map((name) => join(folder, name)),
  );

it('has every test file in exactly one suite', async () => {
  const found = (await Promise.all(['quick', 'full'].map(listed))).flat();
  expect(found.sort()).toEqual(onDisk().sort());
});

it('runs what the list names in the full suite, and nothing else', async () => {
  expect((await listed('full')).sort()).toEqual(Object.keys(FULL_SUITE).sort());
});
