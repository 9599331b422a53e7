import { SET_OPERATORS } from '../promql/ast.js';
import type { Parsed } from '../promql/parse.js';
import { isComparison, normalForm, type Term } from './normal-form.js';

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
  /** For a threshold: whether the condition is now met by fewer or by more values; absent if that is unknown. */
  readonly effect?: 'stricter' | 'laxer';
  /** For a window: seconds before and after. */
  readonly seconds?: readonly [before: number, after: number];
}

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

/** A text that is equal for expressions that mean the same; of one that does not parse only white space is made alike. */
export function keyOf(parsed: Parsed): string {
  return parsed.expression === undefined
    ? parsed.text
        .replace(/("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)|\s+/g, (_, quoted?: string) => quoted ?? ' ')
        .trim()
    : normalForm(parsed.expression).key;
}

/** Whether two expressions mean the same; texts that do not parse are compared as they are. */
export function sameExpression(before: Parsed, after: Parsed): boolean {
  return before.text === after.text || keyOf(before) === keyOf(after);
}

/** The places in which two expressions differ, each said once; empty when they mean the same. */
export function expressionChanges(before: Parsed, after: Parsed): ExpressionChange[] {
  if (before.expression === undefined || after.expression === undefined) {
    return sameExpression(before, after)
      ? []
      : [{ what: 'expression', text: `${short(before.text)} → ${short(after.text)}` }];
  }
  const [left, right] = [normalForm(before.expression), normalForm(after.expression)];
  const changes: ExpressionChange[] = [];
  compare(left, right, undefined, 'asked', changes);
  const said = new Map(changes.map((change) => [`${change.what} ${change.text}`, change]));
  // A rewritten expression is better read whole than in ten pieces.
  return said.size > 4
    ? [{ what: 'expression', text: `rewritten in ${said.size} places` }]
    : [...said.values()];
}

/** Whether a term is a condition on another one, and so has two operands. */
const isSetOperator = ({ kind, name }: Term) =>
  kind === 'binary' && (SET_OPERATORS as readonly string[]).includes(name);

/** Whether a place is part of what must hold for a result, of what must not hold, or neither. */
type Polarity = 'asked' | 'excluded' | 'open';

const opposite = (polarity: Polarity): Polarity =>
  polarity === 'asked' ? 'excluded' : polarity === 'excluded' ? 'asked' : 'open';

/** Texts are cut where they no longer help. */
export function short(text: string, length = 90): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, length - 1).trimEnd()}…`;
}

function compare(
  before: Term,
  after: Term,
  parent: Term | undefined,
  polarity: Polarity,
  changes: ExpressionChange[],
): void {
  if (before.key === after.key) return;
  const add = (what: ExpressionChange['what'], text: string, more: Partial<ExpressionChange> = {}) =>
    changes.push({ what, text, ...more });

  if (before.kind === 'number' && after.kind === 'number') {
    numberChange(before, after, parent, polarity, add);
    return;
  }
  if (before.kind === 'duration' && after.kind === 'duration') {
    const what = parent?.kind === 'offset' ? 'offset' : 'window';
    const seconds = [Number(before.name), Number(after.name)] as const;
    const isKnown = seconds.every(Number.isFinite);
    add(what, `${what} ${before.text} → ${after.text}`, isKnown ? { seconds } : {});
    return;
  }
  if (before.kind === 'selector' && after.kind === 'selector') {
    if (before.name !== after.name) {
      add('series', `reads ${called(after)} instead of ${called(before)}`);
    }
    matcherChanges(before, after, add);
    return;
  }
  if (added(before, after, add, 'now') || added(after, before, add, 'no longer')) return;
  if (before.kind === after.kind && before.operands.length === after.operands.length) {
    // Two operations with nothing in common are two expressions.
    const related =
      before.name === after.name ||
      before.operands.some((operand, i) => operand.key === after.operands[i]?.key);
    if (related) {
      if (before.name !== after.name) {
        const comparison = isComparison(before) && isComparison(after);
        const what = comparison ? 'comparison' : before.kind === 'binary' ? 'expression' : 'function';
        add(what, `${before.name || 'range'} → ${after.name || 'range'}`);
      }
      detailChanges(before, after, add);
      before.operands.forEach((operand, i) => {
        const inner = polarityOf(after, i, polarity);
        compare(operand, after.operands[i] as Term, after, inner, changes);
      });
      return;
    }
  }
  // A condition came or went, and what it was added to changed as well.
  for (const [part, whole, adverb] of [
    [before, after, 'now'],
    [after, before, 'no longer'],
  ] as const) {
    if (!isSetOperator(whole)) continue;
    const [left, right] = whole.operands as [Term, Term];
    if (left.kind !== part.kind || left.name !== part.name) continue;
    condition(whole, right, add, adverb);
    compare(adverb === 'now' ? part : left, adverb === 'now' ? left : part, undefined, polarity, changes);
    return;
  }
  add('expression', `${short(before.text)} → ${short(after.text)}`);
}

function numberChange(
  { name: before }: Term,
  { name: after }: Term,
  parent: Term | undefined,
  polarity: Polarity,
  add: (what: ExpressionChange['what'], text: string, more?: Partial<ExpressionChange>) => void,
): void {
  if (parent !== undefined && isComparison(parent)) {
    const effect = effectOf(parent, Number(before), Number(after), polarity);
    add('threshold', `threshold ${before} → ${after}`, effect ? { effect } : {});
  } else {
    const word = PARAMETRIC.includes(parent?.name ?? '') ? `${parent?.name} of` : 'number';
    add('number', `${word} ${before} → ${after}`);
  }
}

function polarityOf(parent: Term, operand: number, polarity: Polarity): Polarity {
  if (['and', 'or'].includes(parent.name) || isComparison(parent)) return polarity;
  if (parent.name === 'unless') return operand === 0 ? polarity : opposite(polarity);
  return 'open';
}

/** Whether moving a threshold lets fewer values through. */
function effectOf(
  comparison: Term,
  before: number,
  after: number,
  polarity: Polarity,
): ExpressionChange['effect'] {
  if (polarity === 'open' || comparison.details.includes('bool')) return undefined;
  const above = comparison.name.startsWith('>');
  if (!above && !comparison.name.startsWith('<')) return undefined;
  const fewer = above === after > before;
  return fewer === (polarity === 'asked') ? 'stricter' : 'laxer';
}

type Add = (what: ExpressionChange['what'], text: string) => void;

/** A selector by its name. */
const called = ({ name }: Term) => name || 'series of any name';

function matcherChanges(before: Term, after: Term, add: Add): void {
  const gone = before.details.filter((detail) => !after.details.includes(detail));
  const come = after.details.filter((detail) => !before.details.includes(detail));
  const label = (detail: string) => /^[^=!]*/.exec(detail)?.[0];
  const on = called(after);
  for (const detail of gone) {
    const counterpart = come.findIndex((other) => label(other) === label(detail));
    if (counterpart < 0) add('matcher', `${on} no longer only where ${detail}`);
    else add('matcher', `${on}: ${detail} → ${come.splice(counterpart, 1)[0]}`);
  }
  for (const detail of come) add('matcher', `${on} only where ${detail}`);
}

function detailChanges(before: Term, after: Term, add: Add): void {
  const [gone, come] = [before.details.join(' '), after.details.join(' ')];
  if (gone === come) return;
  if (before.kind === 'aggregation') {
    add('labels', `${after.name} ${gone || 'over all'} → ${come || 'over all'}`);
  } else {
    add('labels', `${after.name}: ${gone || 'matched on all labels'} → ${come || 'matched on all labels'}`);
  }
}

/** Says that `whole` is `part` with something around it. */
function added(part: Term, whole: Term, add: Add, adverb: 'now' | 'no longer'): boolean {
  const place = whole.operands.findIndex((operand) => operand.key === part.key);
  if (place < 0) {
    // A condition in a chain stands further to the left.
    if (!isSetOperator(whole)) return false;
    const [left, right] = whole.operands as [Term, Term];
    if (!chainHolds(left, part)) return false;
    condition(whole, right, add, adverb);
    return added(part, left, add, adverb);
  }
  if (whole.kind === 'binary') {
    const other = whole.operands[1 - place] as Term;
    if (place === 0 || whole.name === 'and' || whole.name === 'or') condition(whole, other, add, adverb);
    else add('expression', `${adverb} ${short(whole.text)}`);
    return true;
  }
  if (whole.kind === 'offset' || whole.kind === 'at' || whole.kind === 'range') {
    add(whole.kind === 'range' ? 'window' : 'offset', `${adverb} ${short(whole.text)}`);
    return true;
  }
  const by = whole.details.length > 0 ? ` ${whole.details.join(' ')}` : '';
  add(whole.kind === 'aggregation' ? 'labels' : 'function', `${adverb} within ${whole.name}${by}`);
  return true;
}

function chainHolds(chain: Term, part: Term): boolean {
  if (chain.key === part.key) return true;
  return isSetOperator(chain) && chainHolds(chain.operands[0] as Term, part);
}

function condition(whole: Term, other: Term, add: Add, adverb: string): void {
  const phrase = { and: 'only while', or: 'also on', unless: 'not while' }[whole.name];
  if (phrase === undefined)
    add(
      isComparison(whole) ? 'comparison' : 'expression',
      `${adverb} ${whole.name} ${short(other.text, 70)}`,
    );
  else add('condition', `${adverb} ${phrase} ${short(other.text, 80)}`);
}
