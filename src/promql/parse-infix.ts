import type { SyntaxNode } from '@lezer/common';
import { type BinaryOperator, COMPARISON_OPERATORS, type Fill, type Matching, SET_OPERATORS } from './ast.js';
import type { Item } from './operators.js';
import { partsOf, type SourceText } from './source-text.js';
import { PromqlSyntaxError } from './syntax-error.js';

/** The operator of a binary expression with what stands between it and the right side. */
export function readInfix([token, ...modifiers]: SyntaxNode[], source: SourceText): Item {
  const operator = source.textOf(token as SyntaxNode).toLowerCase() as BinaryOperator;
  const item = { kind: 'infix' as const, operator, bool: false };
  let matching: Matching | undefined;
  let fill: Fill | undefined;
  for (const modifier of modifiers) {
    switch (modifier.name) {
      case 'BoolModifier':
        if (!(COMPARISON_OPERATORS as readonly string[]).includes(operator)) {
          throw new PromqlSyntaxError('bool modifier can only be used on comparison operators', modifier);
        }
        item.bool = true;
        break;
      case 'MatchingModifierClause':
        matching = readMatching(modifier, source);
        break;
      case 'FillModifier':
        fill = readFill(modifier, source);
        break;
      default:
        throw source.unknown(modifier);
    }
  }
  const isSet = (SET_OPERATORS as readonly string[]).includes(operator);
  if (isSet && (matching?.group !== undefined || fill !== undefined)) {
    throw new PromqlSyntaxError(
      `${operator} takes neither group_left, group_right nor fill`,
      token as SyntaxNode,
    );
  }
  return { ...item, ...(matching ? { matching } : {}), ...(fill ? { fill } : {}) };
}

function readMatching(clause: SyntaxNode, source: SourceText): Matching {
  let on = false;
  let group: 'left' | 'right' | undefined;
  let labels: string[] = [];
  let include: string[] = [];
  for (const child of partsOf(clause)) {
    switch (child.name) {
      case 'On':
        on = true;
        break;
      case 'Ignoring':
        break;
      case 'GroupLeft':
        group = 'left';
        break;
      case 'GroupRight':
        group = 'right';
        break;
      case 'GroupingLabels':
        if (group === undefined) labels = source.labels(child);
        else include = source.labels(child);
        break;
      default:
        throw source.unknown(child);
    }
  }
  return { on, labels, ...(group === undefined ? {} : { group: { side: group, include } }) };
}

function readFill(modifier: SyntaxNode, source: SourceText): Fill {
  const fill: { left?: number; right?: number } = {};
  for (const clause of partsOf(modifier)) {
    const number = source.signedNumber(partsOf(clause).at(-1) as SyntaxNode);
    if (number.kind === 'variable') throw new PromqlSyntaxError('a variable cannot be a fill value', number);
    if (!['FillClause', 'FillLeftClause', 'FillRightClause'].includes(clause.name))
      throw source.unknown(clause);
    if (clause.name !== 'FillRightClause') fill.left = number.value;
    if (clause.name !== 'FillLeftClause') fill.right = number.value;
  }
  return fill;
}
