'use strict';

/*
 * Loaded into every Node.js process that a test run starts (NODE_OPTIONS in vitest.config.ts): a deprecation warning is an
 * error. Those of dependencies are listed here, and only here.
 */

/** @type {readonly { code: string, package: string, reason: string }[]} */
const KNOWN = [
  {
    code: 'DEP0040',
    package: 'ajv-formats-draft2019',
    reason:
      'kubernetes-models, which validates the manifests in tests, loads it, and its newest release requires punycode',
  },
  {
    code: 'DEP0144',
    package: 'jiti',
    reason:
      'jiti 2.7, which loads configuration files in TypeScript, reads module.parent; Node.js warns only if asked to (--pending-deprecation)',
  },
];

const PACKAGE = /[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/](?!.*[\\/]node_modules[\\/])/;

/** The package whose code caused a warning; undefined for our own code, and where the stack does not show it. */
function packageOf(stack) {
  const caller = stack
    .split('\n')
    .slice(1)
    .find((line) => /^\s+at /.test(line) && !/[( ]node:/.test(line) && !line.includes(__filename));
  return PACKAGE.exec(caller ?? '')?.[1];
}

process.on('warning', (warning) => {
  if (!/^(?:Pending)?DeprecationWarning$/.test(warning.name)) return;
  const from = packageOf(warning.stack ?? '');
  const isKnown = KNOWN.some((known) => known.code === warning.code && known.package === from);
  if (isKnown) return;
  const error = new Error(
    `${warning.code ?? 'a deprecation'} in ${from === undefined ? 'our own code' : `the package ${from}`}: ${warning.message}`,
  );
  error.stack = `${error.message}\n${warning.stack}`;
  throw error;
});
