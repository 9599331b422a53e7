import type { SyntaxNode } from '@lezer/common';
import type {
  AtModifier,
  Binary,
  BinaryOperator,
  Expr,
  Modifiers,
  RangeSelector,
  Span,
  Subquery,
  VectorSelector,
} from './ast.js';
import { readDuration, readPositiveDuration } from './parse-duration.js';
import { partsOf, type SourceText } from './source-text.js';
import { PromqlSyntaxError } from './syntax-error.js';

/** How tightly an operator binds; a power is right associative, all others are left associative. */
export const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '>': 3,
  '<': 3,
  '>=': 3,
  '<=': 3,
  '</': 3,
  '>/': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};
/** A sign binds as a product does: `-a ^ b` is `-(a ^ b)`, `-a * b` is `(-a) * b`. */
export const SIGN_PRECEDENCE = PRECEDENCE['*'];

/** Operands and operators in the order of the text. */
export type Item =
  | ({ readonly kind: 'operand' /** Stands in parentheses. */; readonly enclosed: boolean } & ParsedOperand)
  | { readonly kind: 'prefix'; readonly operator: '-' | '+'; readonly from: number }
  | ({ readonly kind: 'infix' } & Pick<Binary, 'operator' | 'bool' | 'matching' | 'fill'>)
  | { readonly kind: 'postfix'; readonly node: SyntaxNode };

/** An expression and where it stands, parentheses around it included. */
interface ParsedOperand extends Span {
  readonly expr: Expr;
}

/** Arranges operands and operators by precedence, as Prometheus does. */
export function arrange(items: readonly Item[], source: SourceText): Expr {
  let at = 0;
  const infixAt = (index: number) => {
    const item = items[index];
    return item?.kind === 'infix' ? item : undefined;
  };

  function operand(): ParsedOperand {
    const item = items[at++];
    if (item?.kind === 'prefix') return signed(item.operator, item.from, chain(SIGN_PRECEDENCE + 1));
    if (item?.kind !== 'operand') throw new Error('an expression of the grammar has no operand');
    let part: ParsedOperand = item;
    let { enclosed } = item;
    for (let next = items[at]; next?.kind === 'postfix'; next = items[++at]) {
      const expr = modified(part, enclosed, next.node, source);
      part = { expr, from: expr.from, to: expr.to };
      enclosed = false;
      if (isEnclosedOffset(next.node)) refuseContinuation(part, infixAt(at + 1)?.operator);
    }
    return part;
  }

  /** Reads on while operators bind at least as tightly as given. */
  function chain(least: number): ParsedOperand {
    let left = operand();
    for (let infix = infixAt(at); infix !== undefined; infix = infixAt(at)) {
      const precedence = PRECEDENCE[infix.operator];
      if (precedence < least) break;
      at++;
      const right = chain(infix.operator === '^' ? precedence : precedence + 1);
      const span = { from: left.from, to: right.to };
      left = { expr: { ...infix, kind: 'binary', left: left.expr, right: right.expr, ...span }, ...span };
    }
    return left;
  }

  const root = chain(0);
  if (at !== items.length) throw new Error('an expression of the grammar has operators without operands');
  return root.expr;
}

const DURATION_OPERATORS: readonly string[] = ['+', '-', '*', '/', '%', '^'];

function isEnclosedOffset(node: SyntaxNode): boolean {
  return (
    node.name === 'OffsetExpr' && node.getChild('OffsetDurationExpr')?.firstChild?.name === 'DurationExpr'
  );
}

/** Prometheus takes `a offset (1h) / 2` for an offset of half an hour, the grammar takes it for half of `a offset 1h`. */
function refuseContinuation({ from, to }: Span, operator: string | undefined): void {
  if (operator === undefined || !DURATION_OPERATORS.includes(operator)) return;
  throw new PromqlSyntaxError(
    `to Prometheus, ${operator} behind an offset in parentheses continues the offset; put the selector in parentheses`,
    { from, to },
  );
}

