import type { History } from './history.js';

/** The reactions that a drill waits for, in the order in which they come. */
export const REACTIONS = [
  'not-pending',
  'worker-away',
  'lease-requested',
  'lease-issued',
  'pending-raised',
  'push-seen',
  'push-acknowledged',
  'worker-queue',
  'resync',
  'gateway-cleared',
  'worker-cleared',
  'rotation',
  'expiry-reset',
] as const;

export type ReactionId = (typeof REACTIONS)[number];

/** What a reaction was seen by. */
export interface Sighting {
  /** When it was scraped, seconds since the epoch. */
  readonly time: number;
  /** The metric and what it did, in words. */
  readonly by: string;
}

/** What is known besides the series of the relay. */
export interface SystemFacts {
  /** How many other relays were pending at a moment, as far as that was asked; oldest first. */
  readonly othersPending: readonly (readonly [time: number, count: number])[];
  /** Whether any relay has samples in the push wait histogram: the build records acknowledgements. */
  readonly acknowledgementsServed: boolean;
  /** Whether Prometheus has a target of the exporters' job at all. */
  readonly exporterConfigured: boolean;
}

/** Everything a reaction is judged by. */
export interface DrillFacts {
  readonly history: History;
  readonly system: SystemFacts;
  readonly relay: string;
  /** When the drill began, seconds since the epoch, by Prometheus' clock. */
  readonly start: number;
  /** When the relay was found or became not pending; the drill proper begins. */
  readonly notPendingSince: number | undefined;
  /** When each reaction was seen. */
  readonly seen: ReadonlyMap<ReactionId, Sighting>;
}

/** A reaction of the system. */
export interface Reaction {
  readonly id: ReactionId;
  readonly title: string;
  /** Seconds that it may take from its trigger, unless the operator of the drill says otherwise. */
  readonly within: number;
  /** What makes it due: the first of these, or a later one of the others. Absent where the drill's begin does. */
  readonly after?: readonly ReactionId[];
  /** A hint only: its absence proves nothing, so it never fails a drill. */
  readonly hint?: string;
  /** Where to look when it did not come: words, and the alert whose runbook page and panel show it. */
  readonly look: string;
  readonly alert: string;
  readonly evidence: (facts: DrillFacts) => Sighting | undefined;
  /** Why it cannot be seen here at all, which is no failure. */
  readonly notServed?: (facts: DrillFacts, overdue: boolean) => string | undefined;
  /** Why it was not needed in this drill. */
  readonly fromBefore?: (facts: DrillFacts) => string | undefined;
}
