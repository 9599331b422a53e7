import {
  type Aggregation,
  type Binary,
  COMPARISON_OPERATORS,
  type DurationExpr,
  type Expr,
  type Expression,
  type Modifiers,
  type Span,
  type Subquery,
  unknownKind,
  type VectorSelector,
} from '../promql/ast.js';
import { numberText } from '../promql/literals.js';
import { nameOf } from '../promql/names.js';
import { printDuration, printExpression } from '../promql/print.js';

/**
 * An expression without what does not matter: white space, comments, redundant parentheses, the order of matchers and of
 * grouping labels, the spelling of a name, a number, a duration or a string. Expressions with equal keys mean the same.
 */
export interface Term {
  readonly kind:
    | 'number'
    | 'string'
    | 'variable'
    | 'duration'
    | 'selector'
    | 'edges'
    | 'range'
    | 'offset'
    | 'at'
    | 'aggregation'
    | 'call'
    | 'binary'
    | 'negation';
  /** What this term is without its operands: a name, an operator, a number. Grouping and matching are in `details`. */
  readonly name: string;
  /** Matchers, grouping labels and the like, sorted. */
  readonly details: readonly string[];
  readonly operands: readonly Term[];
  /** The canonical text of the whole term; equal texts are equal terms. */
  readonly key: string;
  /** As the author wrote it, on one line and without comments. */
  readonly text: string;
}

/** The same comparison with the sides exchanged. */
const EXCHANGED: Readonly<Record<string, string>> = {
  '==': '==',
  '!=': '!=',
  '>': '<',
  '<': '>',
  '>=': '<=',
  '<=': '>=',
};

/** The normal form of an expression. */
export function normalForm(expression: Expression): Term {
  return new Reader(expression).term(expression.root);
}

function termOf(
  kind: Term['kind'],
  name: string,
  details: readonly string[],
  operands: readonly Term[],
  text: string,
): Term {
  const key = JSON.stringify([kind, name, details, operands.map((operand) => operand.key)]);
  return { kind, name, details, operands, key, text };
}

const unique = (texts: readonly string[]) => [...new Set(texts)].sort();
const numeral = (value: number) => (value === 0 ? '0' : numberText(value));

class Reader {
  constructor(private readonly expression: Expression) {}

  term(node: Expr): Term {
    const text = this.#textOf(node);
    switch (node.kind) {
      case 'number':
        return termOf('number', numeral(node.value), [], [], text);
      case 'string':
        return termOf('string', node.value, [], [], text);
      case 'variable':
        return termOf('variable', node.text, [], [], text);
      case 'selector':
        return this.#shifted(this.#selector(node), node, text);
      case 'range': {
        const inner = this.#selector(node.selector);
        const range = termOf(
          'range',
          '',
          [],
          [inner, this.#duration(node.range)],
          `${inner.text}[${printDuration(node.range)}]`,
        );
        return this.#shifted(range, node.selector, text);
      }
      case 'subquery': {
        const lengths = [node.range, ...(node.step === undefined ? [] : [node.step])];
        const operands = [this.term(node.operand), ...lengths.map((length) => this.#duration(length))];
        const bare = printExpression(withoutModifiers(node));
        return this.#shifted(termOf('range', ':', [], operands, bare), node, text);
      }
      case 'aggregation': {
        const operands = [...(node.parameter === undefined ? [] : [node.parameter]), node.operand];
        return termOf(
          'aggregation',
          node.operator,
          groupingDetails(node),
          operands.map((one) => this.term(one)),
          text,
        );
      }
      case 'call':
        return termOf(
          'call',
          node.function,
          [],
          node.args.map((argument) => this.term(argument)),
          text,
        );
      case 'binary':
        return this.#binary(node, text);
      case 'unary': {
        const operand = this.term(node.operand);
        return node.operator === '+' ? operand : termOf('negation', '-', [], [operand], text);
      }
      default:
        return unknownKind(node);
    }
  }

  #selector(node: VectorSelector): Term {
    // A variable in place of a name counts as a separate name.
    const name = nameOf(node) ?? node.name;
    const named = node.matchers.find((matcher) => matcher.label === '__name__' && matcher.operator === '=');
    const matchers = node.matchers
      .filter((matcher) => name === undefined || matcher !== named)
      .map(({ label, operator, value }) => `${label}${operator}${JSON.stringify(value)}`);
    const { edges, ...bare } = withoutModifiers(node);
    const selector = termOf('selector', name ?? '', unique(matchers), [], printExpression(bare));
    if (edges === undefined) return selector;
    return termOf('edges', edges, [], [selector], `${selector.text} ${edges}`);
  }

  /** A term with the time it is shifted to; `@` and `offset` mean the same in either order. */
  #shifted(term: Term, { at, offset }: Modifiers, text: string): Term {
    let result = term;
    if (at !== undefined) {
      const moment =
        at.kind === 'timestamp' ? numeral(at.seconds) : at.kind === 'variable' ? at.text : `${at.kind}()`;
      result = termOf('at', moment, [], [result], text);
    }
    return offset === undefined ? result : termOf('offset', '', [], [result, this.#duration(offset)], text);
  }

  #duration(length: DurationExpr): Term {
    const text = printDuration(length);
    return termOf('duration', length.kind === 'duration' ? numeral(length.seconds) : text, [], [], text);
  }

  #binary(node: Binary, text: string): Term {
    const details = matchingDetails(node);
    const [left, right] = [this.term(node.left), this.term(node.right)];
    const exchanged = EXCHANGED[node.operator];
    return left.kind === 'number' && right.kind !== 'number' && exchanged !== undefined
      ? termOf('binary', exchanged, details, [right, left], text)
      : termOf('binary', node.operator, details, [left, right], text);
  }

  /** The text of a node on one line, without comments. */
  #textOf({ from, to }: Span): string {
    const { text, comments } = this.expression;
    let bare = '';
    let at = from;
    for (const comment of comments) {
      if (comment.from < at || comment.to > to) continue;
      bare += text.slice(at, comment.from);
      at = comment.to;
    }
    bare += text.slice(at, to);
    return bare
      .replace(/\s+/g, ' ')
      .replace(/([([]) /g, '$1')
      .replace(/ ([)\]])/g, '$1');
  }
}

function withoutModifiers<T extends VectorSelector | Subquery>(node: T): T {
  const copy: { offset?: unknown; at?: unknown } = { ...node };
  delete copy.offset;
  delete copy.at;
  return copy as T;
}

/** Whether an operation compares, and so has a threshold. */
export const isComparison = ({ name }: Term): boolean =>
  (COMPARISON_OPERATORS as readonly string[]).includes(name);

function groupingDetails({ grouping }: Aggregation): string[] {
  if (grouping === undefined) return [];
  const labels = unique(grouping.labels);
  if (grouping.without) return [`without (${labels.join(', ')})`];
  return labels.length > 0 ? [`by (${labels.join(', ')})`] : [];
}

function matchingDetails({ bool, matching, fill }: Binary): string[] {
  const list = (labels: readonly string[]) => `(${unique(labels).join(', ')})`;
  const { on = false, labels = [], group } = matching ?? {};
  return [
    ...(bool ? ['bool'] : []),
    ...(on ? [`on ${list(labels)}`] : labels.length > 0 ? [`ignoring ${list(labels)}`] : []),
    ...(group === undefined ? [] : [`group_${group.side} ${list(group.include)}`]),
    ...(fill?.left === undefined ? [] : [`fill_left (${numeral(fill.left)})`]),
    ...(fill?.right === undefined ? [] : [`fill_right (${numeral(fill.right)})`]),
  ];
}
