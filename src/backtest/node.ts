import { Vector } from './vector.js';

/** An evaluation that Prometheus would fail too. The rule then gives nothing at that time. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
}

/** A node of an expression, evaluated at one time after the other. */
export interface EvaluationNode {
  /** Whether it is one number without labels; it then stands in `out.values[0]`. */
  readonly scalar: boolean;
  readonly out: Vector;
  /** Rises whenever `out` may have changed. */
  version: number;
  evaluate(time: number): void;
}

/** A node that only changes when its operands do. */
export abstract class Derived implements EvaluationNode {
  readonly scalar: boolean = false;
  readonly out = new Vector();
  version = 0;
  #seen: number[] = [];

  constructor(protected readonly operands: readonly EvaluationNode[]) {}

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

export class Constant implements EvaluationNode {
  readonly scalar = true;
  readonly out = new Vector();
  readonly version = 0;
  constructor(value: number) {
    this.out.push(0, value);
  }
  evaluate(): void {}
}

export class Time implements EvaluationNode {
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
