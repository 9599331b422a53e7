import { compareFiles } from '../../targets/files.js';
import { artifactsOf } from '../artifacts.js';
import { bundleOf, type CommonOptions, reportProblems } from '../bundle-option.js';
import type { ExitCode } from '../exit-code.js';
import { colour, complain, print, say } from '../output.js';

export function runCheck(options: CommonOptions): ExitCode {
  const bundle = bundleOf(options);
  if (!reportProblems(bundle, options.json)) return 1;
  const artifacts = artifactsOf(bundle);
  const drifts = compareFiles(options.out, artifacts);
  const command =
    options.config === undefined ? 'npm run generate' : `npm run generate -- --config ${options.config}`;
  if (options.json) {
    print(JSON.stringify({ problems: [], drifts }, null, 2));
  } else {
    for (const { path, state } of drifts) {
      const file = `${options.out}/${path}`;
      const problem = {
        missing: 'is missing',
        changed: 'differs from what the definitions yield',
        stale: 'is not written by any definition',
      }[state];
      const remedy = state === 'stale' ? `remove it, or run: ${command}` : `run: ${command}`;
      complain(`${file}: ${state}: ${problem}: ${remedy}`);
    }
    if (drifts.length === 0)
      say(colour('green', `${options.out}: ${artifacts.length} files are as the definitions say`));
  }
  return drifts.length === 0 ? 0 : 1;
}
