import * as metrics from '../../../metrics/exporter.js';
import type { State } from '../state-file/parse.js';
import type { RelayRecord } from '../state-file/relays.js';
import type { RotationRecord } from '../state-file/rotations.js';

/*
 * The families with a label `relay`: one series per relay, written directly, the same in both formats. A record whose bytes did not change
 * is the same object as in the version before and keeps its lines, so that a new page is mostly a join. A family without a changed line
 * keeps its bytes, and with them their compressed form.
 */

type Metric = (typeof metrics.exporterMetrics)[number];

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

/** The text of one family. The same object as in the page before where nothing changed. */
export interface RenderedFamily {
  readonly bytes: Buffer;
}

/** What the file says about single relays, rendered. */
export interface Page {
  readonly families: readonly RenderedFamily[];
  /** For each record its lines, one text per family. */
  readonly lines: ReadonlyMap<RelayRecord, readonly string[]>;
}

const escaped = (text: string) => text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');

function linesOf<Row extends { readonly relay: string }>(
  columns: readonly ReturnType<typeof column<Row>>[],
  row: Row,
) {
  const relay = escaped(row.relay);
  return columns.map((column) => column.lines(row, relay));
}

/**
 * Renders a page.
 *
 * @param state undefined where nothing is known: then there are no samples, since what cannot be read is not invented
 * @param before the page of the version before, from which unchanged parts are taken
 */
export function renderPage(state: State | undefined, before?: Page): Page {
  const lines = new Map<RelayRecord, readonly string[]>();
  for (const row of state?.relays ?? [])
    lines.set(row, before?.lines.get(row) ?? linesOf(RELAY_COLUMNS, row));
  const now = [...lines.values()];
  const then = before?.lines.size === now.length ? [...before.lines.values()] : undefined;
  const relays = RELAY_COLUMNS.map(({ head }, k): RenderedFamily => {
    const isSame = then !== undefined && now.every((line, i) => line[k] === then[i]?.[k]);
    if (isSame) return before?.families[k] as RenderedFamily;
    let text = head;
    for (const line of now) text += line[k];
    return { bytes: Buffer.from(text) };
  });
  // There are few, and every version has its own.
  const rows = (state?.rotations ?? []).map((row) => linesOf(ROTATION_COLUMNS, row));
  const rotations = ROTATION_COLUMNS.map(({ head }, k): RenderedFamily => {
    return { bytes: Buffer.from(head + rows.map((line) => line[k]).join('')) };
  });
  return { families: [...relays, ...rotations], lines };
}
