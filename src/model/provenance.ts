import type { RunbookStep } from './runbook.js';

/**
 * The situations that an operator must be able to distinguish, by number. `docs/system.md` describes each of them under the
 * anchor `situation-<number>`.
 */
export const SITUATIONS = {
  1: 'Worker away, writes pending: normal',
  2: 'Lease about to expire, past its expiry, or missing while clients write',
  3: 'Pushes delivered, never ingested: stuck',
  4: 'Pushes refused or failing',
  5: 'Gateway and worker disagree',
  6: 'Resync done, rotation failed',
  7: 'The replica has been the main path for hours',
  8: 'Pending, but no longer pushed',
  9: 'No data because nothing is measured',
  10: 'Writes accepted, never marked as pending',
} as const;
export type Situation = keyof typeof SITUATIONS;

/** Background of a rule. */
export interface Provenance {
  /** Steps of the operator procedure that the rule serves. */
  readonly runbookSteps?: readonly RunbookStep[];
  /** The situation that the rule recognizes or measures. */
  readonly situation?: Situation;
  /** Why the rule is defined this way: one or more sentences. */
  readonly rationale: string;
}
