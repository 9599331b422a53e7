import { createRequire } from 'node:module';
import type { ensureSyntaxTree } from '@codemirror/language';
import type { SyntaxNode } from '@lezer/common';
import { duration, durationSeconds } from './duration.js';
import { patternFault } from './regexp.js';
import {
  calledBy,
  matcherOf,
  operandsOf,
  parse,
  type Tree,
  textOf,
  withoutGrafanaVariables,
} from './syntax.js';

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
