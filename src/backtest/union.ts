import { Derived, type EvaluationNode } from './node.js';
import { Places } from './vector.js';

/** The series of several rules that record one name; of two with the same labels Prometheus keeps that of the first. */
class Union extends Derived {
  readonly #places = new Places();

  protected compute(): void {
    this.#places.clear();
    for (const { out } of this.operands) {
      for (let i = 0; i < out.size; i += 1) {
        const id = out.ids[i] as number;
        if (this.#places.get(id) >= 0) continue;
        this.#places.set(id, this.out.size);
        this.out.push(id, out.values[i] as number);
      }
    }
  }
}

/** One node for what several give. */
export function unionOf(operands: readonly EvaluationNode[]): EvaluationNode {
  const [only, ...more] = operands;
  return only !== undefined && more.length === 0 ? only : new Union(operands);
}
