import { defineScenario, type Requirement, type Scenario } from '../scenario.js';
import type { Absence } from '../worker.js';
import { NOT_DELIVERED } from './families.js';

/** A registration expires in an outage of 12 minutes, and the worker comes back without rewriting its file. */
const lostIn = (
  how: Absence,
  name: string,
  description: string,
  setup: Partial<Scenario>,
  requires: readonly Requirement[],
): Scenario =>
  defineScenario({
    name,
    description: `Two relays are pending when their registration expires after five minutes without a worker. ${description}`,
    duration: '3h',
    relays: 2,
    registrations: 'run out',
    seededCounters: true,
    expect: [],
    requires,
    ...setup,
    actions: [
      { at: '1m', do: 'worker restarts' },
      { at: '5m', do: 'worker goes offline', how, for: '12m' },
      { at: '6m', do: 'lease is requested' },
      { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '3m' },
      ...(setup.actions ?? []),
    ],
  });

const UNAWARE =
  'Its worker comes back, does not rewrite its file and is not notified; the gauge stays 1 and no push is sent.';
const WITHIN_45_MINUTES: readonly Requirement[] = [
  { anyOf: NOT_DELIVERED, relays: 'all', detectableFrom: '17m', by: '1h2m' },
];

export const lostInNetworkOutage = lostIn(
  'network',
  'a registration is lost in a network outage, without evidence',
  `${UNAWARE} Nothing exposed differs from a worker that is still away.`,
  {},
  [],
);

export const lostInSleep = lostIn(
  'asleep',
  'a registration is lost while a laptop sleeps, without evidence',
  `${UNAWARE} Only the exporter, which was away with the host and is back, shows that the host is.`,
  {},
  [],
);

export const lostUntilNextAct = lostIn(
  'network',
  'a registration is lost in a network outage and the worker rotates hours later',
  `${UNAWARE} A rotation by hand two hours later rewrites its file: the worker was active after the write.`,
  { actions: [{ at: '2h', do: 'writer is rotated by hand', relays: [0] }] },
  [{ anyOf: NOT_DELIVERED, relays: 'all', detectableFrom: '2h', by: '2h45m' }],
);

export const lostInNetworkOutageAlwaysOn = lostIn(
  'network',
  'a registration is lost in a network outage, where workers are always on',
  UNAWARE,
  { site: { workers: { alwaysOn: true } } },
  WITHIN_45_MINUTES,
);

export const lostInHostOutageAlwaysOn = lostIn(
  'asleep',
  'a registration is lost in a host outage, where workers are always on',
  UNAWARE,
  { site: { workers: { alwaysOn: true } } },
  WITHIN_45_MINUTES,
);

export const lostInNetworkOutageWithExporter = lostIn(
  'network',
  'a registration is lost in a network outage, where exporters run with their workers',
  UNAWARE,
  { site: { workers: { exporterRunsWithWorker: true } }, exporters: 'with the worker' },
  WITHIN_45_MINUTES,
);

export const lostInHostOutageWithExporter = lostIn(
  'asleep',
  'a registration is lost in a host outage, where exporters run with their workers',
  UNAWARE,
  { site: { workers: { exporterRunsWithWorker: true } }, exporters: 'with the worker' },
  WITHIN_45_MINUTES,
);

export const workerRestartLosesPush = defineScenario({
  name: 'an app starts after a write and its registration loses the push',
  description:
    'An app is closed for eight minutes, and writes arrive meanwhile. At its start it registers over HTTP, which forgets them, and rotates its relays: it was active after the write and is never notified of it.',
  duration: '1h30m',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '5m', do: 'worker goes offline', how: 'closed', for: '8m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '5m' },
  ],
  expect: [],
  requires: [{ anyOf: NOT_DELIVERED, relays: 'all', detectableFrom: '13m', by: '58m' }],
});

export const lostAfterEarlierResync = defineScenario({
  name: 'a registration is lost after an earlier resync, where workers are always on',
  description:
    'A relay is written to and cleared, so the file of its worker says cleared. In a second outage its registration expires while new writes are pending: the worker comes back and is never pushed to. After 90 minutes it is restarted, and a write in a short outage is pushed and cleared.',
  duration: '2h',
  registrations: 'run out',
  seededCounters: true,
  site: { workers: { alwaysOn: true } },
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '2m', do: 'worker goes offline', how: 'network', for: '4m' },
    { at: '3m', do: 'lease is requested' },
    { at: '3m30s', do: 'writes arrive', perMinute: 12, for: '2m' },
    { at: '15m', do: 'worker goes offline', how: 'network', for: '12m' },
    { at: '16m', do: 'lease is requested' },
    { at: '16m30s', do: 'writes arrive', perMinute: 4, for: '3m' },
    { at: '1h30m', do: 'worker restarts' },
    { at: '1h35m', do: 'worker goes offline', how: 'network', for: '4m' },
    { at: '1h36m', do: 'lease is requested' },
    { at: '1h36m30s', do: 'writes arrive', perMinute: 12, for: '2m' },
  ],
  expect: [],
  requires: [{ anyOf: ['WorkerMissedPendingWrites'], relays: 'all', detectableFrom: '27m', by: '58m' }],
});
