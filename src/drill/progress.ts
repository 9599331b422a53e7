import type { DrillFacts, Reaction, ReactionId, Sighting } from './reaction.js';
import { reactions } from './reactions.js';

/**
 * How it stands with a reaction.
 *
 * - `waiting`: nothing has made it due yet
 * - `watching`: due, not seen yet, still in time
 * - `seen` / `late`: came in time / after its time
 * - `missing`: did not come in time
 * - `unreached`: what would have made it due did not come
 * - `not-served`: cannot be seen on this system; no failure
 * - `from-before`: was so before the drill, and therefore not tried; no failure
 * - `no-hint`: a hint that did not show; no failure
 */
export type ReactionState =
  | 'waiting'
  | 'watching'
  | 'seen'
  | 'late'
  | 'missing'
  | 'unreached'
  | 'not-served'
  | 'from-before'
  | 'no-hint';

export interface ReactionResult {
  readonly reaction: Reaction;
  readonly state: ReactionState;
  readonly evidence?: Sighting;
  /** When it became due, seconds since the epoch. */
  readonly dueSince?: number;
  /** Until when it has to come. */
  readonly deadline?: number;
  /** Why it is not served, or was not tried. */
  readonly why?: string;
}

export interface Progress {
  readonly reactions: readonly ReactionResult[];
  /** Nothing more is to come. */
  readonly over: boolean;
  /** Nothing failed to react, as far as is known. */
  readonly ok: boolean;
}

/** States after which nothing more is expected of a reaction, although a missing one may still come late. */
const FINAL: ReadonlySet<ReactionState> = new Set([
  'seen',
  'late',
  'missing',
  'unreached',
  'not-served',
  'from-before',
  'no-hint',
]);
const FAILED: ReadonlySet<ReactionState> = new Set(['late', 'missing', 'unreached']);

/** A sample that was scraped in time may reach Prometheus' database a moment later. */
const GRACE_SECONDS = 3;

/** Whether a state makes a drill fail. */
export const hasFailed = (state: ReactionState) => FAILED.has(state);

/**
 * Judges every reaction by what was scraped so far. A pure function: the same samples give the same judgement.
 *
 * @param now seconds since the epoch, by Prometheus' clock
 * @param within seconds that reactions may take, where they differ from the usual
 */
export function judge(
  facts: Omit<DrillFacts, 'notPendingSince' | 'seen'>,
  now: number,
  within: Partial<Record<ReactionId, number>> = {},
): Progress {
  const seen = new Map<ReactionId, Sighting>();
  const known = (): DrillFacts => ({ ...facts, seen, notPendingSince: seen.get('not-pending')?.time });
  // Some look at what comes after them: a lease that was issued was requested.
  for (let before = -1; before !== seen.size; ) {
    before = seen.size;
    for (const { id, evidence } of reactions) {
      if (seen.has(id)) continue;
      const found = evidence(known());
      if (found !== undefined && found.time <= now) seen.set(id, found);
    }
  }

  const results = new Map<ReactionId, ReactionResult>();
  for (const reaction of reactions) {
    results.set(reaction.id, resultOf(reaction, { facts: known(), now, within, earlier: results }));
  }
  const all = [...results.values()];
  return {
    reactions: all,
    over: all.every(({ state }) => FINAL.has(state)),
    ok: !all.some(({ state }) => FAILED.has(state)),
  };
}

interface Judgement {
  readonly facts: DrillFacts;
  /** Seconds since the epoch. */
  readonly now: number;
  readonly within: Partial<Record<ReactionId, number>>;
  /** Results of the reactions that come before. */
  readonly earlier: ReadonlyMap<ReactionId, ReactionResult>;
}

function resultOf(reaction: Reaction, { facts, now, within, earlier }: Judgement): ReactionResult {
  const evidence = facts.seen.get(reaction.id);
  const times = timesOf(reaction, facts, within);
  const { deadline } = times;
  if (evidence !== undefined) {
    const late = deadline !== undefined && evidence.time > deadline;
    return { reaction, state: late ? 'late' : 'seen', evidence, ...times };
  }
  const before = reaction.fromBefore?.(facts);
  if (before !== undefined) return { reaction, state: 'from-before', why: before, ...times };
  if (deadline === undefined) {
    const required = reaction.after?.[0];
    const cause = required === undefined ? undefined : earlier.get(required)?.state;
    return { reaction, state: cause !== undefined && FINAL.has(cause) ? 'unreached' : 'waiting' };
  }
  const overdue = now > deadline + GRACE_SECONDS;
  const why = reaction.notServed?.(facts, overdue);
  if (why !== undefined) return { reaction, state: 'not-served', why, ...times };
  if (reaction.hint !== undefined && (overdue || facts.seen.has('pending-raised'))) {
    return { reaction, state: 'no-hint', why: reaction.hint, ...times };
  }
  return { reaction, state: overdue ? 'missing' : 'watching', ...times };
}

/** Since when a reaction is due and until when; neither before its trigger was seen. */
function timesOf(
  { id, after = [], within: usual }: Reaction,
  { seen, start }: DrillFacts,
  within: Judgement['within'],
): Pick<ReactionResult, 'dueSince' | 'deadline'> {
  const required = after[0];
  if (required !== undefined && !seen.has(required)) return {};
  const dueSince = Math.max(start, ...after.flatMap((trigger) => seen.get(trigger)?.time ?? []));
  return { dueSince, deadline: dueSince + (within[id] ?? usual) };
}
