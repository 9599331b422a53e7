import { duration } from '../../src/promql/duration.js';
import { promql } from '../../src/promql/template.js';
import { PANEL, panel, record } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

const expr = () => promql`${record()}`;
const column = (title: string) => ({ title, unit: 's', empty: 'none' });

describeCheck('panel-parts', {
  catches: [
    [
      'a title that is a noun',
      { panels: [panel({ title: 'Pending relays' })] },
      [
        'dashboards/test.ts: panel 1 "Pending relays": has a title that asks nothing: end it with a question mark: what does the panel answer?',
      ],
    ],
    [
      'a description that begins with the source',
      { panels: [panel({ description: 'From the recorded pending set of the gateway.' })] },
      [`${PANEL}: does not say first what good looks like: begin the description with "Good: ..."`],
    ],
    [
      'a line without a name',
      { panels: [panel({ queries: [{ expr }] })] },
      [`${PANEL}: has a query without a legend: name the line; Grafana would print the whole expression`],
    ],
    [
      'a table whose value has no name',
      { panels: [panel({ kind: 'table', queries: [{ expr }] })] },
      [
        `${PANEL}: has a query without a column: say what the value is called, its unit, and what an empty cell means`,
      ],
    ],
    [
      'two columns of one name',
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
      [`${PANEL}: has two columns of one name: name them apart; overrides go by name`],
    ],
    [
      'a column of something else than a table',
      { panels: [panel({ queries: [{ expr, legend: 'x', column: column('age') }] })] },
      [`${PANEL}: has columns and is no table: give the query a legend instead`],
    ],
    [
      'a colour for a line that is not there',
      {
        panels: [
          panel({ queries: [{ expr, legend: 'of {{relay}}' }], colors: { 'off a': 'red', 'of a': 'blue' } }),
        ],
      },
      [
        `${PANEL}: gives a colour to a name that no legend yields: write it as the legend does, its labels filled in`,
      ],
    ],
    [
      'a text without words and with a query',
      { panels: [panel({ kind: 'text', content: ' ' })] },
      [
        `${PANEL}: is a text without words: give it content`,
        `${PANEL}: is a text and has queries: show them in a panel of another kind`,
      ],
    ],
    [
      'words that are not shown',
      { panels: [panel({ content: 'words' })] },
      [`${PANEL}: has content that is not shown: make it a text, or leave the content out`],
    ],
  ],
  passes: [
    ['a text', { panels: [panel({ kind: 'text', title: 'How to', queries: [], content: 'Do it.' })] }],
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
      'colours of named lines',
      { panels: [panel({ queries: [{ expr, legend: '{{relay}}' }], colors: { 'any.relay': 'blue' } })] },
    ],
    ['a longer window', { panels: [panel({ queries: [{ expr, legend: `over ${duration('1h')}` }] })] }],
  ],
});
