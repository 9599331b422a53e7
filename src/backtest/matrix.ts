import { sampleValue } from '../prometheus/sample-text.js';
import type { LabelSet, LabelTable } from './vector.js';

/**
 * The answer of a range query, as what changes from step to step: most series stand still for hours, so a week fits
 * into memory that its samples would not. A number below 0 is the complement of a label set that went.
 */
export interface Changes {
  /** Where the changes of each step begin; one more than there are steps. */
  readonly starts: Int32Array;
  readonly ids: Int32Array;
  readonly values: Float64Array;
  /** Points that the answer held. */
  readonly points: number;
}

/** Collects changes in the order of series and hands them out in the order of steps. */
class ChangesBuilder {
  #steps = new Int32Array(1024);
  #ids = new Int32Array(1024);
  #values = new Float64Array(1024);
  #size = 0;
  points = 0;

  constructor(private readonly count: number) {}

  add(step: number, id: number, value: number): void {
    if (this.#size === this.#ids.length) {
      const grow = <T extends Int32Array | Float64Array>(from: T, to: T): T => {
        to.set(from);
        return to;
      };
      const length = this.#size * 2;
      this.#steps = grow(this.#steps, new Int32Array(length));
      this.#ids = grow(this.#ids, new Int32Array(length));
      this.#values = grow(this.#values, new Float64Array(length));
    }
    this.#steps[this.#size] = step;
    this.#ids[this.#size] = id;
    this.#values[this.#size] = value;
    this.#size += 1;
  }

