import { ALERT, alertOf, RULE, recordOf } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

describeCheck('counter-functions', {
  catches: [
    ...['irate', 'resets'].map(
      (name) =>
        [
          `${name} of a gauge`,
          recordOf(`max by (relay) (${name}(gateway_pending_writes[5m]))`),
          [
            `${RULE}: ${name} of gateway_pending_writes, which is a gauge: use delta, changes or an _over_time function on gauges; take rates before recording`,
          ],
        ] as const,
    ),
    ...['idelta(B[5m])', 'predict_linear(B[5m], 60)'].map(
      (call) =>
        [
          `${call} of a bucket`,
          recordOf(call.replace('B', 'gateway_pending_write_push_wait_seconds_bucket')),
          [
            `${RULE}: ${call.replace(/\(.*/, '')} of gateway_pending_write_push_wait_seconds_bucket, which is a bucket: use rate or increase on counters`,
          ],
        ] as const,
    ),
    [
      'rate on a gauge',
      recordOf('max by (relay) (rate(gateway_pending_writes[5m]))'),
      [
        `${RULE}: rate of gateway_pending_writes, which is a gauge: use delta, changes or an _over_time function on gauges; take rates before recording`,
      ],
    ],
    [
      'delta on a counter',
      recordOf('sum by (relay) (delta(gateway_replica_fallback_total[5m]))'),
      [
        `${RULE}: delta of gateway_replica_fallback_total, which is a counter: use rate or increase on counters`,
      ],
    ],
    [
      'increase of a recorded series',
      alertOf('increase(relay:gateway_pending_writes:max[5m]) > 0'),
      [
        `${ALERT}: increase of relay:gateway_pending_writes:max, which is a recorded series: use delta, changes or an _over_time function on gauges; take rates before recording`,
      ],
    ],
    [
      'a rate inside a subquery over a gauge',
      recordOf('max by (relay) (max_over_time(rate(gateway_relay_replica_sessions[5m])[1h:]))'),
      [
        `${RULE}: rate of gateway_relay_replica_sessions, which is a gauge: use delta, changes or an _over_time function on gauges; take rates before recording`,
      ],
    ],
    [
      'deriv of the count of a histogram',
      recordOf('max by (relay) (deriv(gateway_relay_fallback_duration_seconds_count[5m]))'),
      [
        `${RULE}: deriv of gateway_relay_fallback_duration_seconds_count, which is a counter: use rate or increase on counters`,
      ],
    ],
  ],
  passes: [
    [
      'a rate of buckets',
      recordOf('sum by (relay) (rate(gateway_pending_write_push_wait_seconds_bucket{le="+Inf"}[5m]))'),
    ],
    ['rate of a counter inside a sum', recordOf('sum by (relay) (rate(gateway_replica_fallback_total[5m]))')],
    [
      'increase of a histogram’s count',
      recordOf('sum by (relay) (increase(gateway_relay_fallback_duration_seconds_count[5m]))'),
    ],
    [
      'delta and changes of a gauge',
      recordOf(
        'sum by (relay) (delta(gateway_relay_replica_sessions[5m]) + changes(gateway_pending_writes[5m]))',
      ),
    ],
    ['changes of a counter', recordOf('sum by (relay) (changes(gateway_replica_fallback_total[5m]))')],
    ['delta of a recorded series', alertOf('delta(relay:gateway_pending_writes:max[5m])')],
  ],
});
