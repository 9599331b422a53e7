import type { RunbookDefinition } from '../../src/model/runbook.js';
import { exporterPages } from './exporter.js';
import { gatewayPages } from './gateway.js';
import { leaseExpiryPages } from './lease-expiry.js';
import { pendingWritesPages } from './pending-writes.js';
import { procedure } from './procedure.js';
import { pushWaitPages } from './push-wait.js';
import { replicaFallbackPages } from './replica-fallback.js';
import { symptoms } from './symptoms.js';
import { words } from './words.js';
import { workerQueuePages } from './worker-queue.js';

/** The page of every alert, the operator procedure, and the index by symptom. */
export const runbook: RunbookDefinition = {
  pages: {
    ...pendingWritesPages,
    ...pushWaitPages,
    ...leaseExpiryPages,
    ...replicaFallbackPages,
    ...workerQueuePages,
    ...exporterPages,
    ...gatewayPages,
  },
  procedure,
  symptoms,
  words,
};
