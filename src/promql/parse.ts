import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import {
  AGGREGATIONS,
  type Aggregation,
  type AggregationOperator,
  type Call,
  type Expr,
  type Expression,
  type Grouping,
  type Matcher,
  type MatchOperator,
  type Span,
  type VectorSelector,
} from './ast.js';
import { arityFault, isFunction } from './functions.js';
import { arrange, type Item } from './operators.js';
import { readInfix } from './parse-infix.js';
import { partsOf, SourceText } from './source-text.js';
import { PromqlSyntaxError } from './syntax-error.js';
import { hasVariable, maskVariables } from './variables.js';

export interface ParseOptions {
  /** Whether Grafana's variables may stand in the text, as in the queries of a dashboard. */
  readonly variables?: boolean;
}

/**
 * Reads a PromQL expression. Throws {@link PromqlSyntaxError} for what is none, with the position. The grammar is that of
 * `@prometheus-io/lezer-promql`; precedence and what a modifier may follow are those of Prometheus. Types are not checked.
 */
export function parseExpression(text: string, options: ParseOptions = {}): Expression {
  const { expression, errors } = readExpression(text, options);
  if (errors[0] !== undefined) throw errors[0];
  return expression as Expression;
}

/** An expression that was read, or the reason why it could not be. */
export type Parsed =
  | { readonly text: string; readonly expression: Expression; readonly error?: undefined }
  | { readonly text: string; readonly expression?: undefined; readonly error: PromqlSyntaxError };

/** Reads an expression of which it is not known whether it is one. */
export function tryParse(text: string, options: ParseOptions = {}): Parsed {
  const { expression, errors } = readExpression(text, options);
  const [error] = errors;
  return error === undefined ? { text, expression: expression as Expression } : { text, error };
}

/** What could be read of a text, and why the rest could not. */
export interface ParseResult {
  readonly expression?: Expression;
  readonly errors: readonly PromqlSyntaxError[];
}

/**
 * The same for those who list faults: a literal that cannot be read does not end the reading, so that there may be an expression
 * beside the errors. It must then not be used for anything else.
 */
export function readExpression(text: string, options: ParseOptions = {}): ParseResult {
  const withVariables = options.variables === true && hasVariable(text);
  const read = withVariables ? readWithVariables : readPlain;
  let result = read.get(text);
  if (result === undefined) {
    result = readAfresh(text, withVariables);
    if (read.size >= MOST_KEPT) read.clear();
    read.set(text, result);
  }
  return result;
}

/**
 * What was read before: an expression is read where it is nested in another one, where it is checked and where it is rendered, and
 * reading is most of the work of `check`. Results are plain data that nothing changes.
 */
const readPlain = new Map<string, ParseResult>();
const readWithVariables = new Map<string, ParseResult>();
/** More expressions than any site has; it bounds the memory of a process that reads many versions of the rules. */
const MOST_KEPT = 4096;

function readAfresh(text: string, withVariables: boolean): ParseResult {
  const { masked, variables } = withVariables ? maskVariables(text) : { masked: text, variables: [] };
  const source = new SourceText(text, masked, variables);
  try {
    const expression = build(text, parser.parse(masked), source);
    return { expression, errors: source.errors };
  } catch (error) {
    if (error instanceof PromqlSyntaxError) return { errors: [...source.errors, error] };
    throw error;
  }
}

function build(text: string, tree: Tree, source: SourceText): Expression {
  const comments: Expression['comments'][number][] = [];
  const quotedNames: Span[] = [];
  tree.iterate({
    enter({ type, from, to, node }) {
      if (type.isError) throw syntaxError(text, node);
      if (type.name === 'LineComment') comments.push({ from, to, text: text.slice(from, to) });
      if (type.name === 'QuotedLabelName') quotedNames.push({ from, to });
    },
  });
  const [root, ...more] = partsOf(tree.topNode);
  if (root === undefined || more.length > 0) {
    throw new PromqlSyntaxError('found no expression', { from: 0, to: text.length });
  }
  const expr = new Builder(source).expr(root);
  return { text, root: expr, comments, quotedNames, inParentheses: root.name === 'ParenExpr' };
}

