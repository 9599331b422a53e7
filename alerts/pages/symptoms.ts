import type { Symptom } from '../../src/model/runbook.js';

/** What people notice, in their words, and the alerts that name the cause. */
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
    symptom: 'Users miss writes that were accepted',
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
    symptom: 'A relay stays pending although its worker runs',
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
    symptom: 'A lease ends, or the next one is in doubt',
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
