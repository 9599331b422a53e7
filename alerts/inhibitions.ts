import type { InhibitionDefinition } from '../src/model/inhibition.js';
import type { Signal } from '../src/model/severity.js';

/** Signals that are measured at the gateway: without scrapes they only show old data. */
const FROM_GATEWAY: readonly Signal[] = ['pending-writes', 'push-wait', 'lease-expiry', 'replica-fallback'];

/** Worker-queue alerts that compare a worker with the gateway, or that resolve only after the worker has reached the gateway. */
const WORKER_NEEDS_GATEWAY = [
  'WorkerQueuePendingTooLong',
  'WorkerRotationFailed',
  'WorkerMissedPendingWrites',
  'WorkerPendingWritesOrphaned',
];

/**
 * Which alerts inhibit which. An alert never inhibits one of a higher severity, whatever severities a site sets: such
 * targets are left out. Alerts that a missing gateway causes have other instance labels than the gateway's own alert, so
 * these labels are never compared.
 */
export const inhibitions: readonly InhibitionDefinition[] = [
  {
    reason:
      'No gateway is scraped, so its metrics are old or carried forward, and workers cannot finish without it. Alerts about the exporters are still sent.',
    source: { alerts: ['GatewayMissing'] },
    target: { signals: FROM_GATEWAY },
    equal: [],
  },
  {
    reason: 'No gateway is scraped, and a worker needs one to report completion and to rotate its deposit.',
    source: { alerts: ['GatewayMissing'] },
    target: { alerts: WORKER_NEEDS_GATEWAY },
    equal: [],
  },
  {
    reason:
      'The gateway is down: warnings and info alerts from its metrics wait until it is back. Pages are still sent, because another gateway process may be the one they are about.',
    source: { alerts: ['GatewayDown'] },
    target: { signals: FROM_GATEWAY, severities: ['warning', 'info'] },
    equal: [],
  },
  {
    reason:
      'A gateway that is down causes this page as well: the age keeps growing, and no worker can clear the relay until the gateway is back.',
    source: { alerts: ['GatewayDown'] },
    target: { alerts: ['GatewayPendingWritesOverdue'] },
    equal: [],
  },
  {
    reason: 'The gateway is down, and a worker needs it to report completion and to rotate its deposit.',
    source: { alerts: ['GatewayDown'] },
    target: { alerts: WORKER_NEEDS_GATEWAY },
    equal: [],
  },
  {
    reason: 'A page was already sent for this relay and signal.',
    source: { severities: ['critical'] },
    target: { severities: ['warning', 'info'] },
    equal: ['relay', 'signal'],
  },
  {
    reason: 'The same relay has passed a higher age threshold.',
    source: { alerts: ['GatewayPendingWritesOverdue'] },
    target: { alerts: ['GatewayPendingWritesOld', 'GatewayPendingWritesWaiting'] },
    equal: ['relay'],
  },
  {
    reason: 'The same relay has passed a higher age threshold.',
    source: { alerts: ['GatewayPendingWritesOld'] },
    target: { alerts: ['GatewayPendingWritesWaiting'] },
    equal: ['relay'],
  },
  {
    reason: 'The cause of the wait already has its own alert.',
    source: {
      alerts: [
        'GatewayPendingWritesForgotten',
        'GatewayPendingWritesNotPushed',
        'WorkerMissedPendingWrites',
        'WorkerQueuePendingTooLong',
      ],
    },
    target: { alerts: ['GatewayPendingWritesWaiting'] },
    equal: ['relay'],
  },
  {
    reason: 'Both report the same stuck job.',
    source: { alerts: ['GatewayPendingWritesStuck'] },
    target: { alerts: ['WorkerQueuePendingTooLong'] },
    equal: ['relay'],
  },
  {
    reason:
      "Both report the same lost push and need the same fix, and the worker's file is the better evidence.",
    source: { alerts: ['WorkerMissedPendingWrites'] },
    target: { alerts: ['GatewayPendingWritesNotPushed'] },
    equal: ['relay'],
  },
  {
    reason: 'The same error budget is being used up faster.',
    source: { alerts: ['GatewayPendingWritesObjectiveFastBurn'] },
    target: { alerts: ['GatewayPendingWritesObjectiveSlowBurn'] },
    equal: [],
  },
  {
    reason: 'Writes are already being rejected, and the fix is the same: a new lease.',
    source: { alerts: ['GatewayWritesTurnedAway'] },
    target: {
      alerts: [
        'GatewayEscrowLeaseExpiredWritesWanted',
        'GatewayEscrowLeaseExpired',
        'GatewayEscrowLeaseExpiring',
      ],
    },
    equal: ['relay'],
  },
  {
    reason: 'The same fallback has passed a longer threshold.',
    source: { alerts: ['GatewayReplicaMainPathTooLong'] },
    target: { alerts: ['GatewayReplicaMainPath'] },
    equal: ['relay'],
  },
  {
    reason:
      'Mirrors are not updated while the mirror service is down, and the policy refuses leases for stale mirrors.',
    source: { alerts: ['GatewayMirrorServiceDown'] },
    target: { alerts: ['GatewayFallbackOnStaleMirror', 'GatewayEscrowUnlocksRefused'] },
    equal: [],
  },
];
