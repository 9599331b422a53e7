import type { Symptom } from '../../src/model/runbook.js';

/** What users and operators notice, and the alerts that show the cause. */
export const symptoms: readonly Symptom[] = [
  {
    symptom: 'Users cannot write to a relay',
    alerts: [
      'GatewayWritesTurnedAway',
      'GatewayEscrowLeaseExpiredWritesWanted',
      'GatewayEscrowUnlocksFailing',
      'GatewayEscrowUnlocksRefused',
      'GatewayDown',
    ],
  },
  {
    symptom: 'Accepted writes are missing',
    alerts: ['GatewayWritesNotMarkedPending', 'GatewayPendingWritesForgotten', 'WorkerPendingWritesOrphaned'],
  },
  {
    symptom: 'Readers see old data',
    alerts: [
      'GatewayFallbackOnStaleMirror',
      'GatewayMirrorServiceDown',
      'GatewayReplicaMainPath',
      'GatewayReplicaMainPathTooLong',
    ],
  },
  {
    symptom: 'A relay stays pending and its worker is away',
    alerts: ['GatewayPendingWritesWaiting', 'GatewayPendingWritesOld', 'GatewayPendingWritesOverdue'],
  },
  {
    symptom: 'A relay stays pending although its worker is running',
    alerts: [
      'GatewayPendingWritesStuck',
      'GatewayPendingWritesNotPushed',
      'GatewayPushesNotIngested',
      'GatewayPushesFailing',
      'WorkerMissedPendingWrites',
      'WorkerQueuePendingTooLong',
      'WorkerQueueStalled',
    ],
  },
  {
    symptom: 'Many relays are pending for too long',
    alerts: [
      'GatewayPendingWritesObjectiveFastBurn',
      'GatewayPendingWritesObjectiveSlowBurn',
      'GatewayPushWaitHigh',
    ],
  },
  {
    symptom: 'A lease expires, or the next one is at risk',
    alerts: ['GatewayEscrowLeaseExpiring', 'GatewayEscrowLeaseExpired', 'WorkerRotationFailed'],
  },
  {
    symptom: 'No alerts arrive at all',
    alerts: ['GatewayWatchdogFiring'],
  },
  {
    symptom: 'A dashboard is empty, or a worker is not shown',
    alerts: [
      'GatewayMissing',
      'GatewayMetricsMissing',
      'PendingWritesExporterMissing',
      'PendingWritesExporterDown',
      'PendingWritesStateFileUnreadable',
    ],
  },
];
