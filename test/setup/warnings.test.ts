import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { outcomeOf } from '../outcome.js';

const folder = temporaryFolder('warnings-test');
afterAll(() => folder.remove());

const DEPRECATED = 'process.emitWarning("old", "DeprecationWarning", "DEP9999");';

describe('a deprecation warning in a process that a test starts', () => {
  it.each([
    ['that we raise', DEPRECATED],
    ['of Node.js', 'new Buffer(1);'],
    [
      'of a call that is not yet deprecated at run time',
      'require("node:url").parse("http://gateway.example/");',
    ],
  ])('is an error: one %s', async (_, text) => {
    const program = join(folder.path, 'own.cjs');
    writeFileSync(program, text);
    const { code, stderr } = await outcomeOf(process.execPath, [program]);
    expect(stderr).toContain('in our own code: ');
    expect(code).not.toBe(0);
  });

  it('is an error in a dependency too, which it names', async () => {
    const dependency = join(folder.path, 'node_modules', '@scope', 'old');
    mkdirSync(dependency, { recursive: true });
    writeFileSync(join(dependency, 'index.js'), `module.exports = () => { ${DEPRECATED} };`);
    const program = join(folder.path, 'uses.cjs');
    writeFileSync(program, 'require("@scope/old")();');
    const { code, stderr } = await outcomeOf(process.execPath, [program]);
    expect(stderr).toContain('DEP9999 in the package @scope/old: old');
    expect(code).not.toBe(0);
  });

  it('leaves other warnings alone', async () => {
    const program = join(folder.path, 'warns.cjs');
    writeFileSync(program, 'process.emitWarning("careful");');
    expect(await outcomeOf(process.execPath, [program])).toMatchObject({ code: 0 });
  });
});
