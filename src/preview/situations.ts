import { RUNBOOK_BUILD } from '../simulator/build.js';
import { type Action, defineScenario, type Scenario } from '../simulator/scenario.js';

/** A story whose end is pictured. */
export interface PreviewSituation {
  readonly name: 'quiet' | 'incident';
  readonly scenario: Scenario;
  /** Place of the relay that a dashboard of a single relay shows. */
  readonly relay: number;
}

/** A worker that is away for eight minutes, while its relays have leases and are written to. */
const shortOutage = (hour: number, worker: number, relays: readonly number[]): Action[] => [
  { at: `${hour}h`, do: 'worker goes offline', workers: [worker], for: '8m' },
  { at: `${hour}h1m`, do: 'lease is requested', relays },
  { at: `${hour}h1m30s`, do: 'writes arrive', perMinute: 4, for: '5m', relays },
];

// Read all the time, so that what is drawn is idle and not unmeasured. On a build that measures all there is to measure.
const quiet = defineScenario({
  name: 'preview: a quiet afternoon',
  description:
    'Eight relays of three workers, on a build that behaves as the runbook says. Each worker was away for eight minutes; its relays had leases, and everything was ingested.',
  duration: '13h',
  relays: 8,
  workers: [
    [0, 1, 2],
    [3, 4, 5],
    [6, 7],
  ],
  seededCounters: true,
  build: { ...RUNBOOK_BUILD, stateFile: 'snapshot' },
  actions: [
    { at: '1m', do: 'reads arrive', perMinute: 10, for: '13h' },
    { at: '8h30m', do: 'writer is rotated by hand', relays: [2] },
    ...shortOutage(2, 2, [6, 7]),
    ...shortOutage(8, 0, [0, 1, 2]),
    // Twice: a histogram that is born with a sample shows only the next one.
    ...shortOutage(10, 1, [3, 4, 5]),
    ...shortOutage(11, 1, [3, 4, 5]),
  ],
  expect: [],
});

const incident = defineScenario({
  name: 'preview: an incident',
  description:
    'Everything at once, on the observed build. The job of relay 0 failed and the rotation of relay 1. The worker of relays 3 to 5 is away: the lease of 3 is about to end, that of 4 is past its end, and 5 has none. The worker of relays 6 and 7 refuses every push. The worker of relay 8 never heard that it is cleared. The host of relay 9 has been off for hours.',
  duration: '13h',
  relays: 10,
  workers: [[0, 1, 2], [3, 4, 5], [6, 7], [8], [9]],
  seededCounters: true,
  actions: [
    { at: '1m', do: 'reads arrive', perMinute: 10, for: '13h' },
    { at: '4h', do: 'worker goes offline', workers: [4], how: 'asleep' },
    { at: '4h1m', do: 'lease is requested', relays: [9] },
    { at: '4h2m', do: 'writes arrive', perMinute: 2, for: '6m', relays: [9] },
    { at: '10h', do: 'worker goes offline', workers: [3], for: '5m' },
    { at: '10h1m', do: 'lease is requested', relays: [8] },
    { at: '10h2m', do: 'writes arrive', perMinute: 2, for: '2m', relays: [8] },
    { at: '10h4m', do: 'cleared pushes are lost', workers: [3], for: '10m' },
    { at: '11h10m', do: 'worker goes offline', workers: [0], for: '8m' },
    { at: '11h11m', do: 'lease is requested', relays: [0, 1, 2] },
    { at: '11h12m', do: 'writes arrive', perMinute: 4, for: '5m', relays: [0, 1, 2] },
    { at: '11h17m', do: 'jobs fail', relays: [0] },
    { at: '11h17m', do: 'rotations fail', relays: [1] },
    { at: '11h50m', do: 'worker goes offline', workers: [1] },
    { at: '12h10m', do: 'mirrors go stale', relays: [5] },
    { at: '12h15m', do: 'worker goes offline', workers: [2], for: '6m' },
    { at: '12h16m', do: 'lease is requested', relays: [6, 7] },
    { at: '12h17m', do: 'writes arrive', perMinute: 4, for: '3m', relays: [6, 7] },
    { at: '12h19m', do: 'pushes are refused', workers: [2] },
    { at: '12h25m', do: 'lease is requested', relays: [4] },
    { at: '12h26m', do: 'writes arrive', perMinute: 6, for: '35m', relays: [4] },
    { at: '12h30m', do: 'writes arrive', perMinute: 6, for: '31m', relays: [5] },
    { at: '12h51m30s', do: 'lease is requested', relays: [3] },
    { at: '12h52m', do: 'writes arrive', perMinute: 6, for: '9m', relays: [3] },
  ],
  expect: [],
});

export const situations: readonly PreviewSituation[] = [
  { name: 'quiet', scenario: quiet, relay: 4 },
  { name: 'incident', scenario: incident, relay: 0 },
];
