import { compareFiles } from '../../renderers/drift.js';
import { artifactsOf } from '../artifacts.js';
import { bundleOf, type CommonOptions, reportProblems } from '../bundle-option.js';
import type { ExitCode } from '../exit-code.js';
import { colour, complain, print, say } from '../output.js';
import { driftLines } from '../output-folder-report.js';

export function runCheck(options: CommonOptions): ExitCode {
  const bundle = bundleOf(options);
  if (!reportProblems(bundle, options.json)) return 1;
  const artifacts = artifactsOf(bundle);
  const drifts = compareFiles(options.out, artifacts);
  if (options.json) print(JSON.stringify({ problems: [], drifts }, null, 2));
  else {
    for (const line of driftLines(options, drifts)) complain(line);
    if (drifts.length === 0)
      say(colour('green', `${options.out}: ${artifacts.length} files are as the definitions say`));
  }
  return drifts.length === 0 ? 0 : 1;
}
