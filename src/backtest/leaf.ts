import type { Changes } from './matrix.js';
import { EvaluationError, type EvaluationNode } from './node.js';
import { Places, Vector } from './vector.js';

/** What the server answers: a part of an expression that reads no recorded series. */
export class Leaf implements EvaluationNode {
  readonly scalar = false;
  readonly out = new Vector();
  version = 0;
  /** Points of the newest piece per evaluation; decides how long the next pieces may be. */
  density: number | undefined;
  /** Why the server does not answer it; nothing of it is then known. */
  refusal: string | undefined;
  readonly #places = new Places();
  #changes: Changes | undefined;
  #start = 0;
  #step = 0;

  constructor(
    readonly expr: string,
    /** Seconds between evaluations. */
    readonly interval: number,
    /** Whether the times of a selector's samples are wanted instead of values. */
    readonly stamps = false,
  ) {}

  load(changes: Changes, start: number): void {
    this.#changes = changes;
    this.#start = start;
    this.#step = 0;
    this.out.clear();
    this.#places.clear();
    this.version += 1;
  }

  evaluate(time: number): void {
    if (this.refusal !== undefined) throw new EvaluationError(this.refusal);
    const changes = this.#changes as Changes;
    const upTo = Math.round((time - this.#start) / this.interval);
    const { starts, ids, values } = changes;
    for (; this.#step <= upTo; this.#step += 1) {
      const from = starts[this.#step] as number;
      const to = starts[this.#step + 1] as number;
      if (from !== to) this.version += 1;
      for (let i = from; i < to; i += 1) {
        const change = ids[i] as number;
        if (change < 0) this.#remove(~change);
        else this.#put(change, values[i] as number);
      }
    }
  }

  #put(id: number, value: number): void {
    const place = this.#places.get(id);
    if (place >= 0) this.out.values[place] = value;
    else {
      this.#places.set(id, this.out.size);
      this.out.push(id, value);
    }
  }

  #remove(id: number): void {
    const place = this.#places.get(id);
    if (place < 0) return;
    const { out } = this;
    out.size -= 1;
    const last = out.ids[out.size] as number;
    out.ids[place] = last;
    out.values[place] = out.values[out.size] as number;
    this.#places.set(last, place);
    this.#places.delete(id);
  }
}

/** How long an instant selector looks back. Seconds; Prometheus' default. */
export const LOOKBACK = 300;
