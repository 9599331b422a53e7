import { defineCommand } from '../command.js';
import { configOption, jsonOption, outOption, targetOption } from '../common-options.js';
import { colour, printError, printJson, printProgress } from '../output.js';

export const check = defineCommand({
  name: 'check',
  brief: true,
  description: 'check the definitions, and whether the generated files are up to date',
  args: {},
  options: { config: configOption, json: jsonOption, out: outOption, target: targetOption },
  async run({ options: { config, json, out: given, target } }) {
    const { reportProblems } = await import('../bundle.js');
    const { loadForTargets } = await import('../project.js');
    const { bundle } = await loadForTargets(config, target);
    const { ok, warnings } = reportProblems(bundle, json);
    if (!ok) return 1;
    const { foldersOf } = await import('../artifacts.js');
    const { compareFiles } = await import('../../renderers/drift.js');
    const compared = foldersOf(bundle, given).map(({ out, artifacts }) => ({
      out,
      count: artifacts.length,
      drifts: compareFiles(out, artifacts),
    }));
    const [{ drifts }, runbooks] = compared as [(typeof compared)[number], (typeof compared)[number]?];
    if (json)
      printJson({
        problems: [],
        warnings,
        drifts,
        ...(runbooks === undefined ? {} : { runbooks: runbooks.drifts }),
      });
    else {
      const { driftLines } = await import('../output-folder-report.js');
      for (const { out, count, drifts } of compared) {
        for (const line of driftLines(
          { config, given, out, targets: target, allTargets: bundle.config.targets },
          drifts,
        ))
          printError(line);
        if (drifts.length === 0) printProgress(colour('green', `${out}: ${count} files are up to date`));
      }
    }
    return compared.every(({ drifts }) => drifts.length === 0) ? 0 : 1;
  },
});
