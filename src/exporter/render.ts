import * as metrics from '../../metrics/exporter.js';
import type { MetricDefinition } from '../model.js';
import { type Compressed, compress, gzipStream } from './gzip.js';
import type { State, StateFileError, Totals } from './parse.js';
import type { ReadFailure } from './read.js';

/** Why the last read gave no state. */
export type Failure = ReadFailure | StateFileError['reason'];

/** What is known of the file and of the exporter at a scrape. */
export interface Health {
  readonly success: boolean;
  readonly missing: boolean;
  readonly failure?: Failure;
  /** Modification time of the file at the last good read, Unix seconds. */
  readonly mtime?: number;
  /** Size of the file when it was last looked at, bytes. */
  readonly size?: number;
  /** When the file was last read with success or found missing, Unix seconds. */
  readonly lastGoodRead?: number;
  /** Failed reads by reason, since the exporter started. */
  readonly failures: ReadonlyMap<Failure, number>;
  /** Seconds that reading and rendering took. */
  readonly duration: number;
  readonly webConfigReloadSuccess: boolean;
}

export type Format = 'text' | 'openmetrics';

/** Versions told by the build info. */
export interface Build {
  readonly version: string;
  readonly node: string;
}

const escapeHelp = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapeLabel = (text: string) =>
  /[\\\n"]/.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"') : text;

/** HELP and TYPE of a metric. OpenMetrics declares a counter without its suffix. */
function declaration({ name, help, type }: MetricDefinition, format: Format): string {
  const family = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
  return `# HELP ${family} ${escapeHelp(help)}\n# TYPE ${family} ${type}\n`;
}

/** Metrics of the file's contents: they change with the file only. */
const STATE_METRICS: readonly MetricDefinition[] = [
  metrics.pendingWritesPending,
  metrics.pendingWritesPendingSince,
  metrics.pendingWritesLastUpdate,
  metrics.pendingWritesLeaseActive,
  metrics.pendingWritesLeaseExpiry,
  metrics.pendingWritesLeaseIssued,
  metrics.pendingWritesLeaseVersion,
  metrics.pendingWritesDriveVersion,
  metrics.pendingWritesWanted,
  metrics.pendingWritesJobStatus,
  metrics.pendingWritesRotationLastStatus,
  metrics.pendingWritesRotationLastAttempts,
  metrics.pendingWritesRotationLastStart,
  metrics.pendingWritesRotationLastEnd,
  metrics.pendingWritesQueueSize,
  metrics.pendingWritesInflightSize,
  metrics.pendingWritesQueueUpdated,
  metrics.pendingWritesRelays,
  metrics.pendingWritesOldestPendingSince,
  metrics.pendingWritesRelaysLeaseActive,
  metrics.pendingWritesEarliestLeaseExpiry,
  metrics.pendingWritesRelaysWanted,
  metrics.pendingWritesRelaysJobStatus,
  metrics.pendingWritesRelaysRotationLastStatus,
  metrics.pendingWritesRecordsLeftOut,
  metrics.pendingWritesFieldsLeftOut,
  metrics.pendingWritesStateFileRelays,
  metrics.pendingWritesStateFileShape,
];

type Value = number | boolean | undefined;

/** Text of the samples of a state, by metric. Every family is written once, in one piece. */
class Samples {
  readonly #texts = new Map<MetricDefinition, string>();

  add(metric: MetricDefinition, value: Value, labels = ''): void {
    if (value === undefined) return;
    this.append(metric, `${metric.name}${labels} ${Number(value)}\n`);
  }

  append(metric: MetricDefinition, lines: string): void {
    this.#texts.set(metric, (this.#texts.get(metric) ?? '') + lines);
  }

  of(metric: MetricDefinition): string {
    return this.#texts.get(metric) ?? '';
  }
}

/**
 * One gauge of many rows: absent values have no line. `labels` is the text of the labels up to and including the blank before the value.
 */
function column<Row>(
  samples: Samples,
  metric: MetricDefinition,
  rows: readonly Row[],
  labels: readonly string[],
  value: (row: Row) => Value,
): void {
  let lines = '';
  const { name } = metric;
  for (let i = 0; i < rows.length; i += 1) {
    const number = value(rows[i] as Row);
    if (number !== undefined) lines += `${name}${labels[i]}${Number(number)}\n`;
  }
  samples.append(metric, lines);
}

function addRelays(samples: Samples, { relays, rotations }: State): void {
  const labels = relays.map(({ relay }) => `{relay="${escapeLabel(relay)}"} `);
  column(samples, metrics.pendingWritesPending, relays, labels, (r) => r.pending);
  column(samples, metrics.pendingWritesPendingSince, relays, labels, (r) => r.pendingSince);
  column(samples, metrics.pendingWritesLastUpdate, relays, labels, (r) => r.updatedAt);
  column(samples, metrics.pendingWritesLeaseActive, relays, labels, (r) => r.leaseActive);
  column(samples, metrics.pendingWritesLeaseExpiry, relays, labels, (r) => r.leaseExpiry);
  column(samples, metrics.pendingWritesLeaseIssued, relays, labels, (r) => r.leaseIssued);
  column(samples, metrics.pendingWritesLeaseVersion, relays, labels, (r) => r.leaseVersion);
  column(samples, metrics.pendingWritesDriveVersion, relays, labels, (r) => r.driveVersion);
  for (const { relay, wanted, jobStatus } of relays) {
    const name = `{relay="${escapeLabel(relay)}"`;
    for (const type of wanted) samples.add(metrics.pendingWritesWanted, 1, `${name},type="${type}"}`);
    if (jobStatus !== undefined)
      samples.add(metrics.pendingWritesJobStatus, 1, `${name},status="${jobStatus}"}`);
  }

  const ofRotations = rotations.map(({ relay }) => `{relay="${escapeLabel(relay)}"} `);
  for (const { relay, status } of rotations) {
    const name = `{relay="${escapeLabel(relay)}",status="${status}"}`;
    samples.add(metrics.pendingWritesRotationLastStatus, 1, name);
  }
  const { pendingWritesRotationLastAttempts: attempts } = metrics;
  column(samples, attempts, rotations, ofRotations, (r) => r.attempts);
  column(samples, metrics.pendingWritesRotationLastStart, rotations, ofRotations, (r) => r.start);
  column(samples, metrics.pendingWritesRotationLastEnd, rotations, ofRotations, (r) => r.end);
}

/** One series for each known value of the metric's only label, so that a count goes to 0 instead of away. */
function addCounts(samples: Samples, metric: MetricDefinition, counts: ReadonlyMap<string, number>): void {
  for (const [label, { values }] of Object.entries(metric.labels)) {
    for (const value of values ?? []) samples.add(metric, counts.get(value) ?? 0, `{${label}="${value}"}`);
  }
}

function addTotals(samples: Samples, state: State, totals: Totals): void {
  samples.add(metrics.pendingWritesQueueSize, state.queueSize);
  samples.add(metrics.pendingWritesInflightSize, state.inflightSize);
  samples.add(metrics.pendingWritesQueueUpdated, state.updatedAt);
  const { pending, cleared } = totals;
  addCounts(samples, metrics.pendingWritesRelays, new Map(Object.entries({ pending, cleared })));
  samples.add(metrics.pendingWritesOldestPendingSince, totals.oldestPendingSince);
  samples.add(metrics.pendingWritesRelaysLeaseActive, totals.leaseActive);
  samples.add(metrics.pendingWritesEarliestLeaseExpiry, totals.earliestLeaseExpiry);
  addCounts(samples, metrics.pendingWritesRelaysWanted, totals.wanted);
  if (state.shape === 'snapshot') {
    addCounts(samples, metrics.pendingWritesRelaysJobStatus, totals.jobStatus);
  }
  addCounts(samples, metrics.pendingWritesRelaysRotationLastStatus, totals.rotationStatus);
  const { invalid, duplicates: duplicate, overCap: cap } = state;
  addCounts(
    samples,
    metrics.pendingWritesRecordsLeftOut,
    new Map(Object.entries({ invalid, duplicate, cap })),
  );
  samples.add(metrics.pendingWritesFieldsLeftOut, state.badFields);
  samples.add(metrics.pendingWritesStateFileRelays, totals.relays);
  samples.add(metrics.pendingWritesStateFileShape, 1, `{shape="${state.shape}"}`);
}

const END = Buffer.from('# EOF\n');

/** What the file says, rendered once for all scrapes until it changes; compressed at the first request for it. */
export class Page {
  /** With the end that OpenMetrics wants; the other format is the same without it. */
  readonly #bytes: Buffer;
  readonly #compressed = new Map<Format, Promise<Compressed>>();

  /**
   * @param state undefined where nothing is known: then there are no samples, since what cannot be read is not invented
   * @param relayLabels false leaves out every series of a single relay
   */
  constructor(state: State | undefined, relayLabels: boolean) {
    const samples = new Samples();
    if (state !== undefined) {
      if (relayLabels) addRelays(samples, state);
      addTotals(samples, state, state.totals);
    }
    // Family by family: one string of everything would be held twice in memory while it becomes bytes.
    const families = STATE_METRICS.flatMap((metric) => [
      Buffer.from(declaration(metric, 'text')),
      Buffer.from(samples.of(metric)),
    ]);
    this.#bytes = Buffer.concat([...families, END]);
  }

  /** In text format 0.0.4. */
  get text(): string {
    return this.body('text').toString();
  }

  body(format: Format): Buffer {
    return format === 'openmetrics' ? this.#bytes : this.#bytes.subarray(0, -END.length);
  }

  compressed(format: Format): Promise<Compressed> {
    let compressed = this.#compressed.get(format);
    if (compressed === undefined) {
      compressed = compress(this.body(format));
      this.#compressed.set(format, compressed);
    }
    return compressed;
  }
}

/** The families that tell of the file and the exporter. They come before the page. */
export function renderHealth(health: Health, build: Build, format: Format): string {
  const samples = new Samples();
  samples.add(metrics.pendingWritesStateFileReadSuccess, health.success);
  samples.add(metrics.pendingWritesStateFileMissing, health.missing);
  samples.add(metrics.pendingWritesStateFileMtime, health.mtime);
  samples.add(metrics.pendingWritesStateFileSize, health.size);
  samples.add(metrics.pendingWritesStateFileLastGoodRead, health.lastGoodRead);
  if (health.failure !== undefined) {
    samples.add(metrics.pendingWritesStateFileReadFailure, 1, `{reason="${health.failure}"}`);
  }
  addCounts(samples, metrics.pendingWritesStateFileReadFailures, health.failures);
  const { version, node } = build;
  const versions = `{version="${escapeLabel(version)}",node="${escapeLabel(node)}"}`;
  samples.add(metrics.pendingWritesExporterBuildInfo, 1, versions);
  samples.add(metrics.pendingWritesExporterScrapeDuration, health.duration);
  samples.add(metrics.pendingWritesExporterWebConfigReloadSuccess, health.webConfigReloadSuccess);
  return metrics.exporterMetrics
    .filter((metric) => !STATE_METRICS.includes(metric))
    .map((metric) => declaration(metric, format) + samples.of(metric))
    .join('');
}

/** The bytes of an answer, in pieces to be sent one after the other. */
export async function answerBody(
  head: string,
  page: Page,
  format: Format,
  gzipped: boolean,
): Promise<readonly Buffer[]> {
  const first = Buffer.from(head);
  return gzipped ? gzipStream(first, await page.compressed(format)) : [first, page.body(format)];
}
