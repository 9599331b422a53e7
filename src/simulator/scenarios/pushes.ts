import { RUNBOOK_BUILD } from '../build.js';
import { defineScenario } from '../scenario.js';

export const stuckJob = defineScenario({
  name: 'a job fails and the relay stays pending although the worker is online',
  description:
    "The worker comes back, takes the pushes of three relays and ingests two of them. The job of the third fails and is not retried automatically; pushes continue without effect. Forty minutes later the worker's gateway service is restarted: it works through its file before it registers, so the gateway clears the relay, and its `cleared` push finds no worker. The file stays pending.",
  duration: '1h30m',
  relays: 3,
  seededCounters: true,
  actions: [
    { at: '5m', do: 'worker goes offline', for: '7m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '4m' },
    { at: '11m', do: 'jobs fail', relays: [1], for: '40m' },
    { at: '55m', do: 'gateway service of the worker restarts' },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: [1], by: '14m' },
    { alert: 'GatewayEscrowLeaseExpired', relays: [1], by: '16m30s' },
    { alert: 'GatewayPendingWritesStuck', relays: [1], detectableFrom: '22m', by: '24m' },
    { alert: 'WorkerQueuePendingTooLong', relays: [1], detectableFrom: '40m', by: '42m30s' },
    // The restart repeats the job before the worker registers, so that its cleared push is never sent.
    { alert: 'WorkerPendingWritesOrphaned', relays: [1], detectableFrom: '55m30s', by: '1h5m30s' },
  ],
});

export const stuckJobWithoutExporter = defineScenario({
  name: 'a job fails on a worker without an exporter',
  description:
    'The same fault without an exporter: only the pushes of the whole gateway show that a worker is pushed to repeatedly and no relay is cleared.',
  duration: '1h30m',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '0s', do: 'exporter leaves service discovery' },
    { at: '5m', do: 'worker goes offline', for: '7m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '4m' },
    { at: '11m', do: 'jobs fail' },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '14m' },
    { alert: 'PendingWritesExporterMissing', by: '15m' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '16m30s' },
    { alert: 'GatewayPushesNotIngested', detectableFrom: '22m', by: '22m30s' },
    { alert: 'GatewayPendingWritesWaiting', relays: 'all', by: '1h7m30s' },
  ],
});

export const stuckJobPushedByRelay = defineScenario({
  name: 'a job fails on a build that counts pushes by relay',
  description: 'The same fault on a build whose push counter names the relay, without an exporter.',
  duration: '1h',
  relays: 2,
  build: { pushCounter: 'by-relay' },
  actions: [
    { at: '0s', do: 'exporter leaves service discovery' },
    { at: '5m', do: 'worker goes offline', for: '7m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '4m' },
    { at: '11m', do: 'jobs fail', relays: [1] },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: [1], by: '14m' },
    { alert: 'PendingWritesExporterMissing', by: '15m' },
    { alert: 'GatewayEscrowLeaseExpired', relays: [1], by: '16m30s' },
    { alert: 'GatewayPendingWritesStuck', relays: [1], detectableFrom: '22m', by: '24m' },
  ],
});

