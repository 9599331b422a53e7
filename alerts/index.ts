import type { AlertGroupDefinition } from '../src/model/rules.js';
import { exporterAlerts } from './exporter.js';
import { gatewayAlerts } from './gateway.js';
import { leaseExpiryAlerts } from './lease-expiry.js';
import { pendingWritesAlerts } from './pending-writes.js';
import { pushWaitAlerts } from './push-wait.js';
import { replicaFallbackAlerts } from './replica-fallback.js';
import { workerQueueAlerts } from './worker-queue.js';

/** Every group of alerts, one per signal. A group is named after its file. */
export const alertGroups: readonly AlertGroupDefinition[] = [
  { name: 'pending-writes', rules: pendingWritesAlerts },
  { name: 'push-wait', rules: pushWaitAlerts },
  { name: 'lease-expiry', rules: leaseExpiryAlerts },
  { name: 'replica-fallback', rules: replicaFallbackAlerts },
  { name: 'worker-queue', rules: workerQueueAlerts },
  { name: 'exporter', rules: exporterAlerts },
  { name: 'gateway', rules: gatewayAlerts },
];
