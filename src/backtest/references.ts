import { LOOKBACK } from './leaf.js';
import type { EvaluationNode } from './node.js';
import type { Recorded } from './recorded.js';
import { Vector } from './vector.js';

/** Whether a label set answers to the matchers of a selector. */
export type Filter = (id: number) => boolean;

/** A recorded series as of now. */
export class Reference implements EvaluationNode {
  readonly scalar = false;
  readonly out = new Vector();
  version = 0;
  #seen = -1;
  #old = false;

  constructor(
    private readonly recorded: Recorded,
    private readonly filter: Filter | undefined,
    /** `timestamp(series)`. */
    private readonly ofTime: boolean,
  ) {}

  evaluate(time: number): void {
    const { recorded } = this;
    const old = !(time - recorded.time < LOOKBACK);
    if (recorded.version === this.#seen && old === this.#old && !this.ofTime) return;
    this.#seen = recorded.version;
    this.#old = old;
    this.version += 1;
    this.out.clear();
    if (old) return;
    for (let i = 0; i < recorded.now.size; i += 1) {
      const id = recorded.now.ids[i] as number;
      if (this.filter !== undefined && !this.filter(id)) continue;
      this.out.push(id, this.ofTime ? recorded.time : (recorded.now.values[i] as number));
    }
  }
}

/** A recorded series as it was some time ago: `series offset 5m`. */
export class PastReference implements EvaluationNode {
  readonly scalar = false;
  readonly out = new Vector();
  version = 0;
  #seen = Number.NaN;

  /** @param offset seconds, above 0 */
  constructor(
    private readonly recorded: Recorded,
    private readonly filter: Filter | undefined,
    private readonly offset: number,
    /** `timestamp(series offset 5m)`. */
    private readonly ofTime = false,
  ) {
    recorded.retention = Math.max(recorded.retention, offset + LOOKBACK);
  }

  evaluate(time: number): void {
    const { times, past, retention } = this.recorded;
    const then = time - this.offset;
    const given = times.findLast((one) => one <= then);
    const seen = given === undefined || !(then - given < LOOKBACK) ? -1 : given;
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.version += 1;
    this.out.clear();
    if (seen < 0) return;
    for (const [id, track] of past) {
      if ((track.times.at(-1) as number) < time - retention) {
        past.delete(id);
        continue;
      }
      if (this.filter !== undefined && !this.filter(id)) continue;
      // What was not in that result had ended.
      const place = track.times.lastIndexOf(seen);
      if (place >= 0) this.out.push(id, this.ofTime ? seen : (track.values[place] as number));
    }
  }
}
