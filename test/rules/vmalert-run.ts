import { ruleCases } from './cases/index.js';
import { runUnderVmalert } from './vmalert.js';

// npm run test:vmalert [-- <rule>...]: the rule cases under the vmalert-tool on the PATH.
process.exitCode = await runUnderVmalert(
  ruleCases,
  process.argv.slice(2),
  process.env.PATH ?? '',
  (text) => void process.stdout.write(`${text}\n`),
);
