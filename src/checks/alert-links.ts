import type { Bundle } from '../bundle/bundle.js';
import { fileOf } from '../bundle/own.js';
import type { AlertDefinition } from '../model/rules.js';
import type { RunbookPage } from '../model/runbook.js';
import type { Check, Problem } from './check.js';

/** What the on-call clicks at 3 a.m. has to be there. */
export const alertLinks: Check = {
  id: 'alert-links',
  proves:
    'Every alert has a runbook page with a query and a command to paste, and a panel that exists; every page has its alert.',
  run: ({ bundle }) => {
    const panels = new Map(
      bundle.dashboards.map((d) => [
        d.definition.uid,
        new Set(d.definition.rows.flatMap((row) => row.panels.map((panel) => panel.id))),
      ]),
    );
    const pages = new Map(
      bundle.alertGroups.flatMap(({ rules }) => rules.map(({ alert, page }) => [alert, page] as const)),
    );
    const problems = bundle.definitions.alerts.flatMap((group) => {
      const file = fileOf(bundle.definitions, group, `alerts/${group.name}.ts`);
      const pageFile = fileOf(bundle.definitions, group, `alerts/pages/${group.name}.ts`);
      return group.rules.flatMap((definition) => [
        ...pageProblems(bundle, definition, pages.get(definition.alert), { file, pageFile }),
        ...panelProblems(definition, file, panels),
      ]);
    });
    const known = bundle.definitions.alerts.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    const orphans = Object.keys(bundle.definitions.runbook.pages)
      .filter((page) => !known.includes(page))
      .map((page) => ({
        file: bundle.definitions.own?.file ?? 'alerts/pages/index.ts',
        subject: page,
        problem: 'belongs to no alert',
        remedy: 'remove the page, or rename it after its alert',
      }));
    return [...problems, ...orphans];
  },
};

function pageProblems(
  { definitions }: Bundle,
  { alert, annotations }: AlertDefinition,
  page: RunbookPage | undefined,
  { file, pageFile }: { readonly file: string; readonly pageFile: string },
): Problem[] {
  if (!Object.hasOwn(definitions.runbook.pages, alert)) {
    if (file !== definitions.own?.file)
      return [{ file, subject: alert, problem: 'has no runbook page', remedy: `write it in ${pageFile}` }];
    if (annotations?.runbook_url !== undefined) return [];
    return [
      {
        file,
        subject: alert,
        problem: 'has no runbook page',
        remedy: 'write one in `pages`, or set the annotation runbook_url',
        houseRule: true,
      },
    ];
  }
  if (page === undefined) return [];
  const hasQuery = page.check.some(({ query }) => query !== undefined);
  const hasCommand = [...page.check, ...page.act].some(({ command }) => command !== undefined);
  if (hasQuery && hasCommand) return [];
  return [
    {
      file: pageFile,
      subject: alert,
      problem: 'its runbook page has no query to check first, or no command',
      remedy: 'give a step of `check` a query, and a step a command',
      houseRule: true,
    },
  ];
}

function panelProblems(
  { alert, dashboard }: AlertDefinition,
  file: string,
  panels: ReadonlyMap<string, ReadonlySet<number>>,
): Problem[] {
  const ids = panels.get(dashboard.uid);
  if (ids === undefined)
    return [
      {
        file,
        subject: alert,
        problem: `links the dashboard ${dashboard.uid}, which does not exist`,
        remedy: `use one of: ${[...panels.keys()].join(', ')}`,
      },
    ];
  if (ids.has(dashboard.panel)) return [];
  return [
    {
      file,
      subject: alert,
      problem: `links panel ${dashboard.panel} of ${dashboard.uid}, which does not exist`,
      remedy: `use one of the panel ids ${[...ids].join(', ')}`,
    },
  ];
}
