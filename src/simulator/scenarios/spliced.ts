import { defineScenario } from '../scenario.js';
import { NOT_DELIVERED } from './families.js';

const UNREADABLE = ['PendingWritesStateFileUnreadable'];

export const splicedForHours = defineScenario({
  name: 'a state file is spliced and stays so for hours',
  description:
    'Two overlapping writes leave a file that begins with an older state and ends with the end of a newer one. The worker has no reason to write it again for more than two hours.',
  duration: '2h45m',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '10m', do: 'state file is spliced' },
    { at: '2h20m', do: 'writer is rotated by hand' },
  ],
  expect: [],
  requires: [{ anyOf: UNREADABLE, detectableFrom: '10m', by: '21m' }],
});

export const splicedByResync = defineScenario({
  name: 'a resync of thirty relays ends with a spliced file',
  description:
    'After a short outage thirty relays are cleared, and the last writes of the resync overlap. The older state in the file must not be taken for the current one.',
  duration: '1h30m',
  relays: 30,
  seededCounters: true,
  mirrors: false,
  actions: [
    { at: '1m', do: 'resync cycles splice the file', share: 1 },
    { at: '5m', do: 'worker goes offline', for: '5m' },
    { at: '6m', do: 'lease is requested' },
    { at: '7m', do: 'a write arrives' },
  ],
  expect: [],
  requires: [{ anyOf: UNREADABLE, detectableFrom: '10m', by: '22m' }],
});

export const splicedWhileWorkerAway = defineScenario({
  name: 'a file is spliced and its relays become pending while the worker is away',
  description:
    'The relays were cleared before the file was spliced. While it cannot be read, they are unknown, not cleared, so no alert may claim that their worker missed a write.',
  duration: '2h30m',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '2m', do: 'worker goes offline', for: '5m' },
    { at: '3m', do: 'lease is requested' },
    { at: '4m', do: 'a write arrives' },
    { at: '9m', do: 'state file is spliced' },
    { at: '9m10s', do: 'worker goes offline' },
    { at: '10m40s', do: 'lease is requested' },
    { at: '11m', do: 'writes arrive', perMinute: 4, for: '3m' },
  ],
  expect: [],
  requires: [{ anyOf: UNREADABLE, detectableFrom: '9m', by: '20m' }],
});

export const tornWhileWorkerAway = defineScenario({
  name: 'a file is torn, and stays so while its worker is closed',
  description:
    'The file is torn before the app is closed, and its relays become pending after that. Nothing writes the file until the worker is back: it proves no activity, so no alert may claim that the worker missed a push.',
  duration: '2h30m',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '9m', do: 'state file is torn', for: '40m' },
    { at: '10m', do: 'worker goes offline', how: 'closed' },
    { at: '11m', do: 'lease is requested' },
    { at: '12m', do: 'writes arrive', perMinute: 4, for: '3m' },
  ],
  expect: [],
  requires: [{ anyOf: UNREADABLE, detectableFrom: '9m', by: '20m' }],
});

export const restartOnSplicedFile = defineScenario({
  name: 'a worker restarts on a spliced file and loses its queue',
  description:
    'The job of relay 1 has failed when the file is spliced. The process of the worker restarts on it: the queue is lost, and the registration forgets what was pending, so pushes have stopped. The worker has been active after the write.',
  duration: '2h30m',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '5m', do: 'worker goes offline', for: '7m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '4m' },
    { at: '11m', do: 'jobs fail', relays: [1], for: '30m' },
    { at: '14m', do: 'state file is spliced' },
    { at: '1h', do: 'worker restarts' },
  ],
  expect: [],
  requires: [
    { anyOf: UNREADABLE, detectableFrom: '14m', by: '25m' },
    { anyOf: NOT_DELIVERED, relays: [1], detectableFrom: '1h', by: '1h45m' },
  ],
  allows: [
    // Each is true until the restart. While the file is broken nothing names the relay, but pushes in vain still show.
    { alert: 'GatewayPushesNotIngested' },
    { alert: 'GatewayPendingWritesStuck', relays: [1] },
    { alert: 'WorkerQueuePendingTooLong', relays: [1] },
  ],
});

export const serviceRestartOnSplicedFile = defineScenario({
  name: 'the gateway service of a worker restarts on a spliced file and keeps its queue',
  description:
    'The same, but the service is stopped and started: stopping it writes the file from memory, so the job is done again. The cleared push finds no worker, and the file stays pending.',
  duration: '2h30m',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '5m', do: 'worker goes offline', for: '7m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '4m' },
    { at: '11m', do: 'jobs fail', relays: [1], for: '30m' },
    { at: '14m', do: 'state file is spliced' },
    { at: '1h', do: 'gateway service of the worker restarts' },
  ],
  expect: [],
  requires: [
    { anyOf: UNREADABLE, detectableFrom: '14m', by: '25m' },
    { anyOf: ['WorkerPendingWritesOrphaned'], relays: [1], detectableFrom: '1h', by: '1h30m' },
  ],
  allows: [
    // As above.
    { alert: 'GatewayPushesNotIngested' },
    { alert: 'GatewayPendingWritesStuck', relays: [1] },
    { alert: 'WorkerQueuePendingTooLong', relays: [1] },
  ],
});
