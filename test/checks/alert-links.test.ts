import type { Promql } from '../../src/promql/template.js';
import { ALERT, alert, dashboard, page, panel } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

const BARE =
  'alerts/pages/pending-writes.ts: GatewayTestFiring: its runbook page has no query to check first, or no command: give a step of `check` a query, and a step a command';
const ownAlert = alert({ alert: 'OwnTestFiring', summary: 'Own relay {{ $labels.relay }} is pending.' });
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
    [
      'a dashboard and a panel that are none of several',
      {
        alerts: [
          alert({ dashboard: { uid: 'nowhere', panel: 1 } }),
          alert({ alert: 'GatewayTestWaiting', dashboard: { uid: 'test', panel: 3 } }),
        ],
        dashboards: [dashboard(panel(), panel({ id: 2 })), { ...dashboard(), uid: 'second' }],
      },
      [
        `${ALERT}: links the dashboard nowhere, which does not exist: use one of: test, second`,
        'alerts/pending-writes.ts: GatewayTestWaiting: links panel 3 of test, which does not exist: use one of the panel ids 1, 2',
      ],
    ],
    [
      'an own alert without a page, as a warning',
      { own: { alerts: [ownAlert] } },
      [
        'own.ts: OwnTestFiring: has no runbook page: write one in `pages`, or set the annotation runbook_url (warning)',
      ],
    ],
    [
      'an own page without a command, as a warning',
      {
        own: {
          alerts: [ownAlert],
          pages: { OwnTestFiring: () => ({ ...page, act: [{ text: 'Wait.' }] }) },
        },
      },
      [
        BARE.replace('alerts/pages/pending-writes.ts: GatewayTestFiring', 'own.ts: OwnTestFiring').concat(
          ' (warning)',
        ),
      ],
    ],
    [
      'an own page of no alert',
      { own: { pages: { Orphan: () => page } } },
      ['own.ts: Orphan: belongs to no alert: remove the page, or rename it after its alert'],
    ],
  ],
  passes: [
    [
      'an own alert with the address of a page elsewhere',
      {
        own: {
          alerts: [
            alert({ alert: 'OwnTestFiring', annotations: { runbook_url: 'https://wiki.example/own' } }),
          ],
        },
      },
    ],
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
