import { gatewayBlindPeerMirrorLag } from '../../metrics/gateway.js';
import { promql } from '../../src/promql/template.js';
import { ALERT, alert, panel, panelOf, RULE, record } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

describeCheck('confidential-labels', {
  catches: [
    [
      'a peer key in a panel',
      {
        panels: [panel({ queries: [{ expr: () => promql`max by (owner) (${gatewayBlindPeerMirrorLag})` }] })],
      },
      [
        'dashboards/test.ts: panel 1 "Which relays are pending?" query A: shows the label owner, a peer key, which must not leave the host: aggregate the label away',
      ],
    ],
    [
      'a peer key in an alert and in a recorded series',
      {
        records: [
          record({ labels: ['owner'], expr: () => promql`max by (owner) (${gatewayBlindPeerMirrorLag})` }),
        ],
        alerts: [alert({ expr: () => promql`${gatewayBlindPeerMirrorLag} > 1` })],
        panels: [],
      },
      [
        `${RULE}: shows the label owner, a peer key, which must not leave the host: aggregate the label away`,
        `${ALERT}: shows the label owner, a peer key, which must not leave the host: aggregate the label away`,
      ],
    ],
  ],
  passes: [
    ['a peer key that is aggregated away', panelOf('max by (identifier) (gateway_blind_peer_mirror_lag_ms)')],
  ],
});
