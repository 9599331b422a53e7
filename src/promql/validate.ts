import { createRequire } from 'node:module';
import type { ensureSyntaxTree } from '@codemirror/language';
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { patternFault } from './regexp.js';
import { duration, durationSeconds } from './template.js';

// codemirror-promql is published as CommonJS and as ESM that Node cannot load (imports without extension), so
// it is required; its peers must then be the CommonJS copies as well, or the two halves do not know each other.
const require = createRequire(import.meta.url);
const { EditorState } = require('@codemirror/state') as typeof import('@codemirror/state');
const language = require('@codemirror/language') as { ensureSyntaxTree: typeof ensureSyntaxTree };
const { PromQLExtension } = require('@prometheus-io/codemirror-promql') as {
  PromQLExtension: new () => {
    activateCompletion(on: boolean): void;
    activateLinter(on: boolean): void;
    asExtension(): never;
  };
};
const { Parser } = require('@prometheus-io/codemirror-promql/dist/cjs/parser') as {
  Parser: new (
    state: unknown,
  ) => {
    tree: unknown;
    analyze(): void;
    getDiagnostics(): { message: string; from: number; to: number }[];
  };
};

const extension = new PromQLExtension();
extension.activateCompletion(false);
extension.activateLinter(false);
const promqlLanguage = extension.asExtension();

/** A fault in the text of an expression. `from` and `to` are character positions. */
export interface SyntaxFault {
  readonly message: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Grafana's variables stand for durations in ranges; the grammar wants real ones. Each is replaced by a
 * duration of no meaning so that the rest of the expression can be parsed.
 */
export function withoutGrafanaVariables(expr: string): string {
  return expr.replace(/\$(?:__rate_interval|__interval|__range)\b/g, '5m');
}

/**
 * Syntax and type faults of an expression, by Prometheus's own grammar and type rules; empty when there are none. What only
 * Prometheus 3 reads is a fault: the oldest server the rules are for is 2.42.
 */
export function faultsOf(expr: string): SyntaxFault[] {
  const doc = withoutGrafanaVariables(expr);
  const state = EditorState.create({ doc, extensions: [promqlLanguage] });
  // The editor parses in slices of 20 ms and the analysis takes what the first slice gave: on a busy machine that is half a
  // tree, and half a tree has faults. So the whole tree is made first and put in its place.
  const tree = language.ensureSyntaxTree(state as never, doc.length, 60_000);
  if (tree === null) throw new Error(`the expression could not be parsed within a minute: ${expr}`);
  const analysis = new Parser(state);
  analysis.tree = tree;
  analysis.analyze();
  const found = analysis.getDiagnostics();
  const parsed = parse(expr);
  return found.length > 0 || parsed === undefined ? found : faultsBeyondTheGrammar(parsed);
}

/** Functions and aggregations that came after Prometheus 2.42. */
const NEWER = [
  'double_exponential_smoothing',
  'first_over_time',
  'histogram_avg',
  'histogram_stddev',
  'histogram_stdvar',
  'info',
  'limit_ratio',
  'limitk',
  'mad_over_time',
  'sort_by_label',
  'sort_by_label_desc',
];

/** What the grammar of the editor lets through and a server refuses. */
function faultsBeyondTheGrammar(tree: Tree): SyntaxFault[] {
  const faults: SyntaxFault[] = [];
  const visit = (node: SyntaxNode) => {
    const fault = (message: string) => faults.push({ message, from: node.from, to: node.to });
    const text = textOf(tree, node);
    switch (node.name) {
      case 'StringLiteral': {
        const unknown = unknownEscape(text);
        if (unknown !== undefined)
          fault(`unknown escape sequence ${unknown}; in PromQL a backslash is written twice`);
        break;
      }
      case 'QuotedLabelName':
        fault('a quoted name, which Prometheus 2 cannot read');
        break;
      case 'NumberDurationLiteralInDurationContext':
        if (!isDuration(text)) fault('expected a duration with a unit, such as 30s, 5m or 1h30m');
        break;
      case 'DurationExpr':
        if (node.getChild('DurationExpr') !== null)
          fault('arithmetic on durations, which Prometheus 2 cannot read');
        else if (isDuration(text) && durationSeconds(duration(text)) === 0)
          fault('expected a duration above 0s');
        break;
      case 'MatrixSelector':
        if (operandsOf(node)[0]?.name !== 'VectorSelector') {
          fault('a range of something else than a selector; a subquery has a colon, [1h:]');
        }
        break;
      case 'UnquotedLabelMatcher': {
        const { operator, value } = matcherOf(tree, node);
        const wrong = operator.endsWith('~') ? patternFault(value) : undefined;
        if (wrong !== undefined) fault(`a regular expression that ${wrong}`);
        break;
      }
      case 'FunctionCall':
      case 'AggregateExpr': {
        const name = calledBy(tree, node);
        if (NEWER.includes(name) || name.startsWith('ts_of_'))
          fault(`${name}, which Prometheus 2.42 does not have`);
      }
    }
    for (let child = node.firstChild; child !== null; child = child.nextSibling) visit(child);
  };
  visit(tree.root);
  return faults;
}

function isDuration(text: string): boolean {
  try {
    duration(text);
    return true;
  } catch {
    return false;
  }
}

/** Escapes are those of Go; of the quotes, only the one that encloses the text may be escaped. */
function unknownEscape(literal: string): string | undefined {
  const quote = literal[0] as string;
  if (quote === '`') return undefined;
  return [...literal.slice(1, -1).matchAll(/\\(.)/gs)].find(
    ([, letter]) => !`abfnrtv\\xuU01234567${quote}`.includes(letter as string),
  )?.[0];
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

function matcherOf(tree: Tree, node: SyntaxNode): LabelMatcher {
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
