import { childrenOf, type Expr } from '../promql/ast.js';
import { duration, durationSeconds } from '../promql/duration.js';
import { printExpression } from '../promql/print.js';
import { RuleGraph } from '../rule-files/graph.js';
import { reasonsNotToEvaluate } from '../rule-files/refusals.js';
import type { Group, Rule } from '../rule-files/side.js';
import { type CompileOptions, Compiler, PlanError } from './compile.js';
import type { Leaf } from './leaf.js';
import type { EvaluationNode } from './node.js';
import { Recorded } from './recorded.js';
import { comparedWithNumber, isPlain } from './shapes.js';
import { Mapping } from './vector.js';

/** A rule ready to be evaluated. */
export interface PlannedRule {
  readonly rule: Rule;
  readonly interval: number;
  /** Results that its group allows; 0 for any number. */
  readonly limit: number;
  /** What it asks the server for. */
  readonly leaves: readonly Leaf[];
  /** The node of the whole expression. */
  readonly root: EvaluationNode;
  /** Where a recording rule's results go. */
  readonly recorded?: Recorded;
  readonly relabel?: Mapping;
}

/** The rules of one side, those that no alert needs left out, in the order in which they are evaluated. */
export interface ReplayPlan {
  readonly rules: readonly PlannedRule[];
  readonly leaves: readonly Leaf[];
  /** Alerts that cannot be replayed, with the reason. */
  readonly refused: readonly { readonly rule: Rule; readonly reason: string }[];
}

export interface PlanOptions extends CompileOptions {
  /** Seconds, for groups that name none. */
  readonly evaluationInterval: number;
  /** Whether an alert is wanted. */
  readonly wanted?: (rule: Rule) => boolean;
  /** Recorded series of sides that are evaluated before this one. */
  readonly shared?: SharedRecords;
}

/** Recorded series that several sides have in common are evaluated once. */
export interface SharedRecords {
  /** Everything that the results of a rule depend on, as text. */
  conditionOf(rule: Rule): string;
  /** The series recorded so far, by that text. */
  readonly records: Map<string, Recorded>;
}

const seconds = (text: string) => durationSeconds(duration(text));

// From so many rules on it is cheaper to have all of a selector's series once than what each rule leaves of them.
const OFTEN = 2;

/**
 * The selectors that many rules read as they are now: not over a range, nor at another time. Of one that all of them compare with the
 * same number, the comparison.
 */
function oftenRead(rules: readonly Rule[]): Set<string> {
  const reads = new Map<string, { rules: Set<Rule>; texts: Set<string> }>();
  for (const rule of rules) {
    if (rule.parsed.expression === undefined) continue;
    for (const { selector, text } of plainReads(rule.parsed.expression.root)) {
      const known = reads.get(selector) ?? { rules: new Set(), texts: new Set() };
      reads.set(selector, known);
      known.rules.add(rule);
      known.texts.add(text);
    }
  }
  const often = [...reads].filter(([, read]) => read.rules.size >= OFTEN);
  return new Set(
    often.map(
      ([
        selector,
        {
          texts: [text = selector, ...others],
        },
      ]) => (others.length === 0 ? text : selector),
    ),
  );
}

/** The selectors of an expression, and what it makes of each: the text of the selector, or of its comparison with a number. */
function plainReads(node: Expr): { selector: string; text: string }[] {
  if (node.kind === 'range') return [];
  const selector = comparedWithNumber(node) ?? node;
  if (selector.kind !== 'selector') return childrenOf(node).flatMap(plainReads);
  return isPlain(selector) ? [{ selector: printExpression(selector), text: printExpression(node) }] : [];
}

