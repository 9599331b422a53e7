import { defineCommand } from '../command.js';
import { configOption, jsonOption, outOption } from '../common-options.js';
import { flag } from '../input.js';
import { print, printError, printJson } from '../output.js';

export const generate = defineCommand({
  name: 'generate',
  description: 'check the definitions and write rules, dashboards and references',
  args: {},
  options: {
    config: configOption,
    json: jsonOption,
    out: outOption,
    force: flag('--force', 'overwrite and remove generated files that were edited manually'),
    adopt: flag('--adopt', 'overwrite files in a folder that has no manifest of an earlier run'),
  },
  async run({ options: { config, json, out, force, adopt } }) {
    const { bundleOf, reportProblems } = await import('../bundle.js');
    const bundle = bundleOf(config);
    if (!reportProblems(bundle, json)) return 1;
    const { artifactsOf } = await import('../artifacts.js');
    const { RefusedError } = await import('../../renderers/output-plan.js');
    const { writeFiles } = await import('../../renderers/write.js');
    const { writtenLines } = await import('../output-folder-report.js');
    try {
      const written = writeFiles(out, artifactsOf(bundle), { force, adopt });
      if (json) printJson({ out, ...written });
      else for (const line of writtenLines(out, written)) print(line);
      return 0;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if (json) printJson({ out, refusals: error.refusals });
      else printError(error.message);
      return 1;
    }
  },
});
