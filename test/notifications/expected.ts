/**
 * Who is notified of what, and what silences what, written by hand. Nothing here is read from the definitions: a change of an alert, a route
 * or an inhibition has to be made here as well.
 */

interface ExpectedAlert {
  readonly severity: 'critical' | 'warning' | 'info';
  readonly signal: string;
  /** The labels of a firing alert besides alertname, severity, signal and those that distinguish installations. */
  readonly labels: readonly string[];
  readonly receiver: 'gateway-pager' | 'gateway-tickets' | 'worker-tickets' | 'gateway-chat';
  /** Alerts of the same installation that it silences: of the same relay where both carry `relay`. */
  readonly silences: readonly string[];
}

/** Everything that the gateway's own metrics show. */
const MEASURED_AT_THE_GATEWAY = [
  'GatewayPendingWritesWaiting',
  'GatewayPendingWritesOld',
  'GatewayPendingWritesOverdue',
  'GatewayPendingWritesStuck',
  'GatewayPushesNotIngested',
  'GatewayPendingWritesForgotten',
  'GatewayPendingWritesNotPushed',
  'GatewayWritesNotMarkedPending',
  'GatewayPendingWritesObjectiveFastBurn',
  'GatewayPendingWritesObjectiveSlowBurn',
  'GatewayPushWaitHigh',
  'GatewayPushesFailing',
  'GatewayEscrowLeaseExpiring',
  'GatewayEscrowLeaseExpired',
  'GatewayEscrowLeaseExpiredWritesWanted',
  'GatewayReplicaMainPath',
  'GatewayReplicaMainPathTooLong',
  'GatewayWritesTurnedAway',
  'GatewayFallbackOnStaleMirror',
  'GatewayMirrorServiceDown',
  'GatewayEscrowUnlocksFailing',
  'GatewayEscrowUnlocksRefused',
];

/** What a worker can end only by talking to the gateway. */
const WORKER_WAITS_FOR_GATEWAY = [
  'WorkerQueuePendingTooLong',
  'WorkerRotationFailed',
  'WorkerMissedPendingWrites',
  'WorkerPendingWritesOrphaned',
];

