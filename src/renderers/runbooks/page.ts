import { up } from '../../../metrics/prometheus.js';
import type { AlertingRule } from '../../bundle/bundle.js';
import type { Config } from '../../config/schema.js';
import type { PageStep, RunbookPage } from '../../model/runbook.js';
import type { Severity } from '../../model/severity.js';
import type { Site } from '../../model/site.js';
import { type Promql, promql } from '../../promql/template.js';
import { GENERATED } from '../artifact.js';
import { table } from '../docs/markdown.js';
import { linesOf, settingLines } from './shell.js';

/** First lines of every file of the runbook. */
export const HEADER = `<!-- ${GENERATED} -->\n`;

const bash = (lines: readonly string[], indent = '') =>
  ['```bash', ...lines, '```'].map((line) => (line === '' ? '' : `${indent}${line}`)).join('\n');

/** Steps as a list, each with its lines to paste. */
export function stepList(config: Config, steps: readonly PageStep[], known: Set<string>): string {
  return steps
    .map((step, i) => {
      const lines = linesOf(step);
      const text = `${i + 1}. ${step.text}`;
      if (lines.length === 0) return text;
      return `${text}\n\n${bash([...settingLines(config, lines, known), ...lines], '   ')}`;
    })
    .join('\n\n');
}

/** What a severity asks of the on-call engineer. */
export const WHEN_TO_ACT: Readonly<Record<Severity, string>> = {
  critical: 'Now, at any hour.',
  warning: 'In working hours, unless the page of the alert gives a reason to act earlier.',
  info: 'Not at all, unless the page of the alert gives a reason.',
};

/** The message has the time at which the alert fired, which is later than the begin of the condition. */
const startedBefore = (wait: string | undefined) =>
  `The time after "Firing since" in the message is when the alert fired. The problem began ${wait === undefined ? 'earlier' : `at least ${wait} earlier`}.`;

const PASTE =
  'Set each variable that the shell reports as not set, then paste the lines again. `query` needs `promtool`. To use Grafana or Prometheus instead, paste the text between the double quotes and replace the variable with its value.';

/** What an empty result depends on: without scrapes, a query returns nothing although the problem remains. */
const sources = ({ gateway, exporter }: Site, { definition: { signal, labels } }: AlertingRule): Promql =>
  signal === 'exporter' || (signal === 'worker-queue' && labels.includes('instance'))
    ? promql`${up}{${exporter}, instance="$INSTANCE"}`
    : signal === 'worker-queue'
      ? promql`${up}{${gateway}} or ${up}{${exporter}}`
      : promql`${up}{${gateway}}`;

/** The page of an alert for a site. */
export function renderPage(config: Config, site: Site, rule: AlertingRule, page: RunbookPage): string {
  const known = new Set<string>();
  const subject = rule.definition.labels.includes('relay')
    ? 'RELAY'
    : rule.definition.labels.includes('instance')
      ? 'INSTANCE'
      : undefined;
  // Where the alert is about no relay, the reader learns the relay from an earlier step and sets it in the step that needs it.
  const queried = [...page.check, { text: '', query: page.over.query }]
    .map(linesOf)
    .filter((lines) => subject === 'RELAY' || !lines.join('\n').includes('$RELAY'))
    .flat();
  const start = settingLines(
    config,
    [...(subject === undefined ? [] : [`: "$${subject}"`]), ...queried],
    known,
  );
  return [
    `${HEADER}# ${rule.alert}`,
    '',
    table(
      ['Severity', 'Fires when', 'For'],
      [[rule.severity, page.firesWhen, rule.for === undefined ? 'no wait' : rule.for]],
    ),
    '',
    `**How urgent:** ${page.urgency ?? WHEN_TO_ACT[rule.severity]}`,
    '',
    startedBefore(rule.for),
    '',
    '## Meaning',
    '',
    page.meaning,
    '',
    '## Impact',
    '',
    page.impact,
    '',
    '## Check first',
    '',
    bash(start),
    '',
    PASTE,
    '',
    stepList(config, page.check, known),
    '',
    '## Do',
    '',
    stepList(config, page.act, known),
    '',
    ...(page.avoid === undefined ? [] : ['Do not:', '', ...page.avoid.map((text) => `- ${text}`), '']),
    '## Over when',
    '',
    page.over.becomes === 'empty' ? 'This query returns nothing:' : 'This query returns a sample:',
    '',
    bash(linesOf({ text: '', query: page.over.query })),
    '',
    page.over.text,
    '',
    ...(page.over.becomes === 'empty'
      ? [
          'An empty result counts only while the data arrives. This query returns 1 for each process that is scraped:',
          '',
          bash(linesOf({ text: '', query: sources(site, rule) })),
          '',
        ]
      : []),
    '## Comes back if',
    '',
    page.returnsIf,
    '',
  ].join('\n');
}
