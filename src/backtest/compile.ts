import {
  type Aggregation,
  type Binary,
  type Call,
  childrenOf,
  type Expr,
  type RangeSelector,
  TRIM_OPERATORS,
  unknownKind,
  type VectorSelector,
} from '../promql/ast.js';
import { pinnedMatchers } from '../promql/labels.js';
import { labelMatchersOf, matchesValue, nameOf, readsName, selectorsOf } from '../promql/names.js';
import { printExpression } from '../promql/print.js';
import { compilePattern, type Pattern, PatternError } from '../promql/regexp.js';
import type { Rule } from '../rule-files/side.js';
import { BinaryEvaluation, SetOperation } from './binary.js';
import {
  Absent,
  AggregationEvaluation,
  aggregations,
  Conversion,
  LabelReplace,
  ValueFunction,
} from './functions.js';
import { Leaf } from './leaf.js';
import { Constant, type EvaluationNode, Time } from './node.js';
import { OverTime, overTimeFunctions } from './over-time.js';
import type { Recorded } from './recorded.js';
import { type Filter, PastReference, Reference } from './references.js';
import {
  hasVectorArithmetic,
  isFiltered,
  isPlain,
  isSet,
  matchingOf,
  stampedBy,
  UNDECIDED,
} from './shapes.js';
import { unionOf } from './union.js';
import { VALUE_FUNCTIONS } from './value-functions.js';
import type { LabelTable } from './vector.js';
import { withoutZeros } from './zeros.js';

/** A rule that cannot be replayed; the message says why. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}

export interface CompileOptions {
  readonly table: LabelTable;
  /** Leaves by their text and interval: both sides ask for each only once. */
  readonly leaves: Map<string, Leaf>;
  /** Whether the server is Prometheus 3: ranges leave out their begin, and a dot matches a line feed. */
  readonly leftOpen: boolean;
}

/** The query for a part of an expression. */
const asked = (node: Expr) => printExpression(withoutZeros(node));

/** Turns the expression of a rule into nodes that are evaluated here, and leaves that the server answers. */
export class Compiler {
  readonly used: Leaf[] = [];

  constructor(
    private readonly rule: Rule,
    private readonly records: ReadonlyMap<string, readonly Recorded[]>,
    private readonly interval: number,
    private readonly options: CompileOptions,
    /** Selectors, and comparisons of a selector with a number, that are asked for anyway. */
    private readonly often: ReadonlySet<string>,
  ) {}

  compile(): EvaluationNode {
    const { expression, error } = this.rule.parsed;
    if (error !== undefined) throw this.#fault(`cannot be parsed: ${error.message}`);
    return this.#compiled(expression.root);
  }

