/*
 * Words, colours and thresholds that several panels share, written by hand: what a reader of a dashboard has learnt to read. Blue is good,
 * orange deserves a look, dark red needs attention now; what has no word or colour of its own is text. The thresholds are those of the site of
 * the known world.
 */

const GOOD = 'semi-dark-blue';

/** What is not measured or not known. */
const GREY = '#808791';

/** The phases of a relay, by the number that the rule records. */
export const PHASES = {
  0: ['idle', GOOD],
  1: ['worker away', 'light-blue'],
  2: ['pushing', 'super-light-purple'],
  3: ['resyncing', 'light-purple'],
  4: ['rotating', 'semi-dark-purple'],
  5: ['stuck', 'semi-dark-orange'],
  6: ['blocked', 'dark-red'],
  7: ['unknown', GREY],
} as const;

export const CLEAR_OR_PENDING = { 0: ['clear', GOOD], 1: ['pending', 'orange'] } as const;

/** Of a mirror whose lag is not known it is 0, too. */
export const LAG_OR_UNKNOWN = { 0: ['0 or unknown', GREY] } as const;

type Steps = readonly (readonly [from: number | null, color: string])[];

/** In a single value or a cell, grey is below all values: Grafana gives the lowest color to what has no value. */
const measured = (...steps: Steps): Steps => [[null, GREY], [0, GOOD], ...steps];
/** Across lines, where every step is drawn. */
const lines = (...steps: Steps): Steps => [[null, GOOD], ...steps];

/** Neither good nor bad, whatever the value. */
export const NO_COLOR: Steps = [[null, GREY]];

/** One is too many. */
export const NONE_IS_GOOD = measured([1, 'orange']);
export const NONE_IS_STUCK = measured([1, 'semi-dark-orange']);

/** One is an emergency. */
export const NONE_IS_URGENT = measured([1, 'dark-red']);

/** Most of the pushes. */
export const FAILED_SHARE = measured([0.6, 'orange']);

/** A wait below its threshold is neither good nor bad: text in a cell, purple in a tile. */
const wait = (below: string, ...steps: Steps): Steps => [[null, GREY], [0, below], ...steps];
const IN_PROGRESS = 'semi-dark-purple';

/** A ticket after 17 hours, a page after 25; across lines in hours. */
export const PENDING_AGE = wait('text', [17 * 3600, 'orange'], [25 * 3600, 'dark-red']);
export const PENDING_TILE = wait(IN_PROGRESS, [17 * 3600, 'orange'], [25 * 3600, 'dark-red']);
export const PENDING_HOURS = lines([17, 'orange'], [25, 'dark-red']);

/** Past its expiry, within three minutes of it, valid; in minutes. */
export const LEASE_MINUTES: Steps = [
  [null, 'dark-red'],
  [0, 'orange'],
  [3, GOOD],
];

/** The same in seconds, where no value means that there is no lease. */
export const LEASE_LEFT_OR_NONE: Steps = [
  [null, GREY],
  [-1e9, 'dark-red'],
  [0, 'orange'],
  [3 * 60, GOOD],
];

/** Of a lease that the gateway still reports as active an hour after its expiry; red by its value. */
export const LONG_EXPIRED = { '-100000000': ['expired over 1 h ago'] } as const;

/** Leases by state, in the colors of the states. */
export const LEASES = {
  valid: [
    [null, GREY],
    [0, GOOD],
  ],
  'about to expire': measured([1, 'orange']),
  'past expiry': measured([1, 'dark-red']),
} as const;

/** Eleven minutes after the first delivery; across lines in minutes. */
export const STUCK_AGE = wait('text', [11 * 60, 'orange']);
export const STUCK_MINUTES = lines([11, 'orange']);

/** Information after five hours, a ticket after 18; across lines in hours. */
export const FALLBACK_AGE = wait('text', [5 * 3600, 'light-orange'], [18 * 3600, 'orange']);
export const FALLBACK_TILE = wait(IN_PROGRESS, [5 * 3600, 'light-orange'], [18 * 3600, 'orange']);
export const FALLBACK_HOURS = lines([5, 'light-orange'], [18, 'orange']);

/** Stale from 800 seconds on. */
export const MIRROR_LAG = measured([800, 'orange']);

/** Four of ten acknowledgements. */
export const SLOW_SHARE = lines([0.4, 'orange']);

/** A failed rotation that the worker's file contains. */
export const STILL_LISTED = { 0: ['still in the file', 'dark-red'] } as const;

/** Urgency of alerts. */
export const URGENCY = {
  1: ['for information'],
  2: ['act today', 'orange'],
  3: ['act now', 'dark-red'],
} as const;

/** Pushes and requests. */
export const RESULTS = { success: GOOD, error: 'dark-red' } as const;