  build(): Changes {
    const starts = new Int32Array(this.count + 1);
    for (let i = 0; i < this.#size; i += 1) {
      const step = this.#steps[i] as number;
      starts[step + 1] = (starts[step + 1] as number) + 1;
    }
    for (let step = 0; step < this.count; step += 1) {
      starts[step + 1] = (starts[step + 1] as number) + (starts[step] as number);
    }
    const next = starts.slice();
    const ids = new Int32Array(this.#size);
    const values = new Float64Array(this.#size);
    for (let i = 0; i < this.#size; i += 1) {
      const step = this.#steps[i] as number;
      const at = next[step] as number;
      next[step] = at + 1;
      ids[at] = this.#ids[i] as number;
      values[at] = this.#values[i] as number;
    }
    return { starts, ids, values, points: this.points };
  }
}

/** Joins the changes of neighbouring pieces of time. Each piece begins from nothing, so what it repeats goes out. */
export function joined(pieces: readonly Changes[]): Changes {
  if (pieces.length === 1) return pieces[0] as Changes;
  const steps = pieces.reduce((sum, { starts }) => sum + starts.length - 1, 0);
  const builder = new ChangesBuilder(steps);
  let offset = 0;
  let state = new Map<number, number>();
  for (const { starts, ids, values, points } of pieces) {
    const count = starts.length - 1;
    const now = new Map<number, number>();
    for (let step = 0; step < count; step += 1) {
      for (let i = starts[step] as number; i < (starts[step + 1] as number); i += 1) {
        const change = ids[i] as number;
        const value = values[i] as number;
        if (change < 0) now.delete(~change);
        else now.set(change, value);
        if (step > 0) builder.add(offset + step, change, value);
      }
      if (step > 0) continue;
      for (const id of state.keys()) if (!now.has(id)) builder.add(offset, ~id, 0);
      for (const [id, value] of now) {
        if (!Object.is(state.get(id), value)) builder.add(offset, id, value);
      }
    }
    state = now;
    offset += count;
    builder.points += points;
  }
  return builder.build();
}

const QUOTE = 34;
const COMMA = 44;
const BRACKET = 93;

/** The times of a range query: seconds since the epoch, both ends included. */
export interface Grid {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** Takes the points of one series. */
interface Writer {
  add(time: number, value: number): void;
  end(): void;
}

/** The times of a series' samples into a builder: at each step, that of the newest one so far. */
class StampWriter implements Writer {
  #step = -1;
  #time = 0;

  constructor(
    private readonly builder: ChangesBuilder,
    private readonly grid: Grid,
    private readonly id: number,
  ) {}

  add(time: number): void {
    const step = Math.max(0, Math.ceil((time - this.grid.start) / this.grid.step));
    this.builder.points += 1;
    if (step !== this.#step) this.end();
    this.#step = step;
    this.#time = time;
  }

  end(): void {
    if (this.#step >= 0 && this.#step < this.grid.count) this.builder.add(this.#step, this.id, this.#time);
  }
}

/** One series into a builder. */
class SeriesWriter implements Writer {
  #last = -1;
  #value = Number.NaN;

  constructor(
    private readonly builder: ChangesBuilder,
    private readonly grid: Grid,
    private readonly id: number,
  ) {}

  add(time: number, value: number): void {
    this.at(Math.round((time - this.grid.start) / this.grid.step), value);
  }

  /** The same by the number of the step. */
  at(step: number, value: number): void {
    this.builder.points += 1;
    if (this.#last >= 0 && step > this.#last + 1) this.builder.add(this.#last + 1, ~this.id, 0);
    if (this.#last < 0 || step > this.#last + 1 || !Object.is(this.#value, value)) {
      this.builder.add(step, this.id, value);
    }
    this.#last = step;
    this.#value = value;
  }

  end(): void {
    if (this.#last >= 0 && this.#last + 1 < this.grid.count) this.builder.add(this.#last + 1, ~this.id, 0);
  }
}

/**
 * Reads the text of a range query's answer without making an object of every sample: a tenth of the memory. Gives
 * undefined where the text is not laid out as Prometheus does it; any JSON parser can then have a try.
 *
 * @param stamps take the samples of a range selector, and of these the times
 */
export function readMatrix(text: string, grid: Grid, table: LabelTable, stamps = false): Changes | undefined {
  const HEAD = '{"status":"success","data":{"resultType":"matrix","result":[';
  if (!text.startsWith(HEAD)) return undefined;
  const builder = new ChangesBuilder(grid.count);
  // How the sample of each step begins, so that nearly all times need only be compared.
  const heads = Array.from({ length: stamps ? 0 : grid.count }, (_, i) => `[${grid.start + i * grid.step},"`);
  let at = HEAD.length;
  if (text.charCodeAt(at) === BRACKET) return builder.build();
  for (;;) {
    const METRIC = '{"metric":';
    const VALUES = ',"values":[';
    if (!text.startsWith(METRIC, at)) return undefined;
    const values = text.indexOf(`${VALUES}[`, at);
    if (values < 0) return undefined;
    let labels: LabelSet;
    try {
      labels = JSON.parse(text.slice(at + METRIC.length, values)) as LabelSet;
    } catch {
      // A label value may hold the very characters that we look for.
      return undefined;
    }
    const id = table.intern(labels);
    const series = new SeriesWriter(builder, grid, id);
    const writer: Writer = stamps ? new StampWriter(builder, grid, id) : series;
    at = values + VALUES.length;
    // The end of the sample before, `1"]`, and its value: most samples repeat it.
    let end = '';
    let value = 0;
    let step = -1;
    for (;;) {
      let time = 0;
      const head = heads[step + 1];
      const isNext = head !== undefined && text.startsWith(head, at);
      let from: number;
      if (isNext) {
        step += 1;
        from = at + head.length;
      } else {
        const comma = text.indexOf(',', at);
        if (comma < 0 || text.charCodeAt(comma + 1) !== QUOTE) return undefined;
        time = Number(text.slice(at + 1, comma));
        if (Number.isNaN(time)) return undefined;
        step = Math.round((time - grid.start) / grid.step);
        from = comma + 2;
      }
      if (end !== '' && text.startsWith(end, from)) {
        at = from + end.length;
      } else {
        const to = text.indexOf('"', from);
        if (to < 0 || text.charCodeAt(to + 1) !== BRACKET) return undefined;
        const read = sampleValue(text.slice(from, to));
        if (read === undefined) return undefined;
        value = read;
        at = to + 2;
        end = text.slice(from, at);
      }
      if (isNext) series.at(step, value);
      else writer.add(time, value);
      // Then comes `,[` and the next sample, or the end of the series.
      if (text.charCodeAt(at) !== COMMA) break;
      at += 1;
    }
    writer.end();
    // `]}` ends the series.
    if (text.charCodeAt(at) !== BRACKET) return undefined;
    at += 2;
    if (text.charCodeAt(at) === COMMA) at += 1;
    else if (text.charCodeAt(at) === BRACKET) return builder.build();
    else return undefined;
  }
}

/** The same of an answer that was parsed already. */
export function changesOf(
  series: readonly {
    readonly labels: LabelSet;
    readonly points: readonly (readonly [time: number, value: number])[];
  }[],
  grid: Grid,
  table: LabelTable,
  stamps = false,
): Changes {
  const builder = new ChangesBuilder(grid.count);
  for (const { labels, points } of series) {
    const writer: Writer = new (stamps ? StampWriter : SeriesWriter)(builder, grid, table.intern(labels));
    for (const [time, value] of points) writer.add(time, value);
    writer.end();
  }
  return builder.build();
}
