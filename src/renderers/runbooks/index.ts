import type { Bundle } from '../../bundle/bundle.js';
import { type ProcedureStep, RUNBOOK_STEPS } from '../../model/runbook.js';
import type { Artifact } from '../artifact.js';
import { code, readable, table } from '../docs/markdown.js';
import { HEADER, renderPage, stepList, WHEN_TO_ACT } from './page.js';

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
  ].join('\n');
}

const contents = ({ step, parts = [] }: ProcedureStep, depth: number): string[] => [
  `${'  '.repeat(depth)}- [${RUNBOOK_STEPS[step]}](gateway.md#${step})`,
  ...parts.flatMap((part) => contents(part, depth + 1)),
];

function procedurePage(bundle: Bundle): string {
  return [
    `${HEADER}# Operator procedure`,
    '',
    'How to inspect, force and clear pending writes of the gateway. The steps are for the observed build of the gateway and the worker, a',
    'desktop app. A step notes where other descriptions do not work there. If you have an alert, start from the [index](README.md).',
    '',
    'Commands are for Bash. Each section sets the variables that it uses, so you can start with any of them.',
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
    ...(content.length === 0 ? [] : [stepList(bundle.config, content, new Set()), '']),
    ...parts.map((part) => section(bundle, part, level + 1)),
  ].join('\n');
}
