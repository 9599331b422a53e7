import { InvalidArgumentError } from 'commander';
import { LEVELS } from '../../diff/finding.js';
import { NEWEST_PROMETHEUS } from '../../rule-files/prometheus-version.js';
import { oneOf, type Parser } from '../../terminal/option-values.js';
import { defineCommand } from '../command.js';
import { defaulted, flag, optional, repeatable } from '../input.js';
import { prometheusVersion } from '../prometheus-options.js';
import { UsageError } from '../usage-error.js';

/** Reads `name=value`; the value may be empty. */
const externalLabel: Parser<readonly [name: string, value: string]> = (text) => {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('expected name=value');
  return [name, value];
};

export const diff = defineCommand({
  name: 'diff',
  description: 'show the effects of a change to rules and dashboards: on alerts, silences, links and readers',
  args: {
    base: defaulted('[base]', 'revision, folder or file before the change, or <base>...<head>', 'HEAD'),
    head: optional('[head]', 'revision, folder or file after the change; the working tree if omitted'),
  },
  options: {
    path: repeatable(
      '-p, --path <path...>',
      'compare only these folders and files of a revision',
      'generated and runbooks, if they exist',
    ),
    also: repeatable('-a, --also <file...>', 'other files and folders that may read or link to what changes'),
    alertmanager: optional(
      '--alertmanager <file>',
      'Alertmanager configuration whose routes and inhibition rules apply, instead of the one among the compared files',
    ),
    alertmanagerBase: optional(
      '--alertmanager-base <file>',
      'the configuration before the change, such as main:alertmanager.yml; without it, that of --alertmanager',
    ),
    externalLabels: repeatable(
      '--external-label <name=value>',
      'label that Prometheus adds to alerts without it (external_labels); repeatable',
      undefined,
      externalLabel,
    ),
    prometheusVersion: defaulted(
      '--prometheus-version <version>',
      'Prometheus version the rules are for; its promtool checks them if it is on the PATH',
      `${NEWEST_PROMETHEUS.major}.${NEWEST_PROMETHEUS.minor}`,
      prometheusVersion,
    ),
    simulate: flag('--simulate', 'run the simulator scenarios and show the effect on detection times'),
    all: flag('--all', 'list harmless changes too'),
    json: flag('--json', 'print the result as JSON', { conflictsWith: 'markdown' }),
    markdown: flag('--markdown', 'print the result as a comment for a pull request'),
    failOn: optional(
      '--fail-on <level>',
      `exit with 1 for findings of this level or worse: ${LEVELS.join(', ')}`,
      oneOf(LEVELS),
    ),
  },
  help: `Examples:
  gateway-observability diff                         the working tree, against the last commit
  gateway-observability diff main...HEAD             what a branch changes
  gateway-observability diff v1 v2 --path deploy/rules
  gateway-observability diff old.yaml new.yaml --also ../other-team/dashboards
  gateway-observability diff main --simulate --fail-on breaking
  gateway-observability diff main --alertmanager alertmanager.yml --alertmanager-base main:alertmanager.yml`,
  async run({ args: { base, head }, options }) {
    if (options.alertmanagerBase !== undefined && options.alertmanager === undefined) {
      throw new UsageError(
        'diff: --alertmanager-base needs --alertmanager, the configuration after the change',
      );
    }
    const { compareSources } = await import('../../diff/compare-sources.js');
    const { reportComparison } = await import('../comparison-report.js');
    const comparison = await compareSources(base, head, options).catch(async (error: unknown) => {
      const { isExpected } = await import('../errors.js');
      throw isExpected(error) ? new UsageError(`diff: ${error.message}`) : error;
    });
    return reportComparison(comparison, options);
  },
});