/** Makes the rules of one side ready. */
export function planOf(groups: readonly Group[], options: PlanOptions): ReplayPlan {
  const { table, wanted = () => true } = options;
  const graph = new RuleGraph(groups.flatMap(({ rules }) => rules));
  const refused: { rule: Rule; reason: string }[] = [];
  const good: Rule[] = [];
  for (const rule of graph.rules) {
    if (rule.kind !== 'alert' || !wanted(rule)) continue;
    const reason = reasonToRefuse(rule, graph, options);
    if (reason === undefined) good.push(rule);
    else refused.push({ rule, reason });
  }
  const needed = graph.recordsFor(good);
  const known = knownRecords([...good, ...needed], groups, graph, options.shared);
  const own = new Map(needed.map((rule) => [rule, known.get(rule) ?? new Recorded(rule.name)]));
  for (const [rule, recorded] of own) options.shared?.records.set(options.shared.conditionOf(rule), recorded);
  const records = recordsNamed(own);
  const chosen = new Set([...good, ...needed]);
  const often = oftenRead([...chosen]);
  const leaves = new Set<Leaf>();
  // Prometheus evaluates each group at its own time within the interval, so the order of two groups is random there; in
  // this order nothing is read one interval late.
  const rules = graph.groupsInOrder(groups).flatMap(({ interval: text, limit, rules: list }) => {
    const interval = intervalOf(text, options);
    return list.flatMap((rule): PlannedRule[] => {
      if (!chosen.has(rule) || known.has(rule)) return [];
      const record = own.get(rule);
      const compiler = new Compiler(rule, records, interval, options, often);
      const root = compiler.compile();
      for (const leaf of compiler.used) leaves.add(leaf);
      const added = Object.keys(rule.labels).length > 0;
      return [
        {
          rule,
          interval,
          limit,
          root,
          leaves: compiler.used,
          ...(record === undefined ? {} : { recorded: record }),
          ...(record !== undefined && added
            ? { relabel: new Mapping(table, (labels) => ({ ...labels, ...rule.labels })) }
            : {}),
        },
      ];
    });
  });
  return { rules, leaves: [...leaves], refused };
}

/**
 * The records that a side before this one evaluates. A rule that comes before a record which it reads sees the evaluation before, so
 * such a record is evaluated again.
 */
function knownRecords(
  rules: readonly Rule[],
  groups: readonly Group[],
  graph: RuleGraph,
  shared: SharedRecords | undefined,
): Map<Rule, Recorded> {
  const known = new Map<Rule, Recorded>();
  if (shared === undefined) return known;
  for (const rule of rules) {
    const recorded = rule.kind === 'record' ? shared.records.get(shared.conditionOf(rule)) : undefined;
    if (recorded !== undefined) known.set(rule, recorded);
  }
  const order = graph.groupsInOrder(groups).flatMap((group) => group.rules);
  const place = new Map(order.map((rule, i) => [rule, i]));
  const at = (rule: Rule) => place.get(rule) ?? 0;
  for (const reader of rules) {
    if (known.has(reader)) continue;
    for (const record of graph.reads(reader)) if (at(record) > at(reader)) known.delete(record);
  }
  return known;
}

/** What each name stands for: several rules may record series of one name. */
function recordsNamed(own: ReadonlyMap<Rule, Recorded>): Map<string, Recorded[]> {
  const named = new Map<string, Recorded[]>();
  for (const [{ name }, recorded] of own) named.set(name, [...(named.get(name) ?? []), recorded]);
  return named;
}

/** Seconds; a group with an interval of 0 is evaluated as often as one that names none. */
const intervalOf = (text: string | undefined, { evaluationInterval }: PlanOptions) =>
  text === undefined ? evaluationInterval : seconds(text) || evaluationInterval;

/** Why an alert cannot be replayed: it must not stop the others. */
function reasonToRefuse(rule: Rule, graph: RuleGraph, options: PlanOptions): string | undefined {
  const needed = graph.recordsFor([rule]);
  for (const one of [rule, ...needed]) {
    const [reason] = reasonsNotToEvaluate(one);
    if (reason !== undefined) return `${one.file}: ${one.name}: ${reason}`;
  }
  const records = recordsNamed(new Map(needed.map((one) => [one, new Recorded(one.name)])));
  const trial = { ...options, leaves: new Map<string, Leaf>() };
  try {
    for (const one of [rule, ...needed]) new Compiler(one, records, 1, trial, new Set()).compile();
    return undefined;
  } catch (error) {
    if (error instanceof PlanError) return error.message;
    throw error;
  }
}
