import type { Action } from '../happening.js';
import { defineScenario, type Requirement, type Scenario } from '../scenario.js';
import { NOT_DELIVERED, range } from './families.js';

const EXPORTERS_UNKNOWN: Action = { at: '0s', do: 'exporter leaves service discovery' };

/** Relay 0 is pushed and cleared between two scrapes, again and again; the worker of relay 1 is away for two hours. */
const busyBesideAway = (name: string, description: string, setup: Partial<Scenario>): Scenario =>
  defineScenario({
    name,
    description,
    duration: '2h15m',
    relays: 2,
    workers: [[0], [1]],
    seededCounters: true,
    expect: [],
    requires: [],
    ...setup,
    actions: [
      { at: '1m', do: 'worker restarts' },
      { at: '5m', do: 'worker goes offline', workers: [1], for: '2h' },
      { at: '6m', do: 'lease is requested', relays: [1] },
      { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '3m', relays: [1], through: 'drive' },
      { at: '10m7s', do: 'a replica session writes', every: '20s', for: '1h50m', relays: [0] },
      ...(setup.actions ?? []),
    ],
  });

export const busyRelayBesideAway = busyBesideAway(
  'a busy relay is cleared between scrapes beside one whose worker is away',
  'A session of relay 0 stays in replica mode: its writes are pushed and cleared within a second, so its gauge is 0 at every scrape. The worker of relay 1 is away with pending writes.',
  {},
);

export const busyRelayBesideAwayWithoutExporters = busyBesideAway(
  'a busy relay is cleared between scrapes beside one whose worker is away, without exporters',
  'The same where no exporter is installed.',
  { actions: [EXPORTERS_UNKNOWN] },
);

export const busyDriveBesideAwayWithoutEscrow = defineScenario({
  ...busyBesideAway('', '', {}),
  name: 'a busy drive is cleared between scrapes without escrow and without exporters',
  description:
    'Uploads to relay 0 are pushed and cleared within a second while the worker of relay 1 is away. Without escrow there is no lease whose release would show it: the samples are those of a worker that is pushed to and never ingests.',
  escrow: 'off',
  site: { escrow: 'off' },
  actions: [
    EXPORTERS_UNKNOWN,
    { at: '5m', do: 'worker goes offline', workers: [1], for: '2h' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '3m', relays: [1], through: 'drive' },
    {
      at: '10m7s',
      do: 'a replica session writes',
      every: '20s',
      for: '1h50m',
      relays: [0],
      through: 'drive',
    },
  ],
});

/** Relay 1 lost its registration in a network outage; relay 0 is pushed to all the time. */
const maskedLoss = (
  name: string,
  description: string,
  setup: Partial<Scenario>,
  requires: readonly Requirement[],
): Scenario =>
  defineScenario({
    name,
    description,
    duration: '1h30m',
    relays: 2,
    workers: [[0], [1]],
    registrations: 'run out',
    seededCounters: true,
    expect: [],
    requires,
    ...setup,
    actions: [
      { at: '1m', do: 'worker restarts' },
      { at: '3m7s', do: 'a replica session writes', every: '20s', for: '1h25m', relays: [0] },
      { at: '5m', do: 'worker goes offline', workers: [1], for: '12m' },
      { at: '6m', do: 'lease is requested', relays: [1] },
      { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '3m', relays: [1] },
    ],
  });

const MASKED =
  'The registration of relay 1 expires in a network outage, and its worker comes back without knowing. Pushes of relay 0 go on all the time and are ingested.';

export const maskedLostRegistration = maskedLoss(
  'a lost registration beside a busy relay, where workers are always on',
  MASKED,
  { site: { workers: { alwaysOn: true } } },
  [{ anyOf: NOT_DELIVERED, relays: [1], detectableFrom: '17m', by: '1h2m' }],
);

export const maskedLostRegistrationByExporter = maskedLoss(
  'a lost registration beside a busy relay, where exporters run with their workers',
  MASKED,
  { site: { workers: { exporterRunsWithWorker: true } }, exporters: 'with the worker' },
  [{ anyOf: NOT_DELIVERED, relays: [1], detectableFrom: '17m', by: '1h2m' }],
);

export const maskedLostRegistrationUnseen = maskedLoss(
  'a lost registration beside a busy relay, without evidence',
  `${MASKED} Nothing exposed differs from a worker that is still away.`,
  {},
  [],
);

/** Fifty relays of ten workers that refuse every push, beside ten busy relays whose pushes succeed. */
const manyRefuse = (
  name: string,
  site: Scenario['site'],
  requires: readonly Requirement[],
  allows: Scenario['allows'],
): Scenario =>
  defineScenario({
    name,
    description:
      'Ten workers of fifty relays refuse every push with 403. Ten other relays are busy and their pushes succeed, so that at most half of the pushes fail.',
    duration: '1h15m',
    relays: 60,
    workers: range(0, 12).map((worker) => range(worker * 5, worker * 5 + 5)),
    seededCounters: true,
    mirrors: false,
    ...(site === undefined ? {} : { site }),
    actions: [
      { at: '1m', do: 'worker restarts' },
      { at: '3m7s', do: 'a replica session writes', every: '45s', for: '1h10m', relays: range(50, 60) },
      { at: '5m', do: 'worker goes offline', for: '5m', workers: range(0, 10) },
      { at: '6m', do: 'lease is requested', relays: range(0, 50) },
      { at: '7m', do: 'a write arrives', relays: range(0, 50) },
      { at: '9m', do: 'pushes are refused', workers: range(0, 10) },
    ],
    expect: [],
    requires,
    allows: allows ?? [],
  });

export const halfOfPushesRefused = manyRefuse(
  'fifty relays refuse every push beside others that succeed',
  undefined,
  [{ anyOf: ['GatewayPushesFailing'], detectableFrom: '10m', by: '55m' }],
  [],
);

export const halfOfPushesRefusedAlwaysOn = manyRefuse(
  'fifty relays refuse every push beside others that succeed, where workers are always on',
  { workers: { alwaysOn: true } },
  [{ anyOf: NOT_DELIVERED, relays: range(0, 50), detectableFrom: '10m', by: '55m' }],
  [{ alert: 'GatewayPushesFailing' }],
);

export const clearedByAnotherProcess = defineScenario({
  name: 'a process clears again and again what another one calls pending, without exporters',
  description:
    'The worker reports every resync to the process that did not take the write. The gauge of the other one stands at 1, so no relay is ever seen as cleared; only the pushes of the process that has nothing pending show it.',
  duration: '55m',
  relays: 1,
  gateways: 2,
  resyncAnsweredBy: 'another process',
  mirrors: false,
  seededCounters: true,
  actions: [
    EXPORTERS_UNKNOWN,
    { at: '2m7s', do: 'a replica session writes', every: '3m43s', for: '50m', relays: [0] },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '10m' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '12m30s' },
    { alert: 'PendingWritesExporterMissing', by: '15m' },
  ],
});

/** Found by the search in random worlds (world 510487). */
export const clearedByEachOther = defineScenario({
  ...clearedByAnotherProcess,
  name: 'two processes clear again and again what the other one calls pending, without exporters',
  description:
    'The same with two relays, each served by another process. Both gauges stand at 1, and each process has a pending relay; only its 0 for the relay of the other shows what its pushes may be.',
  relays: 2,
  actions: [EXPORTERS_UNKNOWN, { at: '2m7s', do: 'a replica session writes', every: '3m43s', for: '50m' }],
});
