import { duration } from '../../src/promql/duration.js';
import { promql } from '../../src/promql/template.js';
import { dashboard, PANEL, panel, record } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

const expr = () => promql`${record()}`;
const column = (title: string) => ({ title, unit: 's', empty: 'none' });

describeCheck('panel-parts', {
  catches: [
    [
      'a description that begins with the source',
      { panels: [panel({ description: 'From the recorded pending set of the gateway.' })] },
      [
        `${PANEL}: has a description that does not start with the normal state: start the description with "Good: ..."`,
      ],
    ],
    [
      'a query without a legend',
      { panels: [panel({ queries: [{ expr }] })] },
      [`${PANEL}: has a query without a legend: add a legend; otherwise Grafana shows the whole expression`],
    ],
    [
      'a table query without a column',
      { panels: [panel({ kind: 'table', queries: [{ expr }] })] },
      [
        `${PANEL}: has a query without a column: add a column with a title, a unit and the text for empty cells`,
      ],
    ],
    [
      'two columns with the same title',
      {
        panels: [
          panel({
            kind: 'table',
            queries: [
              { expr, column: column('age') },
              { expr, column: column('age') },
            ],
          }),
        ],
      },
      [`${PANEL}: has two columns with the same title: rename one; Grafana applies overrides by title`],
    ],
    [
      'a column outside a table',
      { panels: [panel({ queries: [{ expr, legend: 'x', column: column('age') }] })] },
      [`${PANEL}: has columns but is not a table: give the query a legend instead`],
    ],
    [
      'a color for a series that does not exist',
      {
        panels: [
          panel({ queries: [{ expr, legend: 'of {{relay}}' }], colors: { 'off a': 'red', 'of a': 'blue' } }),
        ],
      },
      [
        `${PANEL}: has a color for a series name that no legend produces: use the name as the legend shows it, with label values filled in`,
      ],
    ],
    [
      'a text panel without content and with a query',
      { panels: [panel({ kind: 'text', content: ' ' })] },
      [
        `${PANEL}: is a text panel without content: add the content`,
        `${PANEL}: is a text panel with queries: move the queries to a panel of another kind`,
      ],
    ],
    [
      'a text panel that never had content',
      { panels: [panel({ kind: 'text', queries: [] })] },
      [`${PANEL}: is a text panel without content: add the content`],
    ],
    [
      'one query of several without its part',
      {
        panels: [
          panel({ queries: [{ expr, legend: 'x' }, { expr }] }),
          panel({ kind: 'table', queries: [{ expr, column: column('age') }, { expr }] }),
        ],
      },
      [
        `${PANEL}: has a query without a legend: add a legend; otherwise Grafana shows the whole expression`,
        `${PANEL}: has a query without a column: add a column with a title, a unit and the text for empty cells`,
      ],
    ],
    [
      'the style of an own panel, as warnings, and its faults',
      {
        own: {
          dashboards: [
            {
              ...dashboard(
                panel({ description: 'From somewhere, in some way.', content: 'x', queries: [{ expr }] }),
              ),
              uid: 'own',
            },
          ],
        },
      },
      [
        'has a description that does not start with the normal state: start the description with "Good: ..." (warning)',
        'has content that is not shown: make it a text panel, or remove the content',
        'has a query without a legend: add a legend; otherwise Grafana shows the whole expression (warning)',
      ].map((problem) => `${PANEL.replace('dashboards/test.ts', 'own.ts')}: ${problem}`),
    ],
    [
      'content that is not shown',
      { panels: [panel({ content: 'words' })] },
      [`${PANEL}: has content that is not shown: make it a text panel, or remove the content`],
    ],
  ],
  passes: [
    ['a title that is a noun phrase', { panels: [panel({ title: 'Pending relays' })] }],
    [
      'a text, which has no normal state',
      {
        panels: [
          panel({
            kind: 'text',
            title: 'How to',
            description: 'What to do.',
            queries: [],
            content: 'Do it.',
          }),
        ],
      },
    ],
    [
      'a table of two columns',
      {
        panels: [
          panel({
            kind: 'table',
            queries: [
              { expr, column: column('a') },
              { expr, column: column('b') },
            ],
          }),
        ],
      },
    ],
    [
      'colors of existing series',
      { panels: [panel({ queries: [{ expr, legend: '{{relay}}' }], colors: { 'any.relay': 'blue' } })] },
    ],
    [
      'a color of one series among several',
      {
        panels: [
          panel({
            queries: [
              { expr, legend: 'of {{relay}}' },
              { expr, legend: 'all' },
            ],
            colors: { all: 'blue', 'of a': 'red' },
          }),
        ],
      },
    ],
    ['a longer window', { panels: [panel({ queries: [{ expr, legend: `over ${duration('1h')}` }] })] }],
  ],
});
