import type { Episode } from '../../simulator/timeline.js';
import { table } from '../../terminal/table.js';
import { defineCommand } from '../command.js';
import { configOption, jsonOption } from '../common-options.js';
import { optional } from '../input.js';
import { print, printJson } from '../output.js';
import { episodeLines, findScenario } from '../simulation-text.js';
import { UsageError } from '../usage-error.js';

export const simulate = defineCommand({
  name: 'simulate',
  description: 'simulate a scenario of gateway and workers and show which alerts fire when',
  args: {
    scenario: optional('[scenario]', 'a scenario or part of its name; without it, lists the scenarios'),
  },
  options: { config: configOption, json: jsonOption },
  async run({ args, options: { config, json } }) {
    const { projectBundle } = await import('../../project/load.js');
    const { scenarios } = await import('../../simulator/scenarios/index.js');
    const bundle = await projectBundle(config);
    if (args.scenario === undefined) {
      const rows = scenarios.map(({ name, duration, description }) => ({ name, duration, description }));
      if (json) printJson(rows);
      else print(table(rows.map(({ name, duration }) => [duration, name])).join('\n'));
      return 0;
    }
    const scenario = findScenario(args.scenario, scenarios);
    const { episodesOfScenario, TimelineError } = await import('../../simulator/timeline.js');
    let episodes: Episode[];
    try {
      episodes = await episodesOfScenario(bundle, scenario);
    } catch (error) {
      if (error instanceof TimelineError) throw new UsageError(`simulate: ${error.message}`);
      throw error;
    }
    if (json) printJson({ scenario: scenario.name, episodes });
    else print([scenario.name, scenario.description, '', ...episodeLines(episodes)].join('\n'));
    return 0;
  },
});
