import type { PanelDefinition } from '../model/dashboard.js';
import { literalPattern, matchesPattern } from '../promql/regexp.js';
import type { Check } from './check.js';

type Fault = readonly [isWrong: boolean, problem: string, remedy: string, kind?: 'style'];

function faults({ kind, description, queries, content, colors }: PanelDefinition): readonly Fault[] {
  const names = queries.map(({ legend = '' }) => legend);
  return [
    [
      kind !== 'text' && !description.startsWith('Good'),
      'has a description that does not start with the normal state',
      'start the description with "Good: ..."',
      'style',
    ],
    [kind === 'text' && (content ?? '').trim() === '', 'is a text panel without content', 'add the content'],
    [
      kind === 'text' && queries.length > 0,
      'is a text panel with queries',
      'move the queries to a panel of another kind',
    ],
    [
      kind !== 'text' && content !== undefined,
      'has content that is not shown',
      'make it a text panel, or remove the content',
    ],
    [
      kind === 'table' && queries.some(({ column }) => column === undefined),
      'has a query without a column',
      'add a column with a title, a unit and the text for empty cells',
    ],
    [
      kind !== 'table' && queries.some(({ column }) => column !== undefined),
      'has columns but is not a table',
      'give the query a legend instead',
    ],
    [
      kind !== 'table' && names.some((legend) => legend === ''),
      'has a query without a legend',
      'add a legend; otherwise Grafana shows the whole expression',
      'style',
    ],
    [
      new Set(queries.map(({ column }) => column?.title ?? {})).size < queries.length,
      'has two columns with the same title',
      'rename one; Grafana applies overrides by title',
    ],
    [
      Object.keys(colors ?? {}).some(
        (name) => !names.some((legend) => matchesPattern(pattern(legend), name)),
      ),
      'has a color for a series name that no legend produces',
      'use the name as the legend shows it, with label values filled in',
    ],
  ];
}

/** A legend as a regular expression: its labels may be anything. */
const pattern = (legend: string) =>
  legend
    .split(/\{\{[^}]*\}\}/)
    .map(literalPattern)
    .join('.+');

/** What is missing here shows as a raw expression, an empty cell or a colour that never appears. */
export const panelParts: Check = {
  id: 'panel-parts',
  proves:
    'Panel descriptions start with the normal state, series have a legend, table columns have a title and a text for empty cells, text panels have content, and every color belongs to a series.',
  run: ({ bundle }) =>
    bundle.dashboards.flatMap(({ file, rows }) =>
      rows.flatMap((row) =>
        row.panels.flatMap(({ definition }) =>
          faults(definition)
            .filter(([isWrong]) => isWrong)
            .map(([, problem, remedy, kind]) => ({
              file,
              subject: `panel ${definition.id} ${JSON.stringify(definition.title)}`,
              problem,
              remedy,
              ...(kind === 'style' ? { houseRule: true as const } : {}),
            })),
        ),
      ),
    ),
};
