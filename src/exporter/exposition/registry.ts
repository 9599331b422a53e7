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

type Families<T> = readonly (readonly [Metric, (from: T) => Value])[];

/** What only changes with the file. */
const TOTALS: Families<State | undefined> = [
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
const HEALTH: Families<Scraped> = [
  [metrics.pendingWritesStateFileReadSuccess, ({ failure }) => failure === undefined],
  [metrics.pendingWritesStateFileMissing, ({ missing }) => missing],
  [metrics.pendingWritesStateFileMtime, ({ mtime }) => mtime],
  [metrics.pendingWritesStateFileSize, ({ size }) => size],
  [metrics.pendingWritesStateFileLastGoodRead, ({ lastGoodRead }) => lastGoodRead],
  [metrics.pendingWritesStateFileReadFailure, ({ failure }) => failure],
  [metrics.pendingWritesStateFileReadFailures, ({ failures }) => failures],
  [metrics.pendingWritesExporterScrapeDuration, ({ duration }) => duration],
  [metrics.pendingWritesExporterWebConfigReloadSuccess, (scraped) => scraped.webConfigReloadSuccess],
];

/** Families of prom-client that are set from one value before they are written. */
class FamilyRegistry<T> {
  readonly registry = new Registry();
  readonly #gauges: readonly (readonly [
    Metric,
    (from: T) => Value,
    Pick<Gauge, 'inc' | 'remove' | 'reset'>,
  ])[];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(families: Families<T>) {
    const registers = [this.registry];
    this.#gauges = families.map(([metric, value]) => {
      const { name, help, type, labels } = metric;
      const settings = { name, help, labelNames: Object.keys(labels), registers };
      return [metric, value, type === 'counter' ? new Counter(settings) : new Gauge(settings)];
    });
  }

  /** The text of all families. One after the other, so that none has values of two. */
  text(from: T): Promise<string> {
    const text = this.#turn.then(async () => {
      for (const [metric, value, gauge] of this.#gauges) {
        const [label] = Object.keys(metric.labels);
        if (label === undefined) gauge.remove();
        else gauge.reset();
        const found = value(from);
        if (found === undefined) continue;
        if (label === undefined) gauge.inc(Number(found));
        else if (typeof found === 'string') gauge.inc({ [label]: found }, 1);
        else if (typeof found === 'object')
          for (const known of metric.labels[label]?.values ?? [])
            gauge.inc({ [label]: known }, found.get(known) ?? 0);
      }
      // The same in both formats: without blank lines.
      return (await this.registry.metrics()).replace(/\n{2,}/g, '\n');
    });
    this.#turn = text.catch(() => {});
    return text;
  }
}

/** The families that only change with the file: gauges, and therefore the same in both formats. Without a state there are no samples. */
export const totalsRegistry = () => new FamilyRegistry(TOTALS);

/**
 * The families that change at every scrape, in one format; in OpenMetrics form with the end mark. Each format has a registry, because
 * prom-client renames the counters of a registry for good when it writes them as OpenMetrics.
 *
 * @param processMetrics also those of the process, as prom-client makes them; promtool objects to some of their names
 */
export function healthRegistry(format: Format, version: string, processMetrics: boolean) {
  const families = new FamilyRegistry(HEALTH);
  const { registry } = families;
  const type = format === 'text' ? Registry.PROMETHEUS_CONTENT_TYPE : Registry.OPENMETRICS_CONTENT_TYPE;
  // The types of prom-client know only the text format for a registry that is made this way.
  registry.setContentType(type as never);
  const { name, help, labels } = metrics.pendingWritesExporterBuildInfo;
  const build = new Gauge({ name, help, labelNames: Object.keys(labels), registers: [registry] });
  build.set({ version, node: process.versions.node }, 1);
  if (processMetrics) collectDefaultMetrics({ register: registry });
  return families;
}
