import { defineScenario } from '../scenario.js';

export const exporterGone = defineScenario({
  name: 'the exporter stops while its worker goes on',
  description: 'The exporter of an online worker ends and does not come back for an hour.',
  duration: '1h30m',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '10m', do: 'exporter stops', for: '1h' },
  ],
  expect: [{ alert: 'PendingWritesExporterDown', by: '25m30s' }],
});

export const tornFile = defineScenario({
  name: 'the state file is torn for an hour',
  description:
    'Two overlapping writes leave half a state file, and the worker has no reason to write it again for an hour.',
  duration: '1h45m',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '10m', do: 'state file is torn', for: '1h' },
  ],
  expect: [{ alert: 'PendingWritesStateFileUnreadable', detectableFrom: '10m', by: '20m30s' }],
});

export const deletedFile = defineScenario({
  name: 'the state file is deleted while the worker runs',
  description:
    'An operator deletes the file (runbook step discard-state-file) of a worker that has nothing to do.',
  duration: '1h',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '10m', do: 'state file is deleted' },
  ],
  expect: [],
});

const outage = [
  { at: '5m', do: 'worker goes offline', for: '8m' },
  { at: '6m', do: 'lease is requested' },
  { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '5m' },
] as const;

export const workerClockFast = defineScenario({
  name: 'the clock of the worker is ten minutes fast through a short outage',
  description: 'Every time that the worker writes lies ten minutes in the future; nothing else is wrong.',
  duration: '1h',
  relays: 2,
  seededCounters: true,
  actions: [{ at: '0s', do: 'worker clock is off', by: '10m' }, ...outage],
  expect: [],
});

export const workerClockSlow = defineScenario({
  name: 'the clock of the worker is ten minutes slow through a short outage',
  description: 'Every time that the worker writes lies ten minutes in the past; nothing else is wrong.',
  duration: '1h',
  relays: 2,
  seededCounters: true,
  actions: [{ at: '0s', do: 'worker clock is off', by: '10m', slow: true }, ...outage],
  expect: [],
});

/** Found by the search in random worlds (world 240006). */
export const workerClockSetBack = defineScenario({
  name: 'the clock of the worker is set back while a relay is pending',
  description:
    'The relay was cleared once before. A time in the file is of the clock as it was when the file was written; by the clock of now the clearing would seem to come after the write, and the age of the pending write would start again.',
  duration: '1h30m',
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '5m', do: 'worker goes offline', for: '5m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'a write arrives' },
    { at: '20m', do: 'worker goes offline', for: '2h' },
    { at: '21m', do: 'lease is requested' },
    { at: '21m30s', do: 'a write arrives' },
    { at: '40m', do: 'worker clock is off', by: '30m', slow: true },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '28m30s' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '31m' },
    { alert: 'GatewayPendingWritesWaiting', relays: 'all', by: '1h22m' },
  ],
});

/** Found by the search in random worlds (world 242223). */
export const workerClockSetBackAndWritten = defineScenario({
  name: 'the clock of the worker is set back while a relay is pending, and its file is written',
  description:
    'A worker writes its whole file each time. The relay was cleared once before, by the clock as it was then; by the clock of now the clearing would seem to come after the write, and the age of the pending write would start again. A worker that writes its file looks as if it was connected.',
  duration: '1h30m',
  seededCounters: true,
  actions: [...workerClockSetBack.actions, { at: '45m', do: 'writer is rotated by hand' }],
  expect: [
    ...workerClockSetBack.expect,
    { alert: 'WorkerMissedPendingWrites', relays: 'all', detectableFrom: '45m', by: '55m30s' },
  ],
});

export const prometheusRestart = defineScenario({
  name: 'Prometheus restarts in the middle of a long outage',
  description:
    'Prometheus is down for five minutes while a relay has been pending for two hours: its age must not start again from 0.',
  duration: '4h',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '5m', do: 'worker goes offline' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '3m' },
    { at: '2h', do: 'Prometheus is down', for: '5m' },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '14m' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '16m30s' },
    { alert: 'GatewayPendingWritesWaiting', relays: 'all', by: '1h7m30s' },
  ],
});
