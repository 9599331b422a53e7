import { defineScenario } from '../scenario.js';

export const fallbackStorm = defineScenario({
  name: 'a storm of readers is served from the replica',
  description:
    'The workers of fifty relays are away for an hour, and thousands of reads a minute are served from the replicas, through sessions that stay in replica mode.',
  duration: '2h',
  relays: 50,
  seededCounters: true,
  timings: { session: 600 },
  actions: [
    { at: '5m', do: 'reads arrive', perMinute: 60, for: '1h30m', sessions: 10 },
    { at: '10m', do: 'worker goes offline', for: '1h' },
  ],
  expect: [],
});

export const replicaAsMainPath = defineScenario({
  name: 'the replica becomes the main path',
  description:
    'A worker was retired unnoticed, because its readers are served from the replica day and night. Nothing is pending.',
  duration: '20h',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '10m', do: 'worker goes offline', how: 'asleep' },
    { at: '11m', do: 'reads arrive', perMinute: 1, for: '19h45m', relays: [0] },
  ],
  expect: [
    { alert: 'PendingWritesExporterDown', by: '25m30s' },
    { alert: 'GatewayReplicaMainPath', relays: [0], by: '4h13m30s' },
    { alert: 'GatewayReplicaMainPathTooLong', relays: [0], detectableFrom: '16h11m', by: '16h13m30s' },
  ],
});

export const staleMirrors = defineScenario({
  name: 'readers are served from a stale mirror',
  description:
    'The blind peer of a relay stopped following twenty minutes before its worker went away; its readers get old data.',
  duration: '1h30m',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'mirrors go stale', relays: [0], for: '1h' },
    { at: '20m', do: 'worker goes offline' },
    { at: '20m', do: 'reads arrive', perMinute: 6, for: '1h' },
  ],
  expect: [{ alert: 'GatewayFallbackOnStaleMirror', relays: [0], detectableFrom: '21m', by: '26m' }],
});

export const quietMirrors = defineScenario({
  name: 'mirrors of quiet relays lag without any effect',
  description:
    'A worker is away and no client reads its relays: their mirrors are inactive and their lag grows.',
  duration: '2h',
  relays: 2,
  seededCounters: true,
  actions: [{ at: '5m', do: 'worker goes offline' }],
  expect: [],
});

export const mirrorServiceDown = defineScenario({
  name: 'the mirror service stops while relays depend on it',
  description:
    'Workers are away, readers are served from the replica, and the mirror service stops for 20 minutes.',
  duration: '1h',
  relays: 3,
  seededCounters: true,
  actions: [
    { at: '5m', do: 'worker goes offline' },
    { at: '6m', do: 'reads arrive', perMinute: 6, for: '50m' },
    { at: '15m', do: 'mirror service stops', for: '20m' },
  ],
  expect: [{ alert: 'GatewayMirrorServiceDown', detectableFrom: '15m', by: '18m' }],
});
