import { ALERT, alert, dashboard, panel } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

describeCheck('alert-links', {
  catches: [
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
