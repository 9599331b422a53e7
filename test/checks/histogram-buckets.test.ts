import { gatewayPendingWritePushWait } from '../../metrics/gateway.js';
import { bucketOf, leBound } from '../../src/promql/histogram.js';
import { promql } from '../../src/promql/template.js';
import { alert, alertOf, PANEL, panelOf, RULE, recordOf } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

const BUCKETS = 'rate(gateway_pending_write_push_wait_seconds_bucket[5m])';
const OUTSIDE =
  'gateway_pending_write_push_wait_seconds_bucket is used outside histogram_quantile without a matcher on le: wrap it in histogram_quantile(..., sum by (le, ...) (rate(...))) or pin le with leBound()';

describeCheck('histogram-buckets', {
  catches: [
    ['the buckets of a heatmap in a rule', recordOf(`sum by (le) (${BUCKETS})`), [`${RULE}: ${OUTSIDE}`]],
    ['buckets that a panel adds up', panelOf(`sum(${BUCKETS})`), [`${PANEL} query A: ${OUTSIDE}`]],
    [
      'buckets that a panel compares without le',
      panelOf(`${BUCKETS} / on (relay) group_left (job) ${BUCKETS} - ${BUCKETS}`),
      Array.from({ length: 3 }, () => `${PANEL} query A: ${OUTSIDE}`),
    ],
    [
      'buckets that a panel compares one to one without le',
      panelOf(`${BUCKETS} / on (relay) ${BUCKETS}`),
      Array.from({ length: 2 }, () => `${PANEL} query A: ${OUTSIDE}`),
    ],
    [
      'buckets that are pinned by another label',
      recordOf('sum by (relay) (rate(gateway_pending_write_push_wait_seconds_bucket{relay="a"}[5m]))'),
      [`${RULE}: ${OUTSIDE}`],
    ],
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
    ['a heatmap that adds up once more', panelOf(`sum by (relay) (sum by (le, relay) (${BUCKETS}))`)],
    ['a heatmap of shares', panelOf(`${BUCKETS} / on (le) ${BUCKETS} > 0`)],
    ['a heatmap that takes le over', panelOf(`max(up) * on () group_right (le) ${BUCKETS}`)],
    [
      'a bound that is no whole number',
      recordOf('sum by (relay) (rate(gateway_relay_fallback_duration_seconds_bucket{le=~"0\\\\.5"}[5m]))'),
    ],
    [
      'a broken pattern, which another check reports',
      recordOf('sum by (relay) (rate(gateway_pending_write_push_wait_seconds_bucket{le=~"("}[5m]))'),
    ],
    [
      'the sum and the count',
      recordOf(
        'rate(gateway_pending_write_push_wait_seconds_sum[5m]) / rate(gateway_pending_write_push_wait_seconds_count[5m])',
      ),
    ],
  ],
});