export const failedJobInSnapshot = defineScenario({
  name: 'a job fails on a worker whose file names the status of its jobs',
  description:
    'The same fault where the file on disk has the form of the snapshot, so that the failure is written there.',
  duration: '1h',
  relays: 2,
  seededCounters: true,
  build: { stateFile: 'snapshot' },
  actions: [
    { at: '5m', do: 'worker goes offline', for: '7m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '4m' },
    { at: '11m', do: 'jobs fail', relays: [1] },
  ],
  expect: [
    { alert: 'GatewayPendingWritesStuck', relays: [1], detectableFrom: '12m30s', by: '13m30s' },
    { alert: 'GatewayEscrowLeaseExpiring', relays: [1], by: '14m' },
    { alert: 'GatewayEscrowLeaseExpired', relays: [1], by: '16m30s' },
    { alert: 'WorkerQueuePendingTooLong', relays: [1], detectableFrom: '40m', by: '42m30s' },
  ],
});

export const hangingWorker = defineScenario({
  name: 'a worker hangs in its first job',
  description:
    'The worker takes all pushes and begins with the first relay, but the resync never ends; the others wait behind it. The worker is restarted after 50 minutes and reports all three before it registers: the gateway clears them, and their `cleared` pushes are never sent.',
  duration: '1h30m',
  relays: 3,
  seededCounters: true,
  actions: [
    { at: '5m', do: 'worker goes offline', for: '7m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '4m' },
    { at: '11m', do: 'jobs hang', for: '50m' },
    { at: '1h2m', do: 'worker restarts' },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '14m' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '16m30s' },
    { alert: 'GatewayPendingWritesStuck', relays: 'all', detectableFrom: '22m', by: '24m' },
    { alert: 'WorkerQueuePendingTooLong', relays: 'all', detectableFrom: '40m', by: '42m30s' },
    // As above: no cleared push after the restart.
    { alert: 'WorkerPendingWritesOrphaned', relays: 'all', detectableFrom: '1h2m30s', by: '1h12m30s' },
  ],
});

export const refusedPushes = defineScenario({
  name: 'a worker refuses every push',
  description:
    'After a change of the shared secret the worker answers every push with 403. Its relays stay pending while it is online, and its state file does not show them.',
  duration: '1h',
  relays: 2,
  actions: [
    { at: '5m', do: 'worker goes offline', for: '5m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '3m' },
    { at: '9m', do: 'pushes are refused', for: '41m' },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '14m' },
    { alert: 'GatewayPushesFailing', detectableFrom: '10m', by: '25m30s' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '16m30s' },
  ],
});

export const lostClearedPush = defineScenario({
  name: 'the cleared push is lost and the worker goes on believing in pending writes',
  description:
    'The worker ingests everything and the gateway clears the relay, but the only cleared push does not arrive: the state file stays pending.',
  duration: '2h',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '5m', do: 'worker goes offline', for: '5m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '3m' },
    { at: '9m', do: 'cleared pushes are lost', for: '10m' },
  ],
  expect: [
    { alert: 'WorkerPendingWritesOrphaned', relays: 'all', detectableFrom: '10m30s', by: '20m30s' },
    { alert: 'WorkerQueuePendingTooLong', relays: 'all', detectableFrom: '40m', by: '40m30s' },
  ],
});

/** Found by the search in random worlds (world 254462). */
export const clearedPushLostBeforeRestart = defineScenario({
  ...lostClearedPush,
  name: 'the cleared push is lost and the gateway restarts before its gauge is scraped',
  description:
    'The same, and no scrape sees that the gateway has cleared the relay. The gauge is gone and the file says pending; only the status of the job shows that the write is ingested, so its age ends.',
  build: { stateFile: 'snapshot' },
  actions: [...lostClearedPush.actions, { at: '10m12s', do: 'gateway restarts', downFor: '3s' }],
});

export const registrationGone = defineScenario({
  name: 'the registration expires and pushes stop while the gauge stays 1',
  description:
    'An app is closed for longer than its registration lasts. When it starts it registers again, which forgets that writes are pending; it rotates its relays and does not know about the writes. After 50 minutes an operator requests a lease and uploads a file, which starts the pushes again. Toggling `gatewayPendingWrites`, tried a while before, does not.',
  duration: '1h30m',
  relays: 2,
  registrations: 'run out',
  actions: [
    { at: '5m', do: 'worker goes offline', how: 'closed', for: '12m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '3m' },
    { at: '50m', do: 'pending is toggled by hand' },
    { at: '55m', do: 'relay is registered again' },
    { at: '1h7m', do: 'operator requests a lease and writes' },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '14m' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '16m30s' },
    { alert: 'GatewayPendingWritesNotPushed', relays: 'all', detectableFrom: '17m30s', by: '27m30s' },
  ],
});

/** Found by the search in random worlds (worlds 601188 and 601608). */
export const notifiedBeforeLidClosed = defineScenario({
  name: 'a worker is notified, and its lid is closed before the next scrape',
  description:
    'The network of a worker is cut. A writer is rotated by hand meanwhile, so its file changes although it is not connected. When it is back, a push reaches it, and the lid is closed within seconds. Only the push counter shows that it was notified, so no alert says that no push reaches it.',
  duration: '1h30m',
  seededCounters: true,
  build: RUNBOOK_BUILD,
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '5m', do: 'worker goes offline', how: 'network', for: '12m2s' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '3m' },
    { at: '8m', do: 'writer is rotated by hand' },
    { at: '17m', do: 'jobs hang' },
    { at: '17m10s', do: 'worker goes offline', how: 'lid closed', for: '1h' },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '13m30s' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '16m' },
    { alert: 'PendingWritesExporterDown', detectableFrom: '17m30s', by: '32m30s' },
    { alert: 'GatewayPendingWritesWaiting', relays: 'all', by: '1h7m30s' },
  ],
});

