import { defineScenario } from '../scenario.js';
import { range } from './families.js';

export const shortOutage = defineScenario({
  name: 'a short outage clears without intervention',
  description:
    'A worker is away for eight minutes. Its relays are read and written meanwhile, under a lease; when it is back it ingests everything, and the lease is released.',
  duration: '40m',
  relays: 3,
  seededCounters: true,
  actions: [
    { at: '2m', do: 'reads arrive', perMinute: 6, for: '30m' },
    { at: '5m', do: 'worker goes offline', for: '8m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '5m', relays: [0, 1] },
    { at: '7m', do: 'writes arrive', through: 'drive', perMinute: 1, for: '4m', relays: [2] },
  ],
  expect: [],
});

export const overnightOutage = defineScenario({
  name: 'an overnight outage clears in the morning',
  description:
    'A laptop is closed in the evening, host and exporter with it, and opened ten hours later. Some writes arrive within the first minutes, under a lease that is not renewed; readers come all evening.',
  duration: '11h30m',
  relays: 3,
  seededCounters: true,
  actions: [
    { at: '10m', do: 'worker goes offline', how: 'asleep', for: '10h' },
    { at: '11m', do: 'lease is requested' },
    { at: '11m30s', do: 'writes arrive', perMinute: 2, for: '6m' },
    { at: '12m', do: 'reads arrive', perMinute: 1, for: '3h' },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '19m' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '21m30s' },
    { alert: 'PendingWritesExporterDown', by: '25m30s' },
    { alert: 'GatewayPendingWritesWaiting', relays: 'all', by: '1h13m' },
  ],
});

export const noWorkerForDays = defineScenario({
  name: 'no worker comes back for days',
  description:
    'A laptop is lost. The writes of its last evening stay on the gateway for a day and longer, while readers are served from the replica.',
  duration: '26h',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '10m', do: 'worker goes offline', how: 'asleep' },
    { at: '11m', do: 'lease is requested' },
    { at: '11m30s', do: 'writes arrive', perMinute: 2, for: '5m', relays: [0] },
    { at: '12m', do: 'reads arrive', perMinute: 0.5, for: '25h', relays: [0] },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: [0], by: '19m' },
    { alert: 'GatewayEscrowLeaseExpired', relays: [0], by: '21m30s' },
    { alert: 'PendingWritesExporterDown', by: '25m30s' },
    { alert: 'GatewayPendingWritesWaiting', relays: [0], by: '1h12m30s' },
    { alert: 'GatewayReplicaMainPath', relays: [0], by: '4h20m' },
    { alert: 'GatewayPendingWritesOld', relays: [0], detectableFrom: '16h11m30s', by: '16h12m30s' },
    { alert: 'GatewayReplicaMainPathTooLong', relays: [0], detectableFrom: '16h12m', by: '16h20m' },
    { alert: 'GatewayPendingWritesObjectiveFastBurn', detectableFrom: '16h11m30s', by: '16h21m' },
    { alert: 'GatewayPendingWritesObjectiveSlowBurn', by: '16h22m' },
    { alert: 'GatewayPendingWritesOverdue', relays: [0], detectableFrom: '1d11m30s', by: '1d12m30s' },
  ],
});

export const quietWorker = defineScenario({
  name: 'a worker is online and nothing is wrong',
  description:
    'The usual day: a worker is online, its relays are read and written, it restarts once and rotates its relays.',
  duration: '3h',
  relays: 4,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'reads arrive', perMinute: 10, for: '2h50m' },
    { at: '1m', do: 'writes arrive', perMinute: 5, for: '2h50m' },
    { at: '1h', do: 'worker restarts' },
    { at: '2h', do: 'writer is rotated by hand', relays: [2] },
  ],
  expect: [],
});