export const EXPECTED: Readonly<Record<string, ExpectedAlert>> = {
  GatewayPendingWritesWaiting: {
    severity: 'info',
    signal: 'pending-writes',
    labels: ['relay'],
    receiver: 'gateway-chat',
    silences: [],
  },
  GatewayPendingWritesOld: {
    severity: 'warning',
    signal: 'pending-writes',
    labels: ['relay'],
    receiver: 'gateway-tickets',
    silences: ['GatewayPendingWritesWaiting'],
  },
  GatewayPendingWritesOverdue: {
    severity: 'critical',
    signal: 'pending-writes',
    labels: ['relay'],
    receiver: 'gateway-pager',
    silences: [
      'GatewayPendingWritesWaiting',
      'GatewayPendingWritesOld',
      'GatewayPendingWritesForgotten',
      'GatewayPendingWritesNotPushed',
      'GatewayWritesNotMarkedPending',
    ],
  },
  GatewayPendingWritesStuck: {
    severity: 'critical',
    signal: 'pending-writes',
    labels: ['relay'],
    receiver: 'gateway-pager',
    silences: [
      'GatewayPendingWritesWaiting',
      'GatewayPendingWritesOld',
      'GatewayPendingWritesForgotten',
      'GatewayPendingWritesNotPushed',
      'GatewayWritesNotMarkedPending',
      'WorkerQueuePendingTooLong',
    ],
  },
  GatewayPushesNotIngested: {
    severity: 'warning',
    signal: 'pending-writes',
    labels: [],
    receiver: 'gateway-tickets',
    silences: [],
  },
  GatewayPendingWritesForgotten: {
    severity: 'warning',
    signal: 'pending-writes',
    labels: ['relay'],
    receiver: 'gateway-tickets',
    silences: ['GatewayPendingWritesWaiting'],
  },
  GatewayPendingWritesNotPushed: {
    severity: 'warning',
    signal: 'pending-writes',
    labels: ['relay'],
    receiver: 'gateway-tickets',
    silences: ['GatewayPendingWritesWaiting'],
  },
  GatewayWritesNotMarkedPending: {
    severity: 'warning',
    signal: 'pending-writes',
    labels: ['relay'],
    receiver: 'gateway-tickets',
    silences: [],
  },
  GatewayPendingWritesObjectiveFastBurn: {
    severity: 'warning',
    signal: 'pending-writes',
    labels: [],
    receiver: 'gateway-tickets',
    silences: ['GatewayPendingWritesObjectiveSlowBurn'],
  },
  // The budget may burn slowly for days before it burns fast: the fast burn must still become a ticket.
  GatewayPendingWritesObjectiveSlowBurn: {
    severity: 'info',
    signal: 'pending-writes',
    labels: [],
    receiver: 'gateway-chat',
    silences: [],
  },
  GatewayPushWaitHigh: {
    severity: 'warning',
    signal: 'push-wait',
    labels: [],
    receiver: 'gateway-tickets',
    silences: [],
  },
  GatewayPushesFailing: {
    severity: 'warning',
    signal: 'push-wait',
    labels: [],
    receiver: 'gateway-tickets',
    silences: [],
  },
  GatewayEscrowLeaseExpiring: {
    severity: 'info',
    signal: 'lease-expiry',
    labels: ['relay'],
    receiver: 'gateway-chat',
    silences: [],
  },
  GatewayEscrowLeaseExpired: {
    severity: 'info',
    signal: 'lease-expiry',
    labels: ['relay'],
    receiver: 'gateway-chat',
    silences: [],
  },
  GatewayEscrowLeaseExpiredWritesWanted: {
    severity: 'critical',
    signal: 'lease-expiry',
    labels: ['relay'],
    receiver: 'gateway-pager',
    silences: ['GatewayEscrowLeaseExpiring', 'GatewayEscrowLeaseExpired'],
  },
  GatewayReplicaMainPath: {
    severity: 'info',
    signal: 'replica-fallback',
    labels: ['relay'],
    receiver: 'gateway-chat',
    silences: [],
  },
  GatewayReplicaMainPathTooLong: {
    severity: 'warning',
    signal: 'replica-fallback',
    labels: ['relay'],
    receiver: 'gateway-tickets',
    silences: ['GatewayReplicaMainPath'],
  },
  GatewayWritesTurnedAway: {
    severity: 'critical',
    signal: 'replica-fallback',
    labels: ['relay'],
    receiver: 'gateway-pager',
    silences: [
      'GatewayReplicaMainPath',
      'GatewayReplicaMainPathTooLong',
      'GatewayFallbackOnStaleMirror',
      'GatewayEscrowLeaseExpiring',
      'GatewayEscrowLeaseExpired',
      'GatewayEscrowLeaseExpiredWritesWanted',
    ],
  },
  GatewayFallbackOnStaleMirror: {
    severity: 'warning',
    signal: 'replica-fallback',
    labels: ['relay'],
    receiver: 'gateway-tickets',
    silences: [],
  },
  // The escrow service is another one: its failures are not those of the mirrors.
  GatewayMirrorServiceDown: {
    severity: 'critical',
    signal: 'replica-fallback',
    labels: [],
    receiver: 'gateway-pager',
    silences: ['GatewayFallbackOnStaleMirror', 'GatewayEscrowUnlocksRefused'],
  },
  GatewayEscrowUnlocksFailing: {
    severity: 'warning',
    signal: 'replica-fallback',
    labels: ['result'],
    receiver: 'gateway-tickets',
    silences: [],
  },
  GatewayEscrowUnlocksRefused: {
    severity: 'warning',
    signal: 'replica-fallback',
    labels: ['result'],
    receiver: 'gateway-tickets',
    silences: [],
  },
  WorkerQueuePendingTooLong: {
    severity: 'warning',
    signal: 'worker-queue',
    labels: ['relay'],
    receiver: 'worker-tickets',
    silences: ['GatewayPendingWritesWaiting'],
  },
  WorkerQueueStalled: {
    severity: 'warning',
    signal: 'worker-queue',
    labels: ['instance', 'job'],
    receiver: 'worker-tickets',
    silences: [],
  },
  WorkerRotationFailed: {
    severity: 'warning',
    signal: 'worker-queue',
    labels: ['relay'],
    receiver: 'worker-tickets',
    silences: [],
  },
  WorkerMissedPendingWrites: {
    severity: 'warning',
    signal: 'worker-queue',
    labels: ['relay'],
    receiver: 'worker-tickets',
    silences: ['GatewayPendingWritesWaiting', 'GatewayPendingWritesNotPushed'],
  },
  WorkerPendingWritesOrphaned: {
    severity: 'warning',
    signal: 'worker-queue',
    labels: ['relay'],
    receiver: 'worker-tickets',
    silences: [],
  },
  PendingWritesExporterDown: {
    severity: 'info',
    signal: 'exporter',
    labels: ['instance', 'job'],
    receiver: 'gateway-chat',
    silences: [],
  },
  PendingWritesExporterMissing: {
    severity: 'info',
    signal: 'exporter',
    labels: [],
    receiver: 'gateway-chat',
    silences: [],
  },
  PendingWritesStateFileUnreadable: {
    severity: 'warning',
    signal: 'exporter',
    labels: ['instance', 'job', 'reason'],
    receiver: 'worker-tickets',
    silences: [],
  },
  // Pages about another process of the gateway that still runs get through, and so does whatever an exporter shows without a gateway.
  GatewayDown: {
    severity: 'critical',
    signal: 'gateway',
    labels: ['instance', 'job'],
    receiver: 'gateway-pager',
    silences: [
      ...MEASURED_AT_THE_GATEWAY.filter(
        (alert) =>
          ![
            'GatewayPendingWritesStuck',
            'GatewayEscrowLeaseExpiredWritesWanted',
            'GatewayWritesTurnedAway',
            'GatewayMirrorServiceDown',
          ].includes(alert),
      ),
      ...WORKER_WAITS_FOR_GATEWAY,
    ],
  },
  GatewayMissing: {
    severity: 'critical',
    signal: 'gateway',
    labels: [],
    receiver: 'gateway-pager',
    silences: [...MEASURED_AT_THE_GATEWAY, ...WORKER_WAITS_FOR_GATEWAY],
  },
  GatewayMetricsMissing: {
    severity: 'warning',
    signal: 'gateway',
    labels: ['instance', 'job'],
    receiver: 'gateway-tickets',
    silences: [],
  },
};

