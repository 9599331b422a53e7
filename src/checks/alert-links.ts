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
    const definitions = bundle.definitions.alerts.flatMap((group) =>
      group.rules.map((rule) => ({ ...rule, file: `alerts/${group.name}.ts` })),
    );
    const problems = definitions.flatMap(({ file, alert, dashboard }): Problem[] => {
      const found: Problem[] = [];
      const page = pages.get(alert);
      if (!Object.hasOwn(bundle.definitions.runbook.pages, alert)) {
        found.push({
          file,
          subject: alert,
          problem: 'has no runbook page',
          remedy: `write it in ${file.replace('alerts/', 'alerts/pages/')}`,
        });
      } else if (page !== undefined) {
        const steps = [...page.check, ...page.act];
        if (
          !page.check.some(({ query }) => query !== undefined) ||
          !steps.some(({ command }) => command !== undefined)
        )
          found.push({
            file: file.replace('alerts/', 'alerts/pages/'),
            subject: alert,
            problem: 'its runbook page has no query to check first, or no command',
            remedy: 'give a step of `check` a query, and a step a command',
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
    const orphans = Object.keys(bundle.definitions.runbook.pages)
      .filter((page) => !known.includes(page))
      .map((page) => ({
        file: 'alerts/pages/index.ts',
        subject: page,
        problem: 'belongs to no alert',
        remedy: 'remove the page, or rename it after its alert',
      }));
    return [...problems, ...orphans];
  },
};
