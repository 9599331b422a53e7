import * as metrics from '../../metrics/exporter.js';
import type { MetricDefinition } from '../model.js';
import { type Compressed, type Compressor, gzipStream, type Section } from './gzip.js';
import type { RelayRecord, RotationRecord, State, StateFileError } from './parse.js';
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

// Rows that are copied together when none of them has changed.
const BLOCK = 64;

/** The rows of a page, and where they are in it. */
interface Blocks {
  readonly bytes: Buffer;
  readonly rows: readonly unknown[];
  readonly offsets: ReadonlyMap<MetricDefinition, readonly number[]>;
}

/** Rows that become lines of several families. */
class Rows<Row extends { readonly relay: string }> {
  /** For each block whether the page before has the very same rows there. */
  readonly isSame: readonly boolean[];
  readonly #labels: string[] = [];

  constructor(
    readonly rows: readonly Row[],
    readonly before: Blocks | undefined,
  ) {
    this.isSame = Array.from({ length: Math.ceil(rows.length / BLOCK) }, (_, block) => {
      const from = block * BLOCK;
      const to = Math.min(rows.length, from + BLOCK);
      if (before === undefined || Math.min(before.rows.length, from + BLOCK) !== to) return false;
      for (let i = from; i < to; i += 1) if (rows[i] !== before.rows[i]) return false;
      return true;
    });
  }

  /** The text of a row's label. */
  label(i: number): string {
    this.#labels[i] ??= `relay="${escapeLabel((this.rows[i] as Row).relay)}"`;
    return this.#labels[i] as string;
  }
}

/** The line of a row that has a value, or nothing. */
const gauge =
  <Row>({ name }: MetricDefinition, value: (row: Row) => Value) =>
  (row: Row, label: string): string => {
    const number = value(row);
    return number === undefined ? '' : `${name}{${label}} ${Number(number)}\n`;
  };

/** Bytes of an exposition, family by family. Every family is begun once. */
class Writer {
  #bytes: Buffer;
  #length = 0;
  #piece = '';
  /** The families, and where they begin. */
  readonly sections: Section[] = [];
  /** Of families with many rows: where each block of rows begins, and at last where the last one ends. */
  readonly offsets = new Map<MetricDefinition, readonly number[]>();

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

  /**
   * A family with the lines of many rows. What is the same as in the page before is copied from there.
   */
  rows<Row extends { readonly relay: string }>(
    metric: MetricDefinition,
    rows: Rows<Row>,
    line: (row: Row, label: string) => string,
  ): void {
    this.family(metric);
    this.#flush();
    const before = rows.before?.offsets.get(metric);
    const offsets = [this.#length];
    for (let block = 0; block * BLOCK < rows.rows.length; block += 1) {
      const from = before?.[block];
      const to = before?.[block + 1];
      if (rows.isSame[block] === true && from !== undefined && to !== undefined) {
        this.#copy((rows.before as Blocks).bytes, from, to);
      } else {
        const end = Math.min(rows.rows.length, (block + 1) * BLOCK);
        for (let i = block * BLOCK; i < end; i += 1) {
          this.text(line(rows.rows[i] as Row, rows.label(i)));
        }
        this.#flush();
      }
      offsets.push(this.#length);
    }
    this.offsets.set(metric, offsets);
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
    this.#reserve(this.#piece.length * 3);
    this.#length += this.#bytes.write(this.#piece, this.#length);
    this.#piece = '';
  }

  #copy(bytes: Buffer, from: number, to: number): void {
    this.#reserve(to - from);
    this.#length += bytes.copy(this.#bytes, this.#length, from, to);
  }

  #reserve(more: number): void {
    const most = this.#length + more;
    if (most <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(most, Math.ceil(this.#bytes.length * 1.5)));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** The families with the label `relay`: of no relay where `state` is undefined. */
function writeRelays(writer: Writer, state: State | undefined, before: Blocks | undefined): void {
  const relays = new Rows(state?.relays ?? [], before);
  const column = (metric: MetricDefinition, value: (record: RelayRecord) => Value) =>
    writer.rows(metric, relays, gauge(metric, value));
  column(metrics.pendingWritesPending, (r) => r.pending);
  column(metrics.pendingWritesPendingSince, (r) => r.pendingSince);
  column(metrics.pendingWritesLastUpdate, (r) => r.updatedAt);
  column(metrics.pendingWritesLeaseActive, (r) => r.leaseActive);
  column(metrics.pendingWritesLeaseExpiry, (r) => r.leaseExpiry);
  column(metrics.pendingWritesLeaseIssued, (r) => r.leaseIssued);
  column(metrics.pendingWritesLeaseVersion, (r) => r.leaseVersion);
  column(metrics.pendingWritesDriveVersion, (r) => r.driveVersion);
  const { name: wantedName } = metrics.pendingWritesWanted;
  writer.rows(metrics.pendingWritesWanted, relays, ({ wanted }, label) => {
    let lines = '';
    for (const type of wanted) lines += `${wantedName}{${label},type="${type}"} 1\n`;
    return lines;
  });
  const { name: jobName } = metrics.pendingWritesJobStatus;
  writer.rows(metrics.pendingWritesJobStatus, relays, ({ jobStatus }, label) =>
    jobStatus === undefined ? '' : `${jobName}{${label},status="${jobStatus}"} 1\n`,
  );

  const rotations = new Rows(state?.rotations ?? [], undefined);
  const { name: statusName } = metrics.pendingWritesRotationLastStatus;
  writer.rows(
    metrics.pendingWritesRotationLastStatus,
    rotations,
    ({ status }, label) => `${statusName}{${label},status="${status}"} 1\n`,
  );
  const rotationColumn = (metric: MetricDefinition, value: (record: RotationRecord) => Value) =>
    writer.rows(metric, rotations, gauge(metric, value));
  rotationColumn(metrics.pendingWritesRotationLastAttempts, (r) => r.attempts);
  rotationColumn(metrics.pendingWritesRotationLastStart, (r) => r.start);
  rotationColumn(metrics.pendingWritesRotationLastEnd, (r) => r.end);
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
  readonly #blocks: Blocks;
  readonly #compressed = new Map<Format, Promise<Compressed>>();

  /**
   * @param state undefined where nothing is known: then there are no samples, since what cannot be read is not invented
   * @param relayLabels false leaves out every series of a single relay
   * @param expected about how many bytes it will be; a guess costs memory or time, nothing else
   * @param before another page: what has the very same records is copied from it
   */
  constructor(state: State | undefined, relayLabels: boolean, expected = 0, before?: Page) {
    const writer = new Writer('text', 16_384 + expected);
    const shown = relayLabels ? state : undefined;
    writeRelays(writer, shown, before === undefined ? undefined : before.#blocks);
    writeTotals(writer, state);
    writer.text(END);
    this.#bytes = writer.end();
    this.#sections = writer.sections;
    this.#blocks = { bytes: this.#bytes, rows: shown?.relays ?? [], offsets: writer.offsets };
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
