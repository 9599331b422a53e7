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
      const { driftLines, emptyLine, isEmpty, writtenFolders } = await import('../output-folder-report.js');
      const options = { config, given, targets: target, allTargets: bundle.config.targets };
      const empty = compared.filter(({ drifts }) => isEmpty(drifts)).map(({ out }) => out);
      if (empty.length > 0) {
        const all = compared.map(({ out }) => out);
        const others = writtenFolders().filter((folder) => !all.includes(folder));
        printError(emptyLine(options, empty, others));
      }
      for (const { out, count, drifts } of compared) {
        if (empty.includes(out)) continue;
        for (const line of driftLines({ ...options, out }, drifts)) printError(line);
        if (drifts.length === 0) printProgress(colour('green', `${out}: ${count} files are up to date`));
      }
    }
    return compared.every(({ drifts }) => drifts.length === 0) ? 0 : 1;
  },
});
