import { defineCommand } from '../command.js';
import { configOption, jsonOption } from '../common-options.js';
import { UsageError } from '../usage-error.js';

export const test = defineCommand({
  name: 'test',
  description: 'run the rule cases of gateway-observability.config.ts with promtool',
  args: {},
  options: { config: configOption, json: jsonOption },
  help: `A case lists series, and the alerts that fire or the samples that are recorded at certain times. Without promtool on the
PATH, it is downloaded on Debian and its relatives. Exit codes: 0 all cases passed, 1 a case failed, 2 no cases, or wrong usage.`,
  async run({ options: { config, json } }) {
    const { reportProblems } = await import('../bundle.js');
    const { buildBundle } = await import('../../bundle/build.js');
    const { CONFIG_FILES, loadProject } = await import('../../project/load.js');
    const project = await loadProject(config);
    const bundle = buildBundle(project.config, project.definitions, project.source);
    if (!reportProblems(bundle, json).ok) return 1;
    const { cases } = project;
    if (cases.length === 0)
      throw new UsageError(`test: found no cases, expected \`cases\` in ${CONFIG_FILES[0]}`);
    const { runRuleCases, untestedAlerts } = await import('../../rule-cases/run.js');
    const output = await runRuleCases(bundle, cases);
    const untested = untestedAlerts(bundle, cases);
    const { reportCases } = await import('../case-report.js');
    return reportCases({ cases: cases.length, output, untested }, json);
  },
});
