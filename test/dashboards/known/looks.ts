/*
 * Words, colours and thresholds that several panels share, written by hand: what a reader of a dashboard has learnt to read. Blue is good,
 * orange deserves a look, dark red needs attention now; what has no word or colour of its own is text. The thresholds are those of the site of
 * the known world.
 */

const GOOD = 'semi-dark-blue';

/** What is not measured or not known. */
const GREY = '#6b717b';

export const ORANGE = '#ffa640';
const LIGHT_ORANGE = '#ffc57a';

/** A cell whose value is not known, and one that is neither good nor bad. */
const EMPTY = 'rgba(128, 135, 145, 0.2)';
const PLAIN = 'transparent';

/** The phases of a relay, by the number that the rule records. */
export const PHASES = {
  0: ['idle', 'dark-blue'],
  1: ['worker away', '#f2cc0c'],
  2: ['pushing', '#9cc4ff'],
  3: ['resyncing', '#d0a2e8'],
  4: ['rotating', 'dark-purple'],
  5: ['stuck', ORANGE],
  6: ['blocked', 'dark-red'],
  7: ['unknown', GREY],
} as const;

export const CLEAR_OR_PENDING = { 0: ['clear', 'dark-blue'], 1: ['pending', ORANGE] } as const;

/** Of a mirror whose lag is not known the gateway reports 0. */
export const LAG_OR_UNKNOWN = { 0: ['not known', GREY] } as const;

/** Hours in the legend: fractions of the first one say nothing. */
export const HOURS = { '0.001..0.999': ['under 1 h'] } as const;

type Steps = readonly (readonly [from: number | null, color: string])[];

/** In a single value or a cell, grey is below all values: Grafana gives the lowest color to what has no value. */
const measured = (...steps: Steps): Steps => [[null, GREY], [0, GOOD], ...steps];
/** Across lines, where every step is drawn. */
const lines = (...steps: Steps): Steps => [[null, GOOD], ...steps];

/** Neither good nor bad, whatever the value. */
export const NO_COLOR: Steps = [[null, GREY]];

/** The same in a cell. A cell without a value is not filled where there is none. */
export const PLAIN_CELL: Steps = [
  [null, PLAIN],
  [0, PLAIN],
];

/** The same where a cell without a value means that it is not known. */
export const KNOWN_CELL: Steps = [
  [null, EMPTY],
  [0, PLAIN],
];

/** One is too many. */
export const NONE_IS_GOOD = measured([1, ORANGE]);
export const NONE_IS_STUCK = measured([1, ORANGE]);

/** One is an emergency. */
export const NONE_IS_URGENT = measured([1, 'dark-red']);

/** Most of the pushes. */
export const FAILED_SHARE = measured([0.6, ORANGE]);

/** A wait below its threshold is neither good nor bad: not filled in a cell, purple in a tile. */
const wait = (below: string, ...steps: Steps): Steps => [[null, GREY], [0, below], ...steps];
const cell = (...steps: Steps): Steps => [...PLAIN_CELL, ...steps];
const IN_PROGRESS = 'semi-dark-purple';

/** A ticket after 17 hours, a page after 25; across lines in hours. */
export const PENDING_AGE = cell([17 * 3600, ORANGE], [25 * 3600, 'dark-red']);
export const PENDING_TILE = wait(IN_PROGRESS, [17 * 3600, ORANGE], [25 * 3600, 'dark-red']);
export const PENDING_HOURS = lines([17, ORANGE], [25, 'dark-red']);

/** Past its expiry, within three minutes of it, valid; in minutes. */
export const LEASE_MINUTES: Steps = [
  [null, 'dark-red'],
  [0, ORANGE],
  [3, GOOD],
];

/** The same in seconds, where no value means that there is no lease. */
export const LEASE_LEFT_OR_NONE: Steps = [
  [null, GREY],
  [-1e9, 'dark-red'],
  [0, ORANGE],
  [3 * 60, GOOD],
];

/** Of a lease that the gateway still reports as active an hour after its expiry; red by its value. */
export const LONG_EXPIRED = {
  '-100000000': ['expired over 1 h ago, not released'],
  '1000000000': ['no lease', GREY],
} as const;

/** The same in a tile. */
export const LONG_EXPIRED_TILE = { ...LONG_EXPIRED, '-100000000': ['expired over 1 h ago'] } as const;

/** Leases by state, in the colors of the states. */
export const LEASES = {
  valid: [
    [null, GREY],
    [0, GOOD],
  ],
  'about to expire': measured([1, ORANGE]),
  'past expiry': measured([1, 'dark-red']),
} as const;

/** Eleven minutes after the first delivery; across lines in minutes. */
export const STUCK_AGE = cell([11 * 60, ORANGE]);
export const STUCK_MINUTES = lines([11, ORANGE]);

/** Information after five hours, a ticket after 18; across lines in hours. */
export const FALLBACK_AGE = cell([5 * 3600, LIGHT_ORANGE], [18 * 3600, ORANGE]);
export const FALLBACK_TILE = wait(IN_PROGRESS, [5 * 3600, LIGHT_ORANGE], [18 * 3600, ORANGE]);
export const FALLBACK_HOURS = lines([5, LIGHT_ORANGE], [18, ORANGE]);

export const LEASE_LEFT_CELL: Steps = [
  [null, PLAIN],
  [-1e9, 'dark-red'],
  [0, ORANGE],
  [3 * 60, PLAIN],
];

/** Stale from 800 seconds on. */
export const MIRROR_LAG = measured([800, ORANGE]);
export const MIRROR_LAG_CELL: Steps = [...KNOWN_CELL, [800, ORANGE]];

/** Four of ten acknowledgements. */
export const SLOW_SHARE = lines([0.4, ORANGE]);

/** A failed rotation that the worker's file contains. */
export const STILL_LISTED = { 0: ['still in the file', 'dark-red'] } as const;

/** Urgency of alerts. */
export const URGENCY = {
  1: ['for information'],
  2: ['act today', ORANGE],
  3: ['act now', 'dark-red'],
} as const;

/** Pushes and requests. */
export const RESULTS = { success: GOOD, error: 'dark-red' } as const;
