import type { Bundle } from '../../bundle/bundle.js';
import { type ProcedureStep, RUNBOOK_STEPS } from '../../model/runbook.js';
import type { Artifact } from '../artifact.js';
import { code, readable, table } from '../docs/markdown.js';
import { contactRows } from './contacts.js';
import { HEADER, renderPage, stepList, WHEN_TO_ACT } from './page.js';
import { type SubjectComments, variableRows } from './shell.js';

/** Where the runbook lies below the output folder. */
export const RUNBOOKS = 'runbooks';

/** The runbook of a site: an index, the operator procedure, and one page per alert. */
export function renderRunbooks(bundle: Bundle): Artifact[] {
  const rules = bundle.alertGroups.flatMap((group) => group.rules);
  return [
    { path: `${RUNBOOKS}/README.md`, content: indexPage(bundle) },
    { path: `${RUNBOOKS}/gateway.md`, content: procedurePage(bundle) },
    ...rules.flatMap((rule) =>
      rule.page === undefined
        ? []
        : [
            {
              path: `${RUNBOOKS}/${rule.alert}.md`,
              content: renderPage(bundle.config, bundle.site, rule, rule.page),
            },
          ],
    ),
  ];
}

function indexPage(bundle: Bundle): string {
  const groups = bundle.alertGroups.filter(({ rules }) => rules.length > 0);
  const known = new Set(groups.flatMap(({ rules }) => rules.map(({ alert }) => alert)));
  const paged = new Set(
    groups.flatMap(({ rules }) => rules.flatMap(({ alert, page }) => (page === undefined ? [] : [alert]))),
  );
  const link = (alert: string) => (paged.has(alert) ? `[${alert}](${alert}.md)` : code(alert));
  const symptoms = bundle.definitions.runbook.symptoms
    .map(({ symptom, alerts }) => ({ symptom, alerts: alerts.filter((alert) => known.has(alert)) }))
    .filter(({ alerts }) => alerts.length > 0)
    // A line per alert, with an empty one between: git merges changes of different signals.
    .map(
      ({ symptom, alerts }) =>
        `### ${symptom}\n\n${alerts.map((alert) => `- ${link(alert)}`).join('\n\n')}\n`,
    );
  const overview = groups.map(({ name, rules }) => {
    const rows = rules.map(({ alert, severity, grafanaAnnotations: { summary } }) => [
      link(alert),
      severity,
      readable(summary),
    ]);
    return `### ${name.replace(/\.alerts$/, '')}\n\n${table(['Alert', 'Severity', 'Summary'], rows)}\n`;
  });
  return [
    `${HEADER}# Runbooks`,
    '',
    'Each alert has a page: how urgent it is, what it means, what to check first, what to do, and how to confirm that it is over.',
    '[gateway.md](gateway.md) is the operator procedure that the pages link to.',
    '',
    '## Severities',
    '',
    table(
      ['Severity', 'Meaning', 'When to act'],
      [
        [
          'critical',
          'Users are affected, data is at risk, or no alert can be trusted. It pages.',
          WHEN_TO_ACT.critical,
        ],
        ['warning', 'Something does not recover without help. It becomes a ticket.', WHEN_TO_ACT.warning],
        ['info', 'Normal in most cases. It is shown, for example in chat.', WHEN_TO_ACT.info],
      ],
    ),
    '',
    '## The message',
    '',
    'Its first line is the summary, its last line names the alert and links to its page. "First" in a message is the first action; the page has the',
    'command for it under "Check first" or "Do". When an alert ends, receivers that are configured for it get a message that starts with `[RESOLVED`.',
    'In the example configuration these are all receivers except those for info alerts. Resolved is not always over: "Over when" on the page says how',
    'to check. The dashboard opens with the hour before the alert; widen its time range for an alert about hours or days.',
    '',
    '<a id="contacts"></a>',
    '## Whom to ask',
    '',
    table(['Who', 'Contact'], contactRows(bundle)),
    '',
    'If no one answers, do only the steps that need no one else. Restart neither a worker nor a gateway process that still runs, unless the page',
    'says when to restart it without an answer. A worker keeps its queue and the gateway keeps its pending writes while they run.',
    'Check the mirrors again from time to time: if they become unhealthy, keep calling, and ask the users to keep copies of what they write.',
    'Without the shared secret of the gateway, you can do every step that signs no request; inform the users if that leaves them unable to write.',
    '',
    '## By symptom',
    '',
    symptoms.join('\n'),
    '## By alert',
    '',
    overview.join('\n'),
    '## Steps of the operator procedure',
    '',
    ...bundle.procedure.flatMap((step) => contents(step, 0)),
    '',
    '<a id="words"></a>',
    '## What the words mean',
    '',
    table(
      ['Word', 'Meaning'],
      bundle.definitions.runbook.words.map(({ word, meaning }) => [word, meaning]),
    ),
    '',
    '<a id="variables"></a>',
    '## Variables in the commands',
    '',
    'The site fills in what its configuration has under `commands`. Set the others in your shell, for example `GATEWAY=https://gateway.example.org`.',
    '',
    table(['Variable', 'What it is', 'Value, or where to find it'], variableRows(bundle.config)),
    '',
  ].join('\n');
}

const contents = ({ step, parts = [] }: ProcedureStep, depth: number): string[] => [
  `${'  '.repeat(depth)}- [${RUNBOOK_STEPS[step]}](gateway.md#${step})`,
  ...parts.flatMap((part) => contents(part, depth + 1)),
];

/** A step may be reached from any alert, or from none. */
const FROM_ALERT: SubjectComments = {
  RELAY:
    'replace <key> with the whole key of the relay: the label relay of the alert, of a query result or in the log',
  INSTANCE: 'replace <host:port> with the label instance of the target',
};

function procedurePage(bundle: Bundle): string {
  return [
    `${HEADER}# Operator procedure`,
    '',
    'How to inspect, force and clear pending writes of the gateway. The steps are for the observed build of the gateway and the worker, a',
    'desktop app. Where another description of the system differs from this build, the step notes it. If you have an alert, start from',
    'the [index](README.md), which also explains [the words](README.md#words).',
    '',
    'Commands are for Bash. Each section sets the variables that it uses, so you can start with any of them. [What each variable is and',
    'where to find it](README.md#variables). Replace text in angle brackets before you paste it. A block that starts with "Run this on the',
    'host" is for a shell on that host.',
    '',
    ...bundle.procedure
      .flatMap((step) => [...contents(step, 0)])
      .map((line) => line.replace('gateway.md#', '#')),
    '',
    ...bundle.procedure.map((step) => section(bundle, step, 2)),
  ].join('\n');
}

function section(bundle: Bundle, { step, content, parts = [] }: ProcedureStep, level: number): string {
  return [
    `<a id="${step}"></a>`,
    `${'#'.repeat(level)} ${RUNBOOK_STEPS[step]}`,
    '',
    ...(content.length === 0 ? [] : [stepList(bundle.config, content, new Set(), FROM_ALERT), '']),
    ...parts.map((part) => section(bundle, part, level + 1)),
  ].join('\n');
}
