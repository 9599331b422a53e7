import { layOut } from '../bundle/panel-layout.js';
import type { Check, Problem } from './check.js';

/** Grafana moves panels that overlap, so that the board no longer looks as reviewed. */
export const panelLayout: Check = {
  id: 'panel-layout',
  proves:
    'Panels fit their 24 columns, do not overlap, and have a title, a description, a unit, a query and a text for no data.',
  run: ({ bundle }) =>
    bundle.dashboards.flatMap(({ file, definition }): Problem[] =>
      layOut(definition).flatMap(({ panel, x, width }) => {
        const subject = `panel ${panel.id} ${JSON.stringify(panel.title)}`;
        const wrong: [boolean, string, string][] = [
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
          [panel.title.trim() === '', 'has no title', 'ask or answer a question'],
          [
            panel.description.length < 30,
            'has no proper description',
            'say what good looks like and where the number comes from',
          ],
          [panel.kind !== 'text' && panel.unit === '', 'has no unit', 'name a Grafana unit, or none'],
          [
            panel.kind !== 'text' && panel.queries.length === 0,
            'has no query',
            'give it a query, or make it a text',
          ],
          [panel.noData.trim() === '', 'has no text for no data', 'tell idle from unmeasured'],
        ];
        return wrong
          .filter(([bad]) => bad)
          .map(([, problem, remedy]) => ({ file, subject, problem, remedy }));
      }),
    ),
};
