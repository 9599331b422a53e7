import { oneOf, wholeNumber } from '../../terminal/option-values.js';
import { defineCommand } from '../command.js';
import { configOption } from '../common-options.js';
import { computed, defaulted, optional, repeatable } from '../input.js';
import { SITUATIONS, THEMES } from '../preview-options.js';

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
    const { dashboardsToDraw, withUids } = await import('../preview-choices.js');
    const shown = withUids(options.uids, dashboardsToDraw(options.dashboards, options.config, bundle));
    const { drawPreview } = await import('../preview-run.js');
    return drawPreview(bundle, shown, options, {
      ...(await import('../../view/known.js')),
      ...(await import('../../view/page-files.js')),
      ...(await import('../../preview/chromium.js')),
      ...(await import('../../preview/preview.js')),
      ...(await import('../../preview/base.js')),
    });
  },
});
