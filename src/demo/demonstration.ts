import type { ConfigInput } from '../config/schema.js';
import { type Action, defineScenario } from '../simulator/scenario.js';

/** Relays of one worker that goes offline and comes back, again and again. */
const comingAndGoing = (worker: number, relays: number[]): Action[] =>
  Array.from({ length: 24 }, (_, round): Action[] => {
    const begin = 20 + round * 300;
    return [
      { at: `${begin}s`, do: 'worker goes offline', workers: [worker], for: '3m' },
      { at: `${begin + 50}s`, do: 'lease is requested', relays },
      { at: `${begin + 55}s`, do: 'writes arrive', relays, perMinute: 6, for: '1m' },
    ];
  }).flat();

/** How each relay behaves, in the relays' order. */
export const RELAY_BEHAVIOURS: readonly string[] = [
  'its worker is away for 3 of 5 minutes; clears automatically',
  'same worker, same behavior',
  'the job fails and is not retried',
  'ingested, but the rotation fails',
  'written to after its lease expired',
  'no lease was requested: writes are rejected',
  'only read; nothing is pending',
];

/**
 * Three workers and seven relays that behave differently, so that phases and alerts are seen within minutes: one worker
 * comes and goes, one is online but fails at its work, one is away for good.
 */
export const demonstration = defineScenario({
  name: 'a demonstration with seven relays that behave differently',
  description: 'What npm start shows.',
  duration: '2h10m',
  seed: 20,
  relays: 7,
  workers: [
    [0, 1],
    [2, 3],
    [4, 5, 6],
  ],
  seededCounters: true,
  // Shorter than the usual 10 minutes, so that an expiry can be watched.
  timings: { lease: 240 },
  actions: [
    ...comingAndGoing(0, [0, 1]),
    { at: '0s', do: 'worker goes offline', workers: [1], for: '1m30s' },
    { at: '0s', do: 'jobs fail', relays: [2] },
    { at: '0s', do: 'rotations fail', relays: [3] },
    { at: '50s', do: 'lease is requested', relays: [2, 3] },
    { at: '55s', do: 'writes arrive', relays: [2, 3], perMinute: 20, for: '25s' },
    { at: '0s', do: 'worker goes offline', workers: [2] },
    { at: '50s', do: 'lease is requested', relays: [4] },
    { at: '55s', do: 'writes arrive', relays: [4], perMinute: 6, for: '2h' },
    { at: '55s', do: 'writes arrive', relays: [5], perMinute: 12, for: '2h' },
    { at: '10s', do: 'reads arrive', relays: [0, 4, 6], perMinute: 20, for: '2h', sessions: 2 },
  ],
  expect: [],
});

/** Seconds of the demonstration that lie behind when it is first scraped: something is under way from the start. */
export const DEMONSTRATION_LEAD = 85;

/** Without a configuration, waits are shortened for a live demonstration. */
export const DEMONSTRATION_CONFIG: ConfigInput = {
  scrapeInterval: '5s',
  evaluationInterval: '5s',
  rateWindow: '1m',
  thresholds: {
    pendingWrites: { infoAfter: '2m', warningAfter: '8m', criticalAfter: '12m', stuckAfter: '6m20s' },
    leaseExpiry: { leaseDuration: '4m', wantedWithin: '2m' },
    replicaFallback: { infoAfter: '3m', warningAfter: '20m', quietAfter: '1m' },
    objective: { clearedWithin: '1m' },
    workerQueue: { pendingAfter: '4m', disagreeAfter: '2m' },
  },
};
