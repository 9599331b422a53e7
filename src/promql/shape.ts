import { type Expression, unknownKind, type VectorSelector } from './ast.js';

/** What decides whether an expression needs parentheses inside another one. */
export interface Shape {
  /** Whether it binds tighter than any operator as it is written. */
  readonly atomic: boolean;
  readonly commented: boolean;
}

/** The shape of an expression that was read. */
export const shapeOf = (expression: Expression): Shape => ({
  atomic: isAtomic(expression),
  commented: expression.comments.length > 0,
});

function isAtomic({ root, inParentheses }: Expression): boolean {
  if (inParentheses) return true;
  switch (root.kind) {
    case 'aggregation':
    case 'call':
    case 'variable':
      return true;
    case 'number':
      return root.value >= 0 || Number.isNaN(root.value);
    case 'selector':
      return isPlain(root);
    case 'range':
      return isPlain(root.selector);
    case 'string':
    case 'subquery':
    case 'binary':
    case 'unary':
      return false;
    default:
      return unknownKind(root);
  }
}

const isPlain = ({ offset, at, edges }: VectorSelector) =>
  offset === undefined && at === undefined && edges === undefined;

const COMMENT_OR_STRING = /#[^\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/gs;
/** Brackets with nothing in them but brackets that are emptied already. */
const INNERMOST =
  /\((?:[^()[\]{}]|\(\)|\{\}|\[:?\])+\)|\{(?:[^()[\]{}]|\[:?\])+\}|\[(?:[^()[\]{}]|\(\)|\{\})+\]/g;
const EMPTIED = /\(\)|\{\}|\[:?\]/g;
const ATOMIC =
  /^(?:\(\)|[\w:$]*\s*\{\}\s*(?:\[\])?|[\w:$]+\s*(?:\[\])?|[\d.]+(?:e[-+]?\d+)?|\w+\s*\(\)(?:\s*(?:by|without)\s*\(\))?|\w+\s+(?:by|without)\s*\(\)\s*\(\))$/i;

/**
 * The shape of a text that is known to be an expression, from its brackets alone: reading it as a whole is most of the work of a command
 * that only lists definitions. Undefined where the brackets do not show it.
 */
export function shapeByBrackets(text: string): Shape | undefined {
  // Grafana's other ways to write a variable have brackets of their own.
  if (text.includes('[[') || text.includes('${')) return undefined;
  let commented = false;
  let outline = text.replace(COMMENT_OR_STRING, (found) => {
    if (!found.startsWith('#')) return '""';
    commented = true;
    return '';
  });
  for (let before = ''; before !== outline; ) {
    before = outline;
    // A subquery, unlike a range, is not atomic.
    outline = outline.replace(INNERMOST, (found) =>
      found.startsWith('[') ? (found.includes(':') ? '[:]' : '[]') : `${found[0]}${found.at(-1)}`,
    );
  }
  if (/[()[\]{}'"`]/.test(outline.replace(EMPTIED, '').replaceAll('""', ''))) return undefined;
  return { atomic: ATOMIC.test(outline.trim()), commented };
}
