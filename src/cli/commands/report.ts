import { oneOf } from '../../terminal/option-values.js';
import { defineCommand } from '../command.js';
import { configOption } from '../common-options.js';
import { defaulted, optional } from '../input.js';
import { printProgress } from '../output.js';

export const report = defineCommand({
  name: 'report',
  description:
    'write one page of HTML, without network, with all alerts, panels, recording rules and settings, and what proves them',
  args: {},
  options: {
    out: defaulted('-o, --out <file>', 'the page; - for standard output', 'report.html'),
    config: configOption,
    pictures: optional(
      '--pictures <folder>',
      'pictures of the dashboards, such as preview/pictures after npm run preview',
    ),
    pictureTheme: defaulted(
      '--picture-theme <theme>',
      'which pictures to put into the page: light, dark or both',
      'light',
      oneOf(['light', 'dark', 'both']),
    ),
  },
  async run({ options }) {
    const { out } = options;
    const { bundleOf, reportProblems } = await import('../bundle.js');
    const bundle = bundleOf(options.config);
    if (!reportProblems(bundle)) return 1;
    const { reportOf, writeReport } = await import('../../report/report.js');
    const page = reportOf(bundle, options);
    if (out === '-') process.stdout.write(page);
    else {
      writeReport(out, page);
      printProgress(`wrote ${out}, ${Math.ceil(page.length / 1024)} KiB`);
    }
    return 0;
  },
});
