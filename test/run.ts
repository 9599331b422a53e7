import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runSteps, type Step } from './setup/steps.js';

/*
 * `npm test`: the type check, which needs one core for as long as all other checks need, beside the linters and the quick tests. Arguments are
 * passed to Vitest.
 */

const root = join(import.meta.dirname, '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
process.chdir(root);
process.env.PATH = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`;

/** A script of package.json. npm itself would take a quarter of a second to start each. */
const script = (name: string, ...args: readonly string[]): Step => [
  name,
  [scripts[name], ...args.map((arg) => `'${arg.replaceAll("'", "'\\''")}'`)].join(' '),
];

// An interrupt from the terminal reaches every step; this process waits for their ends.
process.on('SIGINT', () => {});

const failed = await runSteps(
  {
    beside: script('typecheck'),
    inOrder: [
      script('lint'),
      script('unused'),
      script('check'),
      script('test:quick', ...process.argv.slice(2)),
    ],
  },
  (text) => process.stdout.write(text),
);
for (const name of failed) process.stderr.write(`npm test: failed in "npm run ${name}"\n`);
if (failed.length > 0) process.exitCode = 1;
