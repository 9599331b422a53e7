import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { packageRoot } from '../../../src/package/root.js';
import { runMutants } from './run.js';

// The runner takes tests in a folder of that name.
const FOLDER = '.cache/test/mutation-runner';

/** What is computed once is kept, whatever a mutant would compute. */
const CODE = `let known: number | undefined;
export function answer(): number {
  if (known === undefined) known = compute();
  return known;
}
function compute(): number {
  return 40 + 2;
}
`;
const TEST = `import { expect, it } from 'vitest';
import { answer } from './answer.js';
it('is known', () => expect(answer()).toBe(42));
`;

afterAll(() => {
  for (const path of [FOLDER, '.cache/mutation/runner-test.json'])
    rmSync(join(packageRoot, path), { recursive: true, force: true });
});

it('tries a mutant of code that ran only once on fresh code, though another mutant made it run again', async () => {
  mkdirSync(join(packageRoot, FOLDER), { recursive: true });
  writeFileSync(join(packageRoot, FOLDER, 'answer.ts'), CODE);
  writeFileSync(join(packageRoot, FOLDER, 'answer.test.ts'), TEST);
  const { outcomes, unrepeatable } = await runMutants(
    'runner-test',
    { mutate: [FOLDER], tests: [`${FOLDER}/answer.test.ts`], threshold: 85 },
    [`${FOLDER}/answer.ts`],
    { fresh: true, survivors: false, record: false },
  );
  expect(unrepeatable).toEqual([]);
  const ofCompute = outcomes.filter(({ change }) => /^[67]:/.test(change));
  expect(ofCompute.map(({ change, status }) => `${status} ${change}`)).toEqual([
    'killed 6:28 BlockStatement: { return 40 + 2; } → {}',
    'killed 7:10 ArithmeticOperator: 40 + 2 → 40 - 2',
  ]);
});