  #fault(reason: string): PlanError {
    return new PlanError(`${this.rule.file}: ${this.rule.name}: ${reason}`);
  }

  #unknown(what: string): PlanError {
    return this.#fault(
      `${what} over a recorded series is not replayed; expected one of ${[...overTimeFunctions, ...aggregations].join(', ')}, simple functions and operators`,
    );
  }

  #compiled(node: Expr): EvaluationNode {
    const selectors = selectorsOf(node);
    const derived = selectors.filter((selector) => this.#readsRecorded(selector)).length > 0;
    // scalar() has no labels for a range query to give back, so its argument is asked for instead.
    const scalar = node.kind === 'call' && node.function === 'scalar';
    if (selectors.length > 0 && !derived && !scalar) {
      const stamped = stampedBy(node);
      if (stamped !== undefined) {
        // Prometheus 2.42 takes six times as long for timestamp() as for the selector: the samples have the same times.
        const { table } = this.options;
        return new SetOperation('and', this.#leaf(stamped, true), this.#leaf(stamped), UNDECIDED, table);
      }
      return this.#dividedLeaf(node) ?? this.#leaf(node);
    }
    return this.#evaluated(node);
  }

  /** Whether a selector reads a series that is recorded here. An alert with a pattern that cannot be evaluated was refused before. */
  #readsRecorded(selector: VectorSelector): boolean {
    const name = nameOf(selector);
    if (name !== undefined) return this.records.has(name);
    const read = [...this.records.keys()].find((record) => readsName(selector, record));
    if (read === undefined) return false;
    throw this.#fault(
      `${printExpression(selector)} may read ${read}; a recorded series must be selected by name`,
    );
  }

  /** A node whose operation is done here. */
  #evaluated(node: Expr): EvaluationNode {
    switch (node.kind) {
      case 'number':
        return new Constant(node.value);
      case 'unary': {
        const operand = this.#compiled(node.operand);
        return node.operator === '-' ? new ValueFunction(operand, (value) => -value) : operand;
      }
      case 'selector':
        return this.#reference(node);
      case 'binary':
        return this.#binary(node);
      case 'aggregation':
        return this.#aggregation(node);
      case 'call':
        return this.#call(node);
      case 'string':
      case 'variable':
      case 'range':
      case 'subquery':
        throw this.#unknown(`${printExpression(node)}:`);
      default:
        return unknownKind(node);
    }
  }

  /**
   * A node that is cheaper to do here than on the server: arithmetic between two vectors costs the server several times what
   * it costs to hand out both sides, and us next to nothing while they stand still; and what is asked for anyway costs it
   * nothing. Undefined for others, and for what only the server can do.
   */
  #dividedLeaf(node: Expr): EvaluationNode | undefined {
    const selectors = selectorsOf(node);
    // Names are not kept here: series of several names with the same labels would be one.
    if (selectors.some((selector) => nameOf(selector) === undefined)) return undefined;
    const { used, options } = this;
    if (this.often.has(printExpression(node))) return undefined;
    const isCheaper =
      hasVectorArithmetic(node) ||
      // Its operand is asked for anyway.
      (node.kind === 'aggregation' && options.leaves.has(this.#key(node.operand, false))) ||
      this.#isAtHand(node) ||
      this.#joinsFew(node);
    if (!isCheaper) return undefined;
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

  /** Whether nothing of an expression is another time's, and all that it reads is asked for anyway. */
  #isAtHand(node: Expr): boolean {
    if (this.often.has(printExpression(node))) return true;
    // A range and a subquery are arguments of a call.
    if (node.kind === 'selector' || node.kind === 'call') return false;
    return childrenOf(node).every((child) => this.#isAtHand(child));
  }

  /** Whether a set operator joins few series with what is asked for anyway. */
  #joinsFew(node: Expr): boolean {
    if (node.kind !== 'binary' || !isSet(node)) return false;
    const { left, right } = node;
    return (isFiltered(left) && this.#isAtHand(right)) || (isFiltered(right) && this.#isAtHand(left));
  }

  #key(node: Expr, stamps: boolean): string {
    return `${this.interval} ${stamps ? 'stamps ' : ''}${asked(node)}`;
  }

  #leaf(node: Expr, stamps = false): Leaf {
    const key = this.#key(node, stamps);
    let leaf = this.options.leaves.get(key);
    if (leaf === undefined) {
      leaf = new Leaf(asked(node), this.interval, stamps);
      this.options.leaves.set(key, leaf);
    }
    this.used.push(leaf);
    return leaf;
  }

  #recorded(selector: VectorSelector): readonly Recorded[] {
    const recorded = this.records.get(nameOf(selector) ?? '');
    if (recorded === undefined || !isPlain(selector)) throw this.#unknown(`${printExpression(selector)}:`);
    return recorded;
  }

  /** A recorded series, and how many seconds ago. What is still to come is known to nothing that was recorded. */
  #shifted(selector: VectorSelector): { recorded: readonly Recorded[]; offset: number } {
    const { offset, ...present } = selector;
    if (offset === undefined) return { recorded: this.#recorded(present), offset: 0 };
    if (offset.kind !== 'duration' || offset.seconds < 0)
      throw this.#unknown(`${printExpression(selector)}:`);
    return { recorded: this.#recorded(present), offset: offset.seconds };
  }

  /** @param ofTime whether it is the argument of `timestamp()` */
  #reference(node: VectorSelector, ofTime = false): EvaluationNode {
    const { recorded, offset } = this.#shifted(node);
    const filter = this.#filter(node);
    return unionOf(
      recorded.map((one) =>
        offset === 0 ? new Reference(one, filter, ofTime) : new PastReference(one, filter, offset, ofTime),
      ),
    );
  }

  #filter(node: VectorSelector): Filter | undefined {
    const matchers = labelMatchersOf(node);
    if (node.matchers.length - matchers.length > 1)
      throw this.#fault(`${printExpression(node)}: found a matcher of the name beside the name`);
    if (matchers.length === 0) return undefined;
    const { table, leftOpen } = this.options;
    const options = { dotMatchesLineFeed: leftOpen };
    const known = new Map<number, boolean>();
    return (id) => {
      let answer = known.get(id);
      if (answer === undefined) {
        const labels = table.labels(id);
        answer = matchers.every((matcher) => matchesValue(matcher, labels[matcher.label] ?? '', options));
        known.set(id, answer);
      }
      return answer;
    };
  }

  #aggregation(node: Aggregation): EvaluationNode {
    const { operator, grouping, operand } = node;
    // None of these has a parameter.
    if (!aggregations.includes(operator)) throw this.#unknown(`${operator}()`);
    const { without = false, labels = [] } = grouping ?? {};
    return new AggregationEvaluation(operator, this.#compiled(operand), without, labels, this.options.table);
  }

  #binary(node: Binary): EvaluationNode {
    const { table } = this.options;
    const { operator, bool, fill } = node;
    if (fill !== undefined || (TRIM_OPERATORS as readonly string[]).includes(operator)) {
      throw this.#unknown(`${fill === undefined ? operator : 'fill'}`);
    }
    const left = this.#compiled(node.left);
    const right = this.#compiled(node.right);
    const matching = matchingOf(node);
    return isSet(node)
      ? new SetOperation(operator, left, right, matching, table)
      : new BinaryEvaluation(operator, bool, left, right, matching, table);
  }

  #call(node: Call): EvaluationNode {
    const { table } = this.options;
    const { function: name, args } = node;
    const [first, ...more] = args;
    if (name === 'time') return new Time();
    if (first?.kind === 'range' && overTimeFunctions.includes(name)) return this.#overTime(name, first);
    if (name === 'timestamp' && first?.kind === 'selector') return this.#reference(first, true);
    if (first === undefined) throw this.#unknown(`${name}()`);
    if (name === 'vector' || name === 'scalar') {
      return new Conversion(this.#compiled(first), name === 'scalar', table.intern({}));
    }
    if (name === 'absent') {
      const pinned = pinnedMatchers(first).map(({ label, value }) => [label, value] as const);
      return new Absent(this.#compiled(first), table.intern(Object.fromEntries(pinned)));
    }
    if (name === 'label_replace') return this.#labelReplace(node, first);
    const change = VALUE_FUNCTIONS[name];
    if (change === undefined) throw this.#unknown(`${name}()`);
    return new ValueFunction(
      this.#compiled(first),
      change,
      more.map((argument) => this.#compiled(argument)),
    );
  }

  #overTime(name: string, { selector, range }: RangeSelector): EvaluationNode {
    const { recorded, offset } = this.#shifted(selector);
    if (range.kind !== 'duration') throw this.#unknown(`${name}() over a calculated range`);
    const filter = this.#filter(selector);
    const { seconds } = range;
    return unionOf(
      recorded.map((one) => new OverTime(name, one, filter, seconds, this.options.leftOpen, offset)),
    );
  }

  #labelReplace(node: Call, operand: Expr): EvaluationNode {
    const [to, replacement, from, pattern] = node.args.slice(1).map((argument) => {
      if (argument.kind !== 'string') throw this.#fault(`${printExpression(argument)}: expected a string`);
      return argument.value;
    }) as [string, string, string, string];
    const compiled = this.#pattern(pattern);
    return new LabelReplace(
      this.#compiled(operand),
      (labels) => {
        const value = compiled.replaced(labels[from] ?? '', replacement);
        // An empty one is left out by the table.
        return value === undefined ? labels : { ...labels, [to]: value };
      },
      this.options.table,
    );
  }

  #pattern(pattern: string): Pattern {
    try {
      return compilePattern(pattern, { dotMatchesLineFeed: this.options.leftOpen });
    } catch (error) {
      if (error instanceof PatternError) throw this.#fault(error.message);
      throw error;
    }
  }
}
