/*
 * Words, colours and thresholds that several panels share, written by hand: what a reader of a dashboard has learnt to read. Blue is good,
 * orange deserves a look, dark red needs attention now; what has no word or colour of its own is text. The thresholds are those of the site of
 * the known world.
 */

const GOOD = 'semi-dark-blue';

/** The phases of a relay, by the number that the rule records. */
export const PHASES = {
  0: ['idle', GOOD],
  1: ['worker away', 'light-blue'],
  2: ['pushing', 'super-light-purple'],
  3: ['resyncing', 'light-purple'],
  4: ['rotating', 'semi-dark-purple'],
  5: ['stuck', 'semi-dark-orange'],
  6: ['blocked', 'dark-red'],
  7: ['unknown', 'text'],
} as const;

export const CLEAR_OR_PENDING = { 0: ['clear', GOOD], 1: ['pending', 'orange'] } as const;

/** Neither good nor bad, whatever the value. */
export const NO_COLOR = [[null, 'text']] as const;

/** One is too many. */
export const NONE_IS_GOOD = [
  [null, GOOD],
  [1, 'orange'],
] as const;

/** A ticket after 17 hours, a page after 25. */
export const PENDING_AGE = [
  [null, GOOD],
  [17 * 3600, 'orange'],
  [25 * 3600, 'dark-red'],
] as const;

/** Past its expiry, within three minutes of it, valid. */
export const LEASE_LEFT = [
  [null, 'dark-red'],
  [0, 'orange'],
  [3 * 60, GOOD],
] as const;

/** The same where no value means that there is no lease. */
export const LEASE_LEFT_OR_NONE = [
  [null, 'text'],
  [-1e9, 'dark-red'],
  [0, 'orange'],
  [3 * 60, GOOD],
] as const;

/** Eleven minutes after the first delivery. */
export const STUCK_AGE = [
  [null, GOOD],
  [11 * 60, 'orange'],
] as const;

/** Information after five hours, a ticket after 18. */
export const FALLBACK_AGE = [
  [null, GOOD],
  [5 * 3600, 'light-orange'],
  [18 * 3600, 'orange'],
] as const;

/** Stale from 800 seconds on. */
export const MIRROR_LAG = [
  [null, GOOD],
  [800, 'orange'],
] as const;

/** Four of ten acknowledgements. */
export const SLOW_SHARE = [
  [null, GOOD],
  [0.4, 'orange'],
] as const;

/** Pushes and requests. */
export const RESULTS = { success: GOOD, error: 'dark-red' } as const;
