import type { SyntaxNode } from '@lezer/common';
import { duration, durationSeconds } from '../promql/duration.js';
import {
  calledBy,
  labelsIn,
  nodesOf,
  operandsOf,
  parse,
  selectorOf,
  selectorsIn,
  selectorsOf,
  type Tree,
  textOf,
  unquote,
} from '../promql/syntax.js';
import type { Group, Rule } from '../rule-files/parse.js';
import {
  Absent,
  Aggregation,
  aggregations,
  Binary,
  Constant,
  Conversion,
  type Filter,
  LabelReplace,
  Leaf,
  type Matching,
  OverTime,
  overTimeFunctions,
  type Part,
  Recorded,
  Reference,
  SetOperation,
  Time,
  ValueFunction,
} from './nodes.js';
import { type LabelTable, Mapping } from './vector.js';

/** A rule that cannot be replayed; the message says why. */
class PlanError extends Error {
  override readonly name = 'PlanError';
}

/** A rule ready to be evaluated. */
export interface PlannedRule {
  readonly rule: Rule;
  readonly interval: number;
  readonly part: Part;
  /** Where a recording rule's results go. */
  readonly recorded?: Recorded;
  readonly relabel?: Mapping;
}

/** The rules of one side, those that no alert needs left out, in the order in which they are evaluated. */
export interface Plan {
  readonly rules: readonly PlannedRule[];
  readonly leaves: readonly Leaf[];
  /** Alerts that cannot be replayed, with the reason. */
  readonly refused: readonly { readonly rule: Rule; readonly reason: string }[];
}

export interface PlanOptions {
  readonly table: LabelTable;
  /** Seconds, for groups that name none. */
  readonly evaluationInterval: number;
  /** Leaves by their text and interval: both sides ask for each only once. */
  readonly leaves: Map<string, Leaf>;
  readonly leftOpen: boolean;
  /** Whether an alert is wanted. */
  readonly wanted?: (rule: Rule) => boolean;
}

const seconds = (text: string) => durationSeconds(duration(text));

/** The recording rules that some rules need, directly or through others. */
export function neededRecords(rules: readonly Rule[], wanted: readonly Rule[]): Set<string> {
  const readBy = new Map<string, Set<string>>();
  for (const { kind, name, expr } of rules) {
    if (kind !== 'record') continue;
    const read = readBy.get(name) ?? new Set();
    for (const one of selectorsIn(expr)) read.add(one);
    readBy.set(name, read);
  }
  const needed = new Set<string>();
  const visit = (expr: string) => {
    for (const name of selectorsIn(expr)) {
      if (!readBy.has(name) || needed.has(name)) continue;
      needed.add(name);
      for (const { expr: own } of rules.filter((rule) => rule.kind === 'record' && rule.name === name))
        visit(own);
    }
  };
  for (const { expr } of wanted) visit(expr);
  return needed;
}

// From so many rules on it is cheaper to have all of a selector's series once than what each rule leaves of them.
const OFTEN = 2;
const NOT_AS_IS = ['MatrixSelector', 'SubqueryExpr', 'OffsetExpr', 'StepInvariantExpr'];

