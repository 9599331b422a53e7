import type { Action } from '../happening.js';
import { Random } from '../random.js';
import { defineScenario } from '../scenario.js';
import { range } from './families.js';

const QUIET_WORKERS = 20;
const OUTAGES = 250;

/** One outage: its worker is away for a few minutes, and its relays are written to under a lease. */
function outage(random: Random, worker: number, begin: number): Action[] {
  const how = (['network', 'asleep', 'lid closed'] as const)[random.index(3)] ?? 'network';
  const length = Math.round(random.between(150, 540));
  const relays = random.next() < 0.5 ? [2 * worker, 2 * worker + 1] : [2 * worker + random.index(2)];
  // Not before the gateway has noticed that the worker is gone.
  const lease = begin + Math.round(random.between(125, 140));
  const writes = Math.max(5, Math.round(random.between(0.1, 0.9) * (begin + length - lease)));
  return [
    { at: `${begin}s`, do: 'worker goes offline', workers: [worker], how, for: `${length}s` },
    { at: `${lease}s`, do: 'lease is requested', relays },
    { at: `${lease + 2}s`, do: 'writes arrive', perMinute: 6, for: `${writes}s`, relays },
  ];
}

/** The outages of a day, spread over the workers so that those of one do not overlap. */
function day(): Action[] {
  const random = Random.for(17, 'quiet day');
  const each = Math.ceil(OUTAGES / QUIET_WORKERS);
  const slot = Math.floor((23.5 * 3600) / each);
  return range(0, OUTAGES).flatMap((i) => {
    const worker = i % QUIET_WORKERS;
    const begin = 600 + Math.floor(i / QUIET_WORKERS) * slot + Math.round(random.between(0, slot - 900));
    return outage(random, worker, begin);
  });
}

export const quietDay = defineScenario({
  name: 'a quiet day with 250 short outages over forty relays',
  description:
    'Twenty workers with two relays each lose the network, fall asleep or have their lid closed for a few minutes, 250 times in a day. Their relays are read and written meanwhile, and everything is cleared.',
  duration: '24h',
  relays: 2 * QUIET_WORKERS,
  workers: range(0, QUIET_WORKERS).map((worker) => [2 * worker, 2 * worker + 1]),
  seededCounters: true,
  mirrors: false,
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '2m', do: 'reads arrive', perMinute: 1, for: '23h50m', relays: range(0, 8) },
    ...day(),
  ],
  expect: [],
  requires: [],
});

export const rollingRestarts = defineScenario({
  name: 'three gateway processes are restarted one after another, twice',
  description:
    'A rollout restarts each of three gateway processes, and another one does an hour later. Workers are online, except one that is away with pending writes; another goes through a short outage between the rollouts.',
  duration: '3h',
  relays: 12,
  workers: range(0, 4).map((worker) => range(worker * 3, worker * 3 + 3)),
  gateways: 3,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '2m', do: 'reads arrive', perMinute: 4, for: '2h50m' },
    { at: '10m', do: 'worker goes offline', workers: [3] },
    { at: '11m', do: 'lease is requested', relays: [9, 10, 11] },
    { at: '12m', do: 'writes arrive', perMinute: 4, for: '3m', relays: [9, 10, 11] },
    { at: '1h', do: 'worker goes offline', workers: [1], for: '6m' },
    { at: '1h1m', do: 'lease is requested', relays: [3, 4, 5] },
    { at: '1h2m', do: 'writes arrive', perMinute: 4, for: '3m', relays: [3, 4, 5] },
    ...[30, 90].flatMap((minute) =>
      range(0, 3).map(
        (gateway): Action => ({
          at: `${minute + 2 * gateway}m`,
          do: 'gateway restarts',
          gateways: [gateway],
          downFor: '40s',
        }),
      ),
    ),
  ],
  expect: [],
  requires: [],
});

export const renewalsThroughLongOutage = defineScenario({
  name: 'leases are renewed through a long outage',
  description:
    'A worker is away for ten hours, and the leases of its relays are renewed every eight minutes. Relay 0 is written to all the time, relay 1 for five minutes every hour, and relay 2 once.',
  duration: '12h',
  relays: 3,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '5m', do: 'worker goes offline', for: '10h' },
    { at: '6m', do: 'lease is requested', every: '8m', for: '9h55m' },
    { at: '6m30s', do: 'writes arrive', perMinute: 2, for: '9h50m', relays: [0] },
    ...range(0, 9).map(
      (hour): Action => ({
        at: `${hour}h27m`,
        do: 'writes arrive',
        perMinute: 4,
        for: '5m',
        relays: [1],
      }),
    ),
    { at: '7m', do: 'a write arrives', relays: [2] },
  ],
  expect: [],
  requires: [],
});
