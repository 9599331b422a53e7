import { PHASES } from '../../recording-rules/phase.js';
import type { PanelThreshold, ValueMapping } from '../../src/model/dashboard.js';
import type { Site } from '../../src/model/site.js';
import { durationSeconds } from '../../src/promql/duration.js';

/*
 * Value mappings and colours, the same in every dashboard. Blue is good, orange deserves a look, dark red needs attention now. People who see
 * red and green alike can still distinguish them, also in greyscale.
 */

const BELOW_ALL = Number.NEGATIVE_INFINITY;

export const PHASE_MAPPINGS: readonly ValueMapping[] = [
  { value: PHASES.idle, text: 'idle', color: 'semi-dark-blue' },
  { value: PHASES.workerAway, text: 'worker away', color: 'light-blue' },
  { value: PHASES.pushing, text: 'pushing', color: 'super-light-purple' },
  { value: PHASES.resyncing, text: 'resyncing', color: 'light-purple' },
  { value: PHASES.rotating, text: 'rotating', color: 'semi-dark-purple' },
  { value: PHASES.stuck, text: 'stuck', color: 'semi-dark-orange' },
  { value: PHASES.blocked, text: 'blocked', color: 'dark-red' },
  { value: PHASES.unknown, text: 'unknown', color: 'text' },
];

export const PENDING_MAPPINGS: readonly ValueMapping[] = [
  { value: 0, text: 'clear', color: 'semi-dark-blue' },
  { value: 1, text: 'pending', color: 'orange' },
];

export const UP_MAPPINGS: readonly ValueMapping[] = [
  { value: 0, text: 'down', color: 'dark-red' },
  { value: 1, text: 'up', color: 'semi-dark-blue' },
];

/** Codes that the lease panels compute: the states of a lease in words. */
const LEASE_STATES = { past: 0, ending: 1, valid: 2 } as const;

export const LEASE_MAPPINGS: readonly ValueMapping[] = [
  { value: LEASE_STATES.past, text: 'past expiry', color: 'dark-red' },
  { value: LEASE_STATES.ending, text: 'about to expire', color: 'orange' },
  { value: LEASE_STATES.valid, text: 'valid', color: 'semi-dark-blue' },
];

export const DONE_MAPPINGS: readonly ValueMapping[] = [
  { value: 0, text: 'not yet', color: 'orange' },
  { value: 1, text: 'done', color: 'semi-dark-blue' },
];

/** Push results look the same everywhere. */
export const RESULT_COLORS = { success: 'semi-dark-blue', error: 'dark-red' } as const;

/** For counts where every non-zero value needs attention. */
export const NONE_IS_GOOD = (): readonly PanelThreshold[] => [{ value: 1, color: 'orange' }];

/** The thresholds of the alerts on pending writes. */
export const pendingAge = ({ thresholds: { pendingWrites } }: Site): readonly PanelThreshold[] => [
  { value: durationSeconds(pendingWrites.warningAfter), color: 'orange' },
  { value: durationSeconds(pendingWrites.criticalAfter), color: 'dark-red' },
];

/** Thresholds about leases and rejected writes. A site without escrow has none: there nothing about a lease is an alarm. */
const withEscrow =
  (thresholds: (site: Site) => readonly PanelThreshold[]) =>
  (site: Site): readonly PanelThreshold[] =>
    site.config.escrow === 'off' ? [{ value: BELOW_ALL, color: 'text' }] : thresholds(site);

/** For counts of relays whose writes are rejected. */
export const NONE_REJECTED = withEscrow(NONE_IS_GOOD);

/** The thresholds of the alerts on leases: from the expiry down it is bad. */
export const leaseRemainder = withEscrow(({ thresholds: { leaseExpiry } }) => [
  { value: BELOW_ALL, color: 'dark-red' },
  { value: 0, color: 'orange' },
  { value: durationSeconds(leaseExpiry.expiringWithin), color: 'semi-dark-blue' },
]);

/** The same for a single value or a cell: without a lease it has no colour, since none may be needed. */
export const leaseRemainderOrNone = withEscrow((site) => [
  { value: BELOW_ALL, color: 'text' },
  // Longer ago than any lease.
  { value: -1e9, color: 'dark-red' },
  ...leaseRemainder(site).slice(1),
]);

export const stuckAge = ({ thresholds: { pendingWrites } }: Site): readonly PanelThreshold[] => [
  { value: durationSeconds(pendingWrites.stuckAfter), color: 'orange' },
];

export const fallbackAge = ({ thresholds: { replicaFallback } }: Site): readonly PanelThreshold[] => [
  { value: durationSeconds(replicaFallback.infoAfter), color: 'light-orange' },
  { value: durationSeconds(replicaFallback.warningAfter), color: 'orange' },
];

export const mirrorLag = ({ thresholds: { replicaFallback } }: Site): readonly PanelThreshold[] => [
  { value: replicaFallback.mirrorLagSeconds, color: 'orange' },
];
