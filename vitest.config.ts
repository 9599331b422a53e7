import { join, resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

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

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/setup/versions.ts',
    // Real processes start in many tests; on two cores more workers only make them slower.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
