import { layOut } from '../bundle/panel-layout.js';
import type { Check, Problem } from './check.js';

/** Grafana moves overlapping panels, so the dashboard would no longer look as reviewed. */
export const panelLayout: Check = {
  id: 'panel-layout',
  proves:
    'Panels fit their 24 columns, do not overlap, and have a title, a description, a unit, a query and a text for missing data.',
  run: ({ bundle }) =>
    bundle.dashboards.flatMap(({ file, definition }): Problem[] =>
      layOut(definition).flatMap(({ panel, x, width }) => {
        const subject = `panel ${panel.id} ${JSON.stringify(panel.title)}`;
        const wrong: [boolean, string, string, 'style'?][] = [
          [
            x + width > 24 || width < 1 || !Number.isInteger(width),
            `is ${width} columns wide at column ${x}`,
            'a row has 24 whole columns',
          ],
          [
            panel.height < 2 || !Number.isInteger(panel.height),
            `is ${panel.height} high`,
            'use a whole height of at least 2',
          ],
          [panel.title.trim() === '', 'has no title', 'name what the panel shows'],
          [
            panel.description.length < 30,
            'has a description of under 30 characters',
            'describe the normal state and where the number comes from',
            'style',
          ],
          [panel.kind !== 'text' && panel.unit === '', 'has no unit', 'set a Grafana unit, or "none"'],
          [
            panel.kind !== 'text' && panel.queries.length === 0,
            'has no query',
            'add a query, or make it a text panel',
          ],
          [
            typeof panel.noData === 'string' && panel.noData.trim() === '',
            'has no text for missing data',
            'describe whether the system is idle or not being measured',
            'style',
          ],
        ];
        return wrong
          .filter(([bad]) => bad)
          .map(([, problem, remedy, kind]) => ({
            file,
            subject,
            problem,
            remedy,
            ...(kind === 'style' ? { houseRule: true as const } : {}),
          }));
      }),
    ),
};
