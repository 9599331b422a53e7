import { PHASES } from '../../recording-rules/phase.js';
import type { PanelThreshold, ValueMapping } from '../../src/model/dashboard.js';
import type { Site } from '../../src/model/site.js';
import { durationSeconds } from '../../src/promql/duration.js';
import { LONG_EXPIRED, NO_LEASE } from './selectors.js';

/*
 * Value mappings and colours, the same in every dashboard. Blue is good, orange deserves a look, dark red needs attention now, grey is not
 * measured. People who see red and green alike can still distinguish them, also in greyscale. A color that fills a cell or tile carries text:
 * Grafana writes dark text on colors brighter than 180 and light text on others, and each has a contrast of 4.5 or more.
 */

const BELOW_ALL = Number.NEGATIVE_INFINITY;

/** The word for a value that exists and that nothing reports; always in grey. */
export const NOT_KNOWN = 'not known';

/** What is not measured or not known, on a light and on a dark page. */
const GREY = '#6b717b';

export const ORANGE = '#ffa640';
const LIGHT_ORANGE = '#ffc57a';

export const PHASE_MAPPINGS: readonly ValueMapping[] = [
  { value: PHASES.idle, text: 'idle', color: 'dark-blue' },
  { value: PHASES.workerAway, text: 'worker away', color: '#f2cc0c' },
  { value: PHASES.pushing, text: 'pushing', color: '#9cc4ff' },
  { value: PHASES.resyncing, text: 'resyncing', color: '#d0a2e8' },
  { value: PHASES.rotating, text: 'rotating', color: 'dark-purple' },
  { value: PHASES.stuck, text: 'stuck', color: ORANGE },
  { value: PHASES.blocked, text: 'blocked', color: 'dark-red' },
  { value: PHASES.unknown, text: 'unknown', color: GREY },
];

export const PENDING_MAPPINGS: readonly ValueMapping[] = [
  { value: 0, text: 'clear', color: 'dark-blue' },
  { value: 1, text: 'pending', color: ORANGE },
];

export const UP_MAPPINGS: readonly ValueMapping[] = [
  { value: 0, text: 'down', color: 'dark-red' },
  { value: 1, text: 'up', color: 'semi-dark-blue' },
];

/** Codes that the lease panels compute: the states of a lease in words. */
export const LEASE_STATES = { longPast: -1, past: 0, ending: 1, valid: 2 } as const;

/** Of a lease whose expiry is no longer recorded, because it passed more than an hour ago, while the gateway still reports the lease as active. */
export const LONG_EXPIRED_TEXT = 'expired over 1 h ago, not released';

export const LEASE_MAPPINGS: readonly ValueMapping[] = [
  { value: LEASE_STATES.longPast, text: LONG_EXPIRED_TEXT, color: 'dark-red' },
  { value: LEASE_STATES.past, text: 'past expiry', color: 'dark-red' },
  { value: LEASE_STATES.ending, text: 'about to expire', color: ORANGE },
  { value: LEASE_STATES.valid, text: 'valid', color: 'semi-dark-blue' },
];

/** A lease that expired so long ago that its expiry is no longer recorded, in the color of its threshold, and a relay without a lease. */
export const LEASE_LEFT_MAPPINGS: readonly ValueMapping[] = [
  { value: LONG_EXPIRED, text: LONG_EXPIRED_TEXT },
  { value: NO_LEASE, text: 'no lease', color: GREY },
];

/** The same in a tile, where fewer words are larger. */
export const LEASE_LEFT_TILE: readonly ValueMapping[] = LEASE_LEFT_MAPPINGS.map((mapping) =>
  mapping.text === LONG_EXPIRED_TEXT ? { ...mapping, text: 'expired over 1 h ago' } : mapping,
);

/** A time of 0: the state it would measure does not hold. */
export const zeroAs = (text: string): readonly ValueMapping[] => [
  { value: 0, text, color: 'semi-dark-blue' },
];

/** The gateway reports a lag that it does not know as 0. */
export const LAG_MAPPINGS: readonly ValueMapping[] = [{ value: 0, text: NOT_KNOWN, color: GREY }];

export const DONE_MAPPINGS: readonly ValueMapping[] = [
  { value: -1, text: 'not measured', color: GREY },
  { value: 0, text: 'not yet', color: ORANGE },
  { value: 1, text: 'done', color: 'semi-dark-blue' },
];

/** Results of pushes and of lease requests look the same everywhere. */
export const RESULT_COLORS = { success: 'semi-dark-blue', error: 'dark-red' } as const;
export const REQUEST_COLORS = { ...RESULT_COLORS, 'policy-rejection': 'light-purple' } as const;

/** Of a worker's jobs and rotations. */
export const WORK_COLORS = {
  queued: 'light-blue',
  'in progress': 'light-purple',
  completed: 'semi-dark-blue',
  error: 'dark-red',
  failed: 'dark-red',
} as const;

