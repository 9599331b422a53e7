import { setTimeout as sleep } from 'node:timers/promises';
import { PrometheusError } from '../prometheus/error.js';
import { judge } from './progress.js';
import type { ReactionId } from './reaction.js';
import { remarks } from './remarks.js';
import type { Drill } from './view.js';
import type { PrometheusWatch } from './watch.js';

export interface FollowOptions {
  readonly relay: string;
  /** Seconds from one poll to the next. */
  readonly every: number;
  /** For how long Prometheus may be away. Seconds. */
  readonly patience: number;
  /** Seconds that reactions may take, where they differ from the usual. */
  readonly timeouts: Partial<Record<ReactionId, number>>;
  readonly signal: AbortSignal;
  /** Called after each poll, the first one included. */
  readonly onPoll: (drill: Drill) => void;
}

/** How a drill ended. */
export interface Outcome {
  readonly drill: Drill;
  /** Why it could not go on. */
  readonly broken?: PrometheusError;
}

/**
 * Follows a drill until everything has reacted or was due, it is interrupted, or Prometheus is away for too long.
 *
 * @param begin the time of the first poll, seconds since the epoch
 */
export async function follow(
  watch: PrometheusWatch,
  begin: number,
  options: FollowOptions,
): Promise<Outcome> {
  const { relay, signal } = options;
  const judged = (now: number): Drill => {
    const { facts } = watch;
    const progress = judge(facts, now, options.timeouts);
    return { relay, start: facts.start, now, progress, remarks: remarks(facts, progress, now) };
  };
  let drill = judged(begin);
  let failedSince: number | undefined;
  options.onPoll(drill);
  while (!drill.progress.over && !signal.aborted) {
    await sleep(options.every * 1000, undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
    try {
      drill = judged(await watch.poll());
      failedSince = undefined;
    } catch (error) {
      // What is missed meanwhile is still there later: samples carry their own times.
      if (!(error instanceof PrometheusError)) throw error;
      failedSince ??= Date.now();
      const away = (Date.now() - failedSince) / 1000;
      if (error.mayPass && away < options.patience) continue;
      return { drill, broken: error };
    }
    options.onPoll(drill);
  }
  return { drill };
}
