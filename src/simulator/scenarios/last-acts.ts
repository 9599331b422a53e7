import type { Action } from '../happening.js';
import { defineScenario, type Scenario } from '../scenario.js';
import type { Absence } from '../worker.js';

/** A worker writes its file, leaves twenty seconds later for hours, and its relays become pending after that. */
const leaving = (name: string, description: string, actions: readonly Action[]): Scenario =>
  defineScenario({
    name,
    description: `${description} Its relays become pending a minute and a half later and stay pending for hours. The worker is just away, and nothing is wrong.`,
    duration: '4h',
    relays: 2,
    seededCounters: true,
    actions: [
      ...actions,
      { at: '11m50s', do: 'lease is requested' },
      { at: '12m', do: 'writes arrive', perMinute: 4, for: '3m' },
    ],
    expect: [],
    requires: [],
  });

const afterRotation = (how: Absence): Action[] => [
  { at: '1m', do: 'worker restarts' },
  { at: '10m', do: 'writer is rotated by hand' },
  { at: '10m20s', do: 'worker goes offline', how },
];

export const leavesAfterRotation = leaving(
  'a worker loses the network right after a rotation',
  'A worker rotates its relays and loses the network.',
  afterRotation('network'),
);

export const closesAfterRotation = leaving(
  'an app is closed right after a rotation',
  'A worker rotates its relays and is closed; its exporter stays.',
  afterRotation('closed'),
);

export const sleepsAfterRotation = leaving(
  'a laptop falls asleep right after a rotation',
  'A worker rotates its relays and its host falls asleep, its exporter too.',
  afterRotation('asleep'),
);

export const leavesAfterFirstFile = leaving(
  'a worker leaves right after it wrote its first file',
  'A worker that never had a state file rotates its relays, which writes one, and loses the network.',
  [
    { at: '10m', do: 'writer is rotated by hand' },
    { at: '10m20s', do: 'worker goes offline' },
  ],
);

export const leavesAfterClearing = leaving(
  'a worker leaves right after it cleared its relays',
  'A worker comes back from a short outage, clears its relays, and is away again.',
  [
    { at: '4m', do: 'worker goes offline', for: '5m' },
    { at: '5m', do: 'lease is requested' },
    { at: '6m', do: 'a write arrives' },
    { at: '9m40s', do: 'worker goes offline' },
  ],
);

export const leavesWithFastClock = leaving(
  'a worker whose clock is fast leaves right after a rotation',
  'The clock of the worker is ten minutes fast, so its file looks younger than the writes that come after. It rotates its relays and loses the network.',
  [{ at: '0s', do: 'worker clock is off', by: '10m' }, ...afterRotation('network')],
);

export const unseenLastAct = leaving(
  'an exporter comes back and shows a last act that no scrape had seen',
  'A worker rotates its relays between two scrapes and is closed, and its exporter cannot be scraped for an hour. When it can, the file is younger than what the last scrape saw.',
  [
    { at: '1m', do: 'worker restarts' },
    { at: '10m1s', do: 'exporter stops', for: '1h' },
    { at: '10m5s', do: 'writer is rotated by hand' },
    { at: '10m8s', do: 'worker goes offline', how: 'closed' },
  ],
);

/** A laptop's lid is closed while the gateway pushes: two attempts fail, then it knows that no worker is there. */
const lidClosed = (name: string, description: string, setup: Partial<Scenario>): Scenario =>
  defineScenario({
    name,
    description,
    duration: '1h15m',
    relays: 1,
    seededCounters: true,
    expect: [],
    requires: [],
    ...setup,
    actions: [
      { at: '10m', do: 'worker goes offline', how: 'lid closed', for: '50m' },
      { at: '10m5s', do: 'operator requests a lease and writes' },
      ...(setup.actions ?? []),
    ],
  });

export const lidClosedDuringPushes = lidClosed(
  'a laptop lid is closed during pushes',
  'The lid of a laptop is closed a moment before a write is pushed to it. Two pushes fail, and then the gateway gives its socket up and counts no more.',
  {},
);

export const lidClosedOnFreshGateway = lidClosed(
  'a laptop lid is closed during the first pushes of a gateway',
  'The same on a gateway that has never pushed: the error counter appears with the value 1.',
  { seededCounters: false },
);

export const lidClosedWithManyRelays = lidClosed(
  'a laptop lid is closed during the pushes of eight relays',
  'The same with eight relays of one laptop: sixteen failures within a minute and a half.',
  { relays: 8 },
);

export const lidClosedAgainAndAgain = lidClosed(
  'a laptop lid is closed during pushes every quarter of an hour',
  'A laptop is opened and closed four times within an hour, each time while a write is pushed to it.',
  {
    duration: '2h30m',
    actions: [75, 90, 105].flatMap((minute): Action[] => [
      { at: `${minute}m`, do: 'worker goes offline', how: 'lid closed', for: '10m' },
      { at: `${minute}m5s`, do: 'operator requests a lease and writes' },
    ]),
  },
);