/** Colors of lines whose names begin with a text. */
export const prefixed = (prefix: string, colors: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(colors).map(([name, color]) => [`${prefix}${name}`, color]));

/** For counts where every non-zero value needs attention. */
export const NONE_IS_GOOD = (): readonly PanelThreshold[] => [{ value: 1, color: ORANGE }];

/** The thresholds of the alerts on pending writes. */
export const pendingAge = ({ thresholds: { pendingWrites } }: Site): readonly PanelThreshold[] => [
  { value: durationSeconds(pendingWrites.warningAfter), color: ORANGE },
  { value: durationSeconds(pendingWrites.criticalAfter), color: 'dark-red' },
];

/** A tile about something that is under way, which is neither good nor bad. */
export const IN_PROGRESS = 'semi-dark-purple';

/** A wait in a single value or a cell: below the thresholds neither good nor bad, in the color of text or the one given. Without a value it is grey. */
export const waiting =
  (thresholds: (site: Site) => readonly PanelThreshold[], below = 'text') =>
  (site: Site): readonly PanelThreshold[] => [
    { value: BELOW_ALL, color: GREY },
    { value: 0, color: below },
    ...thresholds(site),
  ];

/** Thresholds about leases and rejected writes. A site without escrow has none: there nothing about a lease is an alarm. */
const withEscrow =
  (thresholds: (site: Site) => readonly PanelThreshold[]) =>
  (site: Site): readonly PanelThreshold[] =>
    site.config.escrow === 'off' ? [{ value: BELOW_ALL, color: GREY }] : thresholds(site);

/** What an empty panel about leases shows: where escrow is off, that there are none. */
export const withoutEscrow =
  (text: string, off = 'Escrow is off at this site, so there are no leases.') =>
  ({ config }: Site): string =>
    config.escrow === 'off' ? off : text;

/** For counts of relays whose writes are rejected: the color of blocked. */
export const NONE_REJECTED = withEscrow(() => [{ value: 1, color: 'dark-red' }]);

/** Counts of leases by state, in the colors of the states. */
export const leaseCounts = {
  valid: withEscrow(() => []),
  ending: withEscrow(() => [{ value: 1, color: ORANGE }]),
  past: withEscrow(() => [{ value: 1, color: 'dark-red' }]),
} as const;

/** The thresholds of the alerts on leases: from the expiry down it is bad. */
export const leaseRemainder = withEscrow(({ thresholds: { leaseExpiry } }) => [
  { value: BELOW_ALL, color: 'dark-red' },
  { value: 0, color: ORANGE },
  { value: durationSeconds(leaseExpiry.expiringWithin), color: 'semi-dark-blue' },
]);

/** The same for a single value or a cell: without a lease it is grey, since none may be needed. */
export const leaseRemainderOrNone = withEscrow((site) => [
  { value: BELOW_ALL, color: GREY },
  // Longer ago than any lease.
  { value: -1e9, color: 'dark-red' },
  ...leaseRemainder(site).slice(1),
]);

/** The unit of rates per minute; Grafana's own has `/m`, which may be read as per month. */
export const PER_MINUTE = 'suffix:/min';

/** The units of counts within a window: they stand in the legend and on the axis. */
export const IN_15_MINUTES = 'suffix:in 15 min';
export const PER_STEP = 'suffix:per step';

/**
 * What an axis counts, instead of seconds: Grafana places its ticks at round numbers. Hours where alerts wait for hours, minutes where they wait
 * for minutes. Grafana's own unit for minutes writes 75 of them as 1.25 hours.
 */
export const IN_HOURS = { unit: 'suffix:h', seconds: 3_600 } as const;
export const IN_MINUTES = { unit: 'suffix:min', seconds: 60 } as const;

/** How a panel counts hours: its ticks are whole hours, and its legend has no fractions of the first one. */
export const HOURS = {
  unit: IN_HOURS.unit,
  min: 0,
  softMax: 5,
  mappings: [{ from: 0.001, to: 0.999, text: 'under 1 h' }],
} as const;

/** Thresholds in seconds on an axis of another unit. */
export const on =
  ({ seconds }: { readonly seconds: number }, thresholds: (site: Site) => readonly PanelThreshold[]) =>
  (site: Site): readonly PanelThreshold[] =>
    thresholds(site).map(({ value, color }) => ({ value: value / seconds, color }));

export const stuckAge = ({ thresholds: { pendingWrites } }: Site): readonly PanelThreshold[] => [
  { value: durationSeconds(pendingWrites.stuckAfter), color: ORANGE },
];

export const fallbackAge = ({ thresholds: { replicaFallback } }: Site): readonly PanelThreshold[] => [
  { value: durationSeconds(replicaFallback.infoAfter), color: LIGHT_ORANGE },
  { value: durationSeconds(replicaFallback.warningAfter), color: ORANGE },
];

export const mirrorLag = ({ thresholds: { replicaFallback } }: Site): readonly PanelThreshold[] => [
  { value: replicaFallback.mirrorLagSeconds, color: ORANGE },
];
