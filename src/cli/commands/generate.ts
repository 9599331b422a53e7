import { RefusedError, type WriteOptions } from '../../renderers/output-plan.js';
import { writeFiles } from '../../renderers/write.js';
import { artifactsOf } from '../artifacts.js';
import { bundleOf, type CommonOptions, reportProblems } from '../bundle-option.js';
import type { ExitCode } from '../exit-code.js';
import { complain, print } from '../output.js';
import { writtenLines } from '../output-folder-report.js';

export function runGenerate(options: CommonOptions & WriteOptions): ExitCode {
  const bundle = bundleOf(options);
  if (!reportProblems(bundle, options.json)) return 1;
  try {
    const written = writeFiles(options.out, artifactsOf(bundle), options);
    if (options.json) print(JSON.stringify({ out: options.out, ...written }, null, 2));
    else for (const line of writtenLines(options.out, written)) print(line);
    return 0;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    if (options.json) print(JSON.stringify({ out: options.out, refusals: error.refusals }, null, 2));
    else complain(error.message);
    return 1;
  }
}
