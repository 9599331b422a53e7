import { oneOf, wholeNumber } from '../../terminal/option-values.js';
import { defineCommand } from '../command.js';
import { configOption } from '../common-options.js';
import { computed, defaulted, optional, repeatable } from '../input.js';
import { print, printError } from '../output.js';

const SITUATIONS = ['quiet', 'incident'] as const;
const THEMES = ['light', 'dark'] as const;
const LIGHT = ['light'] as const;

export const preview = defineCommand({
  name: 'preview',
  description: 'draw dashboards with simulated data and save pictures of them, without a Grafana server',
  args: {},
  options: {
    config: configOption,
    dashboards: repeatable(
      '--dashboards <path>',
      'a dashboard as JSON, a folder of them, or an output folder of generate; repeatable',
      'those of the configuration, else generated/',
    ),
    uids: repeatable('--dashboard <uid>', 'only this dashboard; repeatable'),
    base: optional(
      '--base <rev>',
      'draw only the panels that differ from a git revision or a folder, before and after side by side',
    ),
    situations: repeatable('--situation <name>', 'only quiet or incident', 'both', oneOf(SITUATIONS)),
    themes: repeatable('--theme <name>', 'only light or dark', 'both; light with --base', oneOf(THEMES)),
    width: defaulted('--width <pixels>', 'width of a picture', '1280', wholeNumber(640, 8_000)),
    output: computed(
      '-o, --output <folder>',
      'output folder',
      { text: 'preview/pictures', value: () => 'preview/pictures' },
      (text) => text,
    ),
  },
  help: `Needs Chromium (chromium, chromium-browser or google-chrome on the PATH) and Prometheus. Exit codes: 0 fine, 1 a query failed or
something could not be drawn, 2 wrong usage or a missing program.`,
  async run({ options }) {
    const { projectBundle } = await import('../../project/load.js');
    const bundle = await projectBundle(options.config);
    const { changesLine, chosenOr, dashboardsToDraw, isWanted, withUids } = await import(
      '../preview-choices.js'
    );
    const shown = withUids(options.uids, dashboardsToDraw(options.dashboards, options.config, bundle));
    const { unsupportedLines } = await import('../../view/known.js');
    const { pageFolder } = await import('../../view/page-files.js');
    const { Chromium } = await import('../../preview/chromium.js');
    const { previewAll, previewChanges } = await import('../../preview/preview.js');
    const { baseOf } = await import('../../preview/base.js');
    let problems = 0;
    const onProblem = (problem: string) => {
      problems += 1;
      printError(problem);
    };
    for (const line of shown.flatMap(unsupportedLines)) onProblem(line);
    const base = options.base === undefined ? undefined : await baseOf(options.base);
    const page = await pageFolder({ onProgress: (what) => print(`${what} …`) });
    const chromium = await Chromium.start();
    try {
      const rest = {
        bundle,
        dashboards: shown,
        situations: chosenOr(options.situations, SITUATIONS),
        themes: chosenOr(options.themes, base === undefined ? THEMES : LIGHT),
        width: options.width,
        output: options.output,
        chromium,
        page,
        onFile: print,
        onProblem,
      };
      if (base === undefined) await previewAll(rest);
      else {
        // One that is there only before the change is shown as well.
        const before = { ...base, dashboards: base.dashboards.filter(isWanted(options.uids)) };
        const changed = await previewChanges(before, rest);
        print(changesLine(changed.length));
      }
    } finally {
      await chromium.stop();
    }
    return problems > 0 ? 1 : 0;
  },
});
