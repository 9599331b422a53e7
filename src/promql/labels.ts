import type { SyntaxNode } from '@lezer/common';
import { calledBy, labelsIn, operandsOf, selectorOf, type Tree, textOf, unquote } from './syntax.js';

/** What is known of a series name: the labels it carries. */
export interface SeriesLabels {
  labelsOf(series: string): ReadonlySet<string> | undefined;
}

/** A label that is used where it does not exist, or a join that cannot match. */
export interface LabelFault {
  readonly message: string;
  readonly label?: string;
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

const SET_OPERATORS = ['And', 'Or', 'Unless'];
const KEEPING_AGGREGATIONS = ['topk', 'bottomk', 'limitk', 'limit_ratio'];
/** Without an argument they are about the time of evaluation, and yield one series without labels. */
const PARTS_OF_TIME = [
  'minute',
  'hour',
  'day_of_week',
  'day_of_month',
  'day_of_year',
  'days_in_month',
  'month',
  'year',
];
/** What stands between a function and the selector it is applied to without making another vector of it. */
const AROUND_SELECTOR = ['ParenExpr', 'OffsetExpr', 'StepInvariantExpr', 'MatrixSelector'];

/** The labels of a vector; numbers and strings have none, and nothing is known of a vector whose series are not known. */
type Labels = ReadonlySet<string> | 'scalar' | 'unknown';

/** Works out, from the syntax tree, which labels the result of an expression carries. */
export function analyseLabels(tree: Tree, series: SeriesLabels): LabelAnalysis {
  const faults: LabelFault[] = [];
  const fault = (node: SyntaxNode, message: string, label?: string) =>
    faults.push({ message, from: node.from, ...(label === undefined ? {} : { label }) });

  function visit(node: SyntaxNode): Labels {
    switch (node.name) {
      case 'VectorSelector':
        return selector(node);
      case 'AggregateExpr':
        return aggregation(node);
      case 'BinaryExpr':
        return binary(node);
      case 'FunctionCall':
        return call(node);
      default: {
        const inner = operandsOf(node);
        return inner.length > 0 ? visit(inner[0] as SyntaxNode) : 'scalar';
      }
    }
  }

  function selector(node: SyntaxNode): Labels {
    const { name, matchers } = selectorOf(tree, node);
    const labels = series.labelsOf(name);
    if (labels === undefined) return 'unknown';
    for (const { label } of matchers) {
      if (!labels.has(label)) fault(node, `matcher on ${label}, which ${name} does not have`, label);
    }
    return labels;
  }

  function aggregation(node: SyntaxNode): Labels {
    const operation = calledBy(tree, node);
    const operands = operandsOf(node);
    const inner = visit(operands.at(-1) as SyntaxNode);
    const modifier = node.getChild('AggregateModifier');
    const grouping = modifier?.getChild('GroupingLabels');
    const named = grouping ? labelsIn(tree, grouping) : [];
    const without = modifier?.getChild('Without') != null;
    if (typeof inner !== 'string') {
      for (const label of named) {
        if (!inner.has(label)) {
          fault(
            node,
            `${operation} ${without ? 'without' : 'by'} (${label}): its operand has no label ${label}`,
            label,
          );
        }
      }
    }
    if (KEEPING_AGGREGATIONS.includes(operation)) return inner;
    const counted = operation === 'count_values' ? [unquote(textOf(tree, operands[0] as SyntaxNode))] : [];
    if (!without) return new Set([...named, ...counted]);
    if (typeof inner === 'string') return inner;
    return new Set([...[...inner].filter((label) => !named.includes(label)), ...counted]);
  }

  function call(node: SyntaxNode): Labels {
    const name = calledBy(tree, node);
    const args = operandsOf(node);
    const results = args.map(visit);
    const text = (i: number) => unquote(textOf(tree, args[i] as SyntaxNode));
    switch (name) {
      case 'vector':
        return new Set();
      case 'scalar':
        return 'scalar';
      case 'absent':
      case 'absent_over_time':
        return pinnedLabels(args[0] as SyntaxNode);
      case 'label_replace':
      case 'label_join': {
        const vector = results[0] as Labels;
        if (typeof vector === 'string') return vector;
        const target = text(1);
        const sources = name === 'label_replace' ? [text(3)] : args.slice(3).map((_, i) => text(i + 3));
        for (const source of sources) {
          // label_replace(x, "label", "constant", "", "") reads nothing.
          if (source !== '' && !vector.has(source)) {
            fault(node, `${name} reads ${source}, which its operand does not have`, source);
          }
        }
        const out = new Set(vector);
        // An empty text takes the label away.
        if (name === 'label_replace' ? text(2) === '' : sources.length === 0) out.delete(target);
        else out.add(target);
        return out;
      }
      case 'histogram_quantile':
      case 'histogram_fraction': {
        const vector = results.at(-1) as Labels;
        if (typeof vector === 'string') return vector;
        if (!vector.has('le')) {
          fault(node, `${name} needs the label le, which its operand has lost`, 'le');
        }
        return new Set([...vector].filter((label) => label !== 'le'));
      }
      default:
        if (PARTS_OF_TIME.includes(name) && args.length === 0) return new Set();
        return results.find((labels) => labels !== 'scalar') ?? 'scalar';
    }
  }

  /** What the result of `absent` carries: labels that one `=` pins. Of anything but a selector it carries none. */
  function pinnedLabels(argument: SyntaxNode): Set<string> {
    let at = argument;
    while (AROUND_SELECTOR.includes(at.name)) at = operandsOf(at)[0] as SyntaxNode;
    if (at.name !== 'VectorSelector') return new Set();
    const { matchers } = selectorOf(tree, at);
    return new Set(
      matchers
        .filter(({ operator, value }) => operator === '=' && value !== '')
        .map(({ label }) => label)
        .filter((label) => matchers.filter((matcher) => matcher.label === label).length === 1),
    );
  }

  function binary(node: SyntaxNode): Labels {
    const [leftNode, rightNode] = operandsOf(node) as [SyntaxNode, SyntaxNode];
    const left = visit(leftNode);
    const right = visit(rightNode);
    const operator = SET_OPERATORS.find((kind) => node.getChild(kind) !== null);
    if (left === 'scalar' || right === 'scalar') return left === 'scalar' ? right : left;
    if (left === 'unknown' || right === 'unknown') {
      return operator === 'And' || operator === 'Unless' ? left : 'unknown';
    }
    const clause = node.getChild('MatchingModifierClause');
    const [matching, included] = matchingLabels(clause);
    const on = clause?.getChild('On') != null;
    for (const label of matching) {
      const missing = [left, right].flatMap((labels, i) =>
        labels.has(label) ? [] : [i === 0 ? 'left' : 'right'],
      );
      if (on) {
        for (const side of missing) {
          fault(node, `on (${label}): the ${side} side has no label ${label}`, label);
        }
      } else if (missing.length === 2) {
        fault(node, `ignoring (${label}): neither side has the label ${label}`, label);
      }
    }
    if (!on) {
      const compared = (labels: ReadonlySet<string>) =>
        [...labels]
          .filter((label) => !matching.includes(label))
          .sort()
          .join(', ');
      if (compared(left) !== compared(right)) {
        const outcome = operator === 'Or' ? 'so both are always kept' : 'so nothing ever matches';
        fault(
          node,
          `the sides carry different labels, (${compared(left)}) and (${compared(right)}), ${outcome}; say on (...)`,
        );
      }
    }
    if (operator === 'Or') return new Set([...left].filter((label) => right.has(label)));
    if (operator !== undefined) return left;
    const groupLeft = clause?.getChild('GroupLeft') != null;
    const groupRight = clause?.getChild('GroupRight') != null;
    if (groupLeft || groupRight) {
      const [many, one] = groupLeft ? [left, right] : [right, left];
      for (const label of included) {
        if (!one.has(label)) {
          fault(
            node,
            `${groupLeft ? 'group_left' : 'group_right'} (${label}): the other side has no label ${label}`,
            label,
          );
        }
      }
      return new Set([...many, ...included]);
    }
    if (on) return new Set(matching);
    return new Set([...left].filter((label) => !matching.includes(label)));
  }

  function matchingLabels(clause: SyntaxNode | null): [string[], string[]] {
    if (clause === null) return [[], []];
    const lists = clause.getChildren('GroupingLabels');
    const first = lists[0] ? labelsIn(tree, lists[0]) : [];
    const second = lists[1] ? labelsIn(tree, lists[1]) : [];
    return [first, second];
  }

  const result = visit(tree.root);
  return {
    labels: typeof result === 'string' ? new Set() : result,
    known: result !== 'unknown',
    faults,
  };
}
