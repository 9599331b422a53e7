/** Labels of a series, without its name: neither matching nor an alert's identity looks at the name. */
export type LabelSet = Readonly<Record<string, string>>;

/** Gives every label set a number, so that matching compares numbers instead of texts. */
export class LabelTable {
  readonly #ids = new Map<string, number>();
  readonly #sets: LabelSet[] = [];

  intern(labels: LabelSet): number {
    const names = Object.keys(labels)
      .filter((name) => name !== '__name__' && labels[name] !== '')
      .sort();
    const key = names.map((name) => `${name}\u0000${labels[name]}`).join('\u0001');
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#sets.length;
      this.#ids.set(key, id);
      this.#sets.push(Object.fromEntries(names.map((name) => [name, labels[name] as string])));
    }
    return id;
  }

  labels(id: number): LabelSet {
    return this.#sets[id] as LabelSet;
  }

  get size(): number {
    return this.#sets.length;
  }
}

/** Maps label sets to other label sets, each computed once. */
export class Mapping {
  #known = new Int32Array(0);

  constructor(
    private readonly table: LabelTable,
    private readonly change: (labels: LabelSet) => LabelSet,
  ) {}

  /** Keeps only these labels, or all but these. */
  static grouping(table: LabelTable, names: readonly string[], keep: boolean): Mapping {
    const set = new Set(names);
    return new Mapping(table, (labels) =>
      Object.fromEntries(Object.entries(labels).filter(([name]) => set.has(name) === keep)),
    );
  }

  of(id: number): number {
    if (id >= this.#known.length) {
      const grown = new Int32Array(Math.max(1024, id + 1, this.table.size * 2)).fill(-1);
      grown.set(this.#known);
      this.#known = grown;
    }
    const known = this.#known[id] as number;
    if (known >= 0) return known;
    const mapped = this.table.intern(this.change(this.table.labels(id)));
    this.#known[id] = mapped;
    return mapped;
  }
}

/** An instant vector: numbers of label sets and values, in no order. */
export class Vector {
  ids = new Int32Array(16);
  values = new Float64Array(16);
  size = 0;

  clear(): void {
    this.size = 0;
  }

  push(id: number, value: number): void {
    if (this.size === this.ids.length) {
      const ids = new Int32Array(this.size * 2);
      const values = new Float64Array(this.size * 2);
      ids.set(this.ids);
      values.set(this.values);
      this.ids = ids;
      this.values = values;
    }
    this.ids[this.size] = id;
    this.values[this.size] = value;
    this.size += 1;
  }

  copy(other: Vector): void {
    if (this.ids.length < other.size) {
      this.ids = new Int32Array(other.ids.length);
      this.values = new Float64Array(other.ids.length);
    }
    this.ids.set(other.ids.subarray(0, other.size));
    this.values.set(other.values.subarray(0, other.size));
    this.size = other.size;
  }
}

/** Where in a vector each label set stands. Cleared at no cost, since it is used at every evaluation. */
export class Places {
  #stamps = new Int32Array(0);
  #places = new Int32Array(0);
  #stamp = 0;

  clear(): void {
    this.#stamp += 1;
  }

  get(id: number): number {
    return this.#stamps[id] === this.#stamp ? (this.#places[id] as number) : -1;
  }

  set(id: number, place: number): void {
    if (id >= this.#stamps.length) {
      const length = Math.max(1024, (id + 1) * 2);
      const stamps = new Int32Array(length);
      const places = new Int32Array(length);
      stamps.set(this.#stamps);
      places.set(this.#places);
      this.#stamps = stamps;
      this.#places = places;
    }
    this.#stamps[id] = this.#stamp;
    this.#places[id] = place;
  }

  /** Takes one out. */
  delete(id: number): void {
    this.#stamps[id] = this.#stamp - 1;
  }
}
