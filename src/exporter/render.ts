import * as metrics from '../../metrics/exporter.js';
import type { MetricDefinition } from '../model.js';
import { type Compressed, type Compressor, gzipStream, type Section } from './gzip.js';
import type { State, StateFileError } from './parse.js';
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

const declarations = {
  text: new Map<MetricDefinition, string>(),
  openmetrics: new Map<MetricDefinition, string>(),
} satisfies Record<Format, unknown>;

/** HELP and TYPE of a metric. OpenMetrics declares a counter without its suffix. */
function declaration(metric: MetricDefinition, format: Format): string {
  let text = declarations[format].get(metric);
  if (text === undefined) {
    const { name, help, type } = metric;
    const family = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
    text = `# HELP ${family} ${escapeHelp(help)}\n# TYPE ${family} ${type}\n`;
    declarations[format].set(metric, text);
  }
  return text;
}

type Value = number | boolean | undefined;

// Text is turned into bytes in pieces of this many characters: short ones are slow, and long ones are kept until they enlarge the heap.
const PIECE = 8_192;

/** Bytes of an exposition, family by family. Every family is begun once. */
class Writer {
  #bytes: Buffer;
  #length = 0;
  #piece = '';
  /** The families, and where they begin. */
  readonly sections: Section[] = [];

  /** @param expected bytes; more are taken as they are needed */
  constructor(
    private readonly format: Format,
    expected: number,
  ) {
    this.#bytes = Buffer.allocUnsafeSlow(expected);
  }

