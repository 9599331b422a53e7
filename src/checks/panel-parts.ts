import type { PanelDefinition } from '../model/dashboard.js';
import { literalPattern, matchesPattern } from '../promql/regexp.js';
import type { Check } from './check.js';

type Fault = readonly [isWrong: boolean, problem: string, remedy: string];

function faults({ kind, title, description, queries, content, colors }: PanelDefinition): readonly Fault[] {
  const names = queries.map(({ legend = '' }) => legend);
  return [
    [
      kind === 'text' ? false : !title.endsWith('?'),
      'has a title that asks nothing',
      'end it with a question mark: what does the panel answer?',
    ],
    [
      kind !== 'text' && !description.startsWith('Good'),
      'does not say first what good looks like',
      'begin the description with "Good: ..."',
    ],
    [kind === 'text' && (content ?? '').trim() === '', 'is a text without words', 'give it content'],
    [
      kind === 'text' && queries.length > 0,
      'is a text and has queries',
      'show them in a panel of another kind',
    ],
    [
      kind !== 'text' && content !== undefined,
      'has content that is not shown',
      'make it a text, or leave the content out',
    ],
    [
      kind === 'table' && queries.some(({ column }) => column === undefined),
      'has a query without a column',
      'say what the value is called, its unit, and what an empty cell means',
    ],
    [
      kind !== 'table' && queries.some(({ column }) => column !== undefined),
      'has columns and is no table',
      'give the query a legend instead',
    ],
    [
      kind !== 'table' && names.some((legend) => legend === ''),
      'has a query without a legend',
      'name the line; Grafana would print the whole expression',
    ],
    [
      new Set(queries.map(({ column }) => column?.title ?? {})).size < queries.length,
      'has two columns of one name',
      'name them apart; overrides go by name',
    ],
    [
      Object.keys(colors ?? {}).some(
        (name) => !names.some((legend) => matchesPattern(pattern(legend), name)),
      ),
      'gives a colour to a name that no legend yields',
      'write it as the legend does, its labels filled in',
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
    'Titles ask, descriptions say first what good looks like, lines have a legend, columns a name and a word for empty cells, texts words, and colours belong to a line.',
  run: ({ bundle }) =>
    bundle.dashboards.flatMap(({ file, rows }) =>
      rows.flatMap((row) =>
        row.panels.flatMap(({ definition }) =>
          faults(definition)
            .filter(([isWrong]) => isWrong)
            .map(([, problem, remedy]) => ({
              file,
              subject: `panel ${definition.id} ${JSON.stringify(definition.title)}`,
              problem,
              remedy,
            })),
        ),
      ),
    ),
};
