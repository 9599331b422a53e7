import {
  type Aggregation,
  type AtModifier,
  type Binary,
  type DurationExpr,
  type Expr,
  type Matcher,
  type Matching,
  type Modifiers,
  type NumberLiteral,
  type Subquery,
  unknownKind,
  type VectorSelector,
} from './ast.js';
import { durationText, numberText, quote } from './literals.js';
import { PRECEDENCE, SIGN_PRECEDENCE } from './operators.js';
import { maskVariables } from './variables.js';

/** Binds tighter than any operator. */
const ATOM = 7;
const METRIC_NAME = /^[a-zA-Z_:][\w:]*$/;
const LABEL_NAME = /^[a-zA-Z_]\w*$/;
/** Words that are never a metric name unless quoted. */
const RESERVED = /^(?:inf|nan|bool|ignoring|on|group_left|group_right|offset)$/i;

/**
 * An expression on one line, with only the parentheses it needs; parsed again it gives an equal tree. Comments are not part of
 * the tree. What was read with Grafana's variables is printed with them.
 */
export function printExpression(expr: Expr): string {
  return print(expr, 0);
}

/** A length of time, as in a range. */
export function printDuration(length: DurationExpr): string {
  return duration(length, 0);
}

function print(node: Expr, least: number): string {
  switch (node.kind) {
    case 'number': {
      const text = numberLiteral(node);
      return text.startsWith('-') && least > PRECEDENCE['^'] ? `(${text})` : text;
    }
    case 'string':
      return quote(node.value);
    case 'variable':
      return node.text;
    case 'selector':
      return shifted(`${bareSelector(node)}${edges(node)}`, node, least);
    case 'range': {
      const { selector, range } = node;
      return shifted(`${bareSelector(selector)}[${duration(range, 0)}]${edges(selector)}`, selector, least);
    }
    case 'subquery':
      return shifted(subquery(node), node, least);
    case 'aggregation':
      return aggregation(node);
    case 'call':
      return `${node.function}(${node.args.map(printExpression).join(', ')})`;
    case 'binary':
      return binary(node, least);
    case 'unary': {
      // One sign may follow another.
      const operand = print(node.operand, node.operand.kind === 'unary' ? 0 : SIGN_PRECEDENCE + 1);
      const text = `${node.operator}${operand}`;
      return least > PRECEDENCE['^'] ? `(${text})` : text;
    }
    default:
      return unknownKind(node);
  }
}

function numberLiteral({ value, isDuration }: NumberLiteral): string {
  if (!isDuration) return numberText(value);
  return `${value < 0 || Object.is(value, -0) ? '-' : ''}${durationText(Math.abs(value))}`;
}

/** A name as an identifier where it is one, otherwise in quotes. */
function name(text: string, pattern: RegExp): string {
  const { masked, variables } = maskVariables(text);
  return pattern.test(variables.length > 0 ? masked : text) ? text : quote(text);
}

const labelList = (labels: readonly string[]) =>
  `(${labels.map((label) => name(label, LABEL_NAME)).join(', ')})`;

/** A matcher as it stands between braces: `relay=~"a|b"`. */
export const matcherText = ({ label, operator, value }: Pick<Matcher, 'label' | 'operator' | 'value'>) =>
  `${name(label, LABEL_NAME)}${operator}${quote(value)}`;

function bareSelector(node: VectorSelector): string {
  const matchers = node.matchers.map(matcherText);
  if (node.name === undefined) return `{${matchers.join(', ')}}`;
  const metric = RESERVED.test(node.name) ? quote(node.name) : name(node.name, METRIC_NAME);
  if (metric.startsWith('"') || node.matchers.some(({ label }) => label === '__name__')) {
    return `{${[quote(node.name), ...matchers].join(', ')}}`;
  }
  return matchers.length === 0 ? metric : `${metric}{${matchers.join(', ')}}`;
}

const edges = (node: VectorSelector) => (node.edges === undefined ? '' : ` ${node.edges}`);