function syntaxError(text: string, node: SyntaxNode): PromqlSyntaxError {
  const { from, to } = node;
  if (text.trim() === '') return new PromqlSyntaxError('found no expression', { from: 0, to: text.length });
  const called = /([a-zA-Z_:][\w:]*)\s*$/.exec(text.slice(0, from));
  if (called !== null && /^\s*\(/.test(text.slice(from))) {
    const name = called[1] as string;
    const at = { from: called.index, to: called.index + name.length };
    return new PromqlSyntaxError(`unknown function ${name}`, at);
  }
  const found = text.slice(from, to).trim() || text.slice(from).trim().slice(0, 1);
  return new PromqlSyntaxError(
    found === '' ? 'unexpected end of the expression' : `unexpected ${JSON.stringify(found)}`,
    {
      from,
      to,
    },
  );
}

/** Builds the tree of one text. */
class Builder {
  constructor(private readonly source: SourceText) {}

  expr(node: SyntaxNode): Expr {
    const items: Item[] = [];
    this.#flatten(node, items);
    return arrange(items, this.source);
  }

  /**
   * Operands and operators in the order of the text. The grammar's own grouping is not used: it takes `a + b offset 5m` for
   * `(a + b) offset 5m` and `-2 ^ 2` for `(-2) ^ 2`, which Prometheus does not.
   */
  #flatten(node: SyntaxNode, items: Item[]): void {
    const children = partsOf(node);
    const [first, second] = children as [SyntaxNode, SyntaxNode];
    switch (node.name) {
      case 'BinaryExpr':
        this.#flatten(first, items);
        items.push(readInfix(children.slice(1, -1), this.source));
        this.#flatten(children.at(-1) as SyntaxNode, items);
        return;
      case 'UnaryExpr':
        items.push({ kind: 'prefix', operator: this.source.textOf(first) as '-' | '+', from: first.from });
        this.#flatten(second, items);
        return;
      case 'NumberDurationLiteral': {
        const operator = this.source.signOf(node);
        if (operator !== undefined) items.push({ kind: 'prefix', operator, from: node.from });
        this.#push(items, this.source.unsignedNumber(node), node, false);
        return;
      }
      case 'OffsetExpr':
      case 'StepInvariantExpr':
      case 'MatrixSelector':
      case 'SubqueryExpr':
      case 'AnchoredExpr':
      case 'SmoothedExpr':
        this.#flatten(first, items);
        items.push({ kind: 'postfix', node });
        return;
      case 'ParenExpr':
        this.#push(items, this.expr(first), node, true);
        return;
      default:
        this.#push(items, this.#primary(node), node, false);
    }
  }

  #push(items: Item[], expr: Expr, { from, to }: SyntaxNode, enclosed: boolean): void {
    items.push({ kind: 'operand', expr, from, to, enclosed });
  }

  #primary(node: SyntaxNode): Expr {
    switch (node.name) {
      case 'StringLiteral':
        return { kind: 'string', value: this.source.string(node), from: node.from, to: node.to };
      case 'VectorSelector':
        return this.#selector(node);
      case 'AggregateExpr':
        return this.#aggregation(node);
      case 'FunctionCall':
        return this.#call(node);
      default:
        throw this.source.unknown(node);
    }
  }

  #selector(node: SyntaxNode): VectorSelector {
    const names: string[] = [];
    const matchers: Matcher[] = [];
    for (const child of partsOf(node)) {
      if (child.name === 'Identifier') names.push(this.source.textOf(child));
      else if (child.name !== 'LabelMatchers') throw this.source.unknown(child);
      else {
        for (const one of partsOf(child)) {
          if (one.name === 'QuotedLabelName') names.push(this.source.label(one));
          else matchers.push(this.#matcher(one));
        }
      }
    }
    const isNamed = matchers.some(({ label }) => label === '__name__');
    if (names.length > 1 || (isNamed && node.getChild('Identifier') !== null)) {
      throw new PromqlSyntaxError('the metric name is given twice', node);
    }
    const [name] = names;
    return {
      kind: 'selector',
      ...(name === undefined ? {} : { name }),
      matchers,
      from: node.from,
      to: node.to,
    };
  }

  #matcher(node: SyntaxNode): Matcher {
    if (node.name !== 'UnquotedLabelMatcher' && node.name !== 'QuotedLabelMatcher')
      throw this.source.unknown(node);
    const [label, operator, value] = partsOf(node) as [SyntaxNode, SyntaxNode, SyntaxNode];
    return {
      label: this.source.label(label),
      operator: this.source.textOf(operator) as MatchOperator,
      value: this.source.string(value),
      from: node.from,
      to: node.to,
    };
  }

  #arguments(body: SyntaxNode): Expr[] {
    return partsOf(body).map((argument) => this.expr(argument));
  }

  #aggregation(node: SyntaxNode): Aggregation {
    let operator = '';
    let grouping: Grouping | undefined;
    let args: Expr[] = [];
    for (const child of partsOf(node)) {
      switch (child.name) {
        case 'AggregateOp':
          operator = this.source.textOf(child).toLowerCase();
          break;
        case 'AggregateModifier': {
          const [keyword, labels] = partsOf(child) as [SyntaxNode, SyntaxNode];
          if (keyword.name !== 'By' && keyword.name !== 'Without') throw this.source.unknown(keyword);
          grouping = { without: keyword.name === 'Without', labels: this.source.labels(labels) };
          break;
        }
        case 'FunctionCallBody':
          args = this.#arguments(child);
          break;
        default:
          throw this.source.unknown(child);
      }
    }
    if (!AGGREGATIONS.includes(operator as AggregationOperator)) throw this.source.unknown(node);
    const wanted = PARAMETRIC.includes(operator) ? 2 : 1;
    if (args.length !== wanted) {
      throw new PromqlSyntaxError(`expected ${wanted} argument(s) in ${operator}, got ${args.length}`, node);
    }
    return {
      kind: 'aggregation',
      operator: operator as AggregationOperator,
      ...(grouping === undefined ? {} : { grouping }),
      ...(wanted === 2 ? { parameter: args[0] as Expr } : {}),
      operand: args.at(-1) as Expr,
      from: node.from,
      to: node.to,
    };
  }

  #call(node: SyntaxNode): Call {
    const [identifier, body] = partsOf(node) as [SyntaxNode, SyntaxNode];
    const name = this.source.textOf(identifier);
    if (!isFunction(name)) throw new PromqlSyntaxError(`unknown function ${name}`, identifier);
    const args = this.#arguments(body);
    const fault = arityFault(name, args.length);
    if (fault !== undefined) throw new PromqlSyntaxError(fault, node);
    return { kind: 'call', function: name, args, from: node.from, to: node.to };
  }
}

/** Aggregations with a parameter before their operand. */
const PARAMETRIC = ['bottomk', 'count_values', 'limit_ratio', 'limitk', 'quantile', 'topk'];
