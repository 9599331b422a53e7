import type { Action } from './happening.js';
import { Random } from './random.js';
import { defineScenario } from './scenario.js';

const WORKERS = 3;
const DAY = 86_400;
const HOUR = 3600;

const relaysOf = (worker: number) => [2 * worker, 2 * worker + 1];

/** A worker is away for a while, and its relays are written to under a lease. */
function absence(
  random: Random,
  worker: number,
  begin: number,
  length: number,
  how: 'asleep' | 'network',
): Action[] {
  // Not before the gateway has noticed that the worker is gone.
  const lease = begin + 130;
  const writes = Math.round(random.between(120, Math.min(600, Math.max(130, length - 140))));
  return [
    { at: `${begin}s`, do: 'worker goes offline', workers: [worker], how, for: `${length}s` },
    { at: `${lease}s`, do: 'lease is requested', relays: relaysOf(worker) },
    { at: `${lease + 5}s`, do: 'writes arrive', perMinute: 6, for: `${writes}s`, relays: relaysOf(worker) },
  ];
}

/** Five short outages of the network in working hours, and a laptop that is closed over night. */
function day(random: Random, number: number): Action[] {
  const begin = number * DAY;
  const isWeekend = number >= 5;
  const short = Array.from({ length: isWeekend ? 2 : 5 }, (_, i) => {
    const at = begin + Math.round((8 + 2 * i) * HOUR + random.between(0, 1.5 * HOUR));
    return absence(random, random.index(2), at, Math.round(random.between(150, 700)), 'network');
  }).flat();
  const last = number === 6;
  return [
    ...short,
    // Worker 2 is a laptop: closed from 19:00 to 7:30, and on Friday until Monday.
    ...(isWeekend
      ? []
      : absence(random, 2, begin + 19 * HOUR, number === 4 ? 2 * DAY + 4 * HOUR : 12.5 * HOUR, 'asleep')),
    ...(last
      ? []
      : [{ at: `${begin + 3 * HOUR}s`, do: 'worker restarts' as const, workers: [random.index(2)] }]),
  ];
}

/**
 * A week in which nothing is wrong: workers that are short of network now and then, a laptop that is closed over night and over the
 * weekend, restarts, and a release of the gateway. It begins on a Monday at midnight. How often each alert fires in it is measured by
 * `npm run week`; it is too long to be among the scenarios of the tests.
 */
export const ordinaryWeek = defineScenario({
  name: 'an ordinary week',
  description:
    'Three workers with two relays each: two that lose the network for a few minutes, 29 times in the week, and a laptop that is closed every night and over the weekend. Their relays are written to meanwhile. Workers restart daily, and the gateway once.',
  duration: '7d',
  relays: 2 * WORKERS,
  workers: Array.from({ length: WORKERS }, (_, worker) => relaysOf(worker)),
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker restarts' },
    { at: '2m', do: 'reads arrive', perMinute: 1, for: '167h' },
    { at: `${2 * DAY + 11 * HOUR}s`, do: 'gateway restarts', downFor: '40s' },
    ...Array.from({ length: 7 }, (_, number) => day(Random.for(23, `day ${number}`), number)).flat(),
  ],
  expect: [],
  requires: [],
});
