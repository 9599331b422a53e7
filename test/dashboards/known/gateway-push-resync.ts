import { NONE_IS_GOOD, PENDING_AGE, PHASES, RESULTS, SLOW_SHARE, STUCK_AGE } from './looks.js';
import type { KnownPanel } from './panels.js';

/** What each panel shows in the known world. */
export const gatewayPushResync: Readonly<Record<number, KnownPanel>> = {
  1: {
    title: 'Stuck relays',
    kind: 'stat',
    unit: 'none',
    decimals: 0,
    colors: NONE_IS_GOOD,
    empty: 'Not measured: no gateway is scraped.',
    shows: { stuck: 1 },
  },
  2: {
    title: 'Failed pushes',
    kind: 'stat',
    unit: 'percentunit',
    decimals: 0,
    colors: [
      [null, 'semi-dark-blue'],
      [0.6, 'orange'],
    ],
    empty: 'No pushes: nothing is pending, or every worker is away.',
    shows: { failed: 0.2 },
  },
  3: {
    title: 'Pending and cleared relays',
    kind: 'timeseries',
    unit: 'short',
    axis: [0],
    lineColors: { 'cleared in 15 minutes': 'semi-dark-blue', pending: 'orange' },
    shows: { 'cleared in 15 minutes': 3, pending: 5 },
  },
  10: {
    title: 'Phase by relay',
    kind: 'state-timeline',
    unit: 'none',
    words: PHASES,
    shows: { a: 5, b: 1, c: 6, d: 6, e: 7, f: 7, g: 7 },
  },
  4: {
    title: 'Push rate by result',
    kind: 'timeseries',
    unit: 'ops',
    axis: [0],
    lineColors: RESULTS,
    shows: { error: 0.2, success: 0.1 },
  },
  5: {
    title: 'Pushes by relay',
    kind: 'timeseries',
    unit: 'short',
    axis: [0],
    shows: { 'error a': 4, 'success a': 3, 'success b': 6 },
  },
  6: {
    title: 'Slow acknowledgements',
    kind: 'timeseries',
    unit: 'percentunit',
    colors: SLOW_SHARE,
    axis: [0, 1],
    shows: { slow: 0.25 },
  },
  11: {
    title: 'Share beyond the objective',
    kind: 'timeseries',
    unit: 'percentunit',
    colors: [
      [null, 'semi-dark-blue'],
      [0.02, 'orange'],
    ],
    axis: [0],
    shows: { 'over 1h': 0.01, 'over 6h': 0.02, 'over 1d': 0.03, 'over 3d': 0.04 },
  },
  7: {
    title: 'Delivered but not ingested',
    kind: 'timeseries',
    unit: 's',
    colors: STUCK_AGE,
    axis: [0],
    legend: ['max'],
    shows: { a: 700, b: 300 },
  },
  8: {
    title: 'Last worker activity on pending relays',
    kind: 'timeseries',
    unit: 's',
    axis: [0],
    legend: ['max'],
    shows: { a: 200, b: 100 },
  },
  9: {
    title: 'Longest-stuck relays (top 10)',
    kind: 'table',
    columns: {
      'pending for': { unit: 's', colors: PENDING_AGE, empty: 'not pending', rows: { a: 6000 } },
      'pushed for': { unit: 's', colors: STUCK_AGE, empty: 'not pushed', rows: { a: 700 } },
      'last worker activity': { unit: 's', empty: 'none', rows: { a: 200 } },
    },
  },
};
