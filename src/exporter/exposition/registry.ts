import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import * as metrics from '../../../metrics/exporter.js';
import type { State } from '../state-file/parse.js';
import type { Reading } from '../state-file/state-file-source.js';
import type { Format } from './negotiate.js';

type Metric = (typeof metrics.exporterMetrics)[number];

/** What is known at a scrape. */
export interface Scraped extends Reading {
  /** Seconds that reading and rendering took. */
  readonly duration: number;
  readonly webConfigReloadSuccess: boolean;
}

/**
 * What a family shows: a number, one sample for each known value of its label (0 where there is no count), or 1 for the current value of
 * its label. Undefined: no sample.
 */
type Value = number | boolean | string | ReadonlyMap<string, number> | undefined;

type Values<T> = readonly (readonly [Metric, (from: T) => Value])[];

/** What only changes with the file. */
const TOTALS: Values<State | undefined> = [
  [metrics.pendingWritesQueueSize, (state) => state?.queueSize],
  [metrics.pendingWritesInflightSize, (state) => state?.inflightSize],
  [metrics.pendingWritesQueueUpdated, (state) => state?.updatedAt],
  [metrics.pendingWritesRelays, (state) => state?.totals.byState],
  [metrics.pendingWritesOldestPendingSince, (state) => state?.totals.oldestPendingSince],
  [metrics.pendingWritesRelaysLeaseActive, (state) => state?.totals.leaseActive],
  [metrics.pendingWritesEarliestLeaseExpiry, (state) => state?.totals.earliestLeaseExpiry],
  [metrics.pendingWritesRelaysWanted, (state) => state?.totals.wanted],
  [
    metrics.pendingWritesRelaysJobStatus,
    (state) => (state?.shape === 'snapshot' ? state.totals.jobStatus : undefined),
  ],
  [metrics.pendingWritesRelaysRotationLastStatus, (state) => state?.totals.rotationStatus],
  [metrics.pendingWritesRecordsLeftOut, (state) => state?.leftOut],
  [metrics.pendingWritesFieldsLeftOut, (state) => state?.badFields],
  [metrics.pendingWritesStateFileRelays, (state) => state?.totals.relays],
  [metrics.pendingWritesStateFileShape, (state) => state?.shape],
];

/** What changes at every scrape. */
const HEALTH: Values<Scraped> = [
  [metrics.pendingWritesStateFileReadSuccess, ({ failure }) => failure === undefined],
  [metrics.pendingWritesStateFileMissing, ({ missing }) => missing],
  [metrics.pendingWritesStateFileMtime, ({ mtime }) => mtime],
  [metrics.pendingWritesStateFileSize, ({ size }) => size],
  [metrics.pendingWritesStateFileLastGoodRead, ({ lastGoodRead }) => lastGoodRead],
  [metrics.pendingWritesStateFileReadFailure, ({ failure }) => failure],
  [metrics.pendingWritesExporterScrapeDuration, ({ duration }) => duration],
  [metrics.pendingWritesExporterWebConfigReloadSuccess, (scraped) => scraped.webConfigReloadSuccess],
];

const settings = ({ name, help, labels }: Metric, registry: Registry) => ({
  name,
  help,
  labelNames: Object.keys(labels),
  registers: [registry],
});

/** A registry of gauges that are set from one value before they are written. */
class GaugeRegistry<T> {
  readonly registry = new Registry();
  readonly #gauges: ReadonlyMap<Metric, Gauge>;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly values: Values<T>) {
    this.#gauges = new Map(values.map(([metric]) => [metric, new Gauge(settings(metric, this.registry))]));
  }

  /** The text of all families. One after the other, so that none has values of two. */
  text(from: T): Promise<string> {
    const text = this.#turn.then(() => {
      for (const [metric, value] of this.values) this.#set(metric, value(from));
      return this.registry.metrics();
    });
    this.#turn = text.catch(() => {});
    return text;
  }

  #set(metric: Metric, value: Value): void {
    const gauge = this.#gauges.get(metric) as Gauge;
    const [label] = Object.keys(metric.labels);
    if (label === undefined) {
      if (value === undefined) gauge.remove();
      else gauge.set(Number(value));
      return;
    }
    if (typeof value !== 'object') gauge.reset();
    if (typeof value === 'string') gauge.set({ [label]: value }, 1);
    if (typeof value !== 'object') return;
    for (const known of metric.labels[label]?.values ?? [])
      gauge.set({ [label]: known }, value.get(known) ?? 0);
  }
}

/** The families that only change with the file. They are gauges, and the same in both formats without the blank lines of one of them. */
export class TotalsRegistry {
  readonly #gauges = new GaugeRegistry(TOTALS);

  /** @param state undefined where nothing is known: then there are no samples */
  async text(state: State | undefined): Promise<string> {
    return (await this.#gauges.text(state)).replace(/\n{2,}/g, '\n');
  }
}

/**
 * The families that change at every scrape, in one format. Each format has a registry, because prom-client renames the counters of a registry
 * for good when it writes them as OpenMetrics.
 */
export class HealthRegistry {
  readonly #gauges = new GaugeRegistry(HEALTH);
  readonly #failures: Counter;
  #failed: ReadonlyMap<string, number> = new Map();

  /** @param processMetrics also those of the process, as prom-client makes them; promtool objects to some of their names */
  constructor(
    format: Format,
    build: { readonly version: string; readonly node: string },
    processMetrics: boolean,
  ) {
    const { registry } = this.#gauges;
    const isOpen = format === 'openmetrics';
    // The types of prom-client know only the text format for a registry that is made this way.
    registry.setContentType(
      (isOpen ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE) as never,
    );
    this.#failures = new Counter(settings(metrics.pendingWritesStateFileReadFailures, registry));
    new Gauge(settings(metrics.pendingWritesExporterBuildInfo, registry)).set({ ...build }, 1);
    if (processMetrics) collectDefaultMetrics({ register: registry });
  }

  /** The text of all families; in OpenMetrics form with the end mark. */
  text(scraped: Scraped): Promise<string> {
    for (const [reason, count] of scraped.failures) {
      const more = count - (this.#failed.get(reason) ?? 0);
      if (more >= 0) this.#failures.inc({ reason }, more);
    }
    this.#failed = scraped.failures;
    return this.#gauges.text(scraped);
  }
}
