import type { Bundle } from '../../bundle/bundle.js';
import { oneOf, wholeNumber } from '../../terminal/option-values.js';
import type { DashboardJson } from '../../view/dashboard-json.js';
import { defineCommand } from '../command.js';
import { configOption } from '../common-options.js';
import { computed, defaulted, optional, repeatable } from '../input.js';
import { print, printError } from '../output.js';
import { UsageError } from '../usage-error.js';

const SITUATIONS = ['quiet', 'incident'] as const;
const THEMES = ['light', 'dark'] as const;

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
    const dashboards = await dashboardsOf(options.dashboards, options.config, bundle);
    const unknown = options.uids.find((uid) => !dashboards.some((dashboard) => dashboard.uid === uid));
    if (unknown !== undefined) {
      const expected = dashboards.map(({ uid }) => uid).join(', ');
      throw new UsageError(`--dashboard: found ${unknown}, expected one of ${expected}`);
    }
    const isWanted = ({ uid }: DashboardJson) => options.uids.length === 0 || options.uids.includes(uid);
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
    const shown = dashboards.filter(isWanted);
    for (const line of shown.flatMap(unsupportedLines)) onProblem(line);
    const base = options.base === undefined ? undefined : await baseOf(options.base);
    const page = await pageFolder({ onProgress: (what) => print(`${what} …`) });
    const chromium = await Chromium.start();
    try {
      const rest = {
        bundle,
        dashboards: shown,
        situations: options.situations.length > 0 ? options.situations : SITUATIONS,
        themes:
          options.themes.length > 0 ? options.themes : base === undefined ? THEMES : (['light'] as const),
        width: options.width,
        output: options.output,
        chromium,
        page,
        onFile: print,
        onProblem,
      };
      if (base === undefined) await previewAll(rest);
      else {
        const before = { ...base, dashboards: base.dashboards.filter(isWanted) };
        const changed = await previewChanges(before, rest);
        print(
          changed.length === 0 ? 'no panel looks different' : `changed: ${changed.length} pictures of panels`,
        );
      }
    } finally {
      await chromium.stop();
    }
    return problems > 0 ? 1 : 0;
  },
});

/** The dashboards at the paths given; else those in generated/, unless it is missing or a configuration is given. */
async function dashboardsOf(
  paths: readonly string[],
  config: string | undefined,
  bundle: Bundle,
): Promise<DashboardJson[]> {
  const { dashboardFiles, readDashboardFiles, UnreadableError } = await import(
    '../../view/read-dashboards.js'
  );
  const { dashboardsOfBundle, generatedFolder } = await import('../own-dashboards.js');
  const own = generatedFolder(config);
  if (paths.length === 0 && own === undefined) return dashboardsOfBundle(bundle);
  const wanted = paths.length > 0 ? paths : [own as string];
  const { dashboards, unread } = readDashboardFiles(dashboardFiles(wanted));
  for (const { file, reason } of unread) printError(`${file}: not drawn: ${reason}`);
  if (dashboards.length === 0) throw new UnreadableError(`${wanted.join(', ')}: found no dashboard as JSON`);
  return dashboards.map(({ dashboard }) => dashboard);
}
