import { oneOf } from '../../terminal/option-values.js';
import { JOBS } from '../../verify/jobs.js';
import { defineCommand } from '../command.js';
import { jsonOption } from '../common-options.js';
import { optional, required } from '../input.js';
import { print, printJson } from '../output.js';

export const verify = defineCommand({
  name: 'verify',
  description:
    'compare a live /metrics page with the contract: what is missing, of another type, or labelled differently',
  args: {},
  options: {
    metrics: required('-m, --metrics <url|file>', 'a /metrics address, or a file with its text'),
    job: optional(
      '--job <job>',
      'gateway, exporter or escrow; guessed from the metrics without it',
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
