import type { Promql } from '../../src/promql/template.js';
import { ALERT, alert, dashboard, page, panel } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

const BARE =
  'alerts/pages/pending-writes.ts: GatewayTestFiring: its runbook page has no query to check first, or no command: give a step of `check` a query, and a step a command';
const query = page.check[0]?.query as Promql;

describeCheck('alert-links', {
  catches: [
    ['a page that checks nothing', { pages: { check: [] } }, [BARE]],
    [
      'a page whose only query comes after the check',
      { pages: { check: [{ text: 'Look.', command: 'true' }], act: [{ text: 'Which?', query }] } },
      [BARE],
    ],
    ['a page without a command', { pages: { act: [{ text: 'Wait.' }] } }, [BARE]],
    [
      'no runbook page',
      { runbooks: [] },
      [`${ALERT}: has no runbook page: write it in alerts/pages/pending-writes.ts`],
    ],
    [
      'a page of no alert',
      { runbooks: ['GatewayTestFiring', 'Orphan'] },
      ['alerts/pages/index.ts: Orphan: belongs to no alert: remove the page, or rename it after its alert'],
    ],
    [
      'a dashboard that does not exist',
      { alerts: [alert({ dashboard: { uid: 'nowhere', panel: 1 } })] },
      [`${ALERT}: links the dashboard nowhere, which does not exist: use one of: test`],
    ],
    [
      'a panel that does not exist',
      { alerts: [alert({ dashboard: { uid: 'test', panel: 9 } })] },
      [`${ALERT}: links panel 9 of test, which does not exist: use one of the panel ids 1`],
    ],
  ],
  passes: [
    [
      'a page whose command is among several checks',
      {
        pages: {
          check: [
            { text: 'Look.', command: 'true' },
            { text: 'Which relays?', query },
          ],
          act: [{ text: 'Wait.' }],
        },
      },
    ],
    [
      'the page and panel of an alert that the site disabled',
      { config: { alerts: { GatewayTestFiring: { disabled: 'not wanted on this site' } } } },
    ],
    [
      'a panel of a second row',
      {
        dashboards: [
          {
            ...dashboard(panel()),
            rows: [
              { title: 'Empty', panels: [] },
              { title: 'Row', panels: [panel()] },
            ],
          },
        ],
      },
    ],
  ],
});
