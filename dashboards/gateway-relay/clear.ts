import { pendingWritesPending, pendingWritesRotationLastStatus } from '../../metrics/exporter.js';
import { gatewayEscrowLeasesActive, gatewayPendingWrites } from '../../metrics/gateway.js';
import { definePanel, type RowDefinition } from '../../src/model/dashboard.js';
import type { Site } from '../../src/model/site.js';
import { promql } from '../../src/promql/template.js';
import { DONE_MAPPINGS } from '../shared/mappings.js';
import { exporterRelayMatchers, gatewayRelayMatchers } from '../shared/selectors.js';

/** -1, "not measured", where a gateway or worker knows the relay. */
const notMeasured = (site: Site) => promql`
  max(${gatewayPendingWrites}{${gatewayRelayMatchers(site)}}) * 0 - 1
    or on () max(${pendingWritesPending}{${exporterRelayMatchers(site)}}) * 0 - 1
`;

const clear = definePanel({
  id: 25,
  title: 'Completion checks',
  description:
    'Good: every line is done. Worker: its file reports cleared. Lease: released, or a new full term in a later build. Not measured: its source is not scraped, or does not know the relay.',
  kind: 'state-timeline',
  queries: [
    {
      expr: (site) =>
        promql`1 - max(${gatewayPendingWrites}{${gatewayRelayMatchers(site)}}) or on () ${notMeasured(site)}`,
      legend: 'gateway clear',
    },
    {
      expr: (site) =>
        promql`1 - max(${pendingWritesPending}{${exporterRelayMatchers(site)}}) or on () ${notMeasured(site)}`,
      legend: 'worker clear',
    },
    {
      expr: (site) =>
        promql`1 - max(${gatewayEscrowLeasesActive}{${gatewayRelayMatchers(site)}}) or on () ${notMeasured(site)}`,
      legend: 'lease released',
    },
    {
      expr: (site) => promql`
        max(${pendingWritesRotationLastStatus}{${exporterRelayMatchers(site)}, status="completed"})
          or on () max(${pendingWritesRotationLastStatus}{${exporterRelayMatchers(site)}}) * 0
          or on () ${notMeasured(site)}
      `,
      legend: 'rotation completed',
    },
  ],
  unit: 'none',
  width: 24,
  height: 7,
  mappings: DONE_MAPPINGS,
  noData: 'Neither the gateway nor a worker reports whether the relay is pending.',
});

export const clearRow: RowDefinition = {
  title: 'Verify that everything is clear',
  panels: [clear],
};
