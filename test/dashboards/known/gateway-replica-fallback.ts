import {
  FALLBACK_AGE,
  FALLBACK_HOURS,
  HOURS,
  KNOWN_CELL,
  LEASE_LEFT_CELL,
  LONG_EXPIRED,
  MIRROR_LAG_CELL,
  NO_COLOR,
  PHASES,
  PLAIN_CELL,
} from './looks.js';
import type { KnownPanel } from './panels.js';

/** What each panel shows in the known world. */
export const gatewayReplicaFallback: Readonly<Record<number, KnownPanel>> = {
  1: {
    title: 'Relays served from replicas',
    kind: 'stat',
    unit: 'none',
    decimals: 0,
    colors: NO_COLOR,
    empty: 'Not measured: no gateway is scraped.',
    shows: { 'on replica': 2, 'with reads now': 2, sessions: 5 },
  },
  2: {
    title: 'Mirror service',
    kind: 'state-timeline',
    unit: 'none',
    words: { '0': ['down', 'dark-red'], '1': ['up', 'semi-dark-blue'] },
    shows: { 'gateway-1:3000': 1 },
  },
  3: {
    title: 'Reads served from replicas',
    kind: 'timeseries',
    unit: 'suffix:/min',
    axis: [0],
    shows: { a: 30, b: 15 },
  },
  4: {
    title: 'Time on replica by relay',
    kind: 'timeseries',
    unit: 'suffix:h',
    words: HOURS,
    reaches: 5,
    colors: FALLBACK_HOURS,
    axis: [0],
    shows: { a: 1, b: 0.5 },
  },
  5: {
    title: 'Longest on replica (top 10)',
    kind: 'table',
    columns: {
      'on replica for': { unit: 's', colors: FALLBACK_AGE, empty: 'ended', rows: { a: 3600, b: 1800 } },
      reads: { unit: 'suffix:/min', colors: PLAIN_CELL, empty: 'none', rows: { a: 30, b: 15 } },
      'write attempts': {
        unit: 'suffix:/min',
        colors: PLAIN_CELL,
        empty: 'none',
        rows: { a: 1, b: 1.5 },
      },
      'lease left': {
        unit: 's',
        colors: LEASE_LEFT_CELL,
        words: LONG_EXPIRED,
        empty: 'no lease',
        rows: { a: 100, b: 600 },
      },
      phase: { unit: 'none', colors: KNOWN_CELL, words: PHASES, empty: 'not known', rows: { a: 5, b: 1 } },
    },
  },
  6: {
    title: 'Writes to relays on replicas',
    kind: 'timeseries',
    unit: 'suffix:/min',
    axis: [0],
    lineColors: { attempted: 'semi-dark-blue', rejected: 'dark-red' },
    shows: { attempted: 2.9, rejected: 1.8 },
  },
  7: {
    title: 'Mirror lag (top 10)',
    kind: 'table',
    columns: {
      lag: {
        unit: 's',
        colors: MIRROR_LAG_CELL,
        empty: 'not known',
        rows: { 'z relay': 500, 'drive-1 drive': 120, 'a relay': 45 },
      },
    },
  },
  8: {
    title: 'Active mirrors',
    kind: 'stat',
    unit: 'none',
    decimals: 0,
    colors: NO_COLOR,
    empty: 'no mirrors',
    shows: { active: 3, inactive: 2 },
  },
};
