import {
  gatewayEscrowLeasesActive,
  gatewayPendingWrites,
  gatewayRelayReplicaSessions,
} from '../../metrics/gateway.js';
import { definePanel, type RowDefinition } from '../../src/model/dashboard.js';
import { promql } from '../../src/promql/template.js';
import { gatewayRelayMatchers } from '../shared/selectors.js';

const forced = definePanel({
  id: 14,
  title: 'How to force pending writes',
  description:
    'How to [force pending writes](runbook:force-pending-writes) for a drill, and what to expect in the panels above.',
  kind: 'text',
  queries: [],
  content: [
    'Stop the relay’s worker (`stop-gateway`), then upload a file through the gateway: `PUT /drive/:identifier/:file`.',
    '',
    'Expect: **pending** on the gateway within two scrapes, the phase **worker away**, and in the gateway’s log "Stored drive upload" and "marking pending writes".',
    '',
    '`gateway-observability drill --prometheus <url> --relay <key>` checks all of this automatically.',
  ].join('\n'),
  unit: 'none',
  width: 12,
  height: 9,
  noData: 'A text panel without data.',
});

const sessions = definePanel({
  id: 15,
  title: 'Lease, pending state and sessions',
  description:
    'Good in a drill: the lease is held, and pending becomes 1 with the write. A session stays in replica mode until its socket closes, even after the worker is back.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`max by (instance) (${gatewayEscrowLeasesActive}{${gatewayRelayMatchers(site)}})`,
      legend: 'lease on {{instance}}',
    },
    {
      expr: (site) => promql`max by (instance) (${gatewayPendingWrites}{${gatewayRelayMatchers(site)}})`,
      legend: 'pending on {{instance}}',
    },
    {
      expr: (site) => promql`sum(${gatewayRelayReplicaSessions}{${gatewayRelayMatchers(site)}})`,
      legend: 'sessions in replica mode',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 12,
  height: 9,
  min: 0,
  noData: 'The gateway reports no lease, pending state or sessions of the relay.',
});

export const forcePendingWritesRow: RowDefinition = {
  title: 'Force pending writes (for a drill)',
  collapsed: true,
  panels: [forced, sessions],
};
