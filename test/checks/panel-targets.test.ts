import { PANEL, panel, raw } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

const asking = (expr: string) => ({ panels: [panel({ queries: [{ expr: () => raw(expr), legend: 'x' }] })] });
const REMEDY = 'use the matchers of dashboards/shared/selectors.ts: gatewayMatchers() or exporterMatchers()';

describeCheck('panel-targets', {
  catches: [
    [
      'a metric of the gateway without any matcher',
      asking('max(gateway_pending_writes)'),
      [`${PANEL} query A: selects gateway_pending_writes without job and instance: ${REMEDY}`],
    ],
    [
      'one without the process',
      asking('max(gateway_pending_writes{job=~"$job"})'),
      [`${PANEL} query A: selects gateway_pending_writes without instance: ${REMEDY}`],
    ],
    [
      'a metric of the exporter without a job',
      asking('max(pending_writes_pending{relay="a"})'),
      [`${PANEL} query A: selects pending_writes_pending without job: ${REMEDY}`],
    ],
    [
      'a metric of leases without the process',
      asking('max(gateway_escrow_lease_lag_seconds_count{job=~"$job"})'),
      [`${PANEL} query A: selects gateway_escrow_lease_lag_seconds_count without instance: ${REMEDY}`],
    ],
    [
      'a metric of the escrow service without any matcher',
      asking('max(escrow_active_leases)'),
      [`${PANEL} query A: selects escrow_active_leases without job and instance: ${REMEDY}`],
    ],
  ],
  passes: [
    [
      'a metric of the gateway with both',
      asking('max(gateway_pending_writes{job=~"$job", instance=~"$instance"})'),
    ],
    [
      'a metric of the exporter with its job',
      asking('max(pending_writes_pending{job="pending-writes-exporter"})'),
    ],
    ['a recorded series, which has no job', asking('max(relay:gateway_pending_writes:max)')],
  ],
});
