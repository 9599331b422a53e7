import type { FunctionName } from './functions.js';

/**
 * A PromQL expression as a tree of plain data: one discriminated union, built by `parseExpression`, printed by
 * `printExpression`. It says what an expression means, not how it is laid out: parentheses are the shape of the tree, an offset
 * belongs to the selector it shifts, and numbers are numbers.
 */

/** Where something stands in the text of its expression: character positions, the end exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | Variable
  | VectorSelector
  | RangeSelector
  | Subquery
  | Aggregation
  | Call
  | Binary
  | Unary;

export type ExprKind = Expr['kind'];

/** A number. A sign directly before it is part of it, except that a power binds tighter: `-2 ^ 2` is `-(2 ^ 2)`. */
export interface NumberLiteral extends Span {
  readonly kind: 'number';
  readonly value: number;
  /** Written as a duration, such as `5m`; the value is in seconds. */
  readonly isDuration: boolean;
}

/** A string without its quotes and escapes. */
export interface StringLiteral extends Span {
  readonly kind: 'string';
  readonly value: string;
}

/** A variable of Grafana's where a number belongs, such as the digits in `0.$quantile`. */
export interface Variable extends Span {
  readonly kind: 'variable';
  /** As written, with the characters around the variable that belong to the same word. */
  readonly text: string;
}

export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** One matcher of a selector. */
export interface Matcher extends Span {
  readonly label: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

/** What shifts a selector or a subquery in time. */
export interface Modifiers {
  readonly offset?: DurationExpr;
  readonly at?: AtModifier;
}

export type AtModifier =
  | { readonly kind: 'timestamp' /** Unix seconds. */; readonly seconds: number }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'variable'; readonly text: string };

/** Series at one moment. */
export interface VectorSelector extends Span, Modifiers {
  readonly kind: 'selector';
  /**
   * The metric name as an identifier or as a quoted name in the braces. A name given as a matcher of `__name__` is among the
   * matchers; `namesOf` reads every spelling.
   */
  readonly name?: string;
  readonly matchers: readonly Matcher[];
  /** How a range at the edges of the data is read (Prometheus 3, experimental). */
  readonly edges?: 'smoothed' | 'anchored';
}

/** The samples of a selector over a stretch of time. The modifiers written behind the range are those of the selector. */
export interface RangeSelector extends Span {
  readonly kind: 'range';
  readonly selector: VectorSelector;
  readonly range: DurationExpr;
}

/** An expression evaluated over a stretch of time. */
export interface Subquery extends Span, Modifiers {
  readonly kind: 'subquery';
  readonly operand: Expr;
  readonly range: DurationExpr;
  /** Without it, the evaluation interval of the server. */
  readonly step?: DurationExpr;
}

export const AGGREGATIONS = [
  'avg',
  'bottomk',
  'count',
  'count_values',
  'group',
  'limit_ratio',
  'limitk',
  'max',
  'min',
  'quantile',
  'stddev',
  'stdvar',
  'sum',
  'topk',
] as const;
export type AggregationOperator = (typeof AGGREGATIONS)[number];

export interface Aggregation extends Span {
  readonly kind: 'aggregation';
  readonly operator: AggregationOperator;
  readonly grouping?: Grouping;
  /** The k of `topk`, the φ of `quantile`, the label of `count_values`; present for exactly the aggregations that need it. */
  readonly parameter?: Expr;
  readonly operand: Expr;
}

export interface Grouping {
  readonly without: boolean;
  readonly labels: readonly string[];
}

export interface Call extends Span {
  readonly kind: 'call';
  readonly function: FunctionName;
  readonly args: readonly Expr[];
}

export const ARITHMETIC_OPERATORS = ['+', '-', '*', '/', '%', '^', 'atan2'] as const;
export const COMPARISON_OPERATORS = ['==', '!=', '>', '<', '>=', '<='] as const;
/** Cut off the buckets of a native histogram above or below a value (Prometheus 3). */
export const TRIM_OPERATORS = ['</', '>/'] as const;
export const SET_OPERATORS = ['and', 'or', 'unless'] as const;
export type ArithmeticOperator = (typeof ARITHMETIC_OPERATORS)[number];
export type ComparisonOperator = (typeof COMPARISON_OPERATORS)[number];
export type TrimOperator = (typeof TRIM_OPERATORS)[number];
export type SetOperator = (typeof SET_OPERATORS)[number];
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | TrimOperator | SetOperator;

export interface Binary extends Span {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  /** A comparison that yields 0 or 1 and keeps every series. */
  readonly bool: boolean;
  readonly matching?: Matching;
  readonly fill?: Fill;
  readonly left: Expr;
  readonly right: Expr;
}

/** `on` or `ignoring`, and which side may have several series per group. */
export interface Matching {
  readonly on: boolean;
  readonly labels: readonly string[];
  readonly group?: { readonly side: 'left' | 'right'; readonly include: readonly string[] };
}

