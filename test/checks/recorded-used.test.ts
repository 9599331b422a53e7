import { promql } from '../../src/promql/template.js';
import { alert, raw, record } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

describeCheck('recorded-used', {
  catches: [
    [
      'a series that nobody reads, its own rule not counting',
      {
        records: [
          record(),
          record({
            record: 'relay:unused:max',
            expr: () =>
              raw('last_over_time(relay:unused:max[1h]) or on (relay) relay:gateway_pending_writes:max'),
          }),
        ],
      },
      [
        `recording-rules/pending-writes.ts: relay:unused:max: is recorded but never read: use it in an alert or a panel, or remove it`,
      ],
    ],
    [
      'a series of a second group that only alerts read that are switched off and cannot be written',
      {
        config: {
          alerts: {
            GatewayTestFiring: { disabled: 'not wanted' },
            GatewayTestWaiting: { disabled: 'not wanted' },
            GatewayTestPatterned: { disabled: 'not wanted' },
          },
        },
        groups: {
          recordingRules: [
            { name: 'first', rules: [record()] },
            { name: 'second', rules: [record({ record: 'relay:unused:max' })] },
          ],
        },
        alerts: [
          alert({
            expr: () => {
              throw new Error('relay:unused:max');
            },
          }),
          alert({ alert: 'GatewayTestWaiting', expr: () => raw('relay:unused:max >') }),
          alert({ alert: 'GatewayTestPatterned', expr: () => raw('{__name__=~"relay:unused:max|("} > 1') }),
        ],
      },
      [
        'recording-rules/second.ts: relay:unused:max: is recorded but never read: use it in an alert or a panel, or remove it',
      ],
    ],
  ],
  passes: [
    [
      'a series that its own rule and an alert read',
      {
        records: [record({ expr: () => raw('gateway_pending_writes or relay:gateway_pending_writes:max') })],
        panels: [],
      },
    ],
    [
      'a series that only another rule reads',
      {
        records: [record(), record({ record: 'relay:second:max', expr: () => promql`${record()} * 2` })],
        alerts: [alert({ expr: () => raw('relay:second:max > 1') })],
        panels: [],
      },
    ],
    [
      'a series that only an alert of the same name reads',
      { alerts: [alert({ alert: 'relay:gateway_pending_writes:max' })], panels: [] },
    ],
    [
      'a series that only a panel reads',
      { alerts: [alert({ expr: () => raw('gateway_pending_writes == 1') })] },
    ],
    [
      'a series that only a disabled alert reads',
      { config: { alerts: { GatewayTestFiring: { disabled: 'not wanted on this site' } } }, panels: [] },
    ],
  ],
});
