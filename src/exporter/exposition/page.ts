import * as metrics from '../../../metrics/exporter.js';
import { labelsText } from '../../prometheus/sample-text.js';
import type { State } from '../state-file/parse.js';

// What only changes with the file. The families with a label `relay` are written directly: one series per relay, the same in both formats. A
// record whose bytes did not change is the same object as in the version before and keeps its lines, so that a new page is mostly a join.

export interface Page {
  /** The bytes of each family. One without a changed line is the same object as in the page before, and so is its compressed form. */
  readonly families: readonly Buffer[];
  readonly relays: State['relays'];
  /** The lines of each of these relays, one text per family. */
  readonly lines: readonly (readonly string[])[];
}

type Metric = (typeof metrics.exporterMetrics)[number];
type RelayRecord = State['relays'][number];
type RotationRecord = State['rotations'][number];

/**
 * A family: its HELP and TYPE, and the lines that it has for one record.
 *
 * @param value of a record's only sample, or the values of a second label, each of which makes a sample of 1
 */
function column<Row>(
  { name, help, type, labels }: Metric,
  value: (row: Row) => number | boolean | undefined | readonly string[],
) {
  const [, label] = Object.keys(labels);
  const lines = (row: Row, relay: string) => {
    const found = value(row);
    if (found === undefined) return '';
    // Not concatenated: that makes a tree of texts, through which every garbage collection walks.
    if (typeof found !== 'object') return [name, '{', relay, '} ', Number(found), '\n'].join('');
    return found.map((text) => `${name}{${relay},${label}="${text}"} 1\n`).join('');
  };
  return { head: `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`, value, lines };
}

const RELAY_COLUMNS = [
  column<RelayRecord>(metrics.pendingWritesPending, (r) => r.pending),
  column<RelayRecord>(metrics.pendingWritesPendingSince, (r) => r.pendingSince),
  column<RelayRecord>(metrics.pendingWritesLastUpdate, (r) => r.updatedAt),
  column<RelayRecord>(metrics.pendingWritesLeaseActive, (r) => r.leaseActive),
  column<RelayRecord>(metrics.pendingWritesLeaseExpiry, (r) => r.leaseExpiry),
  column<RelayRecord>(metrics.pendingWritesLeaseIssued, (r) => r.leaseIssued),
  column<RelayRecord>(metrics.pendingWritesLeaseVersion, (r) => r.leaseVersion),
  column<RelayRecord>(metrics.pendingWritesDriveVersion, (r) => r.driveVersion),
  column<RelayRecord>(metrics.pendingWritesWanted, (r) => r.wanted),
  column<RelayRecord>(metrics.pendingWritesJobStatus, (r) => r.jobStatus?.split(',')),
];

const ROTATION_COLUMNS = [
  column<RotationRecord>(metrics.pendingWritesRotationLastStatus, (r) => [r.status]),
  column<RotationRecord>(metrics.pendingWritesRotationLastAttempts, (r) => r.attempts),
  column<RotationRecord>(metrics.pendingWritesRotationLastStart, (r) => r.start),
  column<RotationRecord>(metrics.pendingWritesRotationLastEnd, (r) => r.end),
];

/** The lines of a row, one text per column. What is the same as in an earlier row of the relay is the same object. */
function linesOf<Row extends { readonly relay: string }>(
  columns: readonly ReturnType<typeof column<Row>>[],
  row: Row,
  before?: Row,
  known?: readonly string[],
): readonly string[] {
  if (known && before === row) return known;
  const earlier = before?.relay === row.relay ? before : undefined;
  const labels = labelsText({ relay: row.relay });
  return columns.map(({ value, lines }, k) =>
    earlier && `${value(earlier)}` === `${value(row)}` ? (known?.[k] as string) : lines(row, labels),
  );
}

const familyOf = (head: string, lines: Page['lines'], k: number) =>
  Buffer.from(head + lines.map((line) => line[k]).join(''));

/**
 * Renders a page. Without a state it has no samples, since what cannot be read is not invented.
 *
 * @param totals the text of the families without a label `relay`
 * @param before the page of the version before, from which unchanged families are taken
 */
export function renderPage(state: State | undefined, totals: string, before?: Page): Page {
  const relays = state?.relays ?? [];
  const lines = relays.map((row, i) => linesOf(RELAY_COLUMNS, row, before?.relays[i], before?.lines[i]));
  const changed = [...lines.keys()].filter((i) => lines[i] !== before?.lines[i]);
  const isSame = (k: number) =>
    lines.length === before?.lines.length && changed.every((i) => lines[i]?.[k] === before.lines[i]?.[k]);
  const families = RELAY_COLUMNS.map(
    ({ head }, k) => (isSame(k) && before?.families[k]) || familyOf(head, lines, k),
  );
  // There are few, and every version has its own.
  const rows = (state?.rotations ?? []).map((row) => linesOf(ROTATION_COLUMNS, row));
  const rotations = ROTATION_COLUMNS.map(({ head }, k) => familyOf(head, rows, k));
  return { families: [...families, ...rotations, Buffer.from(totals)], relays, lines };
}
