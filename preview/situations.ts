import { defineScenario, type Scenario } from '../src/simulator/scenario.js';

/** A story whose end is pictured. */
export interface Situation {
  readonly name: 'quiet' | 'incident';
  readonly scenario: Scenario;
}

// Read and written all the time, so that what is drawn is idle and not unmeasured.
const quiet = defineScenario({
  name: 'preview: a quiet afternoon',
  description:
    'Eight relays of three workers. One worker was away for eight minutes two hours ago; its relays had leases, and everything was ingested.',
  duration: '7h',
  relays: 8,
  workers: [
    [0, 1, 2],
    [3, 4, 5],
    [6, 7],
  ],
  seasoned: true,
  build: { acknowledgements: 'recorded' },
  actions: [
    { at: '1m', do: 'reads arrive', perMinute: 10, for: '6h58m' },
    { at: '1m', do: 'writes arrive', perMinute: 4, for: '4h58m' },
    { at: '2h', do: 'writer is rotated by hand', relays: [2] },
    { at: '5h', do: 'worker goes offline', workers: [1], for: '8m' },
    { at: '5h1m', do: 'lease is requested', relays: [3, 4, 5] },
    { at: '5h1m30s', do: 'writes arrive', perMinute: 4, for: '5m', relays: [3, 4, 5] },
    { at: '5h20m', do: 'writes arrive', perMinute: 4, for: '1h35m' },
  ],
  expect: [],
});

const incident = defineScenario({
  name: 'preview: an incident',
  description:
    'Relays 0 to 2: their worker was away for an hour, is back, and the job of relay 0 fails. Relays 3 to 5: the worker is away, its replica serves; the lease of relay 3 is about to expire, that of relay 4 is past its expiry, relay 5 has none. Relays 6 and 7: the worker refuses every push.',
  duration: '7h',
  relays: 8,
  workers: [
    [0, 1, 2],
    [3, 4, 5],
    [6, 7],
  ],
  seasoned: true,
  build: { acknowledgements: 'recorded' },
  actions: [
    { at: '1m', do: 'reads arrive', perMinute: 10, for: '6h58m' },
    // The first worker: away for 20 minutes, one job fails.
    { at: '5h10m', do: 'worker goes offline', workers: [0], for: '20m' },
    { at: '5h11m', do: 'lease is requested', relays: [0, 1, 2], every: '6m', for: '20m' },
    { at: '5h12m', do: 'writes arrive', perMinute: 4, for: '16m', relays: [0, 1, 2] },
    { at: '5h29m', do: 'jobs fail', relays: [0] },
    // The second: away since long; three states of leases.
    { at: '5h50m', do: 'worker goes offline', workers: [1] },
    { at: '6h25m', do: 'lease is requested', relays: [4] },
    { at: '6h26m', do: 'writes arrive', perMinute: 6, for: '33m', relays: [4] },
    { at: '6h30m', do: 'writes arrive', perMinute: 6, for: '29m', relays: [5] },
    { at: '6h51m30s', do: 'lease is requested', relays: [3] },
    { at: '6h52m', do: 'writes arrive', perMinute: 6, for: '7m', relays: [3] },
    { at: '6h10m', do: 'mirrors go stale', relays: [5] },
    // The third refuses pushes after a short absence.
    { at: '6h15m', do: 'worker goes offline', workers: [2], for: '6m' },
    { at: '6h16m', do: 'lease is requested', relays: [6, 7] },
    { at: '6h17m', do: 'writes arrive', perMinute: 4, for: '3m', relays: [6, 7] },
    { at: '6h19m', do: 'pushes are refused', workers: [2] },
  ],
  expect: [],
});

export const situations: readonly Situation[] = [
  { name: 'quiet', scenario: quiet },
  { name: 'incident', scenario: incident },
];