export const allWorkersLost = defineScenario({
  name: 'a thousand relays lose their worker at once',
  description:
    'The network of a site with a thousand relays is cut for half an hour. Every relay has a lease and some writes; when the network is back, the worker ingests them one after the other.',
  duration: '1h10m',
  relays: 1000,
  seededCounters: true,
  mirrors: false,
  // A job of a relay with little to ingest takes a few hundred milliseconds, as the real coordinator's files show.
  timings: { resync: [0.2, 0.5], rotation: [0.1, 0.3] },
  actions: [
    { at: '5m', do: 'worker goes offline', how: 'asleep', for: '30m' },
    { at: '6m', do: 'lease is requested' },
    { at: '7m', do: 'a write arrives' },
    { at: '9m', do: 'a write arrives', through: 'websocket' },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '13m30s' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '16m' },
    { alert: 'PendingWritesExporterDown', by: '20m30s' },
  ],
});

export const longQueue = defineScenario({
  name: 'a worker works off a long queue after an outage',
  description:
    'The worker of 200 relays with much to ingest is back. Its jobs take five seconds each, one after the other: the last relay is cleared after more than a quarter of an hour, and nothing is wrong.',
  duration: '1h',
  relays: 200,
  seededCounters: true,
  mirrors: false,
  timings: { resync: [4, 6], rotation: [0.1, 0.3] },
  actions: [
    { at: '5m', do: 'worker goes offline', for: '10m' },
    { at: '6m', do: 'lease is requested' },
    { at: '7m', do: 'a write arrives' },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '13m30s' },
    {
      alert: 'GatewayEscrowLeaseExpired',
      relays: range(8, 200),
      by: '16m',
    },
  ],
});

export const twoWorkers = defineScenario({
  name: 'one of two workers is away and the other does the work',
  description:
    'A relay has two workers. Both lose the gateway for five minutes; one comes back and ingests the writes, the other stays away for hours, its host switched off.',
  duration: '3h',
  relays: 1,
  workers: [[0], [0]],
  seededCounters: true,
  actions: [
    { at: '5m', do: 'worker goes offline', workers: [0], for: '5m' },
    { at: '5m', do: 'worker goes offline', workers: [1], how: 'asleep' },
    { at: '6m', do: 'lease is requested' },
    { at: '7m', do: 'writes arrive', perMinute: 6, for: '2m' },
  ],
  expect: [{ alert: 'PendingWritesExporterDown', by: '20m30s' }],
});

export const notifiedLateAfterPushes = defineScenario({
  name: 'a host sleeps after many writes, and is back in time to be notified of the next one',
  description:
    'A relay is pushed several times and cleared, and its host falls asleep at once. Users write again less than two minutes later, and the pushes that the gateway has just delivered belong to the earlier writes. The host is back after six minutes and is notified; its jobs take seven minutes, and nothing is wrong.',
  duration: '50m',
  relays: 1,
  seededCounters: true,
  mirrors: false,
  build: { pushCounter: 'by-relay' },
  timings: { resync: [430, 430] },
  actions: [
    { at: '2m', do: 'a replica session writes', relays: [0], every: '8m', for: '9m' },
    { at: '8m35s', do: 'a replica session writes', relays: [0], every: '5s', for: '30s' },
    { at: '9m20s', do: 'worker goes offline', how: 'asleep', for: '6m10s' },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: [0], by: '17m30s' },
    { alert: 'GatewayEscrowLeaseExpired', relays: [0], by: '20m' },
  ],
});

export const notifiedLate = defineScenario({
  name: 'a host sleeps after an earlier write, and is back in time to be notified of the next one',
  description:
    'A relay is cleared, and its host falls asleep at once. Users write again, and the pushes that the gateway has delivered by then are of the first write. The host is back after six minutes and is notified; its jobs take seven minutes, and nothing is wrong.',
  duration: '50m',
  relays: 1,
  seededCounters: true,
  mirrors: false,
  build: { pushCounter: 'by-relay' },
  timings: { resync: [430, 430] },
  actions: [
    { at: '2m', do: 'a replica session writes', relays: [0], every: '8m', for: '9m' },
    { at: '9m20s', do: 'worker goes offline', how: 'asleep', for: '6m10s' },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: [0], by: '17m30s' },
    { alert: 'GatewayEscrowLeaseExpired', relays: [0], by: '20m' },
  ],
});
