import {
  type Binary,
  COMPARISON_OPERATORS,
  type Expr,
  nodesOf,
  SET_OPERATORS,
  type VectorSelector,
} from '../promql/ast.js';
import { selectorsOf } from '../promql/names.js';
import type { SeriesMatching } from './binary.js';

/** Two sides whose series match on all labels. */
export const UNDECIDED: SeriesMatching = { on: false, labels: [], include: [] };

/** A selector as it is now: not over a range, nor at another time. */
export const isPlain = (node: VectorSelector) =>
  node.offset === undefined && node.at === undefined && node.edges === undefined;

export const isSet = ({ operator }: Binary) => (SET_OPERATORS as readonly string[]).includes(operator);

/** A comparison that drops what it is not true of. */
const isFilter = (node: Expr): node is Binary =>
  node.kind === 'binary' && !node.bool && (COMPARISON_OPERATORS as readonly string[]).includes(node.operator);

/** Whether a comparison leaves few series of an expression, as in the condition of an alert. */
export function isFiltered(node: Expr): boolean {
  if (node.kind !== 'binary' || !isSet(node)) return isFilter(node);
  const { operator, left, right } = node;
  if (operator === 'or') return isFiltered(left) && isFiltered(right);
  return isFiltered(left) || (operator === 'and' && isFiltered(right));
}

/** What is compared in a comparison with a number. */
export function comparedWithNumber(node: Expr): Expr | undefined {
  if (!isFilter(node)) return undefined;
  if (node.right.kind === 'number') return node.left;
  return node.left.kind === 'number' ? node.right : undefined;
}

/** The selector whose samples' times are wanted. */
export function stampedBy(node: Expr): VectorSelector | undefined {
  if (node.kind !== 'call' || node.function !== 'timestamp') return undefined;
  const [argument] = node.args;
  return argument?.kind === 'selector' && isPlain(argument) ? argument : undefined;
}

/** Whether two vectors are calculated with somewhere in an expression. */
export function hasVectorArithmetic(node: Expr): boolean {
  const isVector = (one: Expr) => selectorsOf(one).length > 0;
  return nodesOf(node).some(
    (one) => one.kind === 'binary' && !isSet(one) && isVector(one.left) && isVector(one.right),
  );
}

export function matchingOf({ matching }: Binary): SeriesMatching {
  if (matching === undefined) return UNDECIDED;
  const { on, labels, group } = matching;
  return {
    on,
    labels,
    include: group?.include ?? [],
    ...(group === undefined ? {} : { group: group.side }),
  };
}
