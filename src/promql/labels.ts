import {
  type Aggregation,
  type Binary,
  type Call,
  type Expr,
  type Matcher,
  SET_OPERATORS,
  type Span,
  unknownKind,
  type VectorSelector,
} from './ast.js';
import { labelMatchersOf, NAME_LABEL, nameOf } from './names.js';

/** What is known of a series name: the labels it carries. */
export interface SeriesLabels {
  labelsOf(series: string): ReadonlySet<string> | undefined;
}

/** A label that is used where it does not exist, or a join that cannot match. */
export interface LabelFault {
  readonly message: string;
  readonly from: number;
}

/** The labels of an expression's result, and what is wrong with labels on the way there. */
export interface LabelAnalysis {
  /** Labels that every series of the result carries; empty for a scalar. */
  readonly labels: ReadonlySet<string>;
  /** False when the result depends on a series of which nothing is known, so that nothing can be said of its labels. */
  readonly known: boolean;
  readonly faults: readonly LabelFault[];
}

/** The labels of a vector; numbers and strings have none, and nothing is known of a vector whose series are not known. */
type Labels = ReadonlySet<string> | 'scalar' | 'unknown';

/** Aggregations that choose series and leave their labels. */
export const KEEPING_AGGREGATIONS: readonly string[] = ['topk', 'bottomk', 'limitk', 'limit_ratio'];
/** Without an argument they are about the time of evaluation, and yield one series without labels. */
const PARTS_OF_TIME: readonly string[] = [
  'minute',
  'hour',
  'day_of_week',
  'day_of_month',
  'day_of_year',
  'days_in_month',
  'month',
  'year',
];

/** Works out which labels the result of an expression carries. */
export function analyseLabels(root: Expr, series: SeriesLabels): LabelAnalysis {
  const analysis = new Analysis(series);
  const result = analysis.labelsOf(root);
  return {
    labels: typeof result === 'string' ? new Set() : result,
    known: result !== 'unknown',
    faults: analysis.faults,
  };
}

class Analysis {
  readonly faults: LabelFault[] = [];

  constructor(private readonly series: SeriesLabels) {}

  labelsOf(node: Expr): Labels {
    switch (node.kind) {
      case 'number':
      case 'string':
      case 'variable':
        return 'scalar';
      case 'selector':
        return this.#selector(node);
      case 'range':
        return this.#selector(node.selector);
      case 'subquery':
      case 'unary':
        return this.labelsOf(node.operand);
      case 'aggregation':
        return this.#aggregation(node);
      case 'call':
        return this.#call(node);
      case 'binary':
        return this.#binary(node);
      default:
        return unknownKind(node);
    }
  }

