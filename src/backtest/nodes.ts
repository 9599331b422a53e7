import type { Changes } from './matrix.js';
import { type LabelSet, type LabelTable, Mapping, Places, Vector } from './vector.js';

/** An evaluation that Prometheus would fail too. The rule then gives nothing at that time. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
}

/** A part of an expression, evaluated at one time after the other. */
export interface Part {
  /** Whether it is one number without labels; it then stands in `out.values[0]`. */
  readonly scalar: boolean;
  readonly out: Vector;
  /** Rises whenever `out` may have changed. */
  version: number;
  evaluate(time: number): void;
}

/** A part that only changes when its operands do. */
abstract class Derived implements Part {
  readonly scalar: boolean = false;
  readonly out = new Vector();
  version = 0;
  #seen: number[] = [];

  constructor(protected readonly operands: readonly Part[]) {}

  evaluate(time: number): void {
    for (const operand of this.operands) operand.evaluate(time);
    if (this.operands.every(({ version }, i) => this.#seen[i] === version)) return;
    // Should this fail, the next evaluation must not take the half-made result for a good one.
    this.#seen = [];
    this.out.clear();
    this.version += 1;
    this.compute();
    this.#seen = this.operands.map(({ version }) => version);
  }

  protected abstract compute(): void;
}

export class Constant implements Part {
  readonly scalar = true;
  readonly out = new Vector();
  readonly version = 0;
  constructor(value: number) {
    this.out.push(0, value);
  }
  evaluate(): void {}
}

export class Time implements Part {
  readonly scalar = true;
  readonly out = new Vector();
  version = 0;
  evaluate(time: number): void {
    if (this.out.size > 0 && this.out.values[0] === time) return;
    this.out.clear();
    this.out.push(0, time);
    this.version += 1;
  }
}

/** What the server answers: a part of an expression that reads no recorded series. */
export class Leaf implements Part {
  readonly scalar = false;
  readonly out = new Vector();
  version = 0;
  /** Points of the newest piece per evaluation: tells how long the next pieces may be. */
  density: number | undefined;
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

/** What a recording rule gave at its newest evaluation, and what it gave before. */
export class Recorded {
  readonly now = new Vector();
  version = 0;
  /** Whether any rule reads it over a time range, and the longest of these in seconds. */
  keep = 0;
  /** For each label set: times and values of the past `keep` seconds, oldest first. */
  readonly past = new Map<number, { times: number[]; values: number[]; first: number }>();
  /** When its rule gave something within `keep`, oldest first. An empty result counts: it ends every series. */
  readonly times: number[] = [];
  #source = -1;
  #time = Number.NaN;

  constructor(readonly name: string) {}

  /** Takes over what its rule gave. */
  record(time: number, result: Part, relabel: Mapping | undefined): void {
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
    if (this.keep === 0) return;
    const oldest = time - this.keep;
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

/** Whether a label set answers to the matchers of a selector. */
export type Filter = (id: number) => boolean;

/** How long an instant selector looks back. Seconds; Prometheus' default. */
export const LOOKBACK = 300;

/** A recorded series as of now. */
export class Reference implements Part {
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
export class PastReference implements Part {
  readonly scalar = false;
  readonly out = new Vector();
  version = 0;
  #seen = Number.NaN;

  /** @param offset seconds, above 0 */
  constructor(
    private readonly recorded: Recorded,
    private readonly filter: Filter | undefined,
    private readonly offset: number,
  ) {
    recorded.keep = Math.max(recorded.keep, offset + LOOKBACK);
  }

  evaluate(time: number): void {
    const { times, past, keep } = this.recorded;
    const then = time - this.offset;
    const given = times.findLast((one) => one <= then);
    const seen = given === undefined || !(then - given < LOOKBACK) ? -1 : given;
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.version += 1;
    this.out.clear();
    if (seen < 0) return;
    for (const [id, track] of past) {
      if ((track.times.at(-1) as number) < time - keep) {
        past.delete(id);
        continue;
      }
      if (this.filter !== undefined && !this.filter(id)) continue;
      // What was not in that result had ended.
      const place = track.times.lastIndexOf(seen);
      if (place >= 0) this.out.push(id, track.values[place] as number);
    }
  }
}

type Track = { times: number[]; values: number[]; first: number };

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
export class OverTime implements Part {
  readonly scalar = false;
  readonly out = new Vector();
  version = 0;
  readonly #compute: (values: readonly number[], begin: number) => number;

  constructor(
    name: string,
    private readonly recorded: Recorded,
    private readonly filter: Filter | undefined,
    private readonly range: number,
    /** Prometheus 3 leaves the sample at the range's beginning out. */
    private readonly leftOpen: boolean,
    /** How long ago the range ends. Seconds. */
    private readonly offset = 0,
  ) {
    this.#compute = OVER_TIME[name] as (values: readonly number[], begin: number) => number;
    recorded.keep = Math.max(recorded.keep, offset + range);
  }

  evaluate(time: number): void {
    const end = time - this.offset;
    const begin = end - this.range;
    const { past, keep } = this.recorded;
    this.out.clear();
    this.version += 1;
    for (const [id, track] of past) {
      const newest = track.times.at(-1) as number;
      if (newest < time - keep) {
        past.delete(id);
        continue;
      }
      if (newest < begin || (this.leftOpen && newest === begin)) continue;
      if (this.filter !== undefined && !this.filter(id)) continue;
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

const COMPARISONS = new Set(['==', '!=', '<', '>', '<=', '>=']);

function operate(operator: string, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    case '^':
      return left ** right;
    case 'atan2':
      return Math.atan2(left, right);
    case '==':
      return Number(left === right);
    case '!=':
      return Number(left !== right);
    case '<':
      return Number(left < right);
    case '>':
      return Number(left > right);
    case '<=':
      return Number(left <= right);
    case '>=':
      return Number(left >= right);
    default:
      throw new TypeError(`the operator ${operator} is not replayed`);
  }
}

/** How the series of two sides find each other. */
export interface Matching {
  /** `on` or `ignoring`. */
  readonly on: boolean;
  readonly labels: readonly string[];
  readonly group?: 'left' | 'right';
  /** Labels that the "one" side adds. */
  readonly include: readonly string[];
}

/** Arithmetic and comparisons. */
export class Binary extends Derived {
  override readonly scalar: boolean;
  readonly #comparison: boolean;
  readonly #key: Mapping;
  readonly #places = new Places();
  readonly #matched = new Places();

  constructor(
    private readonly operator: string,
    private readonly bool: boolean,
    left: Part,
    right: Part,
    private readonly matching: Matching,
    private readonly table: LabelTable,
  ) {
    super([left, right]);
    this.scalar = left.scalar && right.scalar;
    this.#comparison = COMPARISONS.has(operator);
    this.#key = Mapping.grouping(table, matching.labels, matching.on);
  }

  protected compute(): void {
    const [left, right] = this.operands as [Part, Part];
    const { operator, out } = this;
    if (left.scalar && right.scalar) {
      out.push(0, operate(operator, left.out.values[0] as number, right.out.values[0] as number));
    } else if (left.scalar || right.scalar) {
      const [{ out: vector }, number] = left.scalar ? [right, left] : [left, right];
      const fixed = number.out.values[0] as number;
      for (let i = 0; i < vector.size; i += 1) {
        const own = vector.values[i] as number;
        const result = left.scalar ? operate(operator, fixed, own) : operate(operator, own, fixed);
        if (!this.#comparison || this.bool) out.push(vector.ids[i] as number, result);
        else if (result === 1) out.push(vector.ids[i] as number, own);
      }
    } else this.#match(left.out, right.out);
  }

  #match(left: Vector, right: Vector): void {
    const { group } = this.matching;
    const [many, one] = group === 'right' ? [right, left] : [left, right];
    const places = this.#places;
    places.clear();
    this.#matched.clear();
    for (let i = 0; i < one.size; i += 1) {
      const key = this.#key.of(one.ids[i] as number);
      if (places.get(key) >= 0) throw new EvaluationError('found duplicate series for the match group');
      places.set(key, i);
    }
    for (let i = 0; i < many.size; i += 1) {
      const id = many.ids[i] as number;
      const key = this.#key.of(id);
      const place = places.get(key);
      if (place < 0) continue;
      const [own, other] = [many.values[i] as number, one.values[place] as number];
      const [l, r] = group === 'right' ? [other, own] : [own, other];
      const result = operate(this.operator, l, r);
      if (this.#comparison && !this.bool && result !== 1) continue;
      if (group === undefined) {
        if (this.#matched.get(key) >= 0) throw new EvaluationError('multiple matches for labels');
        this.#matched.set(key, i);
      }
      const value = this.#comparison && !this.bool ? l : result;
      this.out.push(group === undefined ? key : this.#joined(id, one.ids[place] as number), value);
    }
  }

  #joined(many: number, one: number): number {
    const { include } = this.matching;
    if (include.length === 0) return many;
    const labels: Record<string, string> = { ...this.table.labels(many) };
    const others = this.table.labels(one);
    for (const name of include) {
      if (others[name] === undefined) delete labels[name];
      else labels[name] = others[name];
    }
    return this.table.intern(labels);
  }
}

/** `and`, `or`, `unless`. */
export class SetOperation extends Derived {
  readonly #key: Mapping;
  readonly #places = new Places();

  constructor(
    private readonly operator: string,
    left: Part,
    right: Part,
    matching: Matching,
    table: LabelTable,
  ) {
    super([left, right]);
    this.#key = Mapping.grouping(table, matching.labels, matching.on);
  }

  protected compute(): void {
    const [{ out: left }, { out: right }] = this.operands as [Part, Part];
    const places = this.#places;
    places.clear();
    const [marked, checked] = this.operator === 'or' ? [left, right] : [right, left];
    for (let i = 0; i < marked.size; i += 1) places.set(this.#key.of(marked.ids[i] as number), i);
    if (this.operator === 'or') this.out.copy(left);
    const wanted = this.operator === 'and';
    for (let i = 0; i < checked.size; i += 1) {
      const id = checked.ids[i] as number;
      if (places.get(this.#key.of(id)) >= 0 === wanted) this.out.push(id, checked.values[i] as number);
    }
  }
}

export const aggregations: readonly string[] = ['sum', 'min', 'max', 'avg', 'count', 'group'];

export class Aggregation extends Derived {
  readonly #key: Mapping;
  readonly #places = new Places();
  readonly #counts: number[] = [];

  constructor(
    private readonly operation: string,
    operand: Part,
    without: boolean,
    labels: readonly string[],
    table: LabelTable,
  ) {
    super([operand]);
    this.#key = Mapping.grouping(table, labels, !without);
  }

  protected compute(): void {
    const [{ out: from }] = this.operands as [Part];
    const { out, operation } = this;
    this.#places.clear();
    this.#counts.length = 0;
    for (let i = 0; i < from.size; i += 1) {
      const key = this.#key.of(from.ids[i] as number);
      const value = from.values[i] as number;
      const place = this.#places.get(key);
      if (place < 0) {
        this.#places.set(key, out.size);
        this.#counts.push(1);
        out.push(key, operation === 'count' || operation === 'group' ? 1 : value);
        continue;
      }
      const before = out.values[place] as number;
      this.#counts[place] = (this.#counts[place] as number) + 1;
      if (operation === 'sum' || operation === 'avg') out.values[place] = before + value;
      else if (operation === 'count') out.values[place] = before + 1;
      else if (operation === 'min' && (value < before || Number.isNaN(before))) out.values[place] = value;
      else if (operation === 'max' && (value > before || Number.isNaN(before))) out.values[place] = value;
    }
    if (operation !== 'avg') return;
    for (let i = 0; i < out.size; i += 1) {
      out.values[i] = (out.values[i] as number) / (this.#counts[i] as number);
    }
  }
}

/** A function of each value, numbers as its further arguments. */
export class ValueFunction extends Derived {
  override readonly scalar: boolean;

  constructor(
    operand: Part,
    private readonly change: (value: number, ...more: number[]) => number,
    private readonly more: readonly Part[] = [],
  ) {
    super([operand, ...more]);
    this.scalar = operand.scalar;
  }

  protected compute(): void {
    const [{ out: from }] = this.operands as [Part];
    const more = this.more.map(({ out }) => out.values[0] as number);
    for (let i = 0; i < from.size; i += 1) {
      this.out.push(from.ids[i] as number, this.change(from.values[i] as number, ...more));
    }
  }
}

/** `vector()` and `scalar()`. */
export class Conversion extends Derived {
  constructor(
    operand: Part,
    override readonly scalar: boolean,
    private readonly nothing: number,
  ) {
    super([operand]);
  }

  protected compute(): void {
    const [{ out: from }] = this.operands as [Part];
    const value = this.scalar && from.size !== 1 ? Number.NaN : (from.values[0] as number);
    this.out.push(this.nothing, value);
  }
}

/** `absent()`: 1 with the labels that the selector asks for. */
export class Absent extends Derived {
  constructor(
    operand: Part,
    private readonly id: number,
  ) {
    super([operand]);
  }

  protected compute(): void {
    if ((this.operands[0] as Part).out.size === 0) this.out.push(this.id, 1);
  }
}

/** `label_replace()`. */
export class LabelReplace extends Derived {
  readonly #mapping: Mapping;

  constructor(operand: Part, change: (labels: LabelSet) => LabelSet, table: LabelTable) {
    super([operand]);
    this.#mapping = new Mapping(table, change);
  }

  protected compute(): void {
    const [{ out: from }] = this.operands as [Part];
    for (let i = 0; i < from.size; i += 1) {
      this.out.push(this.#mapping.of(from.ids[i] as number), from.values[i] as number);
    }
  }
}
