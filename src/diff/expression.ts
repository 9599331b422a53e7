import type { SyntaxNode } from '@lezer/common';
import { duration, durationOf, durationSeconds } from '../promql/duration.js';
import {
  calledBy,
  labelsIn,
  operandsOf,
  parse,
  selectorOf,
  type Tree,
  textOf,
  unquote,
} from '../promql/syntax.js';

/**
 * An expression without what does not matter: white space, comments, redundant parentheses, the order of matchers and of
 * grouping labels, the way a number, a duration or a string is written. Two expressions that mean the same letter for letter
 * of this form are no change.
 */
export interface Expr {
  readonly kind:
    | 'number'
    | 'string'
    | 'duration'
    | 'selector'
    | 'range'
    | 'offset'
    | 'at'
    | 'aggregation'
    | 'call'
    | 'binary'
    | 'negation'
    | 'other';
  /** What this node is by itself: a name, an operator, a number's text. Grouping and matching are in `details`. */
  readonly name: string;
  /** Matchers, grouping labels and the like, sorted. */
  readonly details: readonly string[];
  readonly operands: readonly Expr[];
  /** The canonical text of the whole subtree; equal texts are equal expressions. */
  readonly key: string;
  /** As the author wrote it, on one line and without comments. */
  readonly text: string;
}

/** One place in which two expressions differ. */
export interface ExpressionChange {
  readonly what:
    | 'threshold'
    | 'number'
    | 'window'
    | 'offset'
    | 'matcher'
    | 'labels'
    | 'series'
    | 'function'
    | 'comparison'
    | 'condition'
    | 'expression';
  /** A few words: `threshold 600 → 900`. */
  readonly text: string;
  /** For a threshold: whether the condition is now met by fewer or by more values; absent where that cannot be told. */
  readonly effect?: 'stricter' | 'laxer';
  /** For a window: seconds before and after. */
  readonly seconds?: readonly [before: number, after: number];
}

const COMPARISONS = ['==', '!=', '>', '<', '>=', '<='];
const SET_OPERATORS = ['and', 'or', 'unless'];
/** The same comparison with the sides exchanged. */
const EXCHANGED: Readonly<Record<string, string>> = {
  '==': '==',
  '!=': '!=',
  '>': '<',
  '<': '>',
  '>=': '<=',
  '<=': '>=',
};
/** Aggregations whose first operand is a number that says how many or which. */
const PARAMETRIC = [
  'topk',
  'bottomk',
  'quantile',
  'limitk',
  'limit_ratio',
  'histogram_quantile',
  'quantile_over_time',
];

/** Grafana's variables where the grammar wants a duration: each gets a duration that nobody writes. */
const FIRST_PLACEHOLDER = 7_000_001;
const placeholders: string[] = [];

const VARIABLE = String.raw`\$\{[^}]*\}|\$\w+|\[\[\w+(?::\w+)?\]\]`;

/**
 * Puts words in the place of Grafana's variables, so that the rest can be parsed and a variable still differs from another one:
 * a duration in ranges and offsets, a name elsewhere. Within quotes they stay as they are.
 */
