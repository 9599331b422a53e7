import { EvaluationError } from './node.js';
import type { Vector } from './vector.js';

/** One alert of one identity, firing without a break. Seconds since the epoch. */
export interface FiringSpan {
  /** Number of its label set. */
  readonly id: number;
  /** The evaluation at which it began to fire. */
  readonly from: number;
  /** The first evaluation at which it no longer fired; absent where it still fires at the end. */
  to?: number;
}

interface Active {
  firing: boolean;
  readonly since: number;
  keptSince: number | undefined;
  episode: FiringSpan | undefined;
  seen: number;
}

/** The states of an alerting rule's alerts, as Prometheus' rule manager goes through them. */
export class AlertStates {
  readonly episodes: FiringSpan[] = [];
  readonly #active = new Map<number, Active>();

  constructor(
    private readonly forSeconds: number,
    private readonly keepFiringForSeconds: number,
  ) {}

  /**
   * @param limit how many alerts, pending ones included, the group allows; 0 for any number
   * @throws {EvaluationError} when there are more: as in Prometheus, all of them are then gone
   */
  evaluate(time: number, result: Vector, limit = 0): void {
    for (let i = 0; i < result.size; i += 1) {
      const id = result.ids[i] as number;
      const known = this.#active.get(id);
      if (known === undefined) {
        this.#active.set(id, {
          firing: false,
          since: time,
          keptSince: undefined,
          episode: undefined,
          seen: time,
        });
      } else {
        known.seen = time;
        known.keptSince = undefined;
      }
    }
    for (const [id, alert] of this.#active) {
      if (alert.seen !== time) {
        let kept = false;
        if (alert.firing) {
          alert.keptSince ??= time;
          kept = time - alert.keptSince < this.keepFiringForSeconds;
        }
        if (!kept) {
          if (alert.episode !== undefined) alert.episode.to = time;
          this.#active.delete(id);
          continue;
        }
      }
      if (!alert.firing && time - alert.since >= this.forSeconds) {
        alert.firing = true;
        alert.episode = { id, from: time };
        this.episodes.push(alert.episode);
      }
    }
    const count = this.#active.size;
    if (limit === 0 || count <= limit) return;
    this.#endAll(time);
    throw new EvaluationError(`exceeded limit of ${limit} with ${count} alerts`);
  }

  #endAll(time: number): void {
    for (const { episode } of this.#active.values()) {
      if (episode === undefined) continue;
      // One that began at this very evaluation never fired.
      if (episode.from === time) this.episodes.splice(this.episodes.indexOf(episode), 1);
      else episode.to = time;
    }
    this.#active.clear();
  }
}
