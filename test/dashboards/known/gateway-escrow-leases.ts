import { LEASE_LEFT, LEASE_LEFT_OR_NONE, NO_COLOR, NONE_IS_GOOD, PENDING_AGE } from './looks.js';
import type { KnownPanel } from './panels.js';

/** What each panel shows in the known world. */
export const gatewayEscrowLeases: Readonly<Record<number, KnownPanel>> = {
  1: {
    title: 'How many leases are held, end soon, or are past?',
    kind: 'stat',
    unit: 'none',
    decimals: 0,
    colors: NO_COLOR,
    empty: 'Not measured: no gateway is scraped.',
    shows: { valid: 3, 'about to expire': 1, 'past the expiry': 2 },
  },
  2: {
    title: 'For how many relays are writes refused?',
    kind: 'stat',
    unit: 'none',
    decimals: 0,
    colors: NONE_IS_GOOD,
    empty: 'Not measured: no gateway is scraped.',
    shows: { 'turned away': 2, 'wanted, past the expiry': 1 },
  },
  3: {
    title: 'How long do the escrow leases still last?',
    kind: 'timeseries',
    legend: ['lastNotNull', 'min'],
    unit: 's',
    colors: LEASE_LEFT,
    shows: { a: 100, b: 600, c: -60, d: -30, e: 1800 },
  },
  4: {
    title: 'Which relays hold a valid lease?',
    kind: 'state-timeline',
    unit: 'none',
    words: {
      '0': ['past its expiry', 'dark-red'],
      '1': ['about to expire', 'orange'],
      '2': ['valid', 'semi-dark-blue'],
    },
    shows: { a: 1, b: 2, c: 0, d: 0, e: 2 },
  },
  5: {
    title: 'Which ten pending relays have no lease, or one that ends?',
    kind: 'table',
    columns: {
      'pending for': { unit: 's', colors: PENDING_AGE, empty: 'not pending', rows: { a: 6000 } },
      'lease left': { unit: 's', colors: LEASE_LEFT_OR_NONE, empty: 'no lease', rows: { c: -60, a: 100 } },
      'writes wanted': { unit: 'short', decimals: 0, empty: 'none', rows: { b: 6, c: 5, a: 4 } },
    },
  },
  6: {
    title: 'Are leases granted?',
    kind: 'timeseries',
    unit: 'short',
    decimals: 0,
    axis: [0],
    lineColors: { success: 'semi-dark-blue', error: 'dark-red', 'policy-rejection': 'light-purple' },
    shows: { error: 1, 'policy-rejection': 5, success: 3 },
  },
  7: {
    title: 'Why does the policy refuse?',
    kind: 'timeseries',
    unit: 'short',
    axis: [0],
    shows: { 'mirror-too-stale': 10, 'peers-still-healthy': 20 },
  },
  9: {
    title: 'To which relays are writes turned away?',
    kind: 'timeseries',
    unit: 'short',
    axis: [0],
    shows: { a: 7, c: 2 },
  },
  8: {
    title: 'Are leases issued and released?',
    kind: 'timeseries',
    unit: 'short',
    decimals: 0,
    axis: [0],
    shows: { 'success: lease-issued': 11, 'released: peer-healthy': 9 },
  },
  10: {
    title: 'Which relays may get no lease next time?',
    kind: 'table',
    columns: { 'failure last seen': { unit: 's', empty: 'none', rows: { a: 1200 } } },
  },
};
