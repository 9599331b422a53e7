import { CLEAR_OR_PENDING, NO_COLOR, NONE_IS_GOOD, PENDING_AGE, STILL_LISTED } from './looks.js';
import type { KnownPanel } from './panels.js';

/** What each panel shows in the known world. */
export const gatewayWorkerQueue: Readonly<Record<number, KnownPanel>> = {
  1: {
    title: 'Relays of the measured workers',
    kind: 'stat',
    unit: 'none',
    decimals: 0,
    colors: NO_COLOR,
    empty: 'No exporter is scraped.',
    shows: { 'pending relays': 4, 'known relays': 13 },
  },
  16: {
    title: 'Measured workers',
    kind: 'stat',
    unit: 'none',
    colors: NONE_IS_GOOD,
    empty: 'No exporter is scraped.',
    // The name is shown, in the color of the number of those that are missing.
    shows: { '3 of 4 measured': 1 },
  },
  17: {
    title: 'Workers that are not measured',
    kind: 'table',
    columns: {
      exporter: {
        unit: 'none',
        colors: NO_COLOR,
        words: { 0: ['down', 'dark-red'] },
        empty: 'down',
        rows: { w4: 0 },
      },
    },
  },
  2: {
    title: 'Unreadable state files',
    kind: 'stat',
    unit: 'none',
    colors: NONE_IS_GOOD,
    empty: 'No exporter is scraped.',
    shows: { '1 of 3 unreadable': 1 },
  },
  3: {
    title: 'Pending state reported by workers',
    kind: 'state-timeline',
    unit: 'none',
    words: CLEAR_OR_PENDING,
    shows: { a: 1, b: 0, f: 1, g: 1 },
  },
  4: {
    title: 'Gateway and worker disagree',
    kind: 'table',
    columns: {
      'reported pending by': {
        unit: 'none',
        colors: NO_COLOR,
        words: { '1': ['gateway only', 'orange'], '2': ['worker only', 'orange'] },
        empty: 'both',
        rows: { b: 1, f: 2 },
      },
      'pending for': { unit: 's', colors: PENDING_AGE, empty: 'not pending', rows: { b: 6600 } },
    },
  },
  5: {
    title: 'Pending relays by worker',
    kind: 'timeseries',
    unit: 'short',
    decimals: 0,
    axis: [0],
    shows: { w1: 4, w2: 0 },
  },
  6: {
    title: 'Oldest pending relay by worker',
    kind: 'timeseries',
    unit: 'suffix:h',
    colors: [
      [null, 'semi-dark-blue'],
      [2100 / 3600, 'orange'],
    ],
    axis: [0],
    shows: { w1: 0.611111111, w2: 1.16666667 },
  },
  7: {
    title: 'Pending relays by data type',
    kind: 'timeseries',
    unit: 'short',
    decimals: 0,
    axis: [0],
    shows: { 'drive-upload': 4, event: 3, 'http-join': 0 },
  },
  8: {
    title: 'Job queue and results',
    kind: 'timeseries',
    unit: 'short',
    decimals: 0,
    axis: [0],
    lineColors: { 'job: error': 'dark-red', 'job: completed': 'semi-dark-blue' },
    shows: { queued: 14, 'in flight': 2, 'job: completed': 5, 'job: error': 1 },
  },
  9: {
    title: 'Latest escrow rotations by status',
    kind: 'timeseries',
    unit: 'short',
    decimals: 0,
    axis: [0],
    lineColors: { completed: 'semi-dark-blue', failed: 'dark-red', pending: 'orange', other: 'text' },
    shows: { completed: 14, failed: 2, pending: 1 },
  },
  10: {
    title: 'Failed escrow rotations (latest 10)',
    kind: 'table',
    columns: {
      'failure last seen': {
        unit: 's',
        colors: NO_COLOR,
        words: STILL_LISTED,
        empty: 'none',
        rows: { a: 1200 },
      },
    },
  },
  11: {
    title: 'State file read failures by reason',
    kind: 'timeseries',
    unit: 'short',
    axis: [0],
    shows: { spliced: 5 },
  },
  12: {
    title: 'Skipped records and fields',
    kind: 'timeseries',
    unit: 'short',
    decimals: 0,
    axis: [0],
    shows: { 'records: duplicate': 3, 'records: invalid': 2, fields: 5 },
  },
  13: {
    title: 'Age of state files',
    kind: 'timeseries',
    unit: 'suffix:h',
    axis: [0],
    shows: { w1: 0.025, w2: 0.277777778 },
  },
  14: {
    title: 'Exporter scrape duration',
    kind: 'timeseries',
    unit: 's',
    axis: [0],
    reaches: 0.01,
    shows: { w1: 0.005, w2: 0.007 },
  },
  15: {
    title: 'Exporter versions',
    kind: 'table',
    columns: {
      exporters: {
        unit: 'none',
        decimals: 0,
        empty: '',
        rows: { '24.1.0 0.2.0': 2, '22.1.0 0.1.0': 1 },
      },
    },
  },
};
