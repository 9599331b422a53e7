import { gatewayBlindPeerActive } from '../../../metrics/gateway.js';
import { RUNBOOK_BUILD } from '../build.js';
import { type Action, defineScenario } from '../scenario.js';
import { NOT_DELIVERED } from './families.js';

const RESTART: readonly Action[] = [
  { at: '6m', do: 'lease is requested' },
  { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '3m' },
  { at: '15m', do: 'gateway restarts', downFor: '10s' },
];

export const gatewayRestartWhilePending = defineScenario({
  name: 'the gateway restarts while writes are pending',
  description:
    'Two relays are pending while their app is closed. The gateway restarts: gauges, leases and pushes are gone. Fifteen minutes later the app starts and rotates its relays: it is active, but is not notified of the writes. After an hour an operator requests a lease and writes to both, which starts the pushes again.',
  duration: '2h',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '5m', do: 'worker goes offline', how: 'closed', for: '25m' },
    ...RESTART,
    { at: '1h15m', do: 'operator requests a lease and writes' },
  ],
  expect: [],
  requires: [{ anyOf: NOT_DELIVERED, relays: 'all', detectableFrom: '30m', by: '45m' }],
});

export const gatewayRestartWhileAway = defineScenario({
  name: 'the gateway restarts while writes are pending and the worker stays away',
  description:
    'The same, and the worker is away for hours. The missing pushes are not a problem while it is offline.',
  duration: '4h',
  relays: 2,
  seededCounters: true,
  actions: [{ at: '1m', do: 'worker restarts' }, { at: '5m', do: 'worker goes offline' }, ...RESTART],
  expect: [],
  requires: [],
});

export const gatewayRestartAlwaysOn = defineScenario({
  name: 'the gateway restarts while writes are pending, where workers are always on',
  description:
    'The same after a network outage of eight minutes, where the site declares its workers always on: once the gateway has restarted, there are no more pushes.',
  duration: '1h30m',
  relays: 2,
  seededCounters: true,
  site: { workers: { alwaysOn: true } },
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '5m', do: 'worker goes offline', for: '12m' },
    ...RESTART,
  ],
  expect: [],
  requires: [{ anyOf: NOT_DELIVERED, relays: 'all', detectableFrom: '15m', by: '1h' }],
});

export const gatewayGone = defineScenario({
  name: 'the gateway is gone',
  description: 'The gateway process ends and does not come back for 20 minutes.',
  duration: '1h',
  relays: 2,
  seededCounters: true,
  actions: [{ at: '10m', do: 'gateway stops', for: '20m' }],
  expect: [{ alert: 'GatewayDown', detectableFrom: '10m', by: '12m' }],
});

export const gatewayUnknown = defineScenario({
  name: 'the gateway leaves service discovery',
  description: 'The gateway is removed from the scrape configuration: up is absent, not 0.',
  duration: '1h',
  relays: 1,
  seededCounters: true,
  actions: [{ at: '10m', do: 'gateway leaves service discovery', for: '30m' }],
  expect: [{ alert: 'GatewayMissing', detectableFrom: '10m', by: '15m' }],
});

export const gatewayLosesMetric = defineScenario({
  name: 'a new build of the gateway lacks a metric',
  description: 'After an update the gateway no longer serves whether its mirror service runs.',
  duration: '1h',
  relays: 1,
  seededCounters: true,
  actions: [
    { at: '10m', do: 'gateway restarts' },
    { at: '10m', do: 'gateway loses a metric', metric: gatewayBlindPeerActive },
  ],
  expect: [{ alert: 'GatewayMetricsMissing', detectableFrom: '10m', by: '15m30s' }],
});

export const counterResets = defineScenario({
  name: 'counters reset with every restart of the gateway',
  description: 'A gateway with nothing pending restarts three times within an hour; all counters reset.',
  duration: '1h30m',
  relays: 3,
  seededCounters: true,
  actions: [
    { at: '2m', do: 'reads arrive', perMinute: 6, for: '1h20m' },
    { at: '10m', do: 'gateway restarts' },
    { at: '30m', do: 'gateway restarts' },
    { at: '50m', do: 'gateway restarts' },
  ],
  expect: [],
});

export const firstFailureEver = defineScenario({
  name: 'the very first push of a gateway fails',
  description:
    'On a fresh gateway, which has no push counters yet, a worker refuses its first pushes for 15 minutes: the error counter appears with the value 1.',
  duration: '1h',
  relays: 1,
  actions: [
    { at: '5m', do: 'worker goes offline', for: '5m' },
    { at: '6m', do: 'lease is requested' },
    { at: '7m', do: 'a write arrives' },
    { at: '8m', do: 'pushes are refused', for: '15m' },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '13m30s' },
    { alert: 'GatewayPushesFailing', detectableFrom: '10m', by: '25m30s' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '16m' },
  ],
});

export const otherProcessAnswers = defineScenario({
  name: 'another gateway process answers and the first keeps a stale gauge',
  description:
    'Two gateway processes share the registrations. The worker reports its resync to the one that did not take the writes, so the gauge of the other stays 1 although everything is ingested. The file of the worker shows this: the relay counts as pending again from then on, and nothing shows that its worker was active since.',
  duration: '2h',
  relays: 2,
  gateways: 2,
  resyncAnsweredBy: 'another process',
  seededCounters: true,
  actions: [
    { at: '5m', do: 'worker goes offline', for: '5m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '3m' },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '14m' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '16m30s' },
    { alert: 'GatewayPendingWritesWaiting', relays: 'all', by: '1h11m' },
  ],
});

export const runbookBuild = defineScenario({
  name: 'a build that behaves as the runbook says goes through a short outage',
  description:
    'Acknowledgements are recorded, pushes counted by relay, the expiry counts down and shows a new term after clearing.',
  duration: '40m',
  relays: 3,
  seededCounters: true,
  build: RUNBOOK_BUILD,
  actions: [
    { at: '2m', do: 'reads arrive', perMinute: 6, for: '30m' },
    { at: '5m', do: 'worker goes offline', for: '8m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '5m' },
  ],
  expect: [],
});
