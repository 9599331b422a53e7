import type { SiteDeclarations } from '../../src/simulator/scenario.js';

/** Declarations and settings of a site that the random worlds share, so that worlds of one site can be evaluated together. */
export interface SearchSite {
  readonly name: string;
  readonly settings: SiteDeclarations;
  /** How often it is drawn, relative to the others. */
  readonly weight: number;
}

const MINUTELY = { scrapeInterval: '1m', evaluationInterval: '1m', rateWindow: '5m' } as const;
/** Times that a world of a few hours can reach. */
const SHORT = {
  pendingWrites: { infoAfter: '15m', warningAfter: '1h', criticalAfter: '2h', carryFor: '3h' },
  replicaFallback: { infoAfter: '30m', warningAfter: '1h30m' },
  objective: { clearedWithin: '1h' },
} as const;
const MINUTELY_THRESHOLDS = { leaseExpiry: { wantedWithin: '4m' } } as const;

/** The sites of the search. Their order decides what a seed draws. */
export const sites: readonly SearchSite[] = [
  { name: 'default', settings: {}, weight: 1 },
  { name: 'minutely', settings: { ...MINUTELY, thresholds: MINUTELY_THRESHOLDS }, weight: 2 },
  {
    name: 'always on',
    settings: { ...MINUTELY, workers: { alwaysOn: true }, thresholds: MINUTELY_THRESHOLDS },
    weight: 2,
  },
  {
    name: 'exporters run with their workers',
    settings: { ...MINUTELY, workers: { exporterRunsWithWorker: true }, thresholds: MINUTELY_THRESHOLDS },
    weight: 2,
  },
  { name: 'without escrow', settings: { escrow: 'off', evaluationInterval: '1m' }, weight: 1 },
  {
    name: 'short thresholds',
    settings: { ...MINUTELY, thresholds: { ...SHORT, ...MINUTELY_THRESHOLDS } },
    weight: 4,
  },
  {
    name: 'short thresholds, always on, by cluster',
    settings: {
      ...MINUTELY,
      groupBy: ['cluster'],
      workers: { alwaysOn: true },
      thresholds: { ...SHORT, ...MINUTELY_THRESHOLDS },
    },
    weight: 1,
  },
  {
    name: 'long waits, by cluster',
    settings: {
      groupBy: ['cluster'],
      evaluationInterval: '1m',
      thresholds: {
        pendingWrites: { stuckAfter: '20m', unpushedAfter: '25m' },
        workerQueue: { pendingAfter: '1h', disagreeAfter: '20m' },
      },
    },
    weight: 1,
  },
];
