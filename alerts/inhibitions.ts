import type { InhibitionDefinition } from '../src/model/inhibition.js';
import type { Signal } from '../src/model/severity.js';

/** Signals that are measured at the gateway, so that nothing new can be learnt of them while it is not scraped. */
const FROM_GATEWAY: readonly Signal[] = ['pending-writes', 'push-wait', 'lease-expiry', 'replica-fallback'];

/** Worker-queue alerts that a worker can only end by talking to the gateway, or that compare it with the gateway. */
const WORKER_NEEDS_GATEWAY = [
  'WorkerQueuePendingTooLong',
  'WorkerRotationFailed',
  'WorkerMissedPendingWrites',
  'WorkerPendingWritesOrphaned',
];

/**
 * What silences what. An alert never silences one of a higher severity, whatever severities a site sets: such
 * targets are left out. Instance labels differ between a gateway and what follows from its absence, so they are
 * never compared.
 */
export const inhibitions: readonly InhibitionDefinition[] = [
  {
    reason:
      'No gateway is scraped at all: what is measured there is old or carried forward, and workers cannot finish without it. Alerts on the exporters go on.',
    source: { alerts: ['GatewayMissing'] },
    target: { signals: FROM_GATEWAY },
    equal: [],
  },
  {
    reason: 'Likewise: a worker reports completion to the gateway and rotates its deposit there.',
    source: { alerts: ['GatewayMissing'] },
    target: { alerts: WORKER_NEEDS_GATEWAY },
    equal: [],
  },
  {
    reason:
      'The gateway is down: tickets and information about what it measures wait until it is back. Pages do not: where a gateway has several processes, they are about one that still runs.',
    source: { alerts: ['GatewayDown'] },
    target: { signals: FROM_GATEWAY, severities: ['warning', 'info'] },
    equal: [],
  },
  {
    reason:
      'A gateway that is down causes this page too: the age keeps growing, and no worker can clear it until the gateway is back.',
    source: { alerts: ['GatewayDown'] },
    target: { alerts: ['GatewayPendingWritesOverdue'] },
    equal: [],
  },
  {
    reason: 'A worker reports completion to the gateway and rotates its deposit there.',
    source: { alerts: ['GatewayDown'] },
    target: { alerts: WORKER_NEEDS_GATEWAY },
    equal: [],
  },
  {
    reason:
      'A page was sent for this relay and signal; these are tickets and info alerts about the same wait.',
    source: { severities: ['critical'] },
    target: { severities: ['warning', 'info'] },
    equal: ['relay', 'signal'],
  },
  {
    reason: 'One relay, one age: the highest step of the ladder says it all.',
    source: { alerts: ['GatewayPendingWritesOverdue'] },
    target: { alerts: ['GatewayPendingWritesOld', 'GatewayPendingWritesWaiting'] },
    equal: ['relay'],
  },
  {
    reason: 'One relay, one age: the highest step of the ladder says it all.',
    source: { alerts: ['GatewayPendingWritesOld'] },
    target: { alerts: ['GatewayPendingWritesWaiting'] },
    equal: ['relay'],
  },
  {
    reason: 'The relay waits for a reason that has its own ticket; that it waits is not news.',
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
    reason: "The same stuck job, seen from the worker's side.",
    source: { alerts: ['GatewayPendingWritesStuck'] },
    target: { alerts: ['WorkerQueuePendingTooLong'] },
    equal: ['relay'],
  },
  {
    reason: "The same lost push; the worker's file is the better evidence, and the remedy is the same.",
    source: { alerts: ['WorkerMissedPendingWrites'] },
    target: { alerts: ['GatewayPendingWritesNotPushed'] },
    equal: ['relay'],
  },
  {
    reason: 'The same budget, burnt faster.',
    source: { alerts: ['GatewayPendingWritesObjectiveFastBurn'] },
    target: { alerts: ['GatewayPendingWritesObjectiveSlowBurn'] },
    equal: [],
  },
  {
    reason:
      'Writes are rejected, so the state of the lease is known, and the remedy is the same: a new lease.',
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
    reason: 'The same fallback, longer.',
    source: { alerts: ['GatewayReplicaMainPathTooLong'] },
    target: { alerts: ['GatewayReplicaMainPath'] },
    equal: ['relay'],
  },
  {
    reason:
      'No mirror moves while the mirror service is down, and the policy refuses leases on stale mirrors.',
    source: { alerts: ['GatewayMirrorServiceDown'] },
    target: { alerts: ['GatewayFallbackOnStaleMirror', 'GatewayEscrowUnlocksRefused'] },
    equal: [],
  },
];
