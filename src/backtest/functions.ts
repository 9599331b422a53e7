import { Derived, type EvaluationNode } from './node.js';
import { type LabelSet, type LabelTable, Mapping, Places } from './vector.js';

export const aggregations: readonly string[] = ['sum', 'min', 'max', 'avg', 'count', 'group'];

export class AggregationEvaluation extends Derived {
  readonly #key: Mapping;
  readonly #places = new Places();
  readonly #counts: number[] = [];

  constructor(
    private readonly operation: string,
    operand: EvaluationNode,
    without: boolean,
    labels: readonly string[],
    table: LabelTable,
  ) {
    super([operand]);
    this.#key = Mapping.grouping(table, labels, !without);
  }

  protected compute(): void {
    const [{ out: from }] = this.operands as [EvaluationNode];
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
    operand: EvaluationNode,
    private readonly change: (value: number, ...more: number[]) => number,
    private readonly more: readonly EvaluationNode[] = [],
  ) {
    super([operand, ...more]);
    this.scalar = operand.scalar;
  }

  protected compute(): void {
    const [{ out: from }] = this.operands as [EvaluationNode];
    const more = this.more.map(({ out }) => out.values[0] as number);
    for (let i = 0; i < from.size; i += 1) {
      this.out.push(from.ids[i] as number, this.change(from.values[i] as number, ...more));
    }
  }
}

/** `vector()` and `scalar()`. */
export class Conversion extends Derived {
  constructor(
    operand: EvaluationNode,
    override readonly scalar: boolean,
    private readonly nothing: number,
  ) {
    super([operand]);
  }

  protected compute(): void {
    const [{ out: from }] = this.operands as [EvaluationNode];
    const value = this.scalar && from.size !== 1 ? Number.NaN : (from.values[0] as number);
    this.out.push(this.nothing, value);
  }
}

/** `absent()`: 1 with the labels that the selector asks for. */
export class Absent extends Derived {
  constructor(
    operand: EvaluationNode,
    private readonly id: number,
  ) {
    super([operand]);
  }

  protected compute(): void {
    if ((this.operands[0] as EvaluationNode).out.size === 0) this.out.push(this.id, 1);
  }
}

/** `label_replace()`. */
export class LabelReplace extends Derived {
  readonly #mapping: Mapping;

  constructor(operand: EvaluationNode, change: (labels: LabelSet) => LabelSet, table: LabelTable) {
    super([operand]);
    this.#mapping = new Mapping(table, change);
  }

  protected compute(): void {
    const [{ out: from }] = this.operands as [EvaluationNode];
    for (let i = 0; i < from.size; i += 1) {
      this.out.push(this.#mapping.of(from.ids[i] as number), from.values[i] as number);
    }
  }
}
