import { defineCommand } from '../command.js';
import { configOption, jsonOption, outOption } from '../common-options.js';
import { colour, printJson, printProgress } from '../output.js';

export const generate = defineCommand({
  name: 'generate',
  description: 'check the definitions and write rules, dashboards and references',
  args: {},
  options: { config: configOption, json: jsonOption, out: outOption },
  async run({ options: { config, json, out } }) {
    const { bundleOf, reportProblems } = await import('../bundle.js');
    const bundle = bundleOf(config);
    if (!reportProblems(bundle, json)) return 1;
    const { artifactsOf } = await import('../artifacts.js');
    const { writeFiles } = await import('../../targets/files.js');
    const artifacts = artifactsOf(bundle);
    const changes = writeFiles(out, artifacts);
    if (json) printJson({ out, files: artifacts.length, changes });
    else {
      for (const { path, state } of changes)
        printProgress(`${state === 'stale' ? 'removed' : 'wrote'} ${path}`);
      printProgress(colour('green', `${out}: ${artifacts.length} files, ${changes.length} changed`));
    }
    return 0;
  },
});
