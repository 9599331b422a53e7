import { pendingWritesPending, pendingWritesRotationLastStatus } from '../../metrics/exporter.js';
import { gatewayEscrowLeasesActive, gatewayPendingWrites } from '../../metrics/gateway.js';
import { definePanel, type RowDefinition } from '../../src/model/dashboard.js';
import { promql } from '../../src/promql/template.js';
import { DONE_MAPPINGS } from '../shared/mappings.js';
import { exporterRelayMatchers, gatewayRelayMatchers } from '../shared/selectors.js';

const clear = definePanel({
  id: 25,
  title: 'Completion checks',
  description:
    'Good: every line is done. Worker: its file reports cleared. Lease: released, or a new full term in a later build. A line is missing if its source is not scraped.',
  kind: 'state-timeline',
  queries: [
    {
      expr: (site) => promql`1 - max(${gatewayPendingWrites}{${gatewayRelayMatchers(site)}})`,
      legend: 'gateway clear',
    },
    {
      expr: (site) => promql`1 - max(${pendingWritesPending}{${exporterRelayMatchers(site)}})`,
      legend: 'worker clear',
    },
    {
      expr: (site) => promql`1 - max(${gatewayEscrowLeasesActive}{${gatewayRelayMatchers(site)}})`,
      legend: 'lease released',
    },
    {
      expr: (site) => promql`
        max(${pendingWritesRotationLastStatus}{${exporterRelayMatchers(site)}, status="completed"})
          or on () max(${pendingWritesRotationLastStatus}{${exporterRelayMatchers(site)}}) * 0
      `,
      legend: 'rotation completed',
    },
  ],
  unit: 'none',
  width: 24,
  height: 7,
  mappings: DONE_MAPPINGS,
  noData: 'Neither a gateway nor a worker knows the relay.',
});

export const clearRow: RowDefinition = {
  title: 'Verify that everything is clear',
  panels: [clear],
};
