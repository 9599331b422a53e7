import type { Action } from '../happening.js';
import { defineScenario, type Scenario } from '../scenario.js';

/** `1h` and so many seconds, as a duration. */
const afterAnHour = (seconds: number) => `${3600 + Math.round(seconds)}s`;

/** Prometheus is down from 1:00 on, while relays of every kind go on with what they do. */
const gap = (minutes: number): Scenario =>
  defineScenario({
    name: `Prometheus is down for ${minutes} minutes and nothing is wrong`,
    description:
      'Relay 0 is pending before, in and after the gap, its worker away. Relay 1 is pending before and cleared in the gap. Relay 2 is busy, and relay 3 idle. Relay 4 becomes pending in the gap and stays so, its worker away.',
    duration: '3h30m',
    relays: 5,
    workers: [[0], [1], [2], [3], [4]],
    seededCounters: true,
    actions: [
      { at: '1m', do: 'worker restarts' },
      { at: '2m', do: 'reads arrive', perMinute: 4, for: '3h20m' },
      { at: '5m', do: 'worker goes offline', workers: [0, 1] },
      { at: '6m', do: 'lease is requested', relays: [0, 1] },
      { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '3m', relays: [0, 1] },
      { at: '20m7s', do: 'a replica session writes', every: '20s', for: '3h', relays: [2] },
      { at: '1h', do: 'Prometheus is down', for: `${minutes}m` },
      { at: afterAnHour(10), do: 'worker goes offline', workers: [4] },
      { at: afterAnHour(80), do: 'lease is requested', relays: [4] },
      { at: afterAnHour(90), do: 'a write arrives', relays: [4] },
      { at: afterAnHour(minutes * 30), do: 'worker comes back', workers: [1] },
    ],
    expect: [],
    requires: [],
  });

export const gapOf5Minutes = gap(5);
export const gapOf20Minutes = gap(20);
export const gapOf70Minutes = gap(70);

/** In the gap the worker of relay 0 clears it and the gateway restarts; relay 1 is still pending, its worker away. */
const gapWithRestart = (minutes: number): Scenario =>
  defineScenario({
    name: `a relay is cleared and the gateway restarts while Prometheus is down for ${minutes} minutes`,
    description:
      'The worker of relay 0 comes back in the gap and clears it, as its file says afterwards. Then the gateway restarts, so that no gauge is left when Prometheus is back. The worker of relay 1 is away all the time: its relay is pending, and nothing shows it.',
    duration: '3h30m',
    relays: 2,
    workers: [[0], [1]],
    seededCounters: true,
    actions: [
      { at: '40m', do: 'worker goes offline' },
      { at: '41m', do: 'lease is requested' },
      { at: '41m30s', do: 'writes arrive', perMinute: 4, for: '3m' },
      { at: '1h', do: 'Prometheus is down', for: `${minutes}m` },
      { at: afterAnHour(minutes * 20), do: 'worker comes back', workers: [0] },
      { at: afterAnHour(minutes * 40), do: 'gateway restarts' },
    ],
    expect: [],
    requires: [],
  });

export const restartInGapOf5Minutes = gapWithRestart(5);
export const restartInGapOf20Minutes = gapWithRestart(20);
export const restartInGapOf70Minutes = gapWithRestart(70);

const STUCK: readonly Action[] = [
  { at: '5m', do: 'worker goes offline', for: '7m' },
  { at: '6m', do: 'lease is requested' },
  { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '4m' },
  { at: '11m', do: 'jobs fail', relays: [1] },
];

export const stuckThroughGap = defineScenario({
  name: 'a job fails a moment before Prometheus is down for twenty minutes',
  description:
    'The job of relay 1 fails, and Prometheus misses the next twenty minutes. The relay is found stuck after the gap as it would have been without it.',
  duration: '2h',
  relays: 3,
  seededCounters: true,
  actions: [...STUCK, { at: '14m', do: 'Prometheus is down', for: '20m' }],
  expect: [],
  requires: [{ anyOf: ['GatewayPendingWritesStuck'], relays: [1], detectableFrom: '22m', by: '50m' }],
  allows: [{ alert: 'GatewayPushesNotIngested' }, { alert: 'WorkerQueuePendingTooLong', relays: [1] }],
});
