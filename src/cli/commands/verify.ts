import { oneOf } from '../../terminal/option-values.js';
import { JOBS } from '../../verify/jobs.js';
import { defineCommand } from '../command.js';
import { jsonOption } from '../common-options.js';
import { optional, required } from '../input.js';
import { print, printJson } from '../output.js';

export const verify = defineCommand({
  name: 'verify',
  description: 'compare a live /metrics page with the expected metrics: missing metrics, types and labels',
  args: {},
  options: {
    metrics: required('-m, --metrics <url|file>', 'URL of a /metrics page, or a file with its content'),
    job: optional(
      '--job <job>',
      'gateway, exporter or escrow; guessed from the metrics if omitted',
      oneOf(JOBS),
    ),
    json: jsonOption,
  },
  async run({ options: { metrics, job, json } }) {
    const { problemsOf, verificationText, verifyPage } = await import('../../verify/page.js');
    const verification = await verifyPage(metrics, job === undefined ? {} : { job });
    const { compared, findings } = verification;
    if (json) printJson({ job: verification.job, compared, findings });
    else print(verificationText(verification));
    return problemsOf(verification) === 0 ? 0 : 1;
  },
});
