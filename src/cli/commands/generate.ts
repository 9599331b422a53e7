import { defineCommand } from '../command.js';
import { configOption, jsonOption, outOption, targetOption } from '../common-options.js';
import { flag } from '../input.js';
import { print, printError, printJson } from '../output.js';

export const generate = defineCommand({
  name: 'generate',
  brief: true,
  description: 'check the definitions and write rules, dashboards, runbooks and references',
  args: {},
  options: {
    config: configOption,
    json: jsonOption,
    out: outOption,
    target: targetOption,
    force: flag('--force', 'overwrite and remove generated files that were edited manually'),
    adopt: flag('--adopt', 'overwrite files in a folder that has no manifest of an earlier run'),
  },
  async run({ options: { config, json, out: given, target, force, adopt } }) {
    const { reportProblems } = await import('../bundle.js');
    const { loadForTargets } = await import('../project.js');
    const { bundle, project } = await loadForTargets(config, target);
    const { ok, warnings } = reportProblems(bundle, json);
    if (!ok) return 1;
    const { foldersOf } = await import('../artifacts.js');
    const { RefusedError, planRun } = await import('../../renderers/output-plan.js');
    const { resolveFolder } = await import('../../renderers/output-folder.js');
    const { writeFiles } = await import('../../renderers/write.js');
    const { writtenLines } = await import('../output-folder-report.js');
    const { linkNote } = await import('../link-note.js');
    const { kubernetesNote } = await import('../kubernetes-note.js');
    const { unusedSettingsNote } = await import('../unused-settings-note.js');
    const folders = foldersOf(bundle, given);
    try {
      // Nothing is written to one folder while the other one stands in the way. A single one is planned where it is written.
      for (const { out, artifacts } of folders.length > 1 ? folders : [])
        planRun(out, resolveFolder(out) ?? out, artifacts, { force, adopt });
      const written = folders.map(({ out, artifacts }) => ({
        out,
        ...writeFiles(out, artifacts, { force, adopt }),
      }));
      const [first, runbooks] = written;
      const notes = [
        linkNote(bundle.config),
        kubernetesNote(bundle.config),
        unusedSettingsNote(bundle.config, project.written),
      ].filter((note) => note !== undefined);
      if (json) printJson({ ...first, warnings, notes, ...(runbooks === undefined ? {} : { runbooks }) });
      else {
        if (project.files.length > 0) print(`configuration: ${project.files.join(', ')}`);
        for (const { out, ...what } of written) for (const line of writtenLines(out, what)) print(line);
        for (const line of notes) print(`note: ${line}`);
      }
      return 0;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if (json) printJson({ out: error.directory, refusals: error.refusals });
      else printError(error.message);
      return 1;
    }
  },
});
