import * as metrics from '../../../metrics/exporter.js';
import type { State } from '../state-file/parse.js';

/*
 * What only changes with the file. The families with a label `relay` are written directly: one series per relay, the same in both formats. A
 * record whose bytes did not change is the same object as in the version before and keeps its lines, so that a new page is mostly a join.
 */

/** The bytes of each family. A family that is the same as in the page before is the same object, and so is its compressed form. */
export type Page = readonly Buffer[];

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
    if (typeof found !== 'object') return `${name}{relay="${relay}"} ${Number(found)}\n`;
    return found.map((text) => `${name}{relay="${relay}",${label}="${text}"} 1\n`).join('');
  };
  return { head: `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`, lines };
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

const escaped = (text: string) => text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');

/** The lines of a row, one text per column. */
const keptLines = new WeakMap<object, readonly string[]>();

function rendered<Row extends { readonly relay: string }>(
  columns: readonly ReturnType<typeof column<Row>>[],
  rows: readonly Row[] = [],
): readonly string[] {
  const lines = rows.map((row) => {
    const relay = escaped(row.relay);
    const line = keptLines.get(row) ?? columns.map((column) => column.lines(row, relay));
    keptLines.set(row, line);
    return line;
  });
  return columns.map(({ head }, k) => head + lines.map((line) => line[k]).join(''));
}

/**
 * Renders a page. Without a state it has no samples, since what cannot be read is not invented.
 *
 * @param totals the text of the families without a label `relay`
 */
export function renderPage(state: State | undefined, totals: string, before: Page = []): Page {
  const texts = [...rendered(RELAY_COLUMNS, state?.relays), ...rendered(ROTATION_COLUMNS, state?.rotations)];
  return [...texts, totals].map((text, k) => {
    const bytes = Buffer.from(text);
    return before[k]?.equals(bytes) ? before[k] : bytes;
  });
}
