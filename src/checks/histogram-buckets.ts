import type { SyntaxNode } from '@lezer/common';
import { calledBy, nodesOf, selectorOf, type Tree } from '../promql-syntax.js';
import type { Check } from './check.js';

/**
 * Buckets are cumulative: summed without `le` they count everything several times. They make sense inside
 * `histogram_quantile`, or with `le` pinned to a bound that exists. Prometheus 3 writes `le="120.0"` where 2.x
 * writes `le="120"`, so a pinned bound has to match both.
 */
export const histogramBuckets: Check = {
  id: 'histogram-buckets',
  proves:
    'Bucket series stand inside histogram_quantile or are pinned to a bound that exists, for Prometheus 2 and 3.',
  run: ({ expressions, catalogue }) =>
    expressions.flatMap(({ file, subject, origin, tree }) => {
      if (tree === undefined) return [];
      const selectors = nodesOf(tree, 'VectorSelector').map((node) => selectorOf(tree, node));
      return selectors.flatMap(({ name, matchers, node }) => {
        const series = catalogue.get(name);
        if (series?.type !== 'bucket' || (origin === 'panel' && isHeatmap(tree))) return [];
        const pinned = matchers.find((matcher) => matcher.label === 'le');
        const problem = (text: string, remedy: string) => [{ file, subject, problem: text, remedy }];
        if (pinned === undefined) {
          return insideQuantile(tree, node)
            ? []
            : problem(
                `${name} is used outside histogram_quantile without a matcher on le`,
                'wrap it in histogram_quantile(..., sum by (le, ...) (rate(...))) or pin le with leBound()',
              );
        }
        const bounds = ['+Inf', ...(series.metric?.buckets ?? []).map(String)];
        const pattern = new RegExp(`^(?:${pinned.value})$`);
        const hit = bounds.filter((bound) => pattern.test(bound));
        if (pinned.operator !== '=~' && pinned.value !== '+Inf') {
          return problem(
            `le${pinned.operator}${JSON.stringify(pinned.value)} matches in Prometheus 2 or in Prometheus 3, not in both`,
            'pin the bound with leBound()',
          );
        }
        return hit.length === 1
          ? []
          : problem(
              `le=~${JSON.stringify(pinned.value)} matches ${hit.length} of the bucket bounds ${bounds.join(', ')}`,
              'pin exactly one bound of the contract with leBound()',
            );
      });
    }),
};

function insideQuantile(tree: Tree, node: SyntaxNode): boolean {
  for (let at = node.parent; at !== null; at = at.parent) {
    if (at.name === 'FunctionCall' && calledBy(tree, at).startsWith('histogram_')) return true;
  }
  return false;
}

/** A heatmap wants the buckets themselves, kept apart by `le`. */
function isHeatmap(tree: Tree): boolean {
  return nodesOf(tree, 'GroupingLabels').some((labels) =>
    labels.getChildren('LabelName').some((l) => tree.text.slice(l.from, l.to) === 'le'),
  );
}
