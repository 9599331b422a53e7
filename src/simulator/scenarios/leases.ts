import type { BuildOptions } from '../build.js';
import { type Action, defineScenario, type ExpectedAlert, type Scenario } from '../scenario.js';

/** A lease runs out in the middle of an outage; on relay 0 users go on writing, relay 1 is quiet. */
const runningOut = (
  how: string,
  build: Partial<BuildOptions>,
  description: string,
  expect: readonly ExpectedAlert[],
): Scenario =>
  defineScenario({
    name: `a lease runs out, on a build whose expiry gauge ${how}`,
    description: `${description} The worker is away for 40 minutes; writes to the first relay go on beyond the end of its lease, the second is quiet after two minutes.`,
    duration: '1h15m',
    relays: 2,
    seededCounters: true,
    build,
    actions: [
      { at: '5m', do: 'worker goes offline', for: '40m' },
      { at: '6m', do: 'lease is requested' },
      { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '30m', relays: [0] },
      { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '2m', relays: [1] },
    ],
    expect,
  });

export const leaseRunsOutStanding = runningOut(
  'stands still',
  { expiryGauge: 'standing' },
  'Only writes refresh the gauge, and the first write after the end sets it to 0.',
  [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '14m' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '38m30s' },
    { alert: 'GatewayEscrowLeaseExpiredWritesWanted', relays: [0], detectableFrom: '16m30s', by: '19m30s' },
  ],
);

export const leaseRunsOutRefreshed = runningOut(
  'is refreshed at events',
  { expiryGauge: 'refreshed' },
  'Every look for a worker refreshes the gauge.',
  [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '14m' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '38m30s' },
    { alert: 'GatewayEscrowLeaseExpiredWritesWanted', relays: [0], detectableFrom: '16m30s', by: '19m30s' },
  ],
);

export const leaseRunsOutCountingDown = runningOut(
  'counts down',
  { expiryGauge: 'counting-down' },
  'The gauge is true at every scrape.',
  [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '13m30s' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '38m30s' },
    { alert: 'GatewayEscrowLeaseExpiredWritesWanted', relays: [0], detectableFrom: '16m30s', by: '19m' },
  ],
);

export const leaseRunsOutEnforced = runningOut(
  'counts down and whose policy turns writes away after the end',
  { expiryGauge: 'counting-down', leaseExpiry: 'enforced' },
  'After the end of the lease writes are answered read-only.',
  [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '13m30s' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '41m30s' },
    { alert: 'GatewayEscrowLeaseExpiredWritesWanted', relays: [0], detectableFrom: '16m30s', by: '19m' },
    { alert: 'GatewayWritesTurnedAway', relays: [0], detectableFrom: '18m30s', by: '23m30s' },
  ],
);

const renewals: Action[] = [
  { at: '5m', do: 'worker goes offline', for: '1h' },
  { at: '6m', do: 'lease is requested', every: '8m', for: '1h' },
];

export const leaseRenewedInTime = defineScenario({
  name: 'a lease is renewed in time, again and again',
  description:
    'An operator keeps the lease of a relay through an outage of an hour, with a request every eight minutes. Users keep writing, and each accepted write shows the new term.',
  duration: '1h30m',
  relays: 2,
  seededCounters: true,
  actions: [...renewals, { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '57m' }],
  expect: [],
});

export const leaseRenewedUnseen = defineScenario({
  name: 'a lease is renewed and no series betrays it',
  description:
    'The same renewals on a relay without writes after the first minute: each issue sets the gauge to 600 again, its previous value.',
  duration: '1h30m',
  relays: 1,
  seededCounters: true,
  actions: [...renewals, { at: '6m5s', do: 'a write arrives' }],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '21m30s' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '24m' },
  ],
});

