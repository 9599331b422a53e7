import type { SyntaxNode } from '@lezer/common';
import { calledBy, labelsIn, operandsOf, selectorOf, type Tree, textOf, unquote } from './promql-syntax.js';

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
  readonly faults: readonly LabelFault[];
}

const SET_OPERATORS = ['And', 'Or', 'Unless'];
const KEEPING_AGGREGATIONS = ['topk', 'bottomk', 'limitk', 'limit_ratio'];

/** Works out, from the syntax tree, which labels the result of an expression carries. */
export function analyseLabels(tree: Tree, known: SeriesLabels): LabelAnalysis {
  const faults: LabelFault[] = [];
  const fault = (node: SyntaxNode, message: string, label?: string) =>
    faults.push({ message, from: node.from, ...(label === undefined ? {} : { label }) });

  /** `undefined` is a scalar or string, or a series we know nothing of: nothing can be said of its labels. */
  function visit(node: SyntaxNode): Set<string> | undefined {
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
        return inner.length > 0 ? visit(inner[0] as SyntaxNode) : undefined;
      }
    }
  }

  function selector(node: SyntaxNode): Set<string> | undefined {
    const { name, matchers } = selectorOf(tree, node);
    const labels = known.labelsOf(name);
    if (labels === undefined) return undefined;
    for (const { label } of matchers) {
      if (!labels.has(label)) fault(node, `matcher on ${label}, which ${name} does not have`, label);
    }
    return new Set(labels);
  }

  function aggregation(node: SyntaxNode): Set<string> | undefined {
    const operation = calledBy(tree, node);
    const operands = operandsOf(node);
    const inner = visit(operands.at(-1) as SyntaxNode);
    const modifier = node.getChild('AggregateModifier');
    const grouping = modifier?.getChild('GroupingLabels');
    const named = grouping ? labelsIn(tree, grouping) : [];
    const without = modifier?.getChild('Without') != null;
    if (inner !== undefined) {
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
    if (without) return inner && new Set([...inner].filter((label) => !named.includes(label)));
    const out = new Set(named);
    if (operation === 'count_values') out.add(unquote(textOf(tree, operands[0] as SyntaxNode)));
    return out;
  }

  function call(node: SyntaxNode): Set<string> | undefined {
    const name = calledBy(tree, node);
    const args = operandsOf(node);
    const results = args.map(visit);
    switch (name) {
      case 'vector':
        return new Set();
      case 'scalar':
      case 'time':
      case 'pi':
        return undefined;
      case 'absent':
      case 'absent_over_time': {
        // The result carries what the selector pins with `=`, and nothing else.
        let at = args[0] as SyntaxNode;
        while (at.name !== 'VectorSelector') {
          const inner = operandsOf(at)[0];
          if (inner === undefined) return new Set();
          at = inner;
        }
        return new Set(
          selectorOf(tree, at)
            .matchers.filter((m) => m.operator === '=')
            .map((m) => m.label),
        );
      }
      case 'label_replace':
      case 'label_join': {
        const out = results[0] && new Set(results[0]);
        const text = (i: number) => unquote(textOf(tree, args[i] as SyntaxNode));
        const sources = name === 'label_replace' ? [text(3)] : args.slice(3).map((_, i) => text(i + 3));
        for (const source of sources) {
          if (out && !out.has(source))
            fault(node, `${name} reads ${source}, which its operand does not have`, source);
        }
        out?.add(text(1));
        return out;
      }
      case 'histogram_quantile':
      case 'histogram_fraction': {
        const vector = results.at(-1);
        if (vector && !vector.has('le'))
          fault(node, `${name} needs the label le, which its operand has lost`, 'le');
        return vector && new Set([...vector].filter((label) => label !== 'le'));
      }
      default:
        return results.find((labels) => labels !== undefined);
    }
  }

  function binary(node: SyntaxNode): Set<string> | undefined {
    const [leftNode, rightNode] = operandsOf(node) as [SyntaxNode, SyntaxNode];
    const left = visit(leftNode);
    const right = visit(rightNode);
    const operator = SET_OPERATORS.find((kind) => node.getChild(kind) !== null);
    if (left === undefined || right === undefined) {
      if (operator === undefined) return left ?? right;
      return operator === 'Or' ? undefined : left;
    }
    const clause = node.getChild('MatchingModifierClause');
    const [matching, included] = matchingLabels(clause);
    const on = clause?.getChild('On') != null;
    const ignoring = clause?.getChild('Ignoring') != null;
    for (const label of matching) {
      for (const [side, labels] of [
        ['left', left],
        ['right', right],
      ] as const) {
        if (!labels.has(label)) {
          fault(node, `${on ? 'on' : 'ignoring'} (${label}): the ${side} side has no label ${label}`, label);
        }
      }
    }
    if (!on) {
      const drop = (labels: Set<string>) =>
        [...labels]
          .filter((l) => !matching.includes(l))
          .sort()
          .join(', ');
      if (drop(left) !== drop(right)) {
        fault(
          node,
          `the sides carry different labels, (${drop(left)}) and (${drop(right)}), so nothing ever matches${ignoring ? '' : '; say on (...)'}`,
        );
      }
    }
    const groupLeft = clause?.getChild('GroupLeft') != null;
    const groupRight = clause?.getChild('GroupRight') != null;
    if (operator === 'Or') return new Set([...left].filter((label) => right.has(label)));
    if (operator !== undefined) return left;
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

  const labels = visit(tree.root) ?? new Set<string>();
  return { labels, faults };
}
