import type { DashboardDefinition } from '../src/model/dashboard.js';
import { gatewayEscrowLeases } from './gateway-escrow-leases.js';
import { gatewayOverview } from './gateway-overview.js';
import { gatewayPushResync } from './gateway-push-resync.js';
import { gatewayRelay } from './gateway-relay.js';
import { gatewayReplicaFallback } from './gateway-replica-fallback.js';
import { gatewayWorkerQueue } from './gateway-worker-queue.js';

/** Every dashboard. A dashboard's file is named after its uid. */
export const dashboards: readonly DashboardDefinition[] = [
  gatewayOverview,
  gatewayPushResync,
  gatewayEscrowLeases,
  gatewayReplicaFallback,
  gatewayWorkerQueue,
  gatewayRelay,
];
