import type { AlertingRule } from '../../bundle/bundle.js';
import type { Config } from '../../config/schema.js';
import type { PageStep, RunbookPage } from '../../model/runbook.js';
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

const PASTE =
  '`query` needs `promtool`. In Grafana or Prometheus, paste what stands between the double quotes and put the label in place of the variable.';

/** The page of an alert for a site. */
export function renderPage(config: Config, rule: AlertingRule, page: RunbookPage): string {
  const known = new Set<string>();
  const subject = rule.definition.labels.includes('relay')
    ? 'RELAY'
    : rule.definition.labels.includes('instance')
      ? 'INSTANCE'
      : undefined;
  const queried = [...page.check, { text: '', query: page.over.query }].flatMap(linesOf);
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
