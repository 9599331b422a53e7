import type { Action } from '../happening.js';
import { defineScenario, type Requirement, type Scenario } from '../scenario.js';

const UNMARKED = ['GatewayWritesNotMarkedPending'];

/** Websocket writes to relay 0 are accepted from 13:00 on under leases that are renewed; the worker is away. */
const unmarked = (
  name: string,
  description: string,
  setup: Partial<Scenario>,
  actions: readonly Action[],
  requires: readonly Requirement[] = [{ anyOf: UNMARKED, relays: [0], detectableFrom: '13m', by: '43m' }],
): Scenario =>
  defineScenario({
    name,
    description,
    duration: '2h',
    relays: 3,
    seededCounters: true,
    expect: [],
    requires,
    ...setup,
    actions: [
      ...actions,
      { at: '12m', do: 'lease is requested', every: '8m', for: '40m', relays: [0, 1] },
      { at: '13m', do: 'writes arrive', perMinute: 4, for: '37m', relays: [0], sessions: 2 },
    ],
  });

export const unmarkedAfterExpiry = unmarked(
  'writes are accepted after the registration has expired and never become pending',
  'A worker is away for longer than its registration lasts. Writes that come then are accepted under a lease and never marked: no gauge, no push.',
  { registrations: 'run out' },
  [{ at: '5m', do: 'worker goes offline', for: '1h' }],
);

export const unmarkedWhileStoreFails = unmarked(
  'writes are accepted while the registration store fails and never become pending',
  'The store of the registrations takes no changes for an hour, and the gateway swallows the error.',
  {},
  [
    { at: '5m', do: 'worker goes offline', for: '1h' },
    { at: '10m', do: 'registration store fails', for: '1h' },
  ],
);

export const unmarkedWithGaugeAtZero = unmarked(
  'writes to a relay that was cleared before are accepted and never become pending',
  'The relay went through an outage before and its gauge says 0. In the next outage its registration is lost.',
  {},
  [
    { at: '1m', do: 'worker goes offline', for: '4m' },
    { at: '2m', do: 'lease is requested' },
    { at: '3m', do: 'a write arrives' },
    { at: '7m', do: 'worker goes offline', for: '1h' },
    { at: '9m', do: 'registrations are lost', relays: [0] },
  ],
);

export const unmarkedBesideHealthy = defineScenario({
  name: 'writes to one relay never become pending beside one that is cleared between scrapes',
  description:
    'Relay 0 has lost its registration while its worker is away. A session of relay 1 stays in replica mode with its worker back: its writes are accepted too, and pushed and cleared between two scrapes.',
  duration: '2h',
  relays: 2,
  workers: [[0], [1]],
  seededCounters: true,
  actions: [
    { at: '5m', do: 'worker goes offline', workers: [0], for: '1h30m' },
    { at: '9m', do: 'registrations are lost', relays: [0] },
    { at: '12m', do: 'lease is requested', every: '8m', for: '40m', relays: [0] },
    { at: '13m', do: 'writes arrive', perMinute: 4, for: '37m', relays: [0] },
    { at: '10m7s', do: 'a replica session writes', every: '20s', for: '1h20m', relays: [1] },
  ],
  expect: [],
  requires: [{ anyOf: UNMARKED, relays: [0], detectableFrom: '13m', by: '43m' }],
});

/** Found by the search in random worlds (world 12 of the small ones). */
export const healthyReplicaSessionAndRestart = defineScenario({
  name: 'a session stays in replica mode, its writes are cleared between scrapes, and the gateway restarts',
  description:
    'The same, and the gateway restarts between two writes: what it counted before shows accepted writes, and the counts of released leases are gone with the process. Nothing is wrong.',
  duration: '1h',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker goes offline', for: '4m' },
    { at: '10m7s', do: 'a replica session writes', every: '117s', for: '45m' },
    { at: '20m10s', do: 'gateway restarts' },
  ],
  expect: [],
  requires: [],
});

/** Found by the search in random worlds (world 650558). */
export const clearedAfterRestartDuringGap = defineScenario({
  name: 'a gateway restarts and a write is cleared while Prometheus is down',
  description:
    'Prometheus is down for four minutes. In that time the gateway restarts, and the first accepted write of a relay is marked and cleared at once. The new process counts one released lease, as the old one did. Nothing is wrong.',
  duration: '40m',
  relays: 1,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker goes offline', for: '4m' },
    { at: '2m', do: 'lease is requested' },
    { at: '3m', do: 'a write arrives', through: 'drive' },
    { at: '20m', do: 'Prometheus is down', for: '4m' },
    { at: '20m30s', do: 'gateway restarts' },
    { at: '21m10s', do: 'a replica session writes', every: '10s', for: '1s' },
  ],
  expect: [],
  requires: [],
});

export const healthyReplicaSession = defineScenario({
  name: 'a session stays in replica mode and its writes are cleared between scrapes',
  description:
    'The worker is back, and the writes of a session that stays in replica mode are pushed, reported and cleared within a second: accepted writes without a pending gauge, and nothing is wrong.',
  duration: '2h',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker goes offline', for: '4m' },
    { at: '10m7s', do: 'a replica session writes', every: '20s', for: '1h30m', relays: [0] },
    { at: '10m', do: 'a replica session writes', every: '3m', for: '1h30m', relays: [1] },
  ],
  expect: [],
  requires: [],
});

/** Found by the search in random worlds (world 760500). */
export const clearedBeforeLastScrape = defineScenario({
  name: 'a gateway leaves service discovery right after a write was cleared',
  description:
    'A worker is back after the end of a lease and releases it. A later write is cleared at once. The last scrape of the gateway shows the write and, as a new count, the release of its lease; after that, both are gone. Nothing is wrong.',
  duration: '50m',
  relays: 1,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker goes offline', for: '14m' },
    { at: '2m', do: 'lease is requested' },
    { at: '3m', do: 'writes arrive', perMinute: 4, for: '12m' },
    { at: '30m10s', do: 'a replica session writes', every: '10s', for: '1s' },
    { at: '30m40s', do: 'gateway leaves service discovery', for: '4m' },
  ],
  expect: [{ alert: 'GatewayEscrowLeaseExpiring', relays: [0], by: '10m' }],
});
