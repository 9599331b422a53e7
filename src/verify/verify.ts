import type { MetricDefinition } from '../model/metric.js';
import { excerpt, type Family, type ParsedSample } from '../prometheus/exposition.js';
import { sampleValue } from '../prometheus/sample-text.js';
import { bucketOf } from '../promql/histogram.js';

/** A difference between a live `/metrics` page and the contract. */
export interface ContractDifference {
  /** A `warning` is worth a look; only a `problem` fails. */
  readonly severity: 'problem' | 'warning';
  readonly metric: string;
  readonly message: string;
}

/**
 * Compares families with the metrics of the contract. A metric is there when its TYPE line is: a labelled series may be
 * unborn. Every series of a metric is judged. Metrics that are not in the contract are ignored.
 */
export function verifyMetrics(
  families: ReadonlyMap<string, Family>,
  metrics: readonly MetricDefinition[],
): ContractDifference[] {
  return metrics.flatMap((metric) => {
    const family = families.get(metric.name);
    const problem = (message: string): ContractDifference => ({
      severity: 'problem',
      metric: metric.name,
      message,
    });
    if (family === undefined || (family.type === 'untyped' && family.samples.length === 0)) {
      return metric.presence === 'always' ? [problem('is missing: there is no TYPE line for it')] : [];
    }
    if (family.type !== metric.type) {
      return [problem(`has the type ${family.type}, expected ${metric.type}`)];
    }
    return [...labelDifferences(metric, family), ...bucketDifferences(metric, family)];
  });
}

function labelDifferences(metric: MetricDefinition, { samples }: Family): ContractDifference[] {
  const findings = new Map<string, ContractDifference>();
  const add = (severity: ContractDifference['severity'], message: string) =>
    findings.set(message, { severity, metric: metric.name, message });
  for (const sample of samples) {
    // To Prometheus an empty label is no label; le belongs to the format of buckets, not to the metric.
    const labels = Object.entries(sample.labels).filter(
      ([name, value]) => value !== '' && !(name === 'le' && isBucket(metric, sample)),
    );
    for (const [name, value] of labels) {
      const definition = metric.labels[name];
      if (definition === undefined) {
        add('problem', `has the label ${name}, which is not expected`);
      } else if (definition.values !== undefined && !definition.values.includes(value)) {
        add(
          'warning',
          `has the value ${excerpt(value)} of ${name}, known are ${definition.values.join(', ')}`,
        );
      }
    }
    for (const [name, { optional }] of Object.entries(metric.labels)) {
      if (optional !== true && !labels.some(([label]) => label === name)) {
        add('problem', `lacks the label ${name}`);
      }
    }
  }
  return [...findings.values()];
}

function bucketDifferences(metric: MetricDefinition, { samples }: Family): ContractDifference[] {
  if (metric.buckets === undefined) return [];
  const bounds = new Map<string, number[]>();
  for (const sample of samples) {
    const key = seriesKey(sample);
    const found = bounds.get(key) ?? [];
    if (isBucket(metric, sample)) found.push(sampleValue(sample.labels.le ?? '') ?? Number.NaN);
    bounds.set(key, found);
  }
  const expected = [...metric.buckets, Number.POSITIVE_INFINITY];
  const wrong = [...bounds.values()]
    .map((found) => found.sort((a, b) => a - b))
    .filter((found) => found.length !== expected.length || found.some((bound, i) => bound !== expected[i]))
    .map((found) => `has ${found.length === 0 ? 'no buckets' : `the buckets ${formatBounds(found)}`}`);
  return [...new Set(wrong)].map((what) => ({
    severity: 'problem',
    metric: metric.name,
    message: `${what}, expected ${formatBounds(expected)}`,
  }));
}

const isBucket = (metric: MetricDefinition, { name }: ParsedSample) =>
  metric.type === 'histogram' && name === bucketOf(metric).text;

const formatBounds = (bounds: readonly number[]) =>
  bounds.map((bound) => (bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound))).join(' ');

const seriesKey = ({ labels }: ParsedSample) =>
  JSON.stringify(
    Object.entries(labels)
      .filter(([name]) => name !== 'le')
      .sort(),
  );
