import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { root } from './cli/command.js';
import { FULL_SUITE, LONGEST_FIRST, NIGHTLY_SUITE } from './suites.js';

/** What the runner itself makes of its configuration: each file once for each suite that runs it. */
let listed: readonly { readonly file: string; readonly projectName: string }[];

beforeAll(async () => {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [vitest, 'list', '--filesOnly', '--json'], {
    cwd: root,
  });
  listed = JSON.parse(stdout) as typeof listed;
});

/** Files that look like tests, wherever they are. */
function testsIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return /^(?:\.|node_modules$|dist$|coverage$)/.test(entry.name) ? [] : testsIn(path);
    }
    return /\.(?:test|spec)\.[cm]?[jt]sx?$/.test(entry.name) ? [path] : [];
  });
}

it('has every test file in exactly one suite', () => {
  const found = listed.map(({ file }) => relative(root, file));
  expect(found.sort()).toEqual(testsIn('.').sort());
});

it.each([
  ['full', FULL_SUITE],
  ['nightly', NIGHTLY_SUITE],
])('leaves to the %s suite just what its list names', (name, suite) => {
  const files = listed.filter(({ projectName }) => projectName === name);
  expect(files.map(({ file }) => relative(root, file)).sort()).toEqual(Object.keys(suite).sort());
});

it('starts with files of the quick suite', () => {
  const quick = listed
    .filter(({ projectName }) => projectName === 'quick')
    .map(({ file }) => relative(root, file));
  expect(LONGEST_FIRST.filter((file) => !quick.includes(file))).toEqual([]);
});