/** The selectors that many rules read as they are now: not over a range, nor at another time. */
function oftenRead(rules: readonly Rule[]): Set<string> {
  const counts = new Map<string, number>();
  for (const { expr } of rules) {
    const tree = parse(expr);
    if (tree === undefined) continue;
    const asIs = nodesOf(tree, 'VectorSelector').filter(
      ({ parent }) => parent === null || !NOT_AS_IS.includes(parent.name),
    );
    for (const text of new Set(asIs.map((node) => textOf(tree, node)))) {
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
  }
  return new Set([...counts].filter(([, count]) => count >= OFTEN).map(([text]) => text));
}

/** Makes the rules of one side ready. */
export function planOf(groups: readonly Group[], options: PlanOptions): Plan {
  const { table, wanted = () => true } = options;
  const all = groups.flatMap(({ rules }) => rules);
  const alerts = all.filter((rule) => rule.kind === 'alert' && wanted(rule));
  const refused: { rule: Rule; reason: string }[] = [];
  const good = alerts.filter((rule) => {
    try {
      // Once for the faults only: an alert that cannot be replayed must not stop the others.
      const records = new Map<string, Recorded>();
      const needed = neededRecords(all, [rule]);
      for (const name of needed) {
        if (all.filter((one) => one.kind === 'record' && one.name === name).length > 1) {
          throw new PlanError(`${rule.file}: ${rule.name}: reads ${name}, which several rules record`);
        }
      }
      for (const name of needed) records.set(name, new Recorded(name));
      const trial = { ...options, leaves: new Map<string, Leaf>() };
      for (const one of [rule, ...all.filter(({ kind, name }) => kind === 'record' && needed.has(name))]) {
        new Compiler(one, records, 1, trial, new Set()).compile();
      }
      return true;
    } catch (error) {
      if (!(error instanceof PlanError)) throw error;
      refused.push({ rule, reason: error.message });
      return false;
    }
  });
  const needed = neededRecords(all, good);
  const records = new Map([...needed].map((name) => [name, new Recorded(name)]));
  const often = oftenRead([
    ...good,
    ...all.filter(({ kind, name }) => kind === 'record' && needed.has(name)),
  ]);
  const own = new Set<Leaf>();
  const chosen = new Set(good);
  const rules = inOrder(groups).flatMap(({ interval: text, rules: list }) => {
    const interval = text === undefined ? options.evaluationInterval : seconds(text);
    return list.flatMap((rule): PlannedRule[] => {
      const record = rule.kind === 'record' ? records.get(rule.name) : undefined;
      if (rule.kind === 'record' ? record === undefined : !chosen.has(rule)) return [];
      const compiler = new Compiler(rule, records, interval, options, often);
      const part = compiler.compile();
      for (const leaf of compiler.used) own.add(leaf);
      const added = Object.keys(rule.labels).length > 0;
      return [
        {
          rule,
          interval,
          part,
          ...(record === undefined ? {} : { recorded: record }),
          ...(record !== undefined && added
            ? { relabel: new Mapping(table, (labels) => ({ ...labels, ...rule.labels })) }
            : {}),
        },
      ];
    });
  });
  return { rules, leaves: [...own], refused };
}

/**
 * Groups that record before those that read. Prometheus evaluates each group at a moment of its own within the
 * interval, so which of two comes first is chance there; this is the order in which nothing is read one interval late.
 */
function inOrder(groups: readonly Group[]): Group[] {
  const ordered = new Set<Group>();
  const begun = new Set<Group>();
  const visit = (group: Group) => {
    if (begun.has(group)) return;
    begun.add(group);
    const read = new Set(group.rules.flatMap(({ expr }) => selectorsIn(expr)));
    for (const other of groups) {
      if (other.rules.some(({ kind, name }) => kind === 'record' && read.has(name))) visit(other);
    }
    ordered.add(group);
  };
  for (const group of groups) visit(group);
  return [...ordered];
}

const UNDECIDED: Matching = { on: false, labels: [], include: [] };

const FUNCTIONS: Readonly<Record<string, (value: number, ...more: number[]) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sqrt: Math.sqrt,
  sgn: Math.sign,
  round: (value, to = 1) => {
    const inverse = 1 / to;
    return Math.floor(value * inverse + 0.5) / inverse;
  },
  clamp_min: (value, least = 0) => Math.max(value, least),
  clamp_max: (value, most = 0) => Math.min(value, most),
  clamp: (value, least = 0, most = 0) => Math.max(least, Math.min(most, value)),
};

class Compiler {
  readonly used: Leaf[] = [];
  readonly #tree: Tree;

  constructor(
    private readonly rule: Rule,
    private readonly records: ReadonlyMap<string, Recorded>,
    private readonly interval: number,
    private readonly options: PlanOptions,
    /** Selectors of which all series are asked for anyway. */
    private readonly often: ReadonlySet<string>,
  ) {
    const tree = parse(rule.expr);
    if (tree === undefined) throw this.fault('cannot be parsed');
    this.#tree = tree;
  }

  compile(): Part {
    return this.#part(this.#tree.root);
  }

  private fault(reason: string): PlanError {
    return new PlanError(`${this.rule.file}: ${this.rule.name}: ${reason}`);
  }

