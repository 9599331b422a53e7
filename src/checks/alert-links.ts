import type { Check, Problem } from './check.js';

/** What the on-call clicks at 3 a.m. has to be there. */
export const alertLinks: Check = {
  id: 'alert-links',
  proves: 'Every alert has a runbook page and a panel that exists, and every page has its alert.',
  run: ({ bundle }) => {
    const panels = new Map(
      bundle.dashboards.map((d) => [
        d.definition.uid,
        new Set(d.definition.rows.flatMap((row) => row.panels.map((panel) => panel.id))),
      ]),
    );
    const definitions = bundle.definitions.alerts.flatMap((group) =>
      group.rules.map((rule) => ({ ...rule, file: `alerts/${group.name}.ts` })),
    );
    const problems = definitions.flatMap(({ file, alert, dashboard }): Problem[] => {
      const found: Problem[] = [];
      if (!bundle.definitions.runbooks.includes(alert)) {
        found.push({
          file,
          subject: alert,
          problem: 'has no runbook page',
          remedy: `write runbooks/${alert}.md`,
        });
      }
      const ids = panels.get(dashboard.uid);
      if (ids === undefined) {
        found.push({
          file,
          subject: alert,
          problem: `links the dashboard ${dashboard.uid}, which does not exist`,
          remedy: `use one of: ${[...panels.keys()].join(', ')}`,
        });
      } else if (!ids.has(dashboard.panel)) {
        found.push({
          file,
          subject: alert,
          problem: `links panel ${dashboard.panel} of ${dashboard.uid}, which does not exist`,
          remedy: `use one of the panel ids ${[...ids].join(', ')}`,
        });
      }
      return found;
    });
    const known = definitions.map(({ alert }) => alert);
    const orphans = bundle.definitions.runbooks
      .filter((page) => !known.includes(page))
      .map((page) => ({
        file: `runbooks/${page}.md`,
        subject: page,
        problem: 'belongs to no alert',
        remedy: 'remove the page, or rename it after its alert',
      }));
    return [...problems, ...orphans];
  },
};
