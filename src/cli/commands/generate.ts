import { writeFiles } from '../../targets/files.js';
import { artifactsOf } from '../artifacts.js';
import { bundleOf, type CommonOptions, reportProblems } from '../bundle-option.js';
import type { ExitCode } from '../exit-code.js';
import { colour, print, say } from '../output.js';

export function runGenerate(options: CommonOptions): ExitCode {
  const bundle = bundleOf(options);
  if (!reportProblems(bundle, options.json)) return 1;
  const artifacts = artifactsOf(bundle);
  const changes = writeFiles(options.out, artifacts);
  if (options.json) print(JSON.stringify({ out: options.out, files: artifacts.length, changes }, null, 2));
  else {
    for (const { path, state } of changes) say(`${state === 'stale' ? 'removed' : 'wrote'} ${path}`);
    say(colour('green', `${options.out}: ${artifacts.length} files, ${changes.length} changed`));
  }
  return 0;
}