  #unknown(what: string): PlanError {
    return this.fault(
      `${what} over a recorded series is not replayed; expected one of ${[...overTimeFunctions, ...aggregations].join(', ')}, simple functions and operators`,
    );
  }

  #text(node: SyntaxNode): string {
    return textOf(this.#tree, node);
  }

  #part(node: SyntaxNode): Part {
    const selectors = selectorsOf({ text: this.#tree.text, root: node });
    const derived = selectors.some(({ name }) => this.records.has(name));
    // scalar() has no labels for a range query to give back, so its argument is asked for instead.
    const scalar = node.name === 'FunctionCall' && calledBy(this.#tree, node) === 'scalar';
    if (selectors.length > 0 && !derived && !scalar) {
      if (this.#isStamp(node)) {
        // Prometheus 2.42 takes six times as long for timestamp() as for the selector: the samples themselves tell.
        const selector = this.#text(operandsOf(node)[0] as SyntaxNode);
        const { table } = this.options;
        return new SetOperation('and', this.#leaf(selector, true), this.#leaf(selector), UNDECIDED, table);
      }
      return this.#dividedLeaf(node) ?? this.#leaf(this.#text(node));
    }
    return this.#evaluated(node);
  }

  /** A part whose operation is done here. */
  #evaluated(node: SyntaxNode): Part {
    const { table } = this.options;
    switch (node.name) {
      case 'ParenExpr':
        return this.#part(operandsOf(node)[0] as SyntaxNode);
      case 'NumberDurationLiteral': {
        const text = this.#text(node);
        const value = /^[+-]?inf$/i.test(text)
          ? text.startsWith('-')
            ? Number.NEGATIVE_INFINITY
            : Number.POSITIVE_INFINITY
          : /^nan$/i.test(text)
            ? Number.NaN
            : Number(text);
        if (Number.isNaN(value) && !/^nan$/i.test(text)) return new Constant(seconds(text));
        return new Constant(value);
      }
      case 'UnaryExpr': {
        const operand = this.#part(operandsOf(node)[0] as SyntaxNode);
        return this.#text(node).startsWith('-') ? new ValueFunction(operand, (value) => -value) : operand;
      }
      case 'VectorSelector': {
        return new Reference(this.#recorded(node), this.#filter(node), false);
      }
      case 'BinaryExpr':
        return this.#binary(node);
      case 'AggregateExpr': {
        const operation = calledBy(this.#tree, node);
        const operands = operandsOf(node);
        if (!aggregations.includes(operation)) throw this.#unknown(`${operation}()`);
        const modifier = node.getChild('AggregateModifier');
        const grouping = modifier?.getChild('GroupingLabels');
        const labels = grouping == null ? [] : labelsIn(this.#tree, grouping);
        const without = modifier?.getChild('Without') != null;
        return new Aggregation(operation, this.#part(operands[0] as SyntaxNode), without, labels, table);
      }
      case 'FunctionCall':
        return this.#call(node);
      default:
        throw this.#unknown(`${this.#text(node)}:`);
    }
  }

  #isStamp(node: SyntaxNode): boolean {
    const [operand] = operandsOf(node);
    return (
      node.name === 'FunctionCall' &&
      calledBy(this.#tree, node) === 'timestamp' &&
      operand?.name === 'VectorSelector'
    );
  }

  /**
   * A part that is cheaper to do here than on the server: arithmetic between two vectors costs the server several times what
   * it costs to hand out both sides, and us next to nothing while they stand still; and what is asked for anyway costs it
   * nothing. Undefined for others, and for what only the server can do.
   */
  #dividedLeaf(node: SyntaxNode): Part | undefined {
    const tree = { text: this.#tree.text, root: node };
    // Names are not kept here: series of several names with the same labels would be one.
    if (selectorsOf(tree).some(({ name }) => name === '')) return undefined;
    const isVector = (one: SyntaxNode) => selectorsOf({ ...tree, root: one }).length > 0;
    const divisible = nodesOf(tree, 'BinaryExpr').some((binary) => {
      const [left, right] = operandsOf(binary) as [SyntaxNode, SyntaxNode];
      if (!isVector(left) || !isVector(right)) return false;
      return !['and', 'or', 'unless'].includes(this.#text(this.#operator(left)).toLowerCase());
    });
    // Its operand is asked for anyway.
    const shared =
      node.name === 'AggregateExpr' &&
      this.options.leaves.has(`${this.interval} ${this.#text(operandsOf(node).at(-1) as SyntaxNode)}`);
    // Nothing of it is another time's, and its selectors are asked for as a whole.
    const isAsIs =
      node.name !== 'VectorSelector' &&
      selectorsOf(tree).every(({ node: one }) => this.often.has(this.#text(one))) &&
      [...NOT_AS_IS, 'FunctionCall'].every((kind) => nodesOf(tree, kind).length === 0);
    if (!divisible && !shared && !isAsIs) return undefined;
    const { used, options } = this;
    const known = new Set(options.leaves.keys());
    const before = used.length;
    try {
      return this.#evaluated(node);
    } catch (error) {
      if (!(error instanceof PlanError)) throw error;
      used.length = before;
      for (const key of options.leaves.keys()) if (!known.has(key)) options.leaves.delete(key);
      return undefined;
    }
  }

  #leaf(expr: string, stamps = false): Leaf {
    const key = `${this.interval} ${stamps ? 'stamps ' : ''}${expr}`;
    let leaf = this.options.leaves.get(key);
    if (leaf === undefined) {
      leaf = new Leaf(expr, this.interval, stamps);
      this.options.leaves.set(key, leaf);
    }
    this.used.push(leaf);
    return leaf;
  }

  #recorded(selector: SyntaxNode): Recorded {
    const recorded = this.records.get(selectorOf(this.#tree, selector).name);
    if (recorded === undefined) throw this.#unknown(`${this.#text(selector)}:`);
    return recorded;
  }

  #filter(node: SyntaxNode): Filter | undefined {
    const { matchers } = selectorOf(this.#tree, node);
    if (matchers.length === 0) return undefined;
    const tests = matchers.map(({ label, operator, value }) => {
      if (label === '__name__')
        throw this.fault(`${this.#text(node)}: found a matcher of the name beside the name`);
      const regex = operator.endsWith('~') ? new RegExp(`^(?:${value})$`, 's') : undefined;
      return (labels: Readonly<Record<string, string>>) => {
        const found = labels[label] ?? '';
        return (regex === undefined ? found === value : regex.test(found)) === operator.startsWith('=');
      };
    });
    const { table } = this.options;
    const known = new Map<number, boolean>();
    return (id) => {
      let answer = known.get(id);
      if (answer === undefined) {
        const labels = table.labels(id);
        answer = tests.every((test) => test(labels));
        known.set(id, answer);
      }
      return answer;
    };
  }

  #binary(node: SyntaxNode): Part {
    const { table } = this.options;
    const [leftNode, rightNode] = operandsOf(node) as [SyntaxNode, SyntaxNode];
    const operatorNode = this.#operator(leftNode);
    const operator = this.#text(operatorNode).toLowerCase();
    const left = this.#part(leftNode);
    const right = this.#part(rightNode);
    const matching = this.#matching(node.getChild('MatchingModifierClause'));
    if (['and', 'or', 'unless'].includes(operator))
      return new SetOperation(operator, left, right, matching, table);
    return new Binary(operator, node.getChild('BoolModifier') !== null, left, right, matching, table);
  }

  #operator(left: SyntaxNode): SyntaxNode {
    let at = left.nextSibling;
    while (at !== null && at.name === 'LineComment') at = at.nextSibling;
    return at as SyntaxNode;
  }

  #matching(clause: SyntaxNode | null): Matching {
    if (clause === null) return UNDECIDED;
    const lists = clause.getChildren('GroupingLabels').map((list) => labelsIn(this.#tree, list));
    const group = clause.getChild('GroupLeft') ? 'left' : clause.getChild('GroupRight') ? 'right' : undefined;
    return {
      on: clause.getChild('On') !== null,
      labels: lists[0] ?? [],
      include: lists[1] ?? [],
      ...(group === undefined ? {} : { group }),
    };
  }

  #call(node: SyntaxNode): Part {
    const { table, leftOpen } = this.options;
    const name = calledBy(this.#tree, node);
    const args = operandsOf(node);
    const [first] = args;
    if (name === 'time') return new Time();
    if (overTimeFunctions.includes(name) && first?.name === 'MatrixSelector') {
      const selector = operandsOf(first)[0] as SyntaxNode;
      if (selector.name !== 'VectorSelector') throw this.#unknown(`${this.#text(first)}:`);
      const recorded = this.#recorded(selector);
      const length = this.#text(first)
        .slice(selector.to - first.from)
        .trim()
        .slice(1, -1)
        .trim();
      return new OverTime(name, recorded, this.#filter(selector), seconds(length), leftOpen);
    }
    if (name === 'timestamp' && first?.name === 'VectorSelector') {
      return new Reference(this.#recorded(first), this.#filter(first), true);
    }
    if (name === 'vector' || name === 'scalar') {
      return new Conversion(this.#part(first as SyntaxNode), name === 'scalar', table.intern({}));
    }
    if (name === 'absent') {
      const equal =
        first?.name === 'VectorSelector'
          ? selectorOf(this.#tree, first).matchers.filter(({ operator }) => operator === '=')
          : [];
      const labels = Object.fromEntries(equal.map(({ label, value }) => [label, value]));
      return new Absent(this.#part(first as SyntaxNode), table.intern(labels));
    }
    if (name === 'label_replace') {
      const [to, replacement, from, pattern] = args.slice(1).map((arg) => unquote(this.#text(arg))) as [
        string,
        string,
        string,
        string,
      ];
      const regex = new RegExp(`^(?:${pattern})$`, 's');
      return new LabelReplace(
        this.#part(first as SyntaxNode),
        (labels) => {
          const value = labels[from] ?? '';
          return regex.test(value)
            ? { ...labels, [to]: value.replace(regex, replacement.replace(/\$\{(\w+)\}/g, '$$$1')) }
            : labels;
        },
        table,
      );
    }
    const change = FUNCTIONS[name];
    if (change === undefined || first === undefined) throw this.#unknown(`${name}()`);
    return new ValueFunction(
      this.#part(first),
      change,
      args.slice(1).map((arg) => this.#part(arg)),
    );
  }
}
