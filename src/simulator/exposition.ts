import type { MetricDefinition } from '../model/metric.js';
import { labelsText } from '../prometheus/sample-text.js';
import { bucketOf, countOf, sumOf } from '../promql/histogram.js';

/** One line of an exposition. */
export interface ExposedSample {
  /** Name and labels exactly as exposed: `name{relay="…"}`. Identifies the series within its target. */
  readonly series: string;
  readonly value: number;
}

/** What a target serves when it is scraped. */
export interface Exposition {
  readonly samples: readonly ExposedSample[];
  /** In Prometheus's text format. */
  text(): string;
}

interface Stored {
  series: string;
  value: number;
}

interface StoredHistogram {
  /** One line per bucket, then `+Inf`, sum and count. */
  readonly lines: Stored[];
  readonly bounds: readonly number[];
}

const line = (name: string, labels: string) => (labels === '' ? name : `${name}{${labels}}`);

/**
 * The metrics of one process, named by the contract. Like the gateway's own registry it knows a labelled series only
 * from its first event on, while the TYPE line is there from the start. A new process starts with a new one.
 */
export class Registry {
  readonly #metrics: readonly MetricDefinition[];
  readonly #gauges = new Map<MetricDefinition, Map<string, Stored>>();
  readonly #histograms = new Map<MetricDefinition, Map<string, StoredHistogram>>();

  constructor(metrics: readonly MetricDefinition[]) {
    this.#metrics = metrics;
    for (const metric of metrics) {
      if (metric.type === 'histogram') this.#histograms.set(metric, new Map());
      else this.#gauges.set(metric, new Map());
    }
  }

  /** Sets a gauge. */
  set(metric: MetricDefinition, labels: Readonly<Record<string, string>>, value: number): void {
    this.#stored(metric, labels).value = value;
  }

  /** Adds to a counter or gauge; a series that was not there is born with `by`. */
  add(metric: MetricDefinition, labels: Readonly<Record<string, string>>, by = 1): void {
    this.#stored(metric, labels).value += by;
  }

  /** Adds an observation to a histogram. */
  observe(metric: MetricDefinition, labels: Readonly<Record<string, string>>, value: number): void {
    const series = this.#histograms.get(metric);
    if (series === undefined) throw new TypeError(`${metric.name} is no histogram of this registry`);
    const key = labelsText(labels);
    let histogram = series.get(key);
    if (histogram === undefined) {
      const bounds = metric.buckets ?? [];
      const bucket = (le: string) => ({
        series: line(bucketOf(metric).text, labelsText({ le, ...labels })),
        value: 0,
      });
      histogram = {
        bounds,
        lines: [
          ...bounds.map((bound) => bucket(String(bound))),
          bucket('+Inf'),
          { series: line(sumOf(metric).text, key), value: 0 },
          { series: line(countOf(metric).text, key), value: 0 },
        ],
      };
      series.set(key, histogram);
    }
    const { lines, bounds } = histogram;
    for (let i = bounds.findIndex((bound) => value <= bound); i >= 0 && i < bounds.length; i++) {
      (lines[i] as Stored).value += 1;
    }
    (lines[bounds.length] as Stored).value += 1;
    (lines[bounds.length + 1] as Stored).value += value;
    (lines[bounds.length + 2] as Stored).value += 1;
  }

  /** Drops every series of a gauge. */
  clear(metric: MetricDefinition): void {
    this.#gauges.get(metric)?.clear();
  }

  /** The value of a gauge or counter, or undefined where the series is not there. */
  value(metric: MetricDefinition, labels: Readonly<Record<string, string>>): number | undefined {
    return this.#gauges.get(metric)?.get(labelsText(labels))?.value;
  }

  /** What a scrape gives now, without the metrics of `withheld`. */
  expose(withheld: ReadonlySet<MetricDefinition> = new Set()): Exposition {
    const families = this.#metrics
      .filter((metric) => !withheld.has(metric))
      .map((metric) => ({ metric, samples: this.#samples(metric) }));
    return {
      samples: families.flatMap(({ samples }) => samples),
      text: () =>
        families
          .map(({ metric, samples }) => {
            const lines = samples.map(({ series, value }) => `${series} ${value}`);
            return `${[`# TYPE ${metric.name} ${metric.type}`, ...lines].join('\n')}\n`;
          })
          .join('\n'),
    };
  }

  #samples(metric: MetricDefinition): ExposedSample[] {
    const lines =
      metric.type === 'histogram'
        ? [...(this.#histograms.get(metric)?.values() ?? [])].flatMap((histogram) => histogram.lines)
        : [...(this.#gauges.get(metric)?.values() ?? [])];
    return lines.map((stored) => ({ ...stored }));
  }

  #stored(metric: MetricDefinition, labels: Readonly<Record<string, string>>): Stored {
    const series = this.#gauges.get(metric);
    if (series === undefined) throw new TypeError(`${metric.name} is no gauge or counter of this registry`);
    const key = labelsText(labels);
    let stored = series.get(key);
    if (stored === undefined) {
      stored = { series: line(metric.name, key), value: 0 };
      series.set(key, stored);
    }
    return stored;
  }
}
