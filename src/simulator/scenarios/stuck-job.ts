import { defineScenario } from '../scenario.js';

export const stuckJob = defineScenario({
  name: 'a job fails and the relay stays pending although the worker is online',
  description:
    'The worker comes back, takes the pushes of three relays and ingests two of them. The job of the third fails and is not retried by itself; pushes go on and change nothing. Forty minutes later the worker is restarted (runbook step 4.1) and the relay clears.',
  duration: '1h30m',
  relays: 3,
  seasoned: true,
  actions: [
    { at: '5m', do: 'worker goes offline', for: '7m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '4m' },
    { at: '11m', do: 'jobs fail', relays: [1], for: '40m' },
    { at: '55m', do: 'worker restarts' },
  ],
  expect: [],
});