export const leaseReleased = defineScenario({
  name: 'a lease is released before its end',
  description:
    'An operator releases the lease of a relay over the API while its worker is away and there are no more writes.',
  duration: '1h',
  relays: 1,
  seededCounters: true,
  actions: [
    { at: '5m', do: 'worker goes offline', for: '30m' },
    { at: '6m', do: 'lease is requested' },
    { at: '7m', do: 'a write arrives' },
    { at: '10m', do: 'lease is released', reason: 'operator' },
  ],
  expect: [],
});

export const leaseOfQuietRelay = defineScenario({
  name: 'a lease is requested but there are no writes',
  description:
    'A lease is issued for a relay without any write, runs out, and is released when the worker is back.',
  duration: '1h',
  relays: 1,
  seededCounters: true,
  actions: [
    { at: '5m', do: 'worker goes offline', for: '30m' },
    { at: '6m', do: 'lease is requested' },
  ],
  expect: [],
});

export const escrowDown = defineScenario({
  name: 'the escrow service is down and no lease is available',
  description:
    'A worker is away and its users want to write, but every request for a lease fails, one per minute, until the escrow service is back after half an hour.',
  duration: '1h15m',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '5m', do: 'escrow is down', for: '31m' },
    { at: '6m', do: 'worker goes offline', for: '50m' },
    { at: '7m', do: 'lease is requested', every: '1m', for: '30m' },
    { at: '8m', do: 'writes arrive', perMinute: 4, for: '35m', relays: [0] },
  ],
  expect: [
    { alert: 'GatewayEscrowUnlocksFailing', detectableFrom: '8m30s', by: '13m30s' },
    { alert: 'GatewayWritesTurnedAway', relays: [0], detectableFrom: '10m30s', by: '15m30s' },
    { alert: 'GatewayEscrowLeaseExpiring', relays: [0], by: '45m' },
    { alert: 'GatewayEscrowLeaseExpired', relays: [0], by: '47m30s' },
  ],
});

export const policyRefuses = defineScenario({
  name: 'the escrow policy refuses every lease while writes are rejected',
  description:
    'The mirrors of a relay have been stale since before its worker went away, so the policy grants no lease; users keep trying to write.',
  duration: '1h',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'mirrors go stale', relays: [0] },
    { at: '6m', do: 'worker goes offline' },
    { at: '7m', do: 'lease is requested', relays: [0], every: '2m', for: '50m' },
    { at: '8m', do: 'writes arrive', perMinute: 4, for: '50m', relays: [0] },
  ],
  expect: [
    { alert: 'GatewayWritesTurnedAway', relays: [0], detectableFrom: '10m30s', by: '15m30s' },
    { alert: 'GatewayEscrowUnlocksRefused', detectableFrom: '10m30s', by: '18m30s' },
  ],
});

export const noLeaseRequested = defineScenario({
  name: 'no lease is requested and writes are rejected',
  description: 'A worker is away for half an hour and users want to write, but no lease was requested.',
  duration: '1h',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '5m', do: 'worker goes offline', for: '30m' },
    { at: '6m', do: 'writes arrive', perMinute: 6, for: '28m', relays: [0] },
  ],
  expect: [{ alert: 'GatewayWritesTurnedAway', relays: [0], detectableFrom: '8m30s', by: '13m30s' }],
});

export const aFewWritesTurnedAway = defineScenario({
  name: 'a few writes are rejected while the policy waits for the worker',
  description:
    'Within 45 seconds of the last healthy peer the policy grants no lease, so writes in that time are rejected. The lease is granted a minute later, and everything is fine.',
  duration: '40m',
  relays: 1,
  seededCounters: true,
  actions: [
    { at: '5m', do: 'writes arrive', perMinute: 12, for: '8m' },
    { at: '6m', do: 'worker goes offline', for: '8m' },
    { at: '6m20s', do: 'lease is requested' },
    { at: '7m', do: 'lease is requested' },
  ],
  expect: [],
});

