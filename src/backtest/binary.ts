import { Derived, EvaluationError, type EvaluationNode } from './node.js';
import { operate } from './operate.js';
import { type LabelTable, Mapping, Places, type Vector } from './vector.js';

const COMPARISONS = new Set(['==', '!=', '<', '>', '<=', '>=']);

/** How the series of two sides find each other. */
export interface SeriesMatching {
  /** `on` or `ignoring`. */
  readonly on: boolean;
  readonly labels: readonly string[];
  readonly group?: 'left' | 'right';
  /** Labels that the "one" side adds. */
  readonly include: readonly string[];
}

/** Arithmetic and comparisons. */
export class BinaryEvaluation extends Derived {
  override readonly scalar: boolean;
  readonly #comparison: boolean;
  readonly #key: Mapping;
  readonly #places = new Places();
  readonly #matched = new Places();

  constructor(
    private readonly operator: string,
    private readonly bool: boolean,
    left: EvaluationNode,
    right: EvaluationNode,
    private readonly matching: SeriesMatching,
    private readonly table: LabelTable,
  ) {
    super([left, right]);
    this.scalar = left.scalar && right.scalar;
    this.#comparison = COMPARISONS.has(operator);
    this.#key = Mapping.grouping(table, matching.labels, matching.on);
  }

  protected compute(): void {
    const [left, right] = this.operands as [EvaluationNode, EvaluationNode];
    const { operator, out } = this;
    if (left.scalar || right.scalar) {
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
    left: EvaluationNode,
    right: EvaluationNode,
    matching: SeriesMatching,
    table: LabelTable,
  ) {
    super([left, right]);
    this.#key = Mapping.grouping(table, matching.labels, matching.on);
  }

  protected compute(): void {
    const [{ out: left }, { out: right }] = this.operands as [EvaluationNode, EvaluationNode];
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
