import { PromqlFragment } from './template.js';

/** A metric of the model, as far as the helpers for histograms need it. */
export interface HistogramDefinition {
  readonly name: string;
  readonly type: string;
  /** Upper bounds of the buckets, without `+Inf`. */
  readonly buckets?: readonly number[];
}

/** The `_bucket` series of a histogram. */
export function bucketOf(metric: HistogramDefinition): PromqlFragment {
  return histogramSeries(metric, 'bucket');
}

/** The `_sum` series of a histogram. */
export function sumOf(metric: HistogramDefinition): PromqlFragment {
  return histogramSeries(metric, 'sum');
}

/** The `_count` series of a histogram. */
export function countOf(metric: HistogramDefinition): PromqlFragment {
  return histogramSeries(metric, 'count');
}

/**
 * The matcher that pins a histogram's `le` to one of its bounds. Prometheus 3 stores `le="120.0"` where 2.x stores
 * `le="120"`; the matcher fits both. Throws `RangeError` for a bound the contract does not have, `TypeError` for another
 * metric than a histogram.
 */
export function leBound(metric: HistogramDefinition, bound: number): PromqlFragment {
  if (metric.type !== 'histogram') {
    throw new TypeError(`${metric.name} is a ${metric.type}; only a histogram has bucket bounds`);
  }
  if (!metric.buckets?.includes(bound)) {
    throw new RangeError(
      `${metric.name} has no bucket bound ${bound}, expected one of ${metric.buckets?.join(', ')}`,
    );
  }
  return new PromqlFragment(
    `le=~"${String(bound).replace('.', '\\\\.')}${Number.isInteger(bound) ? '(\\\\.0)?' : ''}"`,
  );
}

function histogramSeries(metric: HistogramDefinition, suffix: string): PromqlFragment {
  if (metric.type !== 'histogram') {
    throw new TypeError(`${metric.name} is a ${metric.type}; only a histogram has a _${suffix} series`);
  }
  return new PromqlFragment(`${metric.name}_${suffix}`);
}
