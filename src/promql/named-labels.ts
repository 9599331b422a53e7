import { type Call, type Expr, nodesOf, unknownKind } from './ast.js';
import { textOf } from './labels.js';
import { labelMatchersOf } from './names.js';

/** Every label that an expression names anywhere: in matchers, groupings, joins, and arguments of functions. */
export function labelsNamedIn(root: Expr): Set<string> {
  return new Set(nodesOf(root).flatMap(labelsNamedAt));
}

function labelsNamedAt(node: Expr): readonly string[] {
  switch (node.kind) {
    case 'selector':
      return labelMatchersOf(node).map(({ label }) => label);
    case 'aggregation': {
      const counted = node.operator === 'count_values' ? textOf(node.parameter) : undefined;
      return [...(node.grouping?.labels ?? []), ...(counted === undefined ? [] : [counted])];
    }
    case 'binary':
      return [...(node.matching?.labels ?? []), ...(node.matching?.group?.include ?? [])];
    case 'call':
      return labelArguments(node);
    case 'number':
    case 'string':
    case 'variable':
    case 'range':
    case 'subquery':
    case 'unary':
      return [];
    default:
      return unknownKind(node);
  }
}

/** Arguments that are names of labels. */
function labelArguments({ function: name, args }: Call): string[] {
  const texts = args.map(textOf);
  const places: Readonly<Record<string, readonly (string | undefined)[]>> = {
    label_replace: [texts[1], texts[3]],
    label_join: [texts[1], ...texts.slice(3)],
    sort_by_label: texts.slice(1),
    sort_by_label_desc: texts.slice(1),
    histogram_quantiles: [texts[1]],
  };
  return (places[name] ?? []).filter((text) => text !== undefined && text !== '') as string[];
}
