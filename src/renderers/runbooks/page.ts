import { up } from '../../../metrics/prometheus.js';
import type { AlertingRule } from '../../bundle/bundle.js';
import type { Config } from '../../config/schema.js';
import type { PageStep, RunbookPage } from '../../model/runbook.js';
import type { Severity } from '../../model/severity.js';
import type { Site } from '../../model/site.js';
import { type Promql, promql } from '../../promql/template.js';
import { GENERATED } from '../artifact.js';
import { table } from '../docs/markdown.js';
import { contactsLine } from './contacts.js';
import { linesOf, type SubjectComments, settingLines } from './shell.js';

/** First lines of every file of the runbook. */
export const HEADER = `<!-- ${GENERATED} -->\n`;

const bash = (lines: readonly string[], indent = '') =>
  ['```bash', ...lines, '```'].map((line) => (line === '' ? '' : `${indent}${line}`)).join('\n');

const HOSTS = {
  worker: 'the host of the worker. No access to it: ask its owner to run it.',
  gateway: 'the host of the gateway process. No access to it: ask its owner to run it.',
} as const;

/** Steps as a list, each with its lines to paste. A block for another host sets all that it uses. */
export function stepList(
  config: Config,
  steps: readonly PageStep[],
  known: Set<string>,
  comments: SubjectComments,
): string {
  return steps
    .map((step, i) => {
      const lines = linesOf(step);
      const text = `${i + 1}. ${step.text}`;
      if (lines.length === 0) return text;
      const where = step.host === undefined ? [] : [`# Run this on ${HOSTS[step.host]}`];
      const set = settingLines(config, lines, step.host === undefined ? known : new Set(), comments);
      return `${text}\n\n${bash([...where, ...set, ...lines], '   ')}`;
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
  wait === undefined
    ? 'The alert fires as soon as this is the case. The time after "Firing since" in the message is when Prometheus noticed it; the problem began earlier.'
    : `The alert fires when this has been the case for ${wait} without a break. The time after "Firing since" in the message is when it fired, so the problem began at least ${wait} earlier.`;

const PASTE =
  'Commands are for Bash. Replace text in angle brackets before you paste it. If the shell reports a variable, set it ([what each one is and where to find it](README.md#variables)) and paste the lines again, with the text in angle brackets replaced again. A block that starts with "Run this on the host" sets its variables again, because it is for a shell on that host. `query` needs `promtool`; to use Grafana or Prometheus instead, paste the text between the double quotes after `query` and replace each variable with its value. [What the words mean](README.md#words).';

/** Where the relay or the target of an alert is found. An alert about no relay names one in a result or a log. */
const commentsFor = (labels: readonly string[]): SubjectComments => ({
  RELAY: labels.includes('relay')
    ? 'replace <key> with the whole key of the relay: it is after var-relay= in the dashboard link of the message'
    : 'replace <key> with the whole key of one relay: the label relay in a result above, or the relay in the log',
  INSTANCE: 'replace <host:port> with the address in the first line of the message',
});

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
  const { labels } = rule.definition;
  const comments = commentsFor(labels);
  const steps = (list: readonly PageStep[]) => stepList(config, list, known, comments);
  const subject = labels.includes('relay') ? 'RELAY' : labels.includes('instance') ? 'INSTANCE' : undefined;
  // Where the alert is about no relay, the reader learns the relay from an earlier step and sets it in the step that needs it.
  const queried = [...page.check, { text: '', query: page.over.query }]
    .filter(({ host }) => host === undefined)
    .map(linesOf)
    .filter((lines) => subject === 'RELAY' || !lines.join('\n').includes('$RELAY'))
    .flat();
  // Whoever starts at "Do" has pasted these lines only, so they define the functions for it as well.
  const called = page.act
    .filter(({ host }) => host === undefined)
    .flatMap(linesOf)
    .filter((line) => /^(?:query|api) |\bsign\b/.test(line))
    .filter((line) => subject === 'RELAY' || !line.includes('$RELAY'));
  const start = settingLines(
    config,
    [...(subject === undefined ? [] : [`: "$${subject}"`]), ...queried, ...called],
    known,
    comments,
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
    contactsLine(config),
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
    start.includes('sign() {') ? `${PASTE} Only the steps that call \`sign\` need \`SECRET_FILE\`.` : PASTE,
    '',
    steps(page.check),
    '',
    '## Do',
    '',
    steps(page.act),
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
          `An empty result counts only while the data arrives. This query returns 1 for each process that is scraped${rule.definition.signal === 'worker-queue' && labels.includes('relay') ? ', and has to return it for the exporter of the worker as well (the host of the checks); without that line, an empty result proves nothing' : ''}:`,
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
