import { bucketOf, countOf, sumOf } from '../promql/histogram.js';
import type { MetricDefinition, MetricType } from './metric.js';

// Not in metric.ts: the exporter loads that, and needs no PromQL.

/** The labels that Prometheus gives every scraped series. */
export const TARGET_LABELS: readonly string[] = ['job', 'instance'];

/** A series that Prometheus stores for a metric. */
export interface MetricSeries {
  readonly name: string;
  /** A histogram's sum and count are counters. */
  readonly type: Exclude<MetricType, 'histogram'> | 'bucket';
  readonly labels: readonly string[];
}

/** The series that Prometheus stores for a metric: one, or a histogram's buckets, sum and count. */
export function seriesOf(metric: MetricDefinition): MetricSeries[] {
  const { name, type } = metric;
  const labels = [...Object.keys(metric.labels), ...(name === 'ALERTS' ? [] : TARGET_LABELS)];
  if (type !== 'histogram') return [{ name, type, labels }];
  return [
    { name: bucketOf(metric).text, type: 'bucket', labels: [...labels, 'le'] },
    { name: sumOf(metric).text, type: 'counter', labels },
    { name: countOf(metric).text, type: 'counter', labels },
  ];
}
