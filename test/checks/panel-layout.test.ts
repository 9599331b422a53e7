import { dashboard, PANEL, panel } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

describeCheck('panel-layout', {
  catches: [
    [
      'a panel wider than the grid',
      { panels: [panel({ width: 25 })] },
      [
        'dashboards/test.ts: panel 1 "Which relays are pending?": is 25 columns wide at column 0: a row has 24 whole columns',
      ],
    ],
    [
      'no unit, no description, no text for missing data',
      { panels: [panel({ unit: '', description: '', noData: '' })] },
      [
        'dashboards/test.ts: panel 1 "Which relays are pending?": has a description of under 30 characters: describe the normal state and where the number comes from',
        'dashboards/test.ts: panel 1 "Which relays are pending?": has no unit: set a Grafana unit, or "none"',
        'dashboards/test.ts: panel 1 "Which relays are pending?": has no text for missing data: describe whether the system is idle or not being measured',
      ],
    ],
    [
      'parts of a column, no height and no query',
      { panels: [panel({ width: 7.5, height: 1, queries: [] })] },
      [
        `${PANEL}: is 7.5 columns wide at column 0: a row has 24 whole columns`,
        `${PANEL}: is 1 high: use a whole height of at least 2`,
        `${PANEL}: has no query: add a query, or make it a text panel`,
      ],
    ],
    [
      'no width, a description of 29 characters, and blanks for missing data',
      { panels: [panel({ width: 0, description: 'x'.repeat(29), noData: ' ' })] },
      [
        `${PANEL}: is 0 columns wide at column 0: a row has 24 whole columns`,
        `${PANEL}: has a description of under 30 characters: describe the normal state and where the number comes from`,
        `${PANEL}: has no text for missing data: describe whether the system is idle or not being measured`,
      ],
    ],
    [
      'the style of an own panel, as warnings, and its faults',
      {
        own: {
          dashboards: [{ ...dashboard(panel({ description: '', noData: '', unit: '' })), uid: 'own' }],
        },
      },
      [
        'has a description of under 30 characters: describe the normal state and where the number comes from (warning)',
        'has no unit: set a Grafana unit, or "none"',
        'has no text for missing data: describe whether the system is idle or not being measured (warning)',
      ].map((problem) => `${PANEL.replace('dashboards/test.ts', 'own.ts')}: ${problem}`),
    ],
    [
      'no title',
      { panels: [panel({ title: ' ' })] },
      ['dashboards/test.ts: panel 1 " ": has no title: name what the panel shows'],
    ],
  ],
  passes: [
    ['the smallest panel', { panels: [panel({ width: 1, height: 2, description: 'x'.repeat(30) })] }],
    ['a text for missing data that the site decides', { panels: [panel({ noData: () => '' })] }],
    ['a text without a unit and a query', { panels: [panel({ kind: 'text', unit: '', queries: [] })] }],
    [
      'a panel that wraps to the next line',
      { panels: [panel(), panel({ id: 2, width: 24 }), panel({ id: 3, width: 12 })] },
    ],
  ],
});
