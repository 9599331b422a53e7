export type MetricType = 'gauge' | 'counter' | 'histogram';

/** One label of a metric. */
export interface LabelDefinition {
  /** Meaning of the label's value. */
  readonly help: string;
  /** The values seen so far; absent when the set is open. Unknown values only warn in `verify`. */
  readonly values?: readonly string[];
  /** True when some builds serve the metric without this label. */
  readonly optional?: boolean;
  /** Why the label must not survive into rules, panels or alerts (peer keys, for example). */
  readonly confidential?: string;
}

/** The source of a metric. `prometheus` is Prometheus itself (`up`, `ALERTS`); `other` is any other program. */
export type MetricOrigin = 'gateway' | 'escrow' | 'exporter' | 'prometheus' | 'other';

/**
 * One metric as a scrape shows it. Metric names are written only in `metrics/`;
 * rules, panels, the exporter and the simulator refer to these objects.
 */
export interface MetricDefinition {
  readonly kind: 'metric';
  /** Prometheus metric name; for a histogram the base name, without `_bucket`, `_sum` or `_count`. */
  readonly name: string;
  readonly type: MetricType;
  /** Base unit in Prometheus's words (`seconds`, `bytes`), `ratio`, `none`, or `milliseconds` where a build strays. */
  readonly unit: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelDefinition>>;
  /** Upper bounds of a histogram's buckets, ascending, without `+Inf`; in the metric's unit. */
  readonly buckets?: readonly number[];
  /**
   * `always`: the TYPE line is in every scrape. `optional`: some builds do not serve it.
   * A labelled series of an `always` metric may be missing until its first event.
   */
  readonly presence: 'always' | 'optional';
  /** How the metric really behaves, if its name or help would mislead. */
  readonly trap?: string;
  readonly origin: MetricOrigin;
}

/** Declares a metric of the contract. Throws `TypeError` when a histogram lacks ascending buckets. */
export function defineMetric(definition: Omit<MetricDefinition, 'kind'>): MetricDefinition {
  const { name, type, buckets } = definition;
  if ((type === 'histogram') !== (buckets !== undefined)) {
    throw new TypeError(`metric ${name}: a histogram has buckets and nothing else has; type is ${type}`);
  }
  if (buckets?.some((bound, i) => i > 0 && bound <= (buckets[i - 1] as number))) {
    throw new TypeError(`metric ${name}: buckets must ascend, found ${buckets.join(' ')}`);
  }
  return Object.freeze({ kind: 'metric', ...definition });
}
