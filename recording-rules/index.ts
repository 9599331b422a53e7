import type { RecordingRuleGroupDefinition } from '../src/model/rules.js';
import { leaseExpiryRules } from './lease-expiry.js';
import { objectiveRules } from './objective.js';
import { pendingWritesRules } from './pending-writes.js';
import { phaseRules } from './phase.js';
import { pushWaitRules } from './push-wait.js';
import { replicaFallbackRules } from './replica-fallback.js';
import { stateFileRules } from './state-file.js';
import { workerQueueRules } from './worker-queue.js';

/** Every group of recording rules. A group is named after its file; what it reads from others stands above it. */
export const recordingRuleGroups: readonly RecordingRuleGroupDefinition[] = [
  { name: 'state-file', rules: stateFileRules },
  { name: 'pending-writes', rules: pendingWritesRules },
  { name: 'push-wait', rules: pushWaitRules },
  { name: 'lease-expiry', rules: leaseExpiryRules },
  { name: 'replica-fallback', rules: replicaFallbackRules },
  { name: 'worker-queue', rules: workerQueueRules },
  { name: 'objective', rules: objectiveRules },
  { name: 'phase', rules: phaseRules },
];
