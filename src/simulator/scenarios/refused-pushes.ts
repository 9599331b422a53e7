import { defineScenario } from '../scenario.js';

export const refusedPushes = defineScenario({
  name: 'a worker refuses every push',
  description:
    'After a change of the shared secret the worker answers every push with 403. Its relays stay pending while it is online, and its state file never hears of them.',
  duration: '1h',
  relays: 2,
  actions: [
    { at: '5m', do: 'worker goes offline', for: '5m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '3m' },
    { at: '9m', do: 'pushes are refused', for: '41m' },
  ],
  expect: [],
});