/** Found by the search in random worlds (world 650792). */
export const leaseRenewedDuringGap = defineScenario({
  name: 'a lease is renewed while Prometheus is down',
  description:
    'A worker is away and has lost its registration, so the gauge of the lease keeps its value through a renewal. Prometheus is down for more than a quarter of an hour; in that time the lease is renewed, and afterwards users write under it. Their lease is valid until 43m.',
  duration: '1h',
  relays: 1,
  seededCounters: true,
  actions: [
    { at: '5m', do: 'worker goes offline', for: '1h' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m1s', do: 'a write arrives' },
    { at: '8m', do: 'registrations are lost' },
    { at: '16m10s', do: 'lease is requested' },
    { at: '17m', do: 'Prometheus is down', for: '17m30s' },
    { at: '33m', do: 'lease is requested' },
    { at: '33m1s', do: 'writes arrive', perMinute: 2, for: '9m' },
  ],
  expect: [
    { alert: 'GatewayEscrowLeaseExpiring', relays: 'all', by: '14m' },
    { alert: 'GatewayEscrowLeaseExpired', relays: 'all', by: '35m' },
  ],
});

export const rotationFails = defineScenario({
  name: 'the resync is done but the rotation fails',
  description:
    'The worker ingests everything, but the escrow deposit of one relay cannot be replaced. The next outage, half an hour later, finds no lease for it, and its writes are rejected.',
  duration: '1h30m',
  relays: 3,
  seededCounters: true,
  actions: [
    { at: '5m', do: 'worker goes offline', for: '5m' },
    { at: '6m', do: 'lease is requested' },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '3m' },
    { at: '9m', do: 'rotations fail', relays: [1] },
    { at: '40m', do: 'worker goes offline', for: '20m' },
    { at: '42m', do: 'lease is requested' },
    { at: '43m', do: 'writes arrive', perMinute: 4, for: '15m', relays: [1] },
  ],
  expect: [
    { alert: 'WorkerRotationFailed', relays: [1], detectableFrom: '10m30s', by: '15m30s' },
    { alert: 'GatewayWritesTurnedAway', relays: [1], detectableFrom: '45m30s', by: '50m30s' },
  ],
});

export const rotationFailureForgotten = defineScenario({
  name: 'a failed rotation is pushed out of the file by others',
  description:
    'A worker with forty relays fails to rotate one of them. An hour later it reconnects and rotates all, the failed one with success at last; in between its 50 rows are filled by rotations by hand of the others.',
  duration: '2h',
  relays: 40,
  seededCounters: true,
  mirrors: false,
  actions: [
    { at: '5m', do: 'rotations fail', relays: [0], for: '50m' },
    { at: '6m', do: 'writer is rotated by hand', relays: [0] },
    { at: '10m', do: 'writer is rotated by hand', relays: Array.from({ length: 39 }, (_, i) => i + 1) },
    { at: '1h10m', do: 'worker restarts' },
  ],
  expect: [{ alert: 'WorkerRotationFailed', relays: [0], detectableFrom: '6m30s', by: '11m30s' }],
});

export const rotationFailureOfOneWorker = defineScenario({
  name: 'one of two workers fails a rotation, and the file of the other one lists an older that was completed',
  description:
    'Relay 0 has two workers. The first one restarts and rotates it. The second one fails to rotate it twenty minutes later, and rotations by hand of its other relays soon fill its 50 rows. The first one restarts again after an hour and completes another rotation.',
  duration: '2h',
  relays: 40,
  // the second one rotates relay 0 last, so that it stays in the file
  workers: [[0], Array.from({ length: 40 }, (_, i) => 39 - i)],
  seededCounters: true,
  mirrors: false,
  actions: [
    { at: '5m', do: 'worker restarts', workers: [0] },
    { at: '20m', do: 'rotations fail', relays: [0], for: '20m' },
    { at: '25m', do: 'worker restarts', workers: [1] },
    { at: '27m', do: 'writer is rotated by hand', relays: Array.from({ length: 39 }, (_, i) => i + 1) },
    { at: '1h25m', do: 'worker restarts', workers: [0] },
  ],
  expect: [{ alert: 'WorkerRotationFailed', relays: [0], detectableFrom: '26m', by: '31m' }],
});
