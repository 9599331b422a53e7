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

  evaluate(time: number, result: Vector): void {
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
        if (alert.firing && this.keepFiringForSeconds > 0) {
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
  }
}
