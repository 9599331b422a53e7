import { childrenOf, type Expr, nodesOfKind, type VectorSelector } from '../promql/ast.js';
import { factsOf } from '../promql/functions.js';
import { labelMatchersOf, nameOf } from '../promql/names.js';
import { matchesPattern, patternFault } from '../promql/regexp.js';
import type { Check } from './check.js';

/**
 * Buckets are cumulative: summed without `le` they count everything several times. They make sense inside
 * `histogram_quantile`, or with `le` pinned to a bound that exists. Prometheus 3 writes `le="120.0"` where 2.x
 * writes `le="120"`, so a pinned bound has to match both.
 */
export const histogramBuckets: Check = {
  id: 'histogram-buckets',
  proves:
    'Bucket series are used in histogram_quantile or pinned to an existing bound, for Prometheus 2 and 3.',
  run: ({ expressions, catalogue }) =>
    expressions.flatMap(({ file, subject, origin, root }) => {
      if (root === undefined) return [];
      return selectorsIn(root).flatMap(({ selector, isInQuantile }) => {
        const name = nameOf(selector) ?? '';
        const series = catalogue.get(name);
        if (series?.type !== 'bucket' || (origin === 'panel' && isHeatmap(root))) return [];
        const pinned = labelMatchersOf(selector).find((matcher) => matcher.label === 'le');
        const problem = (text: string, remedy: string) => [{ file, subject, problem: text, remedy }];
        if (pinned === undefined) {
          return isInQuantile
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
              'pin exactly one bound of the metric with leBound()',
            );
      });
    }),
};

const asInThree = (bound: string) => (/^\d+$/.test(bound) ? `${bound}.0` : bound);

/** The selectors of an expression, and whether each stands inside a function of histograms. */
function selectorsIn(
  node: Expr,
  isInQuantile = false,
): { readonly selector: VectorSelector; readonly isInQuantile: boolean }[] {
  if (node.kind === 'selector') return [{ selector: node, isInQuantile }];
  const isQuantile =
    node.kind === 'call' &&
    node.function.startsWith('histogram_') &&
    !factsOf(node.function).nativeHistograms;
  return childrenOf(node).flatMap((child) => selectorsIn(child, isInQuantile || isQuantile));
}

/** A heatmap wants the buckets themselves, kept apart by `le`. */
function isHeatmap(root: Expr): boolean {
  return (
    nodesOfKind(root, 'aggregation').some(({ grouping }) => grouping?.labels.includes('le')) ||
    nodesOfKind(root, 'binary').some(
      ({ matching }) => matching?.labels.includes('le') || matching?.group?.include.includes('le'),
    )
  );
}
