import { NONE_IS_GOOD, PENDING_AGE, PHASES, RESULTS, SLOW_SHARE, STUCK_AGE } from './looks.js';
import type { KnownPanel } from './panels.js';

/** What each panel shows in the known world. */
export const gatewayPushResync: Readonly<Record<number, KnownPanel>> = {
  1: {
    title: 'How many relays are stuck?',
    kind: 'stat',
    unit: 'none',
    decimals: 0,
    colors: NONE_IS_GOOD,
    empty: 'Not measured: no gateway is scraped.',
    shows: { stuck: 1 },
  },
  2: {
    title: 'What share of the pushes fails?',
    kind: 'stat',
    unit: 'percentunit',
    decimals: 0,
    colors: [
      [null, 'semi-dark-blue'],
      [0.6, 'orange'],
    ],
    empty: 'Nothing is pushed: nothing is pending, or every worker is away.',
    shows: { failed: 0.2 },
  },
  3: {
    title: 'How many relays were cleared, and how many are pending?',
    kind: 'timeseries',
    unit: 'short',
    axis: [0],
    lineColors: { 'cleared within 15 minutes': 'semi-dark-blue', pending: 'orange' },
    shows: { 'cleared within 15 minutes': 3, pending: 5 },
  },
  10: {
    title: 'Which phase is each relay in?',
    kind: 'state-timeline',
    unit: 'none',
    words: PHASES,
    shows: { a: 5, b: 1, c: 6, d: 6, e: 7, f: 7, g: 7 },
  },
  4: {
    title: 'Do pushes reach the workers?',
    kind: 'timeseries',
    unit: 'ops',
    axis: [0],
    lineColors: RESULTS,
    shows: { error: 0.2, success: 0.1 },
  },
  5: {
    title: 'To which relays does the gateway push?',
    kind: 'timeseries',
    unit: 'short',
    axis: [0],
    shows: { 'error a': 4, 'success a': 3, 'success b': 6 },
  },
  6: {
    title: 'Do workers acknowledge quickly?',
    kind: 'timeseries',
    unit: 'percentunit',
    colors: SLOW_SHARE,
    axis: [0, 1],
    shows: { slow: 0.25 },
  },
  11: {
    title: 'Is the objective kept?',
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
    title: 'Which workers were told long ago and have not ingested?',
    kind: 'timeseries',
    legend: ['max'],
    unit: 's',
    colors: STUCK_AGE,
    axis: [0],
    shows: { a: 700, b: 300 },
  },
  8: {
    title: 'When was a worker last seen at work on a pending relay?',
    kind: 'timeseries',
    legend: ['max'],
    unit: 's',
    axis: [0],
    shows: { a: 200, b: 100 },
  },
  9: {
    title: 'Which ten relays are stuck longest?',
    kind: 'table',
    columns: {
      'pending for': { unit: 's', colors: PENDING_AGE, empty: 'not pending', rows: { a: 6000 } },
      'told for': { unit: 's', colors: STUCK_AGE, empty: 'not told', rows: { a: 700 } },
      'worker last seen': { unit: 's', empty: 'not seen', rows: { a: 200 } },
    },
  },
};
