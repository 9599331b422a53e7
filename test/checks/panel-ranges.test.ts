import { PANEL, panel, raw } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

const asking = (expr: string) => ({ panels: [panel({ queries: [{ expr: () => raw(expr), legend: 'x' }] })] });
const REMEDY = 'use [$__rate_interval], or record the rate and show the recorded series';

describeCheck('panel-ranges', {
  catches: [
    [
      'a fixed window',
      asking('sum(rate(gateway_replica_fallback_total{job=~"$job"}[5m]))'),
      [`${PANEL} query A: uses rate over 5m: ${REMEDY}`],
    ],
    [
      'the interval between two points, which may be shorter than a scrape',
      asking('sum(increase(gateway_replica_fallback_total[$__interval]))'),
      [`${PANEL} query A: uses increase over $__interval: ${REMEDY}`],
    ],
    [
      'a fixed window over an expression, with and without a step',
      asking('rate(relay:gateway_pending_writes:max[1h:1m]) + rate(relay:gateway_pending_writes:max[90m:])'),
      [
        `${PANEL} query A: uses rate over 1h:1m: ${REMEDY}`,
        `${PANEL} query A: uses rate over 1h30m:: ${REMEDY}`,
      ],
    ],
    [
      'each of two',
      asking('rate(a_total[1m]) / irate(b_total{x="(["}[2m])'),
      [`${PANEL} query A: uses rate over 1m: ${REMEDY}`, `${PANEL} query A: uses irate over 2m: ${REMEDY}`],
    ],
  ],
  passes: [
    ['the rate interval', asking('sum(rate(gateway_replica_fallback_total[$__rate_interval]))')],
    ['a rate without a range, which another check reports', asking('rate(gateway_replica_fallback_total)')],
    ['a window over a gauge', asking('max_over_time(gateway_pending_writes[15m])')],
  ],
});
