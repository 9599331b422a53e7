import { type Binary, type Expr, nodesOf, SET_OPERATORS, type VectorSelector } from '../promql/ast.js';
import { selectorsOf } from '../promql/names.js';
import type { SeriesMatching } from './binary.js';

/** Two sides whose series match on all labels. */
export const UNDECIDED: SeriesMatching = { on: false, labels: [], include: [] };

/** A selector as it is now: not over a range, nor at another time. */
export const isPlain = (node: VectorSelector) =>
  node.offset === undefined && node.at === undefined && node.edges === undefined;

export const isSet = ({ operator }: Binary) => (SET_OPERATORS as readonly string[]).includes(operator);

/** The selector whose samples' times are wanted. */
export function stampedBy(node: Expr): VectorSelector | undefined {
  if (node.kind !== 'call' || node.function !== 'timestamp') return undefined;
  const [argument] = node.args;
  return argument?.kind === 'selector' && isPlain(argument) ? argument : undefined;
}

/** Whether two vectors are calculated with somewhere in an expression. */
export function hasVectorArithmetic(node: Expr): boolean {
  const isVector = (one: Expr) => selectorsOf(one).length > 0;
  return [...nodesOf(node)].some(
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
