import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/**
 * Grafana's variables stand for durations in ranges; the grammar wants real ones. Each is replaced by a
 * duration of no meaning so that the rest of the expression can be parsed.
 */
export function withoutGrafanaVariables(expr: string): string {
  return expr.replace(/\$(?:__rate_interval|__interval|__range)\b/g, '5m');
}

/** The root expression node of an expression, or `undefined` where it does not parse. */
export function parse(expr: string): Tree | undefined {
  const text = withoutGrafanaVariables(expr);
  const tree = parser.parse(text);
  let broken = false;
  tree.iterate({
    enter: (node) => {
      if (node.type.isError) broken = true;
    },
  });
  const children: SyntaxNode[] = [];
  for (let node = tree.topNode.firstChild; node !== null; node = node.nextSibling) {
    if (node.name !== 'LineComment') children.push(node);
  }
  const root = children[0];
  return broken || root === undefined ? undefined : { text, root };
}

/** A parsed expression with the text that its nodes point into. */
export interface Tree {
  readonly text: string;
  readonly root: SyntaxNode;
}

/** The text of a node. */
export function textOf(tree: Tree, node: SyntaxNode): string {
  return tree.text.slice(node.from, node.to);
}

/** The children of a node that are expressions: operands and arguments, without operators, keywords and comments. */
export function operandsOf(node: SyntaxNode): SyntaxNode[] {
  const body = node.getChild('FunctionCallBody') ?? node;
  return body.getChildren('Expr');
}

/** Every node of a kind below (and including) a node, in the order of the text. */
export function nodesOf(tree: Tree, kind: string, from: SyntaxNode = tree.root): SyntaxNode[] {
  const nodes: SyntaxNode[] = [];
  const visit = (node: SyntaxNode) => {
    if (node.name === kind) nodes.push(node);
    for (let child = node.firstChild; child !== null; child = child.nextSibling) visit(child);
  };
  visit(from);
  return nodes;
}

/** One matcher of a selector, `label operator value`, the value without its quotes. */
export interface LabelMatcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** A vector selector: a series name and its matchers. */
export interface Selector {
  readonly name: string;
  readonly matchers: readonly LabelMatcher[];
  readonly node: SyntaxNode;
}

export function matcherOf(tree: Tree, node: SyntaxNode): LabelMatcher {
  return {
    label: textOf(tree, node.getChild('LabelName') as SyntaxNode),
    operator: textOf(tree, node.getChild('MatchOp') as SyntaxNode) as LabelMatcher['operator'],
    value: unquote(textOf(tree, node.getChild('StringLiteral') as SyntaxNode)),
  };
}

/** Reads a VectorSelector node. */
export function selectorOf(tree: Tree, node: SyntaxNode): Selector {
  const identifier = node.getChild('Identifier');
  const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map(
    (matcher) => matcherOf(tree, matcher),
  );
  return { name: identifier === null ? '' : textOf(tree, identifier), matchers, node };
}

/** Every selector of an expression. */
export function selectorsOf(tree: Tree): Selector[] {
  return nodesOf(tree, 'VectorSelector').map((node) => selectorOf(tree, node));
}

/** The names of the series that an expression reads, each once, in the order of the text. */
export function selectorsIn(expr: string): string[] {
  const tree = parse(expr);
  return tree === undefined ? [] : [...new Set(selectorsOf(tree).map(({ name }) => name))];
}

/** The label names in a GroupingLabels node. */
export function labelsIn(tree: Tree, grouping: SyntaxNode): string[] {
  return grouping.getChildren('LabelName').map((label) => textOf(tree, label));
}

/** The name of the function or aggregation that a node calls; aggregations, which may be written in any case, in lower case. */
export function calledBy(tree: Tree, node: SyntaxNode): string {
  const called = node.getChild('FunctionIdentifier');
  if (called !== null) return textOf(tree, called);
  const operation = node.getChild('AggregateOp');
  return operation === null ? '' : textOf(tree, operation).toLowerCase();
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** A PromQL string literal without its quotes and escapes, which are those of Go. */
export function unquote(literal: string): string {
  const inner = literal.slice(1, -1);
  if (literal.startsWith('`')) return inner;
  return inner.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gs,
    (whole, x?: string, u?: string, U?: string, octal?: string, letter?: string) => {
      if (letter !== undefined) return ESCAPES[letter] ?? letter;
      const code =
        octal === undefined ? Number.parseInt((x ?? u ?? U) as string, 16) : Number.parseInt(octal, 8);
      return code > 0x10ffff ? whole : String.fromCodePoint(code);
    },
  );
}