function withNamedVariables(expr: string): string {
  const durationFor = (variable: string) => {
    const known = placeholders.indexOf(variable);
    return `${FIRST_PLACEHOLDER + (known < 0 ? placeholders.push(variable) - 1 : known)}s`;
  };
  const pattern = new RegExp(
    String.raw`("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|${'`[^`]*`'}|#[^\n]*)|((?:\[|:|\boffset\s+-?)\s*)(${VARIABLE})|(${VARIABLE})`,
    'g',
  );
  return expr.replace(pattern, (whole, quoted?: string, before?: string, range?: string, other?: string) => {
    if (quoted !== undefined) return whole;
    if (range !== undefined) return `${before}${durationFor(range)}`;
    return `grafana_variable_${(other as string).replace(/\W+/g, '_')}`;
  });
}

/** Turns the words back into the variables they stand for. */
const withVariables = (text: string) =>
  text
    .replace(/\b(7\d{6})s\b/g, (whole, number) => placeholders[Number(number) - FIRST_PLACEHOLDER] ?? whole)
    .replace(/grafana_variable__?(\w+?)_?\b/g, '$$$1');

/** Reads an expression; `undefined` when it does not parse. */
export function readExpression(text: string): Expr | undefined {
  const tree = parse(withNamedVariables(text));
  return tree === undefined ? undefined : normal(tree, tree.root);
}

/** The syntax tree of an expression in which Grafana's variables may stand. */
export function parseExpression(text: string): Tree | undefined {
  return parse(withNamedVariables(text));
}

function node(
  kind: Expr['kind'],
  name: string,
  details: readonly string[],
  operands: readonly Expr[],
  text: string,
): Expr {
  const key = JSON.stringify([kind, name, details, operands.map((operand) => operand.key)]);
  return { kind, name, details, operands, key, text };
}

function normal(tree: Tree, at: SyntaxNode): Expr {
  const text = oneLine(tree, at);
  const inner = operandsOf(at);
  const operands = () => inner.map((operand) => normal(tree, operand));
  switch (at.name) {
    case 'ParenExpr':
      return normal(tree, inner[0] as SyntaxNode);
    case 'NumberDurationLiteral':
      return node('number', numeral(textOf(tree, at)), [], [], text);
    case 'StringLiteral':
      return node('string', unquote(textOf(tree, at)), [], [], text);
    case 'UnaryExpr': {
      const [operand] = operands() as [Expr];
      if (text.startsWith('+')) return operand;
      return operand.kind === 'number'
        ? node('number', numeral(`-${operand.name}`), [], [], text)
        : node('negation', '-', [], [operand], text);
    }
    case 'VectorSelector': {
      const { name, matchers } = selectorOf(tree, at);
      const named = matchers.find(({ label, operator }) => label === '__name__' && operator === '=');
      const quoted = at.getChild('LabelMatchers')?.getChild('QuotedLabelName');
      return node(
        'selector',
        name || named?.value || (quoted ? unquote(textOf(tree, quoted)) : ''),
        unique(
          matchers
            .filter((matcher) => matcher !== named || name !== '')
            .map(({ label, operator, value }) => `${label}${operator}${JSON.stringify(value)}`),
        ),
        [],
        text,
      );
    }
    case 'MatrixSelector':
    case 'SubqueryExpr': {
      const lengths = at
        .getChildren('DurationExpr')
        .map((length) => node('duration', seconds(textOf(tree, length)), [], [], textOf(tree, length)));
      const [operand] = operands() as [Expr];
      return node('range', at.name === 'MatrixSelector' ? '' : ':', [], [operand, ...lengths], text);
    }
    case 'OffsetExpr': {
      const [operand] = operands() as [Expr];
      const length = textOf(tree, at.getChild('OffsetDurationExpr') as SyntaxNode).replaceAll(' ', '');
      const by = node('duration', seconds(length), [], [], length);
      return node('offset', '', [], [operand, by], text);
    }
    case 'StepInvariantExpr': {
      const [operand] = operands() as [Expr];
      return node('at', textOf(tree, at.lastChild as SyntaxNode).replace(/\s/g, ''), [], [operand], text);
    }
    case 'AggregateExpr': {
      const modifier = at.getChild('AggregateModifier');
      const grouping = modifier?.getChild('GroupingLabels');
      const labels = grouping ? unique(labelsIn(tree, grouping)) : [];
      const without = modifier?.getChild('Without') != null;
      const details = without
        ? [`without (${labels.join(', ')})`]
        : labels.length > 0
          ? [`by (${labels.join(', ')})`]
          : [];
      return node('aggregation', calledBy(tree, at), details, operands(), text);
    }
    case 'FunctionCall':
      return node('call', calledBy(tree, at), [], operands(), text);
    case 'BinaryExpr': {
      const [left, right] = operands() as [Expr, Expr];
      const operator = operatorOf(tree, at);
      if (operator === '^' && inner[0]?.name === 'NumberDurationLiteral' && left.name.startsWith('-')) {
        // The editor's grammar reads -2 ^ 2 as (-2) ^ 2; to Prometheus the power binds tighter than the sign.
        const base = node('number', left.name.slice(1), [], [], left.text.replace(/^-\s*/, ''));
        return node('negation', '-', [], [node('binary', '^', [], [base, right], text)], text);
      }
      const details = [
        ...(at.getChild('BoolModifier') === null ? [] : ['bool']),
        ...matching(tree, at.getChild('MatchingModifierClause')),
      ];
      const exchanged = EXCHANGED[operator];
      return left.kind === 'number' && right.kind !== 'number' && exchanged !== undefined
        ? node('binary', exchanged, details, [right, left], text)
        : node('binary', operator, details, [left, right], text);
    }
    default:
      return node('other', text, [], [], text);
  }
}

const unique = (texts: readonly string[]) => [...new Set(texts)].sort();

/** The text of a node without comments, on one line. */
function oneLine(tree: Tree, at: SyntaxNode): string {
  const whole = textOf(tree, at);
  const bare = whole.replace(
    /("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|#[^\n]*/g,
    (_, quoted?: string) => quoted ?? '',
  );
  const line = bare
    .replace(/\s+/g, ' ')
    .replace(/([([]) /g, '$1')
    .replace(/ ([)\]])/g, '$1')
    .trim();
  return withVariables(line);
}

function operatorOf(tree: Tree, at: SyntaxNode): string {
  const [left] = operandsOf(at) as [SyntaxNode];
  let child = left.nextSibling;
  while (child !== null && child.name === 'LineComment') child = child.nextSibling;
  return child === null ? '' : textOf(tree, child).toLowerCase();
}

function matching(tree: Tree, clause: SyntaxNode | null): string[] {
  if (clause === null) return [];
  const list = (grouping: SyntaxNode | undefined) =>
    grouping === undefined ? '' : unique(labelsIn(tree, grouping)).join(', ');
  const side = clause.getChild('GroupLeft') ?? clause.getChild('GroupRight');
  const lists = clause.getChildren('GroupingLabels');
  const first = lists.find((grouping) => side === null || grouping.from < side.from);
  const second = lists.find((grouping) => side !== null && grouping.from > side.from);
  const on = clause.getChild('On') !== null;
  const labels = list(first);
  return [
    ...(on ? [`on (${labels})`] : labels === '' ? [] : [`ignoring (${labels})`]),
    ...(side === null
      ? []
      : [`${side.name === 'GroupLeft' ? 'group_left' : 'group_right'} (${list(second)})`]),
  ];
}

/** A number in one way of writing. */
function numeral(text: string): string {
  const bare = text.replaceAll('_', '');
  if (/^[+-]?inf$/i.test(bare)) return bare.startsWith('-') ? '-Inf' : 'Inf';
  const value = Number(bare.replace(/^-(?=0x)/i, ''));
  if (Number.isFinite(value)) return String(/^-0x/i.test(bare) ? -value : value);
  try {
    return String(durationSeconds(duration(bare)));
  } catch {
    return bare;
  }
}

/** A duration as seconds, with its sign. */
function seconds(text: string): string {
  const bare = text.replace(/[\s+]/g, '');
  const sign = bare.startsWith('-') ? '-' : '';
  try {
    return `${sign}${durationSeconds(duration(bare.replace(/^-/, '')))}`;
  } catch {
    return bare;
  }
}

/** A duration in the shortest way of writing it, a variable by its name. */
function lengthOf(expr: Expr): string {
  const text = withVariables(expr.text);
  if (text.includes('$') || text.includes('[')) return text;
  const value = Number(expr.name);
  return Number.isInteger(value) ? `${value < 0 ? '-' : ''}${durationOf(Math.abs(value))}` : expr.text;
}

/** Whether two expressions mean the same; texts that do not parse are compared without white space. */
export function sameExpression(before: string, after: string): boolean {
  if (before === after) return true;
  const [left, right] = [readExpression(before), readExpression(after)];
  if (left === undefined || right === undefined)
    return before.replace(/\s+/g, '') === after.replace(/\s+/g, '');
  return left.key === right.key;
}

/** The places in which two expressions differ, each said once; empty when they mean the same. */
export function expressionChanges(before: string, after: string): ExpressionChange[] {
  const [left, right] = [readExpression(before), readExpression(after)];
  if (left === undefined || right === undefined) {
    return sameExpression(before, after)
      ? []
      : [{ what: 'expression', text: `${short(before)} → ${short(after)}` }];
  }
  const changes: ExpressionChange[] = [];
  compare(left, right, undefined, 'asked', changes);
  const said = new Map(changes.map((change) => [`${change.what} ${change.text}`, change]));
  // A rewritten expression is better read whole than in ten pieces.
  return said.size > 4
    ? [{ what: 'expression', text: `rewritten in ${said.size} places` }]
    : [...said.values()];
}

/** Whether a place is part of what must hold for a result, of what must not hold, or neither can be told. */
type Polarity = 'asked' | 'excluded' | 'open';

const opposite = (polarity: Polarity): Polarity =>
  polarity === 'asked' ? 'excluded' : polarity === 'excluded' ? 'asked' : 'open';

/** Texts are cut where they no longer help. */
export function short(text: string, length = 90): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, length - 1).trimEnd()}…`;
}

function compare(
  before: Expr,
  after: Expr,
  parent: Expr | undefined,
  polarity: Polarity,
  changes: ExpressionChange[],
): void {
  if (before.key === after.key) return;
  const add = (what: ExpressionChange['what'], text: string, more: Partial<ExpressionChange> = {}) =>
    changes.push({ what, text, ...more });

  if (before.kind === 'number' && after.kind === 'number') {
    const comparison = parent?.kind === 'binary' && COMPARISONS.includes(parent.name);
    const word = comparison
      ? 'threshold'
      : PARAMETRIC.includes(parent?.name ?? '')
        ? `${parent?.name} of`
        : 'number';
    const effect = comparison
      ? effectOf(parent, Number(before.name), Number(after.name), polarity)
      : undefined;
    add(
      comparison ? 'threshold' : 'number',
      `${word} ${before.name} → ${after.name}`,
      effect ? { effect } : {},
    );
    return;
  }
  if (before.kind === 'duration' && after.kind === 'duration') {
    const what = parent?.kind === 'offset' ? 'offset' : 'window';
    add(what, `${what} ${lengthOf(before)} → ${lengthOf(after)}`, {
      seconds: [Number(before.name), Number(after.name)],
    });
    return;
  }
  if (before.kind === 'string' && after.kind === 'string') {
    add('expression', `${JSON.stringify(before.name)} → ${JSON.stringify(after.name)}`);
    return;
  }
  if (before.kind === 'selector' && after.kind === 'selector') {
    if (before.name !== after.name) {
      add('series', `reads ${withVariables(after.name)} instead of ${withVariables(before.name)}`);
    }
    matcherChanges(before, after, add);
    return;
  }
  if (before.kind === after.kind && before.operands.length === after.operands.length) {
    // Two operations with nothing in common are two expressions.
    const related =
      before.name === after.name ||
      before.operands.some((operand, i) => operand.key === after.operands[i]?.key);
    if (related) {
      if (before.name !== after.name) {
        const comparison = COMPARISONS.includes(before.name) && COMPARISONS.includes(after.name);
        const what = comparison ? 'comparison' : before.kind === 'binary' ? 'expression' : 'function';
        add(what, `${before.name || 'range'} → ${after.name || 'range'}`);
      }
      detailChanges(before, after, add);
      before.operands.forEach((operand, i) => {
        const inner = polarityOf(after, i, polarity);
        compare(operand, after.operands[i] as Expr, after, inner, changes);
      });
      return;
    }
  }
  if (added(before, after, add, 'now') || added(after, before, add, 'no longer')) return;
  // A condition came or went, and what it was added to changed as well.
  for (const [part, whole, adverb] of [
    [before, after, 'now'],
    [after, before, 'no longer'],
  ] as const) {
    const [left, right] = whole.operands;
    if (!SET_OPERATORS.includes(whole.name) || left === undefined || right === undefined) continue;
    if (left.kind !== part.kind || left.name !== part.name) continue;
    condition(whole, right, add, adverb);
    compare(adverb === 'now' ? part : left, adverb === 'now' ? left : part, undefined, polarity, changes);
    return;
  }
  add('expression', `${short(before.text)} → ${short(after.text)}`);
}

function polarityOf(parent: Expr, operand: number, polarity: Polarity): Polarity {
  if (parent.kind === 'binary') {
    if (['and', 'or'].includes(parent.name) || COMPARISONS.includes(parent.name)) return polarity;
    if (parent.name === 'unless') return operand === 0 ? polarity : opposite(polarity);
    return 'open';
  }
  return 'open';
}

/** Whether moving a threshold lets fewer values through. */
function effectOf(
  comparison: Expr,
  before: number,
  after: number,
  polarity: Polarity,
): ExpressionChange['effect'] {
  if (polarity === 'open' || comparison.details.includes('bool') || comparison.operands[1]?.kind !== 'number')
    return undefined;
  const above = comparison.name.startsWith('>');
  if (!above && !comparison.name.startsWith('<')) return undefined;
  const fewer = above === after > before;
  return fewer === (polarity === 'asked') ? 'stricter' : 'laxer';
}

type Add = (what: ExpressionChange['what'], text: string) => void;

function matcherChanges(before: Expr, after: Expr, add: Add): void {
  const gone = before.details.filter((detail) => !after.details.includes(detail));
  const come = after.details.filter((detail) => !before.details.includes(detail));
  const label = (detail: string) => /^[^=!]*/.exec(detail)?.[0];
  const on = withVariables(after.name);
  for (const detail of gone) {
    const counterpart = come.findIndex((other) => label(other) === label(detail));
    if (counterpart < 0) add('matcher', `${on} no longer only where ${detail}`);
    else add('matcher', `${on}: ${detail} → ${come.splice(counterpart, 1)[0]}`);
  }
  for (const detail of come) add('matcher', `${on} only where ${detail}`);
}

function detailChanges(before: Expr, after: Expr, add: Add): void {
  const [gone, come] = [before.details.join(' '), after.details.join(' ')];
  if (gone === come) return;
  if (before.kind === 'aggregation') {
    add('labels', `${after.name} ${gone || 'over all'} → ${come || 'over all'}`);
  } else {
    add('labels', `${after.name}: ${gone || 'matched on all labels'} → ${come || 'matched on all labels'}`);
  }
}

/** Says that `whole` is `part` with something around it. */
function added(part: Expr, whole: Expr, add: Add, adverb: 'now' | 'no longer'): boolean {
  const place = whole.operands.findIndex((operand) => operand.key === part.key);
  if (place < 0) {
    // A condition in a chain stands further to the left.
    const [left, right] = whole.operands;
    if (whole.kind !== 'binary' || left === undefined || right === undefined) return false;
    if (!SET_OPERATORS.includes(whole.name) || !chainHolds(left, part)) return false;
    condition(whole, right, add, adverb);
    return added(part, left, add, adverb);
  }
  if (whole.kind === 'binary') {
    const other = whole.operands[1 - place] as Expr;
    if (place === 0 || whole.name === 'and' || whole.name === 'or') condition(whole, other, add, adverb);
    else add('expression', `${adverb} ${short(whole.text)}`);
    return true;
  }
  if (whole.kind === 'offset' || whole.kind === 'range') {
    add(whole.kind === 'offset' ? 'offset' : 'window', `${adverb} ${short(whole.text)}`);
    return true;
  }
  const by = whole.details.length > 0 ? ` ${whole.details.join(' ')}` : '';
  add(whole.kind === 'aggregation' ? 'labels' : 'function', `${adverb} within ${whole.name}${by}`);
  return true;
}

function chainHolds(chain: Expr, part: Expr): boolean {
  if (chain.key === part.key) return true;
  return (
    chain.kind === 'binary' &&
    SET_OPERATORS.includes(chain.name) &&
    chain.operands[0] !== undefined &&
    chainHolds(chain.operands[0], part)
  );
}

function condition(whole: Expr, other: Expr, add: Add, adverb: string): void {
  const words = { and: 'only while', or: 'also on', unless: 'not while' }[whole.name];
  if (words === undefined)
    add(
      COMPARISONS.includes(whole.name) ? 'comparison' : 'expression',
      `${adverb} ${whole.name} ${short(other.text, 70)}`,
    );
  else add('condition', `${adverb} ${words} ${short(other.text, 80)}`);
}
