import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { duration, durationOf, durationSeconds } from '../../src/promql/duration.js';
import { tryParse } from '../../src/promql/parse.js';
import { faultsOf } from '../../src/promql/validate.js';
import type { RuleObject } from '../../src/renderers/prometheus/rules.js';

/** A rule with one small fault. `what` names the fault and is stable as long as the rule is. */
export interface Mutant {
  readonly rule: string;
  readonly what: string;
  readonly mutated: RuleObject;
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly kind: string;
}

const COMPARATORS: Readonly<Record<string, readonly string[]>> = {
  '>': ['>=', '<'],
  '>=': ['>', '<'],
  '<': ['<=', '>'],
  '<=': ['<', '>'],
  '==': ['!='],
  '!=': ['=='],
};
const ARITHMETIC: Readonly<Record<string, string>> = { '+': '-', '-': '+', '*': '/', '/': '*' };
const SETS: Readonly<Record<string, readonly string[]>> = {
  and: ['unless'],
  unless: ['and'],
  or: ['and', 'unless'],
};
const AGGREGATIONS: Readonly<Record<string, readonly string[]>> = {
  max: ['min', 'sum'],
  min: ['max', 'sum'],
  sum: ['max', 'min'],
  count: ['sum'],
};
const FUNCTIONS: Readonly<Record<string, readonly string[]>> = {
  last_over_time: ['count_over_time', 'first_over_time'],
  max_over_time: ['min_over_time'],
  sum_over_time: ['max_over_time', 'count_over_time'],
  increase: ['rate'],
  rate: ['increase'],
  changes: ['count_over_time'],

  timestamp: ['abs'],
};

/** Words are edited where they stand, so this reads the tree of the grammar with its words, not the tree of what they mean. */
function edits(text: string): Edit[] {
  const textOf = ({ from, to }: SyntaxNode) => text.slice(from, to);
  const found: Edit[] = [];
  const replace = ({ from, to }: SyntaxNode, by: string, kind: string) =>
    found.push({ from, to, text: by, kind });
  const visit = (node: SyntaxNode) => {
    switch (node.name) {
      case 'NumberDurationLiteral': {
        const value = Number(textOf(node));
        const others = value === 0 ? [1] : value === 1 ? [0, 2] : [value * 1.1, value * 0.9];
        for (const other of others) replace(node, String(Number(other.toPrecision(6))), 'number');
        break;
      }
      case 'NumberDurationLiteralInDurationContext': {
        const seconds = durationSeconds(duration(textOf(node)));
        for (const other of [seconds * 2, seconds / 2])
          replace(node, durationOf(Math.round(other)), 'window');
        break;
      }
      case 'BinaryExpr':
        binary(node);
        break;
      case 'AggregateExpr': {
        const operation = node.getChild('AggregateOp') as SyntaxNode;
        for (const other of AGGREGATIONS[textOf(operation).toLowerCase()] ?? [])
          replace(operation, other, 'aggregation');
        break;
      }
      case 'FunctionCall': {
        const identifier = node.getChild('FunctionIdentifier') as SyntaxNode;
        for (const other of FUNCTIONS[textOf(identifier)] ?? []) replace(identifier, other, 'function');
        break;
      }
      case 'UnquotedLabelMatcher': {
        const operator = node.getChild('MatchOp') as SyntaxNode;
        const opposite = { '=': '!=', '!=': '=', '=~': '!~', '!~': '=~' }[textOf(operator)] as string;
        replace(operator, opposite, 'matcher');
        dropFromList(node, 'matcher');
        break;
      }
      case 'LabelName':
        if (node.parent?.name === 'GroupingLabels') dropFromList(node, 'label');
        break;
      case 'OffsetExpr':
        replace(node, textOf(node.firstChild as SyntaxNode), 'offset');
        break;
    }
    for (let child = node.firstChild; child !== null; child = child.nextSibling) visit(child);
  };

  /** Removes a member of a comma-separated list, with the comma that goes with it. */
  function dropFromList(node: SyntaxNode, kind: string) {
    const before = /,\s*$/.exec(text.slice(0, node.from));
    const after = /^\s*,\s*/.exec(text.slice(node.to));
    found.push({
      from: node.from - (before?.[0].length ?? 0),
      to: node.to + (before === null ? (after?.[0].length ?? 0) : 0),
      text: '',
      kind: `${kind} dropped`,
    });
  }

  function binary(node: SyntaxNode) {
    const [left, right] = node.getChildren('Expr') as [SyntaxNode, SyntaxNode];
    for (let child = left.nextSibling; child !== null && child.from < right.from; child = child.nextSibling) {
      const operator = textOf(child);
      for (const other of COMPARATORS[operator] ?? []) replace(child, other, 'comparator');
      if (ARITHMETIC[operator] !== undefined) replace(child, ARITHMETIC[operator], 'arithmetic');
      if (SETS[operator] !== undefined) {
        for (const other of SETS[operator]) replace(child, other, 'set operator');
        found.push({ from: left.to, to: right.to, text: '', kind: `right side of ${operator} dropped` });
        if (operator === 'or')
          found.push({ from: left.from, to: right.from, text: '', kind: 'left side of or dropped' });
      }
    }
  }

  visit(parser.parse(text).topNode);
  return found;
}

const oneLine = (text: string) =>
  text
    .replace(/#[^\n]*/g, '')
    .replace(/\s+/g, ' ')
    .trim();

/**
 * All mutants of a rule: thresholds, comparators, windows, offsets, set operators and their sides, matchers, grouping and join labels,
 * aggregations, functions, arithmetic, and the time an alert has to hold. Those that Prometheus would refuse are left out.
 */
export function mutantsOf(rule: RuleObject): Mutant[] {
  const name = rule.alert ?? rule.record ?? '';
  const { error } = tryParse(rule.expr);
  if (error !== undefined) throw new Error(`${name}: the expression does not parse: ${error.message}`);
  const counts = new Map<string, number>();
  const described = (what: string) => {
    const count = (counts.get(what) ?? 0) + 1;
    counts.set(what, count);
    return count === 1 ? what : `${what} (${count})`;
  };
  const mutants = edits(rule.expr).flatMap(({ from, to, text, kind }): Mutant[] => {
    const expr = rule.expr.slice(0, from) + text + rule.expr.slice(to);
    if (oneLine(expr) === oneLine(rule.expr) || faultsOf(expr).length > 0) return [];
    const place = oneLine(rule.expr.slice(Math.max(0, from - 40), from)).slice(-28);
    const before = oneLine(rule.expr.slice(from, to)).slice(0, 60);
    return [
      { rule: name, what: described(`${kind}: …${place} [${before} → ${text}]`), mutated: { ...rule, expr } },
    ];
  });
  const durations: Mutant[] = [];
  if (rule.alert !== undefined) {
    const { for: before, ...without } = rule;
    if (before !== undefined) {
      const seconds = durationSeconds(duration(before));
      durations.push({ rule: name, what: 'for dropped', mutated: without });
      for (const other of [seconds + 30, seconds - 30]) {
        if (other > 0)
          durations.push({
            rule: name,
            what: `for: [${before} → ${durationOf(other)}]`,
            mutated: { ...rule, for: durationOf(other) },
          });
      }
    } else {
      durations.push({ rule: name, what: 'for: [none → 1m]', mutated: { ...rule, for: '1m' } });
    }
    const { keep_firing_for: keepFiringFor, ...withoutKeepFiringFor } = rule;
    if (keepFiringFor !== undefined)
      durations.push({ rule: name, what: 'keep_firing_for dropped', mutated: withoutKeepFiringFor });
  }
  return [...mutants, ...durations];
}