/** A selector or a subquery with its modifiers. */
function shifted(text: string, { offset, at }: Modifiers, least: number): string {
  const moment = at === undefined ? text : `${text} @ ${atText(at)}`;
  if (offset === undefined) return moment;
  const length = offsetText(offset);
  // An operator behind an offset in parentheses would continue the offset.
  return length.startsWith('(') && least > 0 ? `(${moment} offset ${length})` : `${moment} offset ${length}`;
}

/** An offset is a length with a sign, or a calculation in parentheses. */
function offsetText(offset: DurationExpr): string {
  if (offset.kind === 'duration') return duration(offset, 0);
  if (offset.kind === 'duration-unary') return `${offset.operator}${duration(offset.operand, ATOM)}`;
  return duration(offset, ATOM);
}

function atText(at: AtModifier): string {
  switch (at.kind) {
    case 'timestamp':
      return numberText(at.seconds);
    case 'variable':
      return at.text;
    case 'start':
    case 'end':
      return `${at.kind}()`;
    default:
      return unknownKind(at);
  }
}

function subquery(node: Subquery): string {
  // A range directly behind a selector would be the selector's.
  const operand = print(node.operand, ATOM);
  const step = node.step === undefined ? '' : duration(node.step, 0);
  return `${operand}[${duration(node.range, 0)}:${step}]`;
}

function aggregation(node: Aggregation): string {
  const { operator, grouping, parameter, operand } = node;
  const by =
    grouping === undefined ? '' : ` ${grouping.without ? 'without' : 'by'} ${labelList(grouping.labels)} `;
  const args = [...(parameter === undefined ? [] : [parameter]), operand];
  return `${operator}${by}(${args.map(printExpression).join(', ')})`;
}

function binary(node: Binary, least: number): string {
  const precedence = PRECEDENCE[node.operator];
  const isPower = node.operator === '^';
  const text = [
    print(node.left, isPower ? precedence + 1 : precedence),
    node.operator,
    ...(node.bool ? ['bool'] : []),
    ...(node.matching === undefined ? [] : [matchingText(node.matching)]),
    ...(node.fill === undefined ? [] : [fillText(node.fill)]),
    print(node.right, isPower ? precedence : precedence + 1),
  ].join(' ');
  return precedence < least ? `(${text})` : text;
}

function matchingText({ on, labels, group }: Matching): string {
  const text = `${on ? 'on' : 'ignoring'} ${labelList(labels)}`;
  // Without its list, a parenthesis of the right side would be taken for one.
  return group === undefined ? text : `${text} group_${group.side} ${labelList(group.include)}`;
}

function fillText({ left, right }: NonNullable<Binary['fill']>): string {
  if (left !== undefined && Object.is(left, right)) return `fill (${numberText(left)})`;
  return [
    ...(left === undefined ? [] : [`fill_left (${numberText(left)})`]),
    ...(right === undefined ? [] : [`fill_right (${numberText(right)})`]),
  ].join(' ');
}

/** A length of time, in parentheses where it binds less tightly than required. */
function duration(length: DurationExpr, least: number): string {
  const signed = (text: string) => (least > PRECEDENCE['^'] ? `(${text})` : text);
  switch (length.kind) {
    case 'duration': {
      const { seconds, bare } = length;
      const text = bare ? numberText(Math.abs(seconds)) : durationText(Math.abs(seconds));
      return seconds < 0 ? signed(`-${text}`) : text;
    }
    case 'duration-variable':
      return length.text;
    case 'duration-unary':
      return signed(`${length.operator}${duration(length.operand, SIGN_PRECEDENCE + 1)}`);
    case 'duration-call':
      return `${length.function}(${length.args.map((argument) => duration(argument, 0)).join(', ')})`;
    case 'duration-binary': {
      const precedence = PRECEDENCE[length.operator];
      const isPower = length.operator === '^';
      const left = duration(length.left, isPower ? precedence + 1 : precedence);
      const right = duration(length.right, isPower ? precedence : precedence + 1);
      const text = `${left} ${length.operator} ${right}`;
      return precedence < least ? `(${text})` : text;
    }
    default:
      return unknownKind(length);
  }
}
