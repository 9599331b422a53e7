import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import type { Plan } from './plan.js';

const plan = JSON.parse(readFileSync(process.env.MUTATION_PLAN ?? '', 'utf8')) as Plan;
const root = join(import.meta.dirname, '..', '..', '..');

/** The order of the plan. */
class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) =>
      plan.testFiles.findIndex((file) => moduleId.endsWith(`/${file}`));
    return [...files].sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  root,
  plugins: [
    {
      name: 'mutants',
      enforce: 'pre',
      transform: (_: string, id: string) => plan.instrumented[id.slice(root.length + 1)],
    },
  ],
  test: {
    name: 'mutants',
    include: [...plan.testFiles],
    runner: join(import.meta.dirname, 'runner.ts'),
    update: 'none',
    silent: true,
    // One process runs the files one after the other: a mutant that one of them kills is not tried by the others.
    isolate: false,
    sequence: { sequencer: InOrder },
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
