import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/package/root.js';
import { FOLDERS, type MutatedFolder, SHELLS } from './folders.js';
import { filesAt, testsAt } from './plan.js';
import { disagreements, readReasons } from './reasons.js';
import { type FolderResult, mutatedFiles, readResult } from './results.js';

const names = Object.keys(FOLDERS);

describe('the mutation run of the code', () => {
  it('takes every file of src/ and dashboards/ once, or names it as a shell', () => {
    const taken = [...Object.values(FOLDERS).flatMap(mutatedFiles), ...Object.keys(SHELLS)];
    expect(taken.sort()).toEqual(
      ['alerts/inhibitions.ts', ...filesAt('dashboards'), ...filesAt('src')].sort(),
    );
  });

  it.each(names)('has tests for %s', (name) => {
    expect(testsAt(FOLDERS[name]?.tests ?? []).length, `${name} has no quick test`).toBeGreaterThanOrEqual(
      ['demo', 'report'].includes(name) ? 0 : 1,
    );
  });

  it('has results of these folders only', () => {
    const files = readdirSync(join(packageRoot, 'test/mutation/code/results'));
    expect(files.sort()).toEqual(names.map((name) => `${name}.json`).sort());
  });

  it.each(names)(
    'lists the files that %s has now: `npm run mutate:code -- --update` brings it up to date',
    (name) => {
      const { files = {}, notRun = {} } = readResult(name) ?? {};
      expect([...Object.keys(files), ...Object.keys(notRun)].sort()).toEqual(
        mutatedFiles(FOLDERS[name] as MutatedFolder).sort(),
      );
    },
  );

  it.each(names)('counts a mutant that no test noticed, and one that was not run, in %s', (name) => {
    const { files = {}, notRun = {}, mutants, killed, score, threshold } = readResult(name) as FolderResult;
    const results = Object.values(files);
    for (const { survivors, ...result } of results)
      expect(survivors).toHaveLength(result.mutants - result.killed);
    const untried = Object.values(notRun).reduce((sum, count) => sum + count, 0);
    expect(results.reduce((sum, result) => sum + result.mutants, untried)).toBe(mutants);
    expect(results.reduce((sum, result) => sum + result.killed, 0)).toBe(killed);
    expect(score).toBe(Math.floor((1000 * killed) / mutants) / 10);
    expect(threshold).toBe(FOLDERS[name]?.threshold);
  });

  it.each(names)('has a reason for each survivor of %s, and for nothing else', (name) => {
    const reasons = readReasons(name);
    expect(disagreements(reasons, readResult(name)?.files ?? {})).toEqual([]);
    const sentences = Object.values(reasons).flatMap(Object.keys);
    expect(sentences.filter((sentence) => sentence.length < 40 || !sentence.endsWith('.'))).toEqual([]);
  });
});
