import type { SyntaxNode } from '@lezer/common';
import { matchesPattern, patternFault } from '../promql/regexp.js';
import { calledBy, nodesOf, selectorOf, type Tree } from '../promql/syntax.js';
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
        const { operator, value } = pinned;
        if (operator === '=' && value === '+Inf') return [];
        const halves = `le${operator}${JSON.stringify(value)} matches in Prometheus 2 or in Prometheus 3, not in both`;
        if (operator !== '=~') return problem(halves, 'pin the bound with leBound()');
        // A broken pattern is for the check promql-syntax to report.
        if (patternFault(value) !== undefined) return [];
        const bounds = ['+Inf', ...(series.metric?.buckets ?? []).map(String)];
        const hits = bounds.filter((bound) => matchesPattern(value, bound));
        const inThree = bounds.filter((bound) => matchesPattern(value, asInThree(bound)));
        if (hits.join() !== inThree.join()) return problem(halves, 'pin the bound with leBound()');
        return hits.length === 1
          ? []
          : problem(
              `le=~${JSON.stringify(value)} matches ${hits.length} of the bucket bounds ${bounds.join(', ')}`,
              'pin exactly one bound of the contract with leBound()',
            );
      });
    }),
};

const asInThree = (bound: string) => (/^\d+$/.test(bound) ? `${bound}.0` : bound);

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
