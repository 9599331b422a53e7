import { gatewayPendingWritePushes } from '../../metrics/gateway.js';
import { promql } from '../../src/promql/template.js';
import { alertOf, panel, RULE, recordOf } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

describeCheck('range-length', {
  catches: [
    [
      'a range under four scrapes',
      recordOf('sum by (relay) (rate(gateway_replica_fallback_total[1m]))'),
      [
        `${RULE}: the range gateway_replica_fallback_total[1m] contains fewer than four scrapes of 30s: use at least 120s; site.rateWindow is safe`,
      ],
    ],
    [
      'a range over several metrics',
      recordOf('sum by (relay) (rate({__name__=~"gateway_.*_total"}[1m]))'),
      [
        `${RULE}: the range [1m] contains fewer than four scrapes of 30s: use at least 120s; site.rateWindow is safe`,
      ],
    ],
    [
      'a range that the scrape interval of the site makes too short',
      {
        config: { scrapeInterval: '1m', thresholds: { leaseExpiry: { wantedWithin: '4m' } } },
        ...recordOf('sum by (relay) (increase(gateway_replica_fallback_total[3m]))'),
      },
      [
        `${RULE}: the range gateway_replica_fallback_total[3m] contains fewer than four scrapes of 1m: use at least 240s; site.rateWindow is safe`,
      ],
    ],
    [
      'a short range inside a subquery, and on a gauge',
      recordOf(
        'max by (relay) (max_over_time(rate(gateway_replica_fallback_total[90s])[1h:]) + changes(gateway_pending_writes[119s]))',
      ),
      [
        `${RULE}: the range gateway_replica_fallback_total[90s] contains fewer than four scrapes of 30s: use at least 120s; site.rateWindow is safe`,
        `${RULE}: the range gateway_pending_writes[119s] contains fewer than four scrapes of 30s: use at least 120s; site.rateWindow is safe`,
      ],
    ],
  ],
  passes: [
    ['exactly four scrapes', recordOf('sum by (relay) (rate(gateway_replica_fallback_total[2m]))')],
    [
      'a variable of Grafana',
      {
        panels: [
          panel({ queries: [{ expr: () => promql`rate(${gatewayPendingWritePushes}[$__rate_interval])` }] }),
        ],
      },
    ],
    ['a short range over a recorded series', alertOf('last_over_time(relay:gateway_pending_writes:max[1m])')],
    [
      'a subquery, whose range holds evaluations',
      recordOf('max by (relay) (max_over_time(gateway_pending_writes[1m:30s]))'),
    ],
  ],
});
