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
  [metrics.pendingWritesRelaysJobStatus, (state) => state?.totals.jobStatus],
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

/** Sets a metric of prom-client to a value, and removes what it had before. */
function assign(metric: Metric, gauge: Gauge | Counter, value: Value): void {
  const [label] = Object.keys(metric.labels);
  // Without labels there is one sample, which a reset would set to 0.
  if (label === undefined) gauge.remove();
  else gauge.reset();
  if (value === undefined) return;
  if (label === undefined) gauge.inc(Number(value));
  else if (typeof value !== 'object') gauge.inc({ [label]: `${value}` }, 1);
  else
    for (const known of metric.labels[label]?.values ?? [])
      gauge.inc({ [label]: known }, value.get(known) ?? 0);
}

/** Makes a registry of families; `text` writes them as they are for a value. */
function registryOf<T>(families: Families<T>) {
  const registry = new Registry();
  const gauges = families.map(([metric, value]) => {
    const { name, help, type, labels } = metric;
    const settings = { name, help, labelNames: Object.keys(labels), registers: [registry] };
    return { metric, value, gauge: type === 'counter' ? new Counter(settings) : new Gauge(settings) };
  });
  const text = async (from: T) => {
    for (const { metric, value, gauge } of gauges) assign(metric, gauge, value(from));
    // It takes the values before it returns, so that scrapes at the same time do not mix them. The same in both formats: without blank lines.
    return (await registry.metrics()).replace(/\n{2,}/g, '\n');
  };
  return { registry, text };
}

/** Writes the families that only change with the file: gauges, and therefore the same in both formats. Without a state there are no samples. */
export const totalsText = registryOf(TOTALS).text;

/**
 * Makes a function that writes the families that change at every scrape, in one format; in OpenMetrics form with the end mark. Each format
 * has a registry, because prom-client renames the counters of a registry for good when it writes them as OpenMetrics. With
 * `processMetrics` also those of the process, as prom-client makes them; promtool objects to some of their names.
 */
export function healthText(format: Format, version: string, processMetrics: boolean | undefined) {
  const { registry, text } = registryOf(HEALTH);
  const type = format === 'text' ? Registry.PROMETHEUS_CONTENT_TYPE : Registry.OPENMETRICS_CONTENT_TYPE;
  // The types of prom-client know only the text format for a registry that is made this way.
  registry.setContentType(type as never);
  const { name, help, labels } = metrics.pendingWritesExporterBuildInfo;
  const build = new Gauge({ name, help, labelNames: Object.keys(labels), registers: [registry] });
  build.set({ version, node: process.versions.node }, 1);
  if (processMetrics) collectDefaultMetrics({ register: registry });
  return text;
}