  family(metric: MetricDefinition): void {
    this.#flush();
    this.sections.push({ name: metric.name, start: this.#length });
    this.text(declaration(metric, this.format));
  }

  sample({ name }: MetricDefinition, value: Value, labels = ''): void {
    if (value !== undefined) this.text(`${name}${labels} ${Number(value)}\n`);
  }

  /** A family with one sample, or none. */
  single(metric: MetricDefinition, value: Value): void {
    this.family(metric);
    this.sample(metric, value);
  }

  /** A family with one sample for each known value of its only label, so that a count goes to 0 instead of away. */
  counts(metric: MetricDefinition, counts: ReadonlyMap<string, number> | undefined): void {
    this.family(metric);
    if (counts === undefined) return;
    for (const [label, { values }] of Object.entries(metric.labels)) {
      for (const value of values ?? []) {
        this.sample(metric, counts.get(value) ?? 0, `{${label}="${value}"}`);
      }
    }
  }

  /** A family with a sample for each row that has a value. `labels` are the texts of the rows' labels. */
  column<Row>(
    metric: MetricDefinition,
    rows: readonly Row[],
    labels: readonly string[],
    value: (row: Row) => Value,
  ): void {
    this.family(metric);
    for (let i = 0; i < rows.length; i += 1) this.sample(metric, value(rows[i] as Row), labels[i]);
  }

  text(text: string): void {
    this.#piece += text;
    if (this.#piece.length >= PIECE) this.#flush();
  }

  /** The bytes written so far; the writer must not be used any more. */
  end(): Buffer {
    this.#flush();
    const written = this.#bytes.subarray(0, this.#length);
    // The page stays in memory until the file changes: what it does not need is given back.
    return this.#length * 1.2 > this.#bytes.length ? written : Buffer.from(written);
  }

  #flush(): void {
    const most = this.#length + this.#piece.length * 3;
    if (most > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(most, Math.ceil(this.#bytes.length * 1.5)));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(this.#piece, this.#length);
    this.#piece = '';
  }
}

/** The families with the label `relay`: of no relay where `state` is undefined. */
function writeRelays(writer: Writer, state: State | undefined): void {
  const relays = state?.relays ?? [];
  const labels = relays.map(({ relay }) => `{relay="${escapeLabel(relay)}"}`);
  writer.column(metrics.pendingWritesPending, relays, labels, (r) => r.pending);
  writer.column(metrics.pendingWritesPendingSince, relays, labels, (r) => r.pendingSince);
  writer.column(metrics.pendingWritesLastUpdate, relays, labels, (r) => r.updatedAt);
  writer.column(metrics.pendingWritesLeaseActive, relays, labels, (r) => r.leaseActive);
  writer.column(metrics.pendingWritesLeaseExpiry, relays, labels, (r) => r.leaseExpiry);
  writer.column(metrics.pendingWritesLeaseIssued, relays, labels, (r) => r.leaseIssued);
  writer.column(metrics.pendingWritesLeaseVersion, relays, labels, (r) => r.leaseVersion);
  writer.column(metrics.pendingWritesDriveVersion, relays, labels, (r) => r.driveVersion);
  writer.family(metrics.pendingWritesWanted);
  for (const { relay, wanted } of relays) {
    for (const type of wanted) {
      writer.sample(metrics.pendingWritesWanted, 1, `{relay="${escapeLabel(relay)}",type="${type}"}`);
    }
  }
  writer.family(metrics.pendingWritesJobStatus);
  for (const { relay, jobStatus } of relays) {
    if (jobStatus === undefined) continue;
    const name = `{relay="${escapeLabel(relay)}",status="${jobStatus}"}`;
    writer.sample(metrics.pendingWritesJobStatus, 1, name);
  }

  const rotations = state?.rotations ?? [];
  const rotating = rotations.map(({ relay }) => `{relay="${escapeLabel(relay)}"}`);
  writer.family(metrics.pendingWritesRotationLastStatus);
  for (const { relay, status } of rotations) {
    const name = `{relay="${escapeLabel(relay)}",status="${status}"}`;
    writer.sample(metrics.pendingWritesRotationLastStatus, 1, name);
  }
  writer.column(metrics.pendingWritesRotationLastAttempts, rotations, rotating, (r) => r.attempts);
  writer.column(metrics.pendingWritesRotationLastStart, rotations, rotating, (r) => r.start);
  writer.column(metrics.pendingWritesRotationLastEnd, rotations, rotating, (r) => r.end);
}

/** The families that need no relay: without samples where `state` is undefined. */
function writeTotals(writer: Writer, state: State | undefined): void {
  const totals = state?.totals;
  const map = (counts: Readonly<Record<string, number>> | undefined) =>
    counts === undefined ? undefined : new Map(Object.entries(counts));
  writer.single(metrics.pendingWritesQueueSize, state?.queueSize);
  writer.single(metrics.pendingWritesInflightSize, state?.inflightSize);
  writer.single(metrics.pendingWritesQueueUpdated, state?.updatedAt);
  const states = totals && { pending: totals.pending, cleared: totals.cleared };
  writer.counts(metrics.pendingWritesRelays, map(states));
  writer.single(metrics.pendingWritesOldestPendingSince, totals?.oldestPendingSince);
  writer.single(metrics.pendingWritesRelaysLeaseActive, totals?.leaseActive);
  writer.single(metrics.pendingWritesEarliestLeaseExpiry, totals?.earliestLeaseExpiry);
  writer.counts(metrics.pendingWritesRelaysWanted, totals?.wanted);
  const statuses = state?.shape === 'snapshot' ? totals?.jobStatus : undefined;
  writer.counts(metrics.pendingWritesRelaysJobStatus, statuses);
  writer.counts(metrics.pendingWritesRelaysRotationLastStatus, totals?.rotationStatus);
  const leftOut = state && {
    invalid: state.invalid,
    duplicate: state.duplicates,
    cap: state.overCap,
  };
  writer.counts(metrics.pendingWritesRecordsLeftOut, map(leftOut));
  writer.single(metrics.pendingWritesFieldsLeftOut, state?.badFields);
  writer.single(metrics.pendingWritesStateFileRelays, totals?.relays);
  writer.family(metrics.pendingWritesStateFileShape);
  if (state !== undefined) {
    writer.sample(metrics.pendingWritesStateFileShape, 1, `{shape="${state.shape}"}`);
  }
}

const END = '# EOF\n';

/** What the file says, rendered once for all scrapes until it changes; compressed at the first request for it. */
export class Page {
  /** With the end that OpenMetrics wants; the other format is the same without it. */
  readonly #bytes: Buffer;
  readonly #sections: readonly Section[];
  readonly #compressed = new Map<Format, Promise<Compressed>>();

  /**
   * @param state undefined where nothing is known: then there are no samples, since what cannot be read is not invented
   * @param relayLabels false leaves out every series of a single relay
   * @param expected about how many bytes it will be; a guess costs memory or time, nothing else
   */
  constructor(state: State | undefined, relayLabels: boolean, expected = 0) {
    const writer = new Writer('text', 16_384 + expected);
    writeRelays(writer, relayLabels ? state : undefined);
    writeTotals(writer, state);
    writer.text(END);
    this.#bytes = writer.end();
    this.#sections = writer.sections;
  }

  /** In text format 0.0.4. */
  get text(): string {
    return this.body('text').toString();
  }

  body(format: Format): Buffer {
    return format === 'openmetrics' ? this.#bytes : this.#bytes.subarray(0, -END.length);
  }

  compressed(format: Format, compressor: Compressor): Promise<Compressed> {
    let compressed = this.#compressed.get(format);
    if (compressed === undefined) {
      compressed = compressor.compress(this.body(format), this.#sections);
      this.#compressed.set(format, compressed);
    }
    return compressed;
  }
}

/** The families that tell of the file and the exporter. They come before the page. */
export function renderHealth(health: Health, build: Build, format: Format): Buffer {
  const writer = new Writer(format, 8_192);
  writer.single(metrics.pendingWritesStateFileReadSuccess, health.success);
  writer.single(metrics.pendingWritesStateFileMissing, health.missing);
  writer.single(metrics.pendingWritesStateFileMtime, health.mtime);
  writer.single(metrics.pendingWritesStateFileSize, health.size);
  writer.single(metrics.pendingWritesStateFileLastGoodRead, health.lastGoodRead);
  writer.family(metrics.pendingWritesStateFileReadFailure);
  if (health.failure !== undefined) {
    writer.sample(metrics.pendingWritesStateFileReadFailure, 1, `{reason="${health.failure}"}`);
  }
  writer.counts(metrics.pendingWritesStateFileReadFailures, health.failures);
  writer.family(metrics.pendingWritesExporterBuildInfo);
  const { version, node } = build;
  const versions = `{version="${escapeLabel(version)}",node="${escapeLabel(node)}"}`;
  writer.sample(metrics.pendingWritesExporterBuildInfo, 1, versions);
  writer.single(metrics.pendingWritesExporterScrapeDuration, health.duration);
  writer.single(metrics.pendingWritesExporterWebConfigReloadSuccess, health.webConfigReloadSuccess);
  return writer.end();
}

/**
 * The bytes of an answer, in pieces to be sent one after the other.
 *
 * @param compressor undefined for bytes that are not compressed
 */
export async function answerBody(
  head: Buffer,
  page: Page,
  format: Format,
  compressor: Compressor | undefined,
): Promise<readonly Buffer[]> {
  if (compressor === undefined) return [head, page.body(format)];
  return gzipStream(head, await page.compressed(format, compressor));
}