function signed(operator: '-' | '+', from: number, { expr, to }: ParsedOperand): ParsedOperand {
  const span = { from, to };
  if (expr.kind === 'number') {
    return { expr: { ...expr, value: operator === '-' ? -expr.value : expr.value, ...span }, ...span };
  }
  return { expr: { kind: 'unary', operator, operand: expr, ...span }, ...span };
}

/** An operand with a range, an offset or the like behind it. */
function modified(operand: ParsedOperand, enclosed: boolean, node: SyntaxNode, source: SourceText): Expr {
  const { expr } = operand;
  const parts = partsOf(node).slice(1);
  const span = { from: operand.from, to: node.to };
  switch (node.name) {
    case 'SubqueryExpr': {
      const [range, step] = parts.map((part) => readPositiveDuration(part, source));
      if (range === undefined) throw source.unknown(node);
      return { kind: 'subquery', operand: expr, range, ...(step ? { step } : {}), ...span };
    }
    case 'MatrixSelector': {
      if (expr.kind !== 'selector' || enclosed) {
        throw new PromqlSyntaxError(
          'a range on something other than a selector; a subquery has a colon, [1h:]',
          span,
        );
      }
      if (expr.offset !== undefined || expr.at !== undefined) {
        throw new PromqlSyntaxError('offset and @ must follow the range', span);
      }
      const range = readPositiveDuration(parts[0] as SyntaxNode, source);
      return { kind: 'range', selector: expr, range, ...span };
    }
    case 'OffsetExpr': {
      const offset = readDuration(parts[1] as SyntaxNode, source);
      return shifted(expr, enclosed, { offset }, 'offset', span);
    }
    case 'StepInvariantExpr':
      return shifted(expr, enclosed, { at: readAt(parts.slice(1), source) }, '@', span);
    case 'SmoothedExpr':
      return withEdges(expr, enclosed, 'smoothed', span);
    case 'AnchoredExpr':
      return withEdges(expr, enclosed, 'anchored', span);
    default:
      throw source.unknown(node);
  }
}

type Shiftable = VectorSelector | RangeSelector | Subquery;

function shifted(
  expr: Expr,
  enclosed: boolean,
  modifiers: Modifiers,
  word: 'offset' | '@',
  span: Span,
): Shiftable {
  if (enclosed || !(expr.kind === 'selector' || expr.kind === 'range' || expr.kind === 'subquery')) {
    throw new PromqlSyntaxError(`${word} must follow a selector or a subquery`, span);
  }
  const target = expr.kind === 'range' ? expr.selector : expr;
  if ((word === 'offset' ? target.offset : target.at) !== undefined) {
    throw new PromqlSyntaxError(`${word} is given twice`, span);
  }
  return expr.kind === 'range'
    ? { ...expr, selector: { ...expr.selector, ...modifiers }, to: span.to }
    : { ...expr, ...modifiers, to: span.to };
}

function withEdges(expr: Expr, enclosed: boolean, edges: 'smoothed' | 'anchored', span: Span): Expr {
  if (enclosed || !(expr.kind === 'selector' || expr.kind === 'range')) {
    throw new PromqlSyntaxError(`${edges} must follow a selector`, span);
  }
  const known = expr.kind === 'range' ? expr.selector.edges : expr.edges;
  if (known !== undefined && known !== edges) {
    throw new PromqlSyntaxError('smoothed and anchored are mutually exclusive', span);
  }
  return expr.kind === 'range'
    ? { ...expr, selector: { ...expr.selector, edges }, to: span.to }
    : { ...expr, edges, to: span.to };
}

function readAt([what]: SyntaxNode[], source: SourceText): AtModifier {
  if (what?.name === 'AtModifierPreprocessors') {
    return { kind: partsOf(what)[0]?.name === 'AtStart' ? 'start' : 'end' };
  }
  if (what?.name !== 'NumberDurationLiteral') throw new Error('an @ of the grammar has no timestamp');
  const number = source.signedNumber(what);
  if (number.kind === 'variable') return { kind: 'variable', text: number.text };
  if (!Number.isFinite(number.value)) {
    throw new PromqlSyntaxError(`the timestamp ${source.textOf(what)} is out of range`, what);
  }
  return { kind: 'timestamp', seconds: number.value };
}
