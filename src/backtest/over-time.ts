import type { EvaluationNode } from './node.js';
import type { Recorded, Track } from './recorded.js';
import type { Filter } from './references.js';
import { Vector } from './vector.js';

/** Functions of a series' past: from `begin` on. */
const OVER_TIME: Readonly<Record<string, (values: readonly number[], begin: number) => number>> = {
  last_over_time: (values) => values.at(-1) as number,
  present_over_time: () => 1,
  count_over_time: (values, begin) => values.length - begin,
  sum_over_time: (values, begin) => {
    let sum = 0;
    for (let i = begin; i < values.length; i += 1) sum += values[i] as number;
    return sum;
  },
  avg_over_time: (values, begin) => {
    let sum = 0;
    for (let i = begin; i < values.length; i += 1) sum += values[i] as number;
    return sum / (values.length - begin);
  },
  min_over_time: (values, begin) => {
    let least = values[begin] as number;
    for (let i = begin; i < values.length; i += 1) {
      const value = values[i] as number;
      if (value < least || Number.isNaN(least)) least = value;
    }
    return least;
  },
  max_over_time: (values, begin) => {
    let most = values[begin] as number;
    for (let i = begin; i < values.length; i += 1) {
      const value = values[i] as number;
      if (value > most || Number.isNaN(most)) most = value;
    }
    return most;
  },
  changes: (values, begin) => {
    let count = 0;
    for (let i = begin + 1; i < values.length; i += 1) {
      const [before, value] = [values[i - 1] as number, values[i] as number];
      if (value !== before && !(Number.isNaN(value) && Number.isNaN(before))) count += 1;
    }
    return count;
  },
};
export const overTimeFunctions: readonly string[] = Object.keys(OVER_TIME);

/** A function of a recorded series' past. */
export class OverTime implements EvaluationNode {
  readonly scalar = false;
  readonly out = new Vector();
  version = 0;
  readonly #compute: (values: readonly number[], begin: number) => number;

  constructor(
    private readonly name: string,
    private readonly recorded: Recorded,
    private readonly filter: Filter | undefined,
    private readonly range: number,
    /** Prometheus 3 leaves the sample at the range's beginning out. */
    private readonly leftOpen: boolean,
    /** How long ago the range ends. Seconds. */
    private readonly offset = 0,
  ) {
    this.#compute = OVER_TIME[name] as (values: readonly number[], begin: number) => number;
    recorded.retention = Math.max(recorded.retention, offset + range);
  }

  evaluate(time: number): void {
    const end = time - this.offset;
    const begin = end - this.range;
    const { past, retention } = this.recorded;
    this.out.clear();
    this.version += 1;
    for (const [id, track] of past) {
      const newest = track.times.at(-1) as number;
      if (newest < time - retention) {
        past.delete(id);
        continue;
      }
      if (newest < begin || (this.leftOpen && newest === begin)) continue;
      if (this.filter !== undefined && !this.filter(id)) continue;
      // By far the most common one, and the newest value is known without a search.
      if (this.name === 'last_over_time' && newest <= end) {
        this.out.push(id, track.values[track.values.length - 1] as number);
        continue;
      }
      const first = this.#first(track, begin);
      const count = newest <= end ? track.times.length : track.times.findLastIndex((one) => one <= end) + 1;
      if (first >= count) continue;
      const values = count === track.times.length ? track.values : track.values.slice(0, count);
      this.out.push(id, this.#compute(values, first));
    }
  }

  #first({ times, first }: Track, begin: number): number {
    let low = first;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const time = times[middle] as number;
      if (time < begin || (this.leftOpen && time === begin)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
