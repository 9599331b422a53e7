import { gatewayPendingWritePushWait } from '../../metrics/gateway.js';
import { bucketOf, leBound } from '../../src/promql/histogram.js';
import { promql } from '../../src/promql/template.js';
import { alert, alertOf, panelOf, RULE, recordOf } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

describeCheck('histogram-buckets', {
  catches: [
    [
      'buckets in a function of native histograms',
      recordOf('sum by (relay) (histogram_count(rate(gateway_pending_write_push_wait_seconds_bucket[5m])))'),
      [
        `${RULE}: gateway_pending_write_push_wait_seconds_bucket is used outside histogram_quantile without a matcher on le: wrap it in histogram_quantile(..., sum by (le, ...) (rate(...))) or pin le with leBound()`,
      ],
    ],
    [
      'buckets outside histogram_quantile',
      recordOf('sum by (relay) (rate(gateway_pending_write_push_wait_seconds_bucket[5m]))'),
      [
        `${RULE}: gateway_pending_write_push_wait_seconds_bucket is used outside histogram_quantile without a matcher on le: wrap it in histogram_quantile(..., sum by (le, ...) (rate(...))) or pin le with leBound()`,
      ],
    ],
    [
      'a bound as only Prometheus 2 writes it',
      recordOf('sum by (relay) (rate(gateway_pending_write_push_wait_seconds_bucket{le="120"}[5m]))'),
      [
        `${RULE}: le="120" matches in Prometheus 2 or in Prometheus 3, not in both: pin the bound with leBound()`,
      ],
    ],
    [
      'a bound that does not exist',
      recordOf(
        'sum by (relay) (rate(gateway_pending_write_push_wait_seconds_bucket{le=~"90(\\\\.0)?"}[5m]))',
      ),
      [
        `${RULE}: le=~"90(\\\\.0)?" matches 0 of the bucket bounds +Inf, 5, 15, 30, 60, 120, 300, 600: pin exactly one bound of the metric with leBound()`,
      ],
    ],
    [
      'a bound for Prometheus 2 alone, as a pattern',
      recordOf('sum by (relay) (rate(gateway_pending_write_push_wait_seconds_bucket{le=~"120"}[5m]))'),
      [
        `${RULE}: le=~"120" matches in Prometheus 2 or in Prometheus 3, not in both: pin the bound with leBound()`,
      ],
    ],
    [
      'all bounds but one, which are still summed',
      recordOf('sum by (relay) (rate(gateway_pending_write_push_wait_seconds_bucket{le!="+Inf"}[5m]))'),
      [
        `${RULE}: le!="+Inf" matches in Prometheus 2 or in Prometheus 3, not in both: pin the bound with leBound()`,
      ],
    ],
    [
      'two bounds at once',
      recordOf(
        'sum by (relay) (rate(gateway_pending_write_push_wait_seconds_bucket{le=~"(60|120)(\\\\.0)?"}[5m]))',
      ),
      [
        `${RULE}: le=~"(60|120)(\\\\.0)?" matches 2 of the bucket bounds +Inf, 5, 15, 30, 60, 120, 300, 600: pin exactly one bound of the metric with leBound()`,
      ],
    ],
  ],
  passes: [
    [
      'a quantile',
      alertOf(
        'histogram_quantile(0.9, sum by (le, relay) (rate(gateway_pending_write_push_wait_seconds_bucket[5m])))',
      ),
    ],
    [
      'a bound pinned for both versions',
      {
        alerts: [
          alert({
            expr: () =>
              promql`sum by (relay) (rate(${bucketOf(gatewayPendingWritePushWait)}{${leBound(gatewayPendingWritePushWait, 120)}}[5m]))`,
          }),
        ],
      },
    ],
    [
      'the bucket of all',
      recordOf('sum by (relay) (rate(gateway_pending_write_push_wait_seconds_bucket{le="+Inf"}[5m]))'),
    ],
    [
      'the buckets of a heatmap',
      panelOf('sum by (le) (rate(gateway_pending_write_push_wait_seconds_bucket[5m]))'),
    ],
    [
      'the sum and the count',
      recordOf(
        'rate(gateway_pending_write_push_wait_seconds_sum[5m]) / rate(gateway_pending_write_push_wait_seconds_count[5m])',
      ),
    ],
  ],
});
