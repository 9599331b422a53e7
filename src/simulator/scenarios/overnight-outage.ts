import { defineScenario } from '../scenario.js';

export const overnightOutage = defineScenario({
  name: 'an overnight outage clears in the morning',
  description:
    'A laptop is closed in the evening, host and exporter with it, and opened ten hours later. Some writes arrive within the first minutes, under a lease that nobody renews; readers come all night.',
  duration: '11h30m',
  relays: 3,
  seasoned: true,
  actions: [
    { at: '10m', do: 'worker goes offline', host: 'off', for: '10h' },
    { at: '11m', do: 'lease is requested' },
    { at: '11m30s', do: 'writes arrive', perMinute: 2, for: '6m' },
    { at: '12m', do: 'reads arrive', perMinute: 1, for: '3h' },
  ],
  expect: [],
});