export const clearedByHand = defineScenario({
  name: 'the metadata is cleared by hand before the data was ingested',
  description:
    'A job has failed, and an operator clears the gateway by hand (runbook step clear-by-hand) while the cleared push does not reach the worker: the gateway reports clear, the worker reports pending, and it is uncertain whether the data arrived.',
  duration: '1h30m',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '5m', do: 'worker goes offline', for: '5m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '3m' },
    { at: '9m', do: 'jobs fail', relays: [0] },
    { at: '14m', do: 'cleared pushes are lost' },
    { at: '15m', do: 'metadata is cleared by hand', relays: [0] },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: [0], by: '14m' },
    { alert: 'WorkerPendingWritesOrphaned', relays: [0], detectableFrom: '15m', by: '25m' },
    { alert: 'WorkerQueuePendingTooLong', relays: [0], detectableFrom: '40m', by: '40m30s' },
  ],
});

export const slowAcknowledgements = defineScenario({
  name: 'workers acknowledge slowly on a build that records it',
  description:
    'Ten relays of a busy worker go through outages of three minutes, one after another, on a build that feeds the push wait histogram: the first push that is accepted comes minutes after the write.',
  duration: '2h',
  relays: 10,
  seededCounters: true,
  build: { acknowledgements: 'recorded' },
  actions: Array.from({ length: 12 }, (_, round) => [
    { at: `${5 + round * 9}m`, do: 'worker goes offline', for: '5m' } as const,
    { at: `${6 + round * 9}m`, do: 'lease is requested' } as const,
    { at: `${6 + round * 9}m30s`, do: 'a write arrives' } as const,
  ]).flat(),
  expect: [{ alert: 'GatewayPushWaitHigh', detectableFrom: '19m30s', by: '39m30s' }],
});

/** Found by the search in random worlds (world 3019 of the small ones). */
export const busyRelayWithStaleGauge = defineScenario({
  name: 'a session stays in replica mode while another process answers every report',
  description:
    'The build counts pushes by relay. The writes of a session are pushed and cleared between two scrapes, by a process that does not serve the relay: the gauge of the process that serves it stays at 1, and pushes are delivered all the time. Nothing is stuck.',
  duration: '1h',
  relays: 2,
  gateways: 2,
  resyncAnsweredBy: 'another process',
  build: { pushCounter: 'by-relay' },
  seededCounters: true,
  actions: [
    { at: '10s', do: 'worker restarts' },
    { at: '3m7s', do: 'a replica session writes', every: '35s', for: '50m', relays: [0] },
  ],
  expect: [],
  requires: [],
});

export const hangsBehindHiddenExporter = defineScenario({
  name: 'a job hangs while the exporter of its worker is down, where workers are always on',
  description:
    'The exporter of worker 1 stops just before its worker is back from an outage and is pushed to; the job hangs. No file names the relay, so nothing shows that the push arrived. The relay is named as one whose worker is not known to have received a push, which is true.',
  duration: '50m',
  relays: 2,
  workers: [[0], [1]],
  seededCounters: true,
  mirrors: false,
  site: { workers: { alwaysOn: true } },
  actions: [
    { at: '5m', do: 'worker goes offline', how: 'network', for: '6m', workers: [1] },
    { at: '6m', do: 'lease is requested', relays: [1] },
    { at: '6m30s', do: 'a write arrives', relays: [1] },
    { at: '10m', do: 'jobs hang', for: '30m', workers: [1] },
    { at: '10m50s', do: 'exporter stops', for: '40m', workers: [1] },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: [1], by: '13m30s' },
    { alert: 'GatewayEscrowLeaseExpired', relays: [1], by: '16m' },
    { alert: 'GatewayPushesNotIngested', detectableFrom: '21m', by: '21m30s' },
    { alert: 'PendingWritesExporterDown', by: '26m30s' },
    { alert: 'GatewayPendingWritesNotPushed', relays: [1], detectableFrom: '17m', by: '27m' },
  ],
});
