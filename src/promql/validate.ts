import {
  type DurationExpr,
  durationsOf,
  type Expr,
  type Expression,
  nodesOf,
  type Span,
  sourceOf,
} from './ast.js';
import { factsOf } from './functions.js';
import { type ParseOptions, type ParseResult, readExpression } from './parse.js';
import { typeFaults } from './types.js';

/** A fault in the text of an expression. `from` and `to` are character positions. */
export interface SyntaxFault extends Span {
  readonly message: string;
}

/**
 * Syntax and type faults of an expression, in the order of the text; empty when there are none. What only Prometheus 3 reads is
 * a fault: the oldest server the rules are for is 2.42.
 */
export function faultsOf(text: string, options: ParseOptions = {}): SyntaxFault[] {
  return faultsIn(readExpression(text, options));
}

/** The same for an expression that has been read. */
export function faultsIn({ expression, errors }: ParseResult): SyntaxFault[] {
  const faults: SyntaxFault[] = errors.map(({ message, from, to }) => ({ message, from, to }));
  if (expression !== undefined) {
    const types = typeFaults(expression.root);
    // What has the wrong type in every version need not be called new as well.
    faults.push(...types, ...(types.length === 0 ? newerFaults(expression) : []));
  }
  return faults.sort((a, b) => a.from - b.from);
}

/** What Prometheus 2.42 cannot read. */
function newerFaults(expression: Expression): SyntaxFault[] {
  const faults: SyntaxFault[] = [];
  const fault = (message: string, { from, to }: Span) => faults.push({ message, from, to });
  for (const span of expression.quotedNames) fault('a quoted name, which Prometheus 2 cannot read', span);
  for (const node of nodesOf(expression.root)) {
    const message = newerNode(expression, node);
    if (message !== undefined) fault(message, node);
    for (const length of outermost(durationsOf(node))) {
      const wrong = newerDuration(length);
      if (wrong !== undefined) fault(wrong, length);
    }
  }
  return faults;
}

function newerNode(expression: Expression, node: Expr): string | undefined {
  switch (node.kind) {
    case 'number':
      if (node.isDuration) return 'a duration in place of a number, which Prometheus 2 cannot read';
      return sourceOf(expression, node).includes('_')
        ? 'a number with underscores, which Prometheus 2 cannot read'
        : undefined;
    case 'selector':
      if (node.edges !== undefined) return `${node.edges}, which Prometheus 2 cannot read`;
      // Go knows (?<name>…) since 1.22.
      return node.matchers.some(({ operator, value }) => operator.endsWith('~') && namesGroupWithoutP(value))
        ? 'a group named by (?<…>), which Prometheus 2 cannot read; write (?P<…>)'
        : undefined;
    case 'aggregation':
      return ['limitk', 'limit_ratio'].includes(node.operator) ? newer(node.operator, true) : undefined;
    case 'call': {
      const facts = factsOf(node.function);
      return facts.newer ? newer(node.function, facts.experimental) : undefined;
    }
    case 'binary':
      if (node.fill !== undefined) return 'fill, which Prometheus 2 cannot read';
      return node.operator === '</' || node.operator === '>/'
        ? `the operator ${node.operator}, which Prometheus 2 cannot read`
        : undefined;
    case 'string':
    case 'variable':
    case 'range':
    case 'subquery':
    case 'unary':
      return undefined;
  }
}

function newer(name: string, isExperimental = false): string {
  const experimental = isExperimental ? ' and Prometheus 3 only as an experimental feature' : '';
  return `${name}, which Prometheus 2.42 does not have${experimental}`;
}

/** Whether a regular expression has a group named by `(?<…>)`, which Prometheus 2 cannot read. */
export function namesGroupWithoutP(pattern: string): boolean {
  // Something must stay in its place: in ([a]?<b) the parenthesis and the question mark do not belong together.
  const bare = pattern.replace(/\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]])*\]/gs, '.');
  return bare.includes('(?<');
}

/** The durations of a list that are no part of another one of it. */
function outermost(lengths: readonly DurationExpr[]): DurationExpr[] {
  return lengths.filter(
    (length) =>
      !lengths.some((other) => other !== length && other.from <= length.from && other.to >= length.to),
  );
}

function newerDuration(length: DurationExpr): string | undefined {
  switch (length.kind) {
    case 'duration':
      return length.bare ? 'expected a duration with a unit, such as 30s, 5m or 1h30m' : undefined;
    case 'duration-variable':
      return undefined;
    case 'duration-unary':
    case 'duration-binary':
    case 'duration-call':
      return 'arithmetic on durations, which Prometheus 2 cannot read';
  }
}
