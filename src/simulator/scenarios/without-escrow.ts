import { defineScenario } from '../scenario.js';

export const outageWithoutEscrow = defineScenario({
  name: 'a gateway without escrow goes through outages',
  description:
    'Escrow is off: websocket writes are read-only whenever a worker is away, drive uploads are taken without a lease, and no lease series exists. A worker is away for ten minutes, and again for hours.',
  duration: '5h',
  relays: 3,
  seededCounters: true,
  escrow: 'off',
  site: { escrow: 'off' },
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '2m', do: 'reads arrive', perMinute: 4, for: '4h30m' },
    { at: '5m', do: 'worker goes offline', for: '10m' },
    { at: '6m', do: 'writes arrive', perMinute: 6, for: '8m', relays: [0, 1] },
    { at: '7m', do: 'writes arrive', through: 'drive', perMinute: 2, for: '6m', relays: [1, 2] },
    { at: '8m', do: 'lease is requested' },
    { at: '1h', do: 'worker goes offline', for: '3h' },
    { at: '1h1m', do: 'writes arrive', perMinute: 6, for: '2h50m', relays: [0] },
    { at: '1h2m', do: 'writes arrive', through: 'drive', perMinute: 1, for: '1h', relays: [1] },
  ],
  expect: [],
  requires: [],
});

export const stuckWithoutEscrow = defineScenario({
  name: 'a job fails on a gateway without escrow',
  description: 'Escrow is off, and the job of a relay fails after an outage with drive uploads.',
  duration: '1h',
  relays: 3,
  seededCounters: true,
  escrow: 'off',
  site: { escrow: 'off' },
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '5m', do: 'worker goes offline', for: '7m' },
    { at: '6m30s', do: 'writes arrive', through: 'drive', perMinute: 4, for: '4m' },
    { at: '11m', do: 'jobs fail', relays: [1] },
  ],
  expect: [],
  requires: [{ anyOf: ['GatewayPendingWritesStuck'], relays: [1], detectableFrom: '22m', by: '42m' }],
  allows: [{ alert: 'WorkerQueuePendingTooLong', relays: [1] }],
});
