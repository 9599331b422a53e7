import { defineCommand } from '../command.js';
import { configOption, jsonOption, outOption } from '../common-options.js';
import { colour, printError, printJson, printProgress } from '../output.js';

export const check = defineCommand({
  name: 'check',
  description: 'check the definitions, and whether the generated files are up to date',
  args: {},
  options: { config: configOption, json: jsonOption, out: outOption },
  async run({ options: { config, json, out } }) {
    const { bundleOf, reportProblems } = await import('../bundle.js');
    const bundle = bundleOf(config);
    if (!reportProblems(bundle, json)) return 1;
    const { artifactsOf } = await import('../artifacts.js');
    const { compareFiles } = await import('../../renderers/drift.js');
    const artifacts = artifactsOf(bundle);
    const drifts = compareFiles(out, artifacts);
    if (json) printJson({ problems: [], drifts });
    else {
      const { driftLines } = await import('../output-folder-report.js');
      for (const line of driftLines({ config, out }, drifts)) printError(line);
      if (drifts.length === 0)
        printProgress(colour('green', `${out}: ${artifacts.length} files are up to date`));
    }
    return drifts.length === 0 ? 0 : 1;
  },
});
