import { defineScenario } from '../scenario.js';

export const shortOutage = defineScenario({
  name: 'a short outage clears by itself',
  description:
    'A worker is away for eight minutes. Its relays are read and written meanwhile, under a lease; when it is back it ingests everything, and the lease is released.',
  duration: '40m',
  relays: 3,
  seasoned: true,
  actions: [
    { at: '2m', do: 'reads arrive', perMinute: 6, for: '30m' },
    { at: '5m', do: 'worker goes offline', for: '8m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '5m', relays: [0, 1] },
    { at: '7m', do: 'writes arrive', through: 'drive', perMinute: 1, for: '4m', relays: [2] },
  ],
  expect: [],
});
