import {
  LEASE_LEFT_CELL,
  LEASE_MINUTES,
  LEASES,
  LONG_EXPIRED,
  NO_COLOR,
  NONE_IS_URGENT,
  ORANGE,
  PENDING_AGE,
  PLAIN_CELL,
  STILL_LISTED,
} from './looks.js';
import type { KnownPanel } from './panels.js';

/** What each panel shows in the known world. */
export const gatewayEscrowLeases: Readonly<Record<number, KnownPanel>> = {
  1: {
    title: 'Leases by state',
    kind: 'stat',
    unit: 'none',
    decimals: 0,
    colors: NO_COLOR,
    empty: 'Not measured: no gateway is scraped.',
    valueColors: LEASES,
    // Together as many as there are leases; that of f expired more than an hour ago.
    shows: { valid: 2, 'about to expire': 1, 'past expiry': 3 },
  },
  2: {
    title: 'Relays with writes at risk',
    kind: 'stat',
    unit: 'none',
    decimals: 0,
    colors: NONE_IS_URGENT,
    empty: 'Not measured: no gateway is scraped.',
    shows: { rejected: 2, 'written past expiry': 1 },
  },
  3: {
    title: 'Lease time left',
    kind: 'timeseries',
    unit: 'm',
    colors: LEASE_MINUTES,
    legend: ['last', 'min'],
    shows: { a: 1.66666667, b: 10, c: -1, d: -0.5, e: 30 },
  },
  4: {
    title: 'Lease state by relay',
    kind: 'state-timeline',
    unit: 'none',
    words: {
      '0': ['past expiry', 'dark-red'],
      '1': ['about to expire', ORANGE],
      '2': ['valid', 'semi-dark-blue'],
    },
    shows: { a: 1, b: 2, c: 0, d: 0, e: 2 },
  },
  5: {
    title: 'Relays in use whose lease is missing, ending or past expiry (top 10)',
    kind: 'table',
    columns: {
      'pending for': { unit: 's', colors: PENDING_AGE, empty: 'not pending', rows: { a: 6000 } },
      'lease left': {
        unit: 's',
        colors: LEASE_LEFT_CELL,
        words: LONG_EXPIRED,
        empty: 'no lease',
        rows: { c: -60, a: 100 },
      },
      'write attempts': { unit: 'suffix:/min', colors: PLAIN_CELL, empty: 'none', rows: { a: 1, c: 0.4 } },
    },
  },
  6: {
    title: 'Lease requests by result',
    kind: 'timeseries',
    unit: 'suffix:in 15 min',
    decimals: 0,
    axis: [0],
    lineColors: { success: 'semi-dark-blue', error: 'dark-red', 'policy-rejection': 'light-purple' },
    shows: { error: 1, 'policy-rejection': 5, success: 3 },
  },
  7: {
    title: 'Policy rejections by reason',
    kind: 'timeseries',
    unit: 'suffix:per step',
    axis: [0],
    shows: { 'mirror-too-stale': 10, 'peers-still-healthy': 20 },
  },
  9: {
    title: 'Rejected writes by relay',
    kind: 'timeseries',
    unit: 'suffix:/min',
    axis: [0],
    shows: { a: 1.4, c: 0.4 },
  },
  8: {
    title: 'Leases issued and released',
    kind: 'timeseries',
    unit: 'suffix:per step',
    decimals: 0,
    axis: [0],
    lineColors: { 'success: lease-issued': 'semi-dark-blue' },
    shows: { 'success: lease-issued': 15, 'released: peer-healthy': 10 },
  },
  10: {
    title: 'Failed escrow rotations (latest 10)',
    kind: 'table',
    columns: {
      'failure last seen': {
        unit: 's',
        colors: PLAIN_CELL,
        words: STILL_LISTED,
        empty: 'none',
        rows: { a: 1200 },
      },
    },
  },
};