/** Values for series that are missing on one side (Prometheus 3, experimental). */
export interface Fill {
  readonly left?: number;
  readonly right?: number;
}

export interface Unary extends Span {
  readonly kind: 'unary';
  readonly operator: '-' | '+';
  readonly operand: Expr;
}

/** A length of time. Arithmetic, `step()` and the like are experimental in Prometheus 3. */
export type DurationExpr = DurationLiteral | DurationVariable | DurationUnary | DurationBinary | DurationCall;

export interface DurationLiteral extends Span {
  readonly kind: 'duration';
  readonly seconds: number;
  /** Written as a bare number of seconds, which Prometheus 2 cannot read. */
  readonly bare: boolean;
}

/** A variable of Grafana's, alone or with digits or a unit: `$__rate_interval`, `${minutes}m`. */
export interface DurationVariable extends Span {
  readonly kind: 'duration-variable';
  readonly text: string;
}

export interface DurationUnary extends Span {
  readonly kind: 'duration-unary';
  readonly operator: '-' | '+';
  readonly operand: DurationExpr;
}

export interface DurationBinary extends Span {
  readonly kind: 'duration-binary';
  readonly operator: Exclude<ArithmeticOperator, 'atan2'>;
  readonly left: DurationExpr;
  readonly right: DurationExpr;
}

export interface DurationCall extends Span {
  readonly kind: 'duration-call';
  readonly function: 'step' | 'range' | 'min_of' | 'max_of';
  readonly args: readonly DurationExpr[];
}

/** A parsed expression: the tree, and the text that its positions point into. */
export interface Expression {
  readonly text: string;
  readonly root: Expr;
  /** The comments with their `#`, in the order of the text. */
  readonly comments: readonly (Span & { readonly text: string })[];
  /** Where a metric or a label is named in quotes, which Prometheus 2 cannot read. */
  readonly quotedNames: readonly Span[];
  /** Whether the whole expression is in parentheses, which the tree does not show. */
  readonly inParentheses: boolean;
}

/** Fails to compile where a switch does not handle every kind; throws where data from elsewhere has an unknown one. */
export function unknownKind(node: never): never {
  throw new TypeError(`unknown kind of PromQL node: ${JSON.stringify((node as { kind?: unknown }).kind)}`);
}

/** The expressions directly below a node, in the order of the text. */
export function childrenOf(node: Expr): readonly Expr[] {
  switch (node.kind) {
    case 'number':
    case 'string':
    case 'variable':
    case 'selector':
      return [];
    case 'range':
      return [node.selector];
    case 'subquery':
    case 'unary':
      return [node.operand];
    case 'aggregation':
      return node.parameter === undefined ? [node.operand] : [node.parameter, node.operand];
    case 'call':
      return node.args;
    case 'binary':
      return [node.left, node.right];
    default:
      return unknownKind(node);
  }
}

/** A node and every node below it, parents first, in the order of the text. */
export function nodesOf(node: Expr): readonly Expr[] {
  let nodes = knownNodes.get(node);
  if (nodes === undefined) {
    const found: Expr[] = [];
    addNodes(node, found);
    nodes = found;
    knownNodes.set(node, nodes);
  }
  return nodes;
}

/** By expression, because each check asks for the nodes of all of them. */
const knownNodes = new WeakMap<Expr, readonly Expr[]>();

function addNodes(node: Expr, nodes: Expr[]): void {
  nodes.push(node);
  for (const child of childrenOf(node)) addNodes(child, nodes);
}

/** The nodes of one kind, in the order of the text. */
export function nodesOfKind<K extends ExprKind>(node: Expr, kind: K): Extract<Expr, { kind: K }>[] {
  return nodesOf(node).filter((one): one is Extract<Expr, { kind: K }> => one.kind === kind);
}

/** Every duration at a node itself: its range, step and offset, with the durations they are computed from. */
export function durationsOf(node: Expr): DurationExpr[] {
  switch (node.kind) {
    case 'selector':
      return withParts(node.offset);
    case 'range':
      return withParts(node.range);
    case 'subquery':
      return [...withParts(node.range), ...withParts(node.step), ...withParts(node.offset)];
    case 'number':
    case 'string':
    case 'variable':
    case 'aggregation':
    case 'call':
    case 'binary':
    case 'unary':
      return [];
    default:
      return unknownKind(node);
  }
}

function withParts(length: DurationExpr | undefined): DurationExpr[] {
  if (length === undefined) return [];
  switch (length.kind) {
    case 'duration':
    case 'duration-variable':
      return [length];
    case 'duration-unary':
      return [length, ...withParts(length.operand)];
    case 'duration-binary':
      return [length, ...withParts(length.left), ...withParts(length.right)];
    case 'duration-call':
      return [length, ...length.args.flatMap(withParts)];
    default:
      return unknownKind(length);
  }
}

/** The text of a node as written, without parentheses around it. */
export function sourceOf(expression: Expression, node: Span): string {
  return expression.text.slice(node.from, node.to);
}
