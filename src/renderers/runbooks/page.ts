import type { AlertingRule } from '../../bundle/bundle.js';
import type { Config } from '../../config/schema.js';
import type { PageStep } from '../../model/runbook.js';
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

/** The message has the time at which the alert fired, which is later than the begin of the condition. */
const startedBefore = (wait: string) =>
  `The problem began at least ${wait} before the time after "Firing since" in the message.`;

const PASTE =
  '`query` needs `promtool`. To use Grafana or Prometheus instead, paste the text between the double quotes and replace the variable with its value.';

/** The page of an alert for a site. */
export function renderPage(config: Config, rule: AlertingRule): string {
  const { page } = rule;
  if (page === undefined) return '';
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
      [[rule.severity, page.firesWhen, rule.for === undefined ? 'fires at once' : rule.for]],
    ),
    '',
    ...(rule.for === undefined ? [] : [startedBefore(rule.for), '']),
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
    '## Comes back if',
    '',
    page.returnsIf,
    '',
  ].join('\n');
}
