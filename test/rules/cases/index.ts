import type { RuleCase } from '../rule-case.js';
import { exporterCases } from './exporter.js';
import { gatewayCases } from './gateway.js';
import { leaseExpiryCases } from './lease-expiry.js';
import { pendingWritesCases } from './pending-writes.js';
import { phaseCases } from './phase.js';
import { pushWaitCases } from './push-wait.js';
import { replicaFallbackCases } from './replica-fallback.js';
import { stateFileCases } from './state-file.js';
import { unmarkedCases } from './unmarked.js';
import { workerQueueCases } from './worker-queue.js';

/** Every case of every rule. */
export const ruleCases: readonly RuleCase[] = [
  ...pendingWritesCases,
  ...pushWaitCases,
  ...leaseExpiryCases,
  ...replicaFallbackCases,
  ...unmarkedCases,
  ...stateFileCases,
  ...workerQueueCases,
  ...phaseCases,
  ...exporterCases,
  ...gatewayCases,
];
