import type { Aggregation, Binary, Call, Expr, Matcher } from './ast.js';
import { unknownKind } from './ast.js';
import { KEEPING_AGGREGATIONS, textOf } from './labels.js';
import { labelMatchersOf, nameOf } from './names.js';
import { typeOf } from './types.js';

/** A condition that a label of every result meets. */
export type LabelCondition = Pick<Matcher, 'label' | 'operator' | 'value'>;

/** The conditions that the labels of a series meet, by its name; none where nothing is known. */
type ConditionsOfSeries = (series: string) => readonly LabelCondition[];

/**
 * What is known of the values of an expression's labels: the matchers of its selectors, as far as they still hold for the result.
 * A label that the result does not carry may be among them.
 */
export function labelConditions(root: Expr, ofSeries: ConditionsOfSeries = () => []): LabelCondition[] {
  const conditions = (node: Expr): LabelCondition[] => {
    switch (node.kind) {
      case 'number':
      case 'string':
      case 'variable':
        return [];
      case 'selector': {
        const name = nameOf(node);
        const own = labelMatchersOf(node).map(({ label, operator, value }) => ({ label, operator, value }));
        return [...own, ...(name === undefined ? [] : ofSeries(name))];
      }
      case 'range':
        return conditions(node.selector);
      case 'subquery':
      case 'unary':
        return conditions(node.operand);
      case 'aggregation':
        return aggregated(node, conditions(node.operand));
      case 'call':
        return called(node, conditions);
      case 'binary':
        return combined(node, conditions(node.left), conditions(node.right));
      default:
        return unknownKind(node);
    }
  };
  return conditions(root);
}

const among = (all: readonly LabelCondition[], labels: readonly string[]) =>
  all.filter(({ label }) => labels.includes(label));
const outside = (all: readonly LabelCondition[], labels: readonly string[]) =>
  all.filter(({ label }) => !labels.includes(label));

function aggregated(
  { operator, grouping, parameter }: Aggregation,
  inner: readonly LabelCondition[],
): LabelCondition[] {
  if (KEEPING_AGGREGATIONS.includes(operator)) return [...inner];
  const { without = false, labels = [] } = grouping ?? {};
  const kept = without ? outside(inner, labels) : among(inner, labels);
  return parameter?.kind === 'string' ? outside(kept, [parameter.value]) : kept;
}

/** Whether an expression is a number or a text, so that the labels come from elsewhere. */
const hasNoLabels = (node: Expr) => ['scalar', 'string'].includes(typeOf(node));

function called(node: Call, conditions: (node: Expr) => LabelCondition[]): LabelCondition[] {
  const { function: name, args } = node;
  // Only info() takes two vectors, and it adds labels of the second.
  const vector = args.find((argument) => !hasNoLabels(argument));
  if (vector === undefined || name === 'scalar' || name === 'info') return [];
  const inner = conditions(vector);
  switch (name) {
    case 'absent':
    case 'absent_over_time':
      return inner.filter(({ operator, value }) => operator === '=' && value !== '');
    case 'label_join':
      return outside(inner, [textOf(args[1]) ?? '']);
    case 'label_replace': {
      const [, target, replacement, source, pattern] = args.map(textOf);
      if (target === undefined) return [];
      const isConstant = replacement !== undefined && !replacement.includes('$');
      const isAlways = pattern === '.*' || (pattern === '' && source === '');
      return [
        ...outside(inner, [target]),
        ...(isConstant && isAlways ? [{ label: target, operator: '=' as const, value: replacement }] : []),
      ];
    }
    case 'histogram_quantiles':
      return outside(inner, ['le', textOf(args[1]) ?? '']);
    case 'histogram_quantile':
    case 'histogram_fraction':
      return outside(inner, ['le']);
    default:
      return inner;
  }
}

function combined(
  { operator, matching, fill, left, right }: Binary,
  ours: readonly LabelCondition[],
  theirs: readonly LabelCondition[],
): LabelCondition[] {
  if (hasNoLabels(left)) return [...theirs];
  if (hasNoLabels(right) || operator === 'and' || operator === 'unless') return [...ours];
  if (operator === 'or') {
    const other = new Set(theirs.map((one) => JSON.stringify(one)));
    return ours.filter((one) => other.has(JSON.stringify(one)));
  }
  if (fill !== undefined) return [];
  const group = matching?.group;
  if (group !== undefined) return outside(group.side === 'left' ? ours : theirs, group.include);
  const labels = matching?.labels ?? [];
  const kept = matching?.on === true ? among : outside;
  return [...kept(ours, labels), ...kept(theirs, labels)];
}
