import type { SyntaxNode } from '@lezer/common';
import type { NumberLiteral, Span, Variable } from './ast.js';
import { isDurationText, LiteralError, parseNumber, unquote } from './literals.js';
import { PromqlSyntaxError } from './syntax-error.js';
import type { VariableSpan } from './variables.js';

/** The children of a node without the comments, which may stand anywhere. */
export function partsOf(node: SyntaxNode): SyntaxNode[] {
  const parts: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'LineComment') parts.push(child);
  }
  return parts;
}

/** The text that a tree of the grammar points into, and how its words are read. */
export class SourceText {
  constructor(
    private readonly text: string,
    /** The same with other words where variables stand. */
    private readonly masked: string,
    private readonly variables: readonly VariableSpan[],
  ) {}

  textOf({ from, to }: Span): string {
    return this.text.slice(from, to);
  }

  hasVariable({ from, to }: Span): boolean {
    return this.variables.some((variable) => variable.from < to && variable.to > from);
  }

  /** A node of the grammar that the tree has no place for. It is never skipped: what it says would be lost. */
  unknown(node: SyntaxNode): PromqlSyntaxError {
    return new PromqlSyntaxError(`found a ${node.name}, which is not known here`, node);
  }

  /** Literals that could not be read, in the order of the text. */
  readonly errors: PromqlSyntaxError[] = [];

  /** Runs a reader of literals. What it refuses is an error of the text, and the reading goes on with a stand-in. */
  literal<T>({ from, to }: Span, read: () => T, standIn: T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof LiteralError)) throw error;
      this.errors.push(new PromqlSyntaxError(error.message, { from, to }));
      return standIn;
    }
  }

  string(node: SyntaxNode): string {
    return this.literal(node, () => unquote(this.textOf(node)), '');
  }

  /** The name of a label, which may be quoted. */
  label(node: SyntaxNode): string {
    switch (node.name) {
      case 'LabelName':
        return this.textOf(node);
      case 'QuotedLabelName':
        return this.string(partsOf(node)[0] as SyntaxNode);
      default:
        throw this.unknown(node);
    }
  }

  /** The names in a list of labels. */
  labels(node: SyntaxNode): string[] {
    return partsOf(node).map((label) => this.label(label));
  }

  /** The sign at the beginning of a number. */
  signOf(node: SyntaxNode): '-' | '+' | undefined {
    const first = this.masked[node.from];
    return first === '-' || first === '+' ? first : undefined;
  }

  /** A number without its sign; white space and comments may stand between the two. */
  unsignedNumber(node: SyntaxNode): NumberLiteral | Variable {
    const sign = /^[-+](?:\s|#[^\n]*\n)*/.exec(this.masked.slice(node.from, node.to));
    const span = { from: node.from + (sign?.[0].length ?? 0), to: node.to };
    const text = this.textOf(span);
    if (this.hasVariable(span)) return { kind: 'variable', text, ...span };
    const value = this.literal(span, () => parseNumber(text), 1);
    return { kind: 'number', value, isDuration: isDurationText(text), ...span };
  }

  /** A number with its sign. */
  signedNumber(node: SyntaxNode): NumberLiteral | Variable {
    const number = this.unsignedNumber(node);
    const sign = this.signOf(node);
    if (sign === undefined) return number;
    return number.kind === 'number'
      ? { ...number, value: sign === '-' ? -number.value : number.value, from: node.from }
      : { ...number, text: this.textOf(node), from: node.from };
  }
}