/** Alerts without the labels of an installation, because they fire where Prometheus has no series at all. */
export const WITHOUT_SITE_LABELS: readonly string[] = ['GatewayMissing', 'PendingWritesExporterMissing'];

/** How a notification comes, by the severity and signal of its alert. */
export const TIMING: readonly {
  readonly severity: string;
  readonly signal: string;
  readonly wait: string;
  readonly interval: string;
  readonly repeat: string;
}[] = [
  ...['pending-writes', 'push-wait', 'lease-expiry', 'replica-fallback', 'worker-queue', 'exporter'].flatMap(
    (signal) => [
      { severity: 'critical', signal, wait: '45s', interval: '5m', repeat: '4h' },
      { severity: 'warning', signal, wait: '45s', interval: '30m', repeat: '1d' },
      { severity: 'info', signal, wait: '45s', interval: '1h', repeat: '4d' },
    ],
  ),
  // Other alerts wait for this one, which has waited for its own `for`.
  { severity: 'critical', signal: 'gateway', wait: '5s', interval: '5m', repeat: '4h' },
  { severity: 'warning', signal: 'gateway', wait: '45s', interval: '30m', repeat: '1d' },
  { severity: 'info', signal: 'gateway', wait: '45s', interval: '1h', repeat: '4d' },
];

/** Who hears that an alert has resolved, and how many alerts a notification lists at most. */
export const RECEIVERS = {
  'gateway-pager': { resolved: true, most: 50 },
  'gateway-tickets': { resolved: true, most: 50 },
  'worker-tickets': { resolved: true, most: 50 },
  'gateway-chat': { resolved: false, most: 50 },
} as const;
