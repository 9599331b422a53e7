import { gatewayPendingWritePushWait } from '../../metrics/gateway.js';
import { bucketOf, leBound } from '../../src/promql/histogram.js';
import { promql } from '../../src/promql/template.js';
import { ALERT, alert, PANEL, panel, RULE, record } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

describeCheck('definitions-build', {
  catches: [
    [
      'an expression that throws while it is written',
      { records: [record({ expr: () => promql`${Number.NaN} > 1` })], alerts: [], panels: [] },
      [`${RULE}: promql: found NaN, expected a finite number: fix the definition`],
    ],
    [
      'an annotation that throws, and a panel that does',
      {
        alerts: [
          alert({
            summary: () => {
              throw new Error('no such threshold');
            },
          }),
        ],
        panels: [panel({ queries: [{ expr: () => promql`${undefined as never}` }] })],
      },
      [
        `${ALERT}: no such threshold: fix the definition`,
        `${PANEL}: promql: found undefined, expected a definition, number, duration or expression: fix the definition`,
      ],
    ],
    [
      'a bound that the contract does not have',
      {
        records: [
          record({
            expr: () =>
              promql`${bucketOf(gatewayPendingWritePushWait)}{${leBound(gatewayPendingWritePushWait, 90)}}`,
          }),
        ],
      },
      [
        `${RULE}: gateway_pending_write_push_wait_seconds has no bucket bound 90, expected one of 5, 15, 30, 60, 120, 300, 600: fix the definition`,
      ],
    ],
  ],
  passes: [
    [
      'a disabled alert, which is not written at all',
      {
        config: { alerts: { GatewayTestFiring: { disabled: 'does not work on this site' } } },
        alerts: [alert({ expr: () => promql`${Number.NaN}` })],
      },
    ],
  ],
});
