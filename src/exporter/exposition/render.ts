import * as metrics from '../../../metrics/exporter.js';
import type { MetricDefinition } from '../../model.js';
import type { RelayRecord, RotationRecord, State, StateFileError } from '../state-file/parse.js';
import type { ReadFailure } from '../state-file/read.js';
import { type Compressed, type Compressor, gzipStream, joined, type Part } from './gzip.js';

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

/** Part of an exposition: a family, or several small ones. */
interface FamilyText extends Part {
  /** Of a family by rows: where each row's lines begin, and at last where they end. Bytes. */
  readonly offsets?: Uint32Array;
}

/** What a page was made of, for the page after it. */
interface Before<Row> {
  /** Undefined where the rows of the families are not known. */
  readonly rows: readonly Row[] | undefined;
  readonly families: ReadonlyMap<string, FamilyText>;
}

// Only one page is made at a time, and nothing of it is kept here.
let scratch = Buffer.allocUnsafeSlow(65_536);
// What is left behind by a page of many relays. Bytes.
const MOST_SCRATCH = 1_048_576;

/** Bytes of one family. */
class FamilyWriter {
  #length = 0;
  #piece = '';

  text(text: string): void {
    this.#piece += text;
    if (this.#piece.length >= PIECE) this.#flush();
  }

  copy(bytes: Buffer, from: number, to: number): void {
    this.#flush();
    this.#reserve(to - from);
    this.#length += bytes.copy(scratch, this.#length, from, to);
  }

  /** What was written: the very same buffer as `old` where it holds the same, so that a page costs what is new in it. */
  end(old: Buffer | undefined): Buffer {
    this.#flush();
    const isSame =
      old !== undefined &&
      old.length === this.#length &&
      old.compare(scratch, 0, this.#length, 0, this.#length) === 0;
    const bytes = isSame ? old : Buffer.allocUnsafeSlow(this.#length);
    if (!isSame) scratch.copy(bytes, 0, 0, this.#length);
    if (scratch.length > MOST_SCRATCH) scratch = Buffer.allocUnsafeSlow(MOST_SCRATCH);
    return bytes;
  }

  #flush(): void {
    if (this.#piece === '') return;
    this.#reserve(this.#piece.length * 3);
    this.#length += scratch.write(this.#piece, this.#length);
    this.#piece = '';
  }

  #reserve(more: number): void {
    const most = this.#length + more;
    if (most <= scratch.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(most, scratch.length * 2));
    scratch.copy(larger, 0, 0, this.#length);
    scratch = larger;
  }
}

/** Rows that become lines of several families. */
class Rows<Row extends { readonly relay: string }> {
  readonly families: FamilyText[] = [];
  /** For each row 1 where the page before has the very same one. */
  readonly #isSame: Uint8Array;
  /** The rows that are new, where each is of the same relay as the one in its place before: no line has moved. */
  readonly #renewed: readonly number[] | undefined;
  readonly #labels: string[] = [];
  readonly #hasWideLabels: boolean;

  constructor(
    readonly rows: readonly Row[],
    readonly before: Before<Row> | undefined,
  ) {
    this.#isSame = new Uint8Array(rows.length);
    let hasWideLabels = false;
    const rowsBefore = before?.rows;
    let inPlace = rowsBefore?.length === rows.length;
    const renewed: number[] = [];
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i] as Row;
      if (rowsBefore?.[i] === row) {
        this.#isSame[i] = 1;
      } else {
        renewed.push(i);
        inPlace &&= rowsBefore?.[i]?.relay === row.relay;
        this.#labels[i] = `relay="${escapeLabel(row.relay)}"`;
        hasWideLabels ||= /[^\0-\x7f]/.test(row.relay);
      }
    }
    this.#renewed = inPlace ? renewed : undefined;
    this.#hasWideLabels = hasWideLabels;
  }

  /**
   * A family with the lines of the rows. What is the same as in the page before is taken from there.
   *
   * @param value what the lines are made of, but for the label: a row whose value is that of before has the same lines
   */
  family(
    metric: MetricDefinition,
    value: (row: Row) => Value | string,
    line: (row: Row, label: string) => string,
  ): void {
    const old = this.before?.families.get(metric.name);
    const family = old && (this.#kept(old, value) ?? this.#patched(metric, old, line));
    this.families.push(family ?? this.#written(metric, old, line));
  }

  /** The family of before, where no row has another value. */
  #kept(old: FamilyText, value: (row: Row) => Value | string): FamilyText | undefined {
    const rowsBefore = this.before?.rows;
    if (rowsBefore === undefined || this.#renewed === undefined) return undefined;
    for (const i of this.#renewed) {
      if (value(rowsBefore[i] as Row) !== value(this.rows[i] as Row)) return undefined;
    }
    return old;
  }

  /** The family of before with some lines written over, where they are as long as before: most values keep their number of digits. */
  #patched(
    { name }: MetricDefinition,
    { bytes: before, offsets }: FamilyText,
    line: (row: Row, label: string) => string,
  ): FamilyText | undefined {
    if (offsets === undefined || this.#renewed === undefined || this.#hasWideLabels) return undefined;
    const texts: string[] = [];
    for (const i of this.#renewed) {
      const text = line(this.rows[i] as Row, this.#labels[i] as string);
      if (text.length !== (offsets[i + 1] as number) - (offsets[i] as number)) return undefined;
      texts.push(text);
    }
    const bytes = Buffer.allocUnsafeSlow(before.length);
    before.copy(bytes);
    this.#renewed.forEach((i, k) => {
      bytes.write(texts[k] as string, offsets[i] as number, 'latin1');
    });
    return { name, bytes, offsets };
  }

  #written(
    metric: MetricDefinition,
    old: FamilyText | undefined,
    line: (row: Row, label: string) => string,
  ): FamilyText {
    const { rows } = this;
    const isSame = this.#isSame;
    const writer = new FamilyWriter();
    const head = declaration(metric, 'text');
    writer.text(head);
    const offsets = new Uint32Array(rows.length + 1);
    let at = Buffer.byteLength(head);
    for (let i = 0; i < rows.length; ) {
      if (old?.offsets === undefined || isSame[i] === 0) {
        const text = line(
          rows[i] as Row,
          this.#labels[i] ?? `relay="${escapeLabel((rows[i] as Row).relay)}"`,
        );
        offsets[i] = at;
        writer.text(text);
        at += this.#hasWideLabels ? Buffer.byteLength(text) : text.length;
        i += 1;
        continue;
      }
      const from = old.offsets[i] as number;
      const moved = at - from;
      for (; i < rows.length && isSame[i] === 1; i += 1) offsets[i] = (old.offsets[i] as number) + moved;
      const to = old.offsets[i] as number;
      writer.copy(old.bytes, from, to);
      at = to + moved;
    }
    offsets[rows.length] = at;
    return { name: metric.name, bytes: writer.end(old?.bytes), offsets };
  }
}

/** The line of a row that has a value, or nothing. */
const gauge =
  <Row>({ name }: MetricDefinition, value: (row: Row) => Value) =>
  (row: Row, label: string): string => {
    const number = value(row);
    return number === undefined ? '' : `${name}{${label}} ${Number(number)}\n`;
  };

/** Text of families with few samples. Every family is begun once. */
class Writer {
  text = '';

  constructor(private readonly format: Format) {}

  family(metric: MetricDefinition): void {
    this.text += declaration(metric, this.format);
  }

  sample({ name }: MetricDefinition, value: Value, labels = ''): void {
    if (value !== undefined) this.text += `${name}${labels} ${Number(value)}\n`;
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
}

/** The families with the label `relay`: of no relay where `state` is undefined. */
function relayFamilies(state: State | undefined, before: Before<RelayRecord> | undefined): FamilyText[] {
  const relays = new Rows(state?.relays ?? [], before);
  const column = (metric: MetricDefinition, value: (record: RelayRecord) => Value) =>
    relays.family(metric, value, gauge(metric, value));
  column(metrics.pendingWritesPending, (r) => r.pending);
  column(metrics.pendingWritesPendingSince, (r) => r.pendingSince);
  column(metrics.pendingWritesLastUpdate, (r) => r.updatedAt);
  column(metrics.pendingWritesLeaseActive, (r) => r.leaseActive);
  column(metrics.pendingWritesLeaseExpiry, (r) => r.leaseExpiry);
  column(metrics.pendingWritesLeaseIssued, (r) => r.leaseIssued);
  column(metrics.pendingWritesLeaseVersion, (r) => r.leaseVersion);
  column(metrics.pendingWritesDriveVersion, (r) => r.driveVersion);
  const { name: wantedName } = metrics.pendingWritesWanted;
  relays.family(
    metrics.pendingWritesWanted,
    ({ wanted }) => wanted.join(),
    ({ wanted }, label) => {
      let lines = '';
      for (const type of wanted) lines += `${wantedName}{${label},type="${type}"} 1\n`;
      return lines;
    },
  );
  const { name: jobName } = metrics.pendingWritesJobStatus;
  relays.family(
    metrics.pendingWritesJobStatus,
    ({ jobStatus }) => jobStatus,
    ({ jobStatus }, label) =>
      jobStatus === undefined ? '' : `${jobName}{${label},status="${jobStatus}"} 1\n`,
  );

  // There are few, and every version has its own.
  const rotations = new Rows(state?.rotations ?? [], before && { ...before, rows: undefined });
  const { name: statusName } = metrics.pendingWritesRotationLastStatus;
  rotations.family(
    metrics.pendingWritesRotationLastStatus,
    ({ status }) => status,
    ({ status }, label) => `${statusName}{${label},status="${status}"} 1\n`,
  );
  const rotationColumn = (metric: MetricDefinition, value: (record: RotationRecord) => Value) =>
    rotations.family(metric, value, gauge(metric, value));
  rotationColumn(metrics.pendingWritesRotationLastAttempts, (r) => r.attempts);
  rotationColumn(metrics.pendingWritesRotationLastStart, (r) => r.start);
  rotationColumn(metrics.pendingWritesRotationLastEnd, (r) => r.end);
  return [...relays.families, ...rotations.families];
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

/** What OpenMetrics wants at the end; the other format is the same without it. */
const END: Part = { name: 'end', bytes: Buffer.from('# EOF\n') };

/** What the file says, rendered once for all scrapes until it changes; compressed at the first request for it. */
export class Page {
  readonly #families: readonly FamilyText[];
  readonly #rows: readonly RelayRecord[];
  readonly #compressed = new Map<
    Format,
    { readonly compressed: Promise<Compressed>; readonly isJoined: boolean }
  >();

  /**
   * @param state undefined where nothing is known: then there are no samples, since what cannot be read is not invented
   * @param relayLabels false leaves out every series of a single relay
   * @param before another page: what is the same is taken from it
   */
  constructor(state: State | undefined, relayLabels: boolean, before?: Page) {
    const shown = relayLabels ? state : undefined;
    this.#rows = shown?.relays ?? [];
    const totals = new Writer('text');
    writeTotals(totals, state);
    this.#families = [
      ...relayFamilies(shown, before === undefined ? undefined : before.#before),
      { name: 'totals', bytes: Buffer.from(totals.text) },
    ];
  }

  get #before(): Before<RelayRecord> {
    return { rows: this.#rows, families: new Map(this.#families.map((family) => [family.name, family])) };
  }

  /** In text format 0.0.4. */
  get text(): string {
    return this.body('text')
      .map(({ bytes }) => bytes.toString())
      .join('');
  }

  /** The parts to be sent one after the other. */
  body(format: Format): readonly Part[] {
    return format === 'openmetrics' ? [...this.#families, END] : this.#families;
  }

  compressed(format: Format, compressor: Compressor): Promise<Compressed> {
    const before = this.#compressed.get(format);
    if (before === undefined) {
      const compressed = compressor.compress(this.body(format));
      this.#compressed.set(format, { compressed, isJoined: false });
      return compressed;
    }
    if (before.isJoined) return before.compressed;
    // Asked for again, so the file is at rest. One that changes all the time would only leave long buffers behind.
    const compressed = before.compressed.then(joined);
    this.#compressed.set(format, { compressed, isJoined: true });
    return compressed;
  }
}

/** The families that tell of the file and the exporter. They come before the page. */
export function renderHealth(health: Health, build: Build, format: Format): Buffer {
  const writer = new Writer(format);
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
  return Buffer.from(writer.text);
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
  if (compressor === undefined) return [head, ...page.body(format).map(({ bytes }) => bytes)];
  return gzipStream(head, await page.compressed(format, compressor));
}
