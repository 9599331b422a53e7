import { join, relative, resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { FULL_SUITE, LONGEST_FIRST, NIGHTLY_SUITE } from './test/suites.js';

const full = Object.keys(FULL_SUITE);
const nightly = Object.keys(NIGHTLY_SUITE);
// A play of 1,000 relays takes promtool minutes, and far longer beside others on a busy machine.
const LONG = { testTimeout: 3_600_000, hookTimeout: 3_600_000 };

// Deprecation warnings are errors, in the workers and in every process that they start.
process.env.NODE_OPTIONS = [
  process.env.NODE_OPTIONS,
  '--pending-deprecation',
  `--require=${JSON.stringify(join(import.meta.dirname, 'test', 'setup', 'warnings.cjs'))}`,
]
  .filter(Boolean)
  .join(' ');

// Tests start processes in other folders.
const { GATEWAY_OBSERVABILITY_BINARIES: binaries } = process.env;
if (binaries) process.env.GATEWAY_OBSERVABILITY_BINARIES = resolve(binaries);

/** In a new clone Vitest would start with the longest text, not with what takes longest: one worker would end up idle. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const index = LONGEST_FIRST.indexOf(relative(import.meta.dirname, moduleId));
      return index < 0 ? LONGEST_FIRST.length : index;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    // A snapshot changes with `-u` only; without it, a missing one fails.
    update: 'none',
    globalSetup: 'test/setup/versions.ts',
    // `npm test` runs the project "quick"; `npm run test:full` and `npm run test:nightly` run the others.
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          include: ['test/**/*.test.ts'],
          exclude: [...full, ...nightly],
          // Loading the bundle and its libraries again for each of 120 files takes a fifth of the processor time. So a test must not change
          // what others see: environment, working directory, or a module's state.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'full', include: full, ...LONG } },
      { extends: true, test: { name: 'nightly', include: nightly, ...LONG } },
    ],
    // Real processes start in many tests; on two cores more workers only make them slower.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // A test waits for conditions, each with a time limit that names what did not happen. These limits are for a test that hangs elsewhere: on a
    // busy machine everything may take ten times as long.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    teardownTimeout: 120_000,
    // For promtool and Prometheus: less work for Go's garbage collector, a third of their processor time.
    env: { GOGC: '400' },
  },
});
