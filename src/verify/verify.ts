import type { MetricDefinition } from '../model.js';
import type { ExposedSample, Family } from './exposition.js';

/** A difference between a live `/metrics` page and the contract. */
export interface Finding {
  /** A `warning` is worth a look; only a `problem` fails. */
  readonly severity: 'problem' | 'warning';
  readonly metric: string;
  readonly message: string;
}

/** Labels that belong to the exposition format, not to the metric. */
const FORMAT_LABELS = ['le'];

/**
 * Compares families with the metrics of the contract. A metric is there when its TYPE line is: a labelled series may be unborn. Metrics
 * that the contract does not know are nobody's concern.
 */
export function verifyMetrics(
  families: ReadonlyMap<string, Family>,
  metrics: readonly MetricDefinition[],
): Finding[] {
  return metrics.flatMap((metric) => {
    const family = families.get(metric.name);
    const problem = (message: string): Finding => ({ severity: 'problem', metric: metric.name, message });
    if (family === undefined || (family.type === 'untyped' && family.samples.length === 0)) {
      return metric.presence === 'always' ? [problem('is missing: there is no TYPE line for it')] : [];
    }
    if (family.type !== metric.type) {
      return [problem(`has the type ${family.type}, expected ${metric.type}`)];
    }
    return [...labelFindings(metric, family), ...bucketFindings(metric, family)];
  });
}

function labelFindings(metric: MetricDefinition, { samples }: Family): Finding[] {
  const findings = new Map<string, Finding>();
  const find = (severity: Finding['severity'], message: string) =>
    findings.set(message, { severity, metric: metric.name, message });
  for (const { labels } of samples) {
    const names = Object.keys(labels).filter(
      (name) => !FORMAT_LABELS.includes(name) || name in metric.labels,
    );
    for (const name of names) {
      const definition = metric.labels[name];
      if (definition === undefined) {
        find('problem', `has the label ${name}, which the contract does not have`);
      } else if (definition.values !== undefined && !definition.values.includes(labels[name] as string)) {
        find(
          'warning',
          `has the value ${JSON.stringify(labels[name])} of ${name}, known are ${definition.values.join(', ')}`,
        );
      }
    }
    for (const [name, { optional }] of Object.entries(metric.labels)) {
      if (optional !== true && !(name in labels)) find('problem', `lacks the label ${name}`);
    }
  }
  return [...findings.values()];
}

function bucketFindings(metric: MetricDefinition, { samples }: Family): Finding[] {
  if (metric.buckets === undefined) return [];
  const bounds = new Map<string, number[]>();
  for (const sample of samples.filter(({ name }) => name.endsWith('_bucket'))) {
    const key = seriesKey(sample);
    const bound = Number(sample.labels.le === '+Inf' ? Number.POSITIVE_INFINITY : sample.labels.le);
    bounds.set(key, [...(bounds.get(key) ?? []), bound]);
  }
  const expected = [...metric.buckets, Number.POSITIVE_INFINITY];
  const wrong = [...bounds.values()]
    .map((found) => found.sort((a, b) => a - b))
    .find((found) => found.length !== expected.length || found.some((bound, i) => bound !== expected[i]));
  return wrong === undefined
    ? []
    : [
        {
          severity: 'problem',
          metric: metric.name,
          message: `has the buckets ${wrong.join(' ')}, expected ${expected.join(' ')}`,
        },
      ];
}

const seriesKey = ({ labels }: ExposedSample) =>
  JSON.stringify(
    Object.entries(labels)
      .filter(([name]) => name !== 'le')
      .sort(),
  );
