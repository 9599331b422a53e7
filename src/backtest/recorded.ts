import type { EvaluationNode } from './node.js';
import { type Mapping, Vector } from './vector.js';

/** Times and values of one series, oldest first; those before `first` are too old. */
export type Track = { times: number[]; values: number[]; first: number };

/** What a recording rule gave at its newest evaluation, and what it gave before. */
export class Recorded {
  readonly now = new Vector();
  version = 0;
  /** Whether any rule reads it over a time range, and the longest of these in seconds. */
  retention = 0;
  /** For each label set: times and values of the past `retention` seconds, oldest first. */
  readonly past = new Map<number, Track>();
  /** When its rule gave something within `retention`, oldest first. An empty result counts: it ends every series. */
  readonly times: number[] = [];
  #source = -1;
  #time = Number.NaN;

  constructor(readonly name: string) {}

  /** Takes over what its rule gave. */
  record(time: number, result: EvaluationNode, relabel: Mapping | undefined): void {
    if (result.version !== this.#source) {
      this.#source = result.version;
      this.version += 1;
      if (relabel === undefined) this.now.copy(result.out);
      else {
        this.now.clear();
        for (let i = 0; i < result.out.size; i += 1) {
          this.now.push(relabel.of(result.out.ids[i] as number), result.out.values[i] as number);
        }
      }
    }
    this.#time = time;
    if (this.retention === 0) return;
    const oldest = time - this.retention;
    this.times.push(time);
    while ((this.times[0] as number) < oldest) this.times.shift();
    for (let i = 0; i < this.now.size; i += 1) {
      const id = this.now.ids[i] as number;
      let track = this.past.get(id);
      if (track === undefined) {
        track = { times: [], values: [], first: 0 };
        this.past.set(id, track);
      }
      track.times.push(time);
      track.values.push(this.now.values[i] as number);
      if ((track.times[track.first] as number) < oldest) {
        while ((track.times[track.first] as number) < oldest) track.first += 1;
        if (track.first > 256 && track.first * 2 > track.times.length) {
          track.times.splice(0, track.first);
          track.values.splice(0, track.first);
          track.first = 0;
        }
      }
    }
  }

  /** Its rule failed: nothing new, and what was stands until it is too old. */
  get time(): number {
    return this.#time;
  }
}
