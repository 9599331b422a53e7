import { ALERT, alert, PANEL, panel, RULE, raw, recordOf } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

describeCheck('known-label-values', {
  catches: [
    [
      'a pattern where one value is compared',
      recordOf('sum by (relay) (gateway_replica_fallback_total{mode="r.ad"})'),
      [
        `${RULE}: gateway_replica_fallback_total{mode="r.ad"} matches none of the known values (read, write, session): use a known value, or add the new one in metrics/`,
      ],
    ],
    [
      'a value that the label never has',
      recordOf('sum by (relay) (gateway_pending_write_push_total{result="errors"})'),
      [
        `${RULE}: gateway_pending_write_push_total{result="errors"} matches none of the known values (success, error): use a known value, or add the new one in metrics/`,
      ],
    ],
    [
      'a pattern that matches no value',
      recordOf('sum by (relay) (gateway_replica_fallback_total{mode=~"reads|writes"})'),
      [
        `${RULE}: gateway_replica_fallback_total{mode=~"reads|writes"} matches none of the known values (read, write, session): use a known value, or add the new one in metrics/`,
      ],
    ],
    [
      'a value in a panel, and in an alert on the state of alerts',
      {
        panels: [
          panel({
            queries: [{ expr: () => raw('sum(rate(gateway_pending_write_push_total{result="ok"}[5m]))') }],
          }),
        ],
        alerts: [alert({ expr: () => raw('ALERTS{alertstate="fire"}') })],
      },
      [
        `${ALERT}: ALERTS{alertstate="fire"} matches none of the known values (pending, firing): use a known value, or add the new one in metrics/`,
        `${PANEL} query A: gateway_pending_write_push_total{result="ok"} matches none of the known values (success, error): use a known value, or add the new one in metrics/`,
      ],
    ],
    [
      'a value that is excluded and never there',
      recordOf('sum by (relay) (gateway_replica_fallback_total{mode!="readonly"})'),
      [
        `${RULE}: gateway_replica_fallback_total{mode!="readonly"} excludes none of the known values (read, write, session): use a known value, or add the new one in metrics/`,
      ],
    ],
  ],
  passes: [
    ['a label without a value', recordOf('sum by (relay) (gateway_replica_fallback_total{mode!=""})')],
    [
      'a variable of Grafana',
      {
        panels: [
          panel({ queries: [{ expr: () => raw('gateway_pending_write_push_total{result=~"$result"}') }] }),
        ],
      },
    ],
    [
      'a pattern that matches one of the values',
      recordOf('sum by (relay) (gateway_replica_fallback_total{mode=~"read|reads"})'),
    ],
    [
      'an open set of values',
      recordOf('sum by (relay) (gateway_relay_fallback_reads_total{reason="any-peers"})'),
    ],
    ['a pattern with flags', recordOf('sum by (relay) (gateway_replica_fallback_total{mode=~"(?i)READ"})')],
    [
      'a broken pattern, which another check reports',
      recordOf('sum by (relay) (gateway_replica_fallback_total{mode=~"("})'),
    ],
    ['any value but one', recordOf('sum by (relay) (gateway_replica_fallback_total{mode!="read"})')],
  ],
});
