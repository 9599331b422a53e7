import { ALERT, alert, dashboard, panel, RULE, record } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

const FORM =
  'is not of the form <Component><Symptom> in PascalCase without a severity: rename it, for example GatewayPendingWritesStuck';
const UID =
  'is not a uid of 1 to 40 lower-case letters, digits and dashes: rename it, for example gateway-overview';
const withUid = (uid: string) => ({ dashboards: [{ ...dashboard(panel()), uid }] });

describeCheck('names', {
  catches: [
    [
      'two alerts of one name',
      { alerts: [alert(), alert()] },
      [`${ALERT}: the alert already exists, in alerts/pending-writes.ts: choose another name`],
    ],
    [
      'a severity in the name',
      { alerts: [alert({ alert: 'GatewayDownCritical' })] },
      [
        'alerts/pending-writes.ts: GatewayDownCritical: is not of the form <Component><Symptom> in PascalCase without a severity: rename it, for example GatewayPendingWritesStuck',
      ],
    ],
    ...['GatewayQueueWarning', 'GatewayQueueInfo', 'gatewayQueueFull', 'GatewayQueue_full', 'Gateway'].map(
      (name) =>
        [
          `the alert name ${name}`,
          { alerts: [alert({ alert: name })] },
          [`alerts/pending-writes.ts: ${name}: ${FORM}`],
        ] as const,
    ),
    ...['-board', 'board-', 'board!', '1-board', 'a'.repeat(41)].map(
      (uid) => [`the uid ${uid}`, withUid(uid), [`dashboards/${uid}.ts: ${uid}: ${UID}`]] as const,
    ),
    ...(
      [
        ['Relay:gateway_pending_writes:max', ['Relay']],
        ['relay:gateway_pending_writes:max-5m', ['relay']],
      ] as const
    ).map(
      ([name, labels]) =>
        [
          `the recorded name ${name}`,
          { records: [record({ record: name, labels: [...labels] })] },
          [
            `recording-rules/pending-writes.ts: ${name}: is not of the form level:metric:operations with the level ${labels[0]}: name the level after the labels of the series, in their order (none: gateway)`,
          ],
        ] as const,
    ),
    [
      'snake case',
      { alerts: [alert({ alert: 'gateway_down' })] },
      [
        'alerts/pending-writes.ts: gateway_down: is not of the form <Component><Symptom> in PascalCase without a severity: rename it, for example GatewayPendingWritesStuck',
      ],
    ],
    [
      'a recorded name without a level',
      { records: [record({ record: 'gateway_pending_max' })] },
      [
        `recording-rules/pending-writes.ts: gateway_pending_max: is not of the form level:metric:operations with the level relay: name the level after the labels of the series, in their order (none: gateway)`,
      ],
    ],
    [
      'a level that is not what the series carries',
      { records: [record({ record: 'gateway:pending:max' })] },
      [
        `recording-rules/pending-writes.ts: gateway:pending:max: is not of the form level:metric:operations with the level relay: name the level after the labels of the series, in their order (none: gateway)`,
      ],
    ],
    [
      'two recorded series of one name',
      { records: [record(), record()] },
      [
        `${RULE}: the recorded series already exists, in recording-rules/pending-writes.ts: choose another name`,
      ],
    ],
    [
      'a panel id used twice',
      { panels: [panel(), panel({ title: 'Another question?' })] },
      [
        'dashboards/test.ts: panel 1 "Another question?": the panel id is used twice or is not a whole number above 0: take the next free number; ids are never reused',
      ],
    ],
    [
      'a dashboard whose uid is no uid',
      { dashboards: [{ ...dashboard(panel()), uid: 'My Board' }] },
      [
        'dashboards/My Board.ts: My Board: is not a uid of 1 to 40 lower-case letters, digits and dashes: rename it, for example gateway-overview',
      ],
    ],
    [
      'two dashboards of one uid',
      { dashboards: [dashboard(panel()), dashboard(panel())] },
      ['dashboards/test.ts: test: the dashboard already exists, in dashboards/test.ts: choose another uid'],
    ],
    [
      'two groups of one name',
      {
        groups: {
          recordingRules: [
            { name: 'pending-writes', rules: [record()] },
            { name: 'pending-writes', rules: [] },
          ],
          alerts: [
            { name: 'pending-writes', rules: [alert()] },
            { name: 'pending-writes', rules: [] },
          ],
        },
      },
      [
        'alerts/pending-writes.ts: pending-writes.alerts: the rule group already exists, in alerts/pending-writes.ts: give each file of alerts/ its own group',
        'recording-rules/pending-writes.ts: pending-writes.recording: the rule group already exists, in recording-rules/pending-writes.ts: give each file of recording-rules/ its own group',
      ],
    ],
    [
      'the style of own names, as warnings',
      {
        own: {
          recordingRules: [record({ record: 'own_pending' })],
          alerts: [alert({ alert: 'gatewayDown' })],
          dashboards: [{ ...dashboard(panel()), uid: 'Own_board' }],
        },
      },
      [
        `own.ts: gatewayDown: ${FORM} (warning)`,
        'own.ts: own_pending: is not of the form level:metric:operations with the level relay: name the level after the labels of the series, in their order (none: gateway) (warning)',
        `own.ts: Own_board: ${UID} (warning)`,
      ],
    ],
    [
      'own names that nothing can use',
      {
        own: {
          recordingRules: [record({ record: 'own-pending' })],
          alerts: [alert({ alert: 'gateway-down' }), alert({ alert: '1GatewayDown' })],
          dashboards: [
            { ...dashboard(panel()), uid: 'own board' },
            { ...dashboard(panel()), uid: 'b'.repeat(41) },
          ],
        },
      },
      [
        `own.ts: gateway-down: ${FORM}`,
        `own.ts: 1GatewayDown: ${FORM}`,
        'own.ts: own-pending: is not of the form level:metric:operations with the level relay: name the level after the labels of the series, in their order (none: gateway)',
        `own.ts: own board: ${UID}`,
        `own.ts: ${'b'.repeat(41)}: ${UID}`,
      ],
    ],
    [
      'a panel id of zero',
      { panels: [panel({ id: 0 })] },
      [
        'dashboards/test.ts: panel 0 "Which relays are pending?": the panel id is used twice or is not a whole number above 0: take the next free number; ids are never reused',
      ],
    ],
  ],
  passes: [
    ['a severity in the middle of a name', { alerts: [alert({ alert: 'GatewayCriticalPathSlow' })] }],
    ['a uid of several words', withUid('my-board2-b')],
    ['the longest uid', withUid('a'.repeat(40))],
    ['names of several words and digits', { alerts: [alert({ alert: 'Gateway2PendingWritesStuck' })] }],
    [
      'the level gateway for a series without labels',
      { records: [record({ record: 'gateway:gateway_pending_writes:count', labels: [] })] },
    ],
    [
      'the level of two labels',
      {
        records: [
          record({ record: 'instance_relay:gateway_pending_writes:max', labels: ['instance', 'relay'] }),
        ],
      },
    ],
    [
      'one panel id in two dashboards',
      { dashboards: [dashboard(panel()), { ...dashboard(panel()), uid: 'second' }] },
    ],
  ],
});
