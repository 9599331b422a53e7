import { defineCommand } from '../command.js';
import { configOption, jsonOption, outOption } from '../common-options.js';
import { colour, printError, printJson, printProgress } from '../output.js';

const DRIFTS = {
  missing: 'is missing',
  changed: 'differs from what the definitions yield',
  stale: 'is not written by any definition',
};

export const check = defineCommand({
  name: 'check',
  description: 'check the definitions, and that the output directory holds exactly what they yield',
  args: {},
  options: { config: configOption, json: jsonOption, out: outOption },
  async run({ options: { config, json, out } }) {
    const { bundleOf, reportProblems } = await import('../bundle.js');
    const bundle = bundleOf(config);
    if (!reportProblems(bundle, json)) return 1;
    const { artifactsOf } = await import('../artifacts.js');
    const { compareFiles } = await import('../../targets/files.js');
    const artifacts = artifactsOf(bundle);
    const drifts = compareFiles(out, artifacts);
    const command = config === undefined ? 'npm run generate' : `npm run generate -- --config ${config}`;
    if (json) printJson({ problems: [], drifts });
    else {
      for (const { path, state } of drifts) {
        const remedy = state === 'stale' ? `remove it, or run: ${command}` : `run: ${command}`;
        printError(`${out}/${path}: ${state}: ${DRIFTS[state]}: ${remedy}`);
      }
      if (drifts.length === 0)
        printProgress(colour('green', `${out}: ${artifacts.length} files are as the definitions say`));
    }
    return drifts.length === 0 ? 0 : 1;
  },
});