  #fault({ from }: Span, message: string): void {
    this.faults.push({ message, from });
  }

  #selector(node: VectorSelector): Labels {
    const name = nameOf(node);
    const labels = name === undefined ? undefined : this.series.labelsOf(name);
    if (labels === undefined) return 'unknown';
    for (const { label } of labelMatchersOf(node)) {
      if (!labels.has(label)) this.#fault(node, `matcher on ${label}, which ${name} does not have`);
    }
    return labels;
  }

  #aggregation(node: Aggregation): Labels {
    const { operator, grouping, parameter, operand } = node;
    const inner = this.labelsOf(operand);
    const { without = false, labels: named = [] } = grouping ?? {};
    if (typeof inner !== 'string') {
      for (const label of named) {
        if (inner.has(label) || label === NAME_LABEL) continue;
        const clause = `${without ? 'without' : 'by'} (${label})`;
        this.#fault(node, `${operator} ${clause}: its operand has no label ${label}`);
      }
    }
    if (KEEPING_AGGREGATIONS.includes(operator)) return inner;
    // Only count_values takes a string.
    const counted = parameter?.kind === 'string' ? [parameter.value] : [];
    if (!without) return new Set([...named, ...counted]);
    if (typeof inner === 'string') return inner;
    return new Set([...[...inner].filter((label) => !named.includes(label)), ...counted]);
  }

  #call(node: Call): Labels {
    const { function: name, args } = node;
    const results = args.map((argument) => this.labelsOf(argument));
    switch (name) {
      case 'vector':
        return new Set();
      case 'scalar':
        return 'scalar';
      case 'absent':
      case 'absent_over_time':
        return new Set(pinnedMatchers(args[0]).map(({ label }) => label));
      case 'label_replace':
      case 'label_join':
        return this.#relabelled(node, results[0] as Labels);
      case 'histogram_quantile':
      case 'histogram_fraction':
        return this.#withoutBuckets(node, results.at(-1) as Labels);
      case 'histogram_quantiles': {
        const vector = this.#withoutBuckets(node, results[0] as Labels);
        const label = textOf(args[1]);
        return typeof vector === 'string' || label === undefined ? vector : new Set([...vector, label]);
      }
      case 'info':
        // It adds labels of series that the expression does not name.
        return 'unknown';
      default:
        if (PARTS_OF_TIME.includes(name) && args.length === 0) return new Set();
        return results.find((labels) => labels !== 'scalar') ?? 'scalar';
    }
  }

  #withoutBuckets(node: Call, vector: Labels): Labels {
    if (typeof vector === 'string') return vector;
    if (!vector.has('le')) {
      this.#fault(node, `${node.function} needs the label le, which its operand has lost`);
    }
    return new Set([...vector].filter((label) => label !== 'le'));
  }

  #relabelled(node: Call, vector: Labels): Labels {
    if (typeof vector === 'string') return vector;
    const isReplace = node.function === 'label_replace';
    const texts = node.args.map(textOf);
    const target = texts[1];
    const sources = isReplace ? [texts[3]] : texts.slice(3);
    if (target === undefined) return 'unknown';
    for (const source of sources) {
      // label_replace(x, "label", "constant", "", "") reads nothing.
      if (source !== undefined && source !== '' && !vector.has(source)) {
        this.#fault(node, `${node.function} reads ${source}, which its operand does not have`);
      }
    }
    const labels = new Set(vector);
    // An empty text takes the label away.
    if (isReplace ? texts[2] === '' : sources.length === 0) labels.delete(target);
    else labels.add(target);
    return labels;
  }

  #binary(node: Binary): Labels {
    const left = this.labelsOf(node.left);
    const right = this.labelsOf(node.right);
    const { operator, matching, fill } = node;
    if (left === 'scalar' || right === 'scalar') return left === 'scalar' ? right : left;
    if (left === 'unknown' || right === 'unknown') {
      return operator === 'and' || operator === 'unless' ? left : 'unknown';
    }
    this.#checkMatching(node, left, right);
    if (operator === 'or') return new Set([...left].filter((label) => right.has(label)));
    if ((SET_OPERATORS as readonly string[]).includes(operator)) return left;
    const group = matching?.group;
    if (group !== undefined) {
      const [many, one] = group.side === 'left' ? [left, right] : [right, left];
      for (const label of group.include) {
        if (one.has(label)) continue;
        this.#fault(node, `group_${group.side} (${label}): the other side has no label ${label}`);
      }
      // Where the other side is filled in, its labels are missing.
      const isFilled = (group.side === 'left' ? fill?.right : fill?.left) !== undefined;
      return new Set([...many, ...(isFilled ? [] : group.include)]);
    }
    const labels = matching?.labels ?? [];
    if (matching?.on) return new Set(labels);
    return new Set([...left].filter((label) => !labels.includes(label)));
  }

  #checkMatching(node: Binary, left: ReadonlySet<string>, right: ReadonlySet<string>): void {
    const { on = false, labels = [] } = node.matching ?? {};
    for (const label of labels) {
      const missing = [...(left.has(label) ? [] : ['left']), ...(right.has(label) ? [] : ['right'])];
      if (on) {
        for (const side of missing) {
          this.#fault(node, `on (${label}): the ${side} side has no label ${label}`);
        }
      } else if (missing.length === 2) {
        this.#fault(node, `ignoring (${label}): neither side has the label ${label}`);
      }
    }
    if (on) return;
    const compared = (side: ReadonlySet<string>) =>
      [...side]
        .filter((label) => !labels.includes(label))
        .sort()
        .join(', ');
    const [ours, theirs] = [compared(left), compared(right)];
    if (ours === theirs) return;
    const outcome = node.operator === 'or' ? 'so both sides are always kept' : 'so nothing can match';
    this.#fault(
      node,
      `the sides carry different labels, (${ours}) and (${theirs}), ${outcome}; use on (...)`,
    );
  }
}

/** The value of an argument that is a text. */
export function textOf(argument: Expr | undefined): string | undefined {
  return argument?.kind === 'string' ? argument.value : undefined;
}

/** The matchers whose labels the result of `absent` carries: those that one `=` pins. Of anything but a selector it has none. */
export function pinnedMatchers(argument: Expr | undefined): Matcher[] {
  const selector = argument?.kind === 'range' ? argument.selector : argument;
  if (selector?.kind !== 'selector') return [];
  const matchers = labelMatchersOf(selector);
  return matchers
    .filter(({ operator, value }) => operator === '=' && value !== '')
    .filter(({ label }) => matchers.filter((matcher) => matcher.label === label).length === 1);
}
