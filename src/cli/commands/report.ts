import { oneOf } from '../../terminal/option-values.js';
import { defineCommand } from '../command.js';
import { configOption } from '../common-options.js';
import { defaulted, optional } from '../input.js';
import { printProgress } from '../output.js';

export const report = defineCommand({
  name: 'report',
  description:
    'write a self-contained HTML page with all alerts, panels, recording rules and settings, and their tests',
  args: {},
  options: {
    out: defaulted('-o, --out <file>', 'output file; - for standard output', 'report.html'),
    config: configOption,
    alertmanager: optional(
      '--alertmanager <file>',
      'Alertmanager configuration that says who is notified of what; without it, the generated example',
    ),
    pictures: optional(
      '--pictures <folder>',
      'pictures of the dashboards, such as preview/pictures, where the command preview writes them',
    ),
    pictureTheme: defaulted(
      '--picture-theme <theme>',
      'pictures to include: light, dark or both',
      'light',
      oneOf(['light', 'dark', 'both']),
    ),
  },
  async run({ options }) {
    const { out } = options;
    const { reportProblems } = await import('../bundle.js');
    const { buildBundle } = await import('../../bundle/build.js');
    const { loadProject } = await import('../../project/load.js');
    const { config, definitions, source, files } = await loadProject(options.config);
    const bundle = buildBundle(config, definitions, source);
    if (!reportProblems(bundle).ok) return 1;
    const { reportOf, writeReport } = await import('../../report/report.js');
    const page = reportOf(bundle, {
      ...options,
      config: files.length === 0 ? undefined : files.join(' and '),
    });
    if (out === '-') process.stdout.write(page);
    else {
      writeReport(out, page);
      printProgress(`wrote ${out}, ${Math.ceil(page.length / 1024)} KiB`);
    }
    return 0;
  },
});
