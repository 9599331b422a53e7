import { isAscii, isUtf8 } from 'node:buffer';
import type { ReadRecord, RelayRecord, RotationRows } from './records.js';
import { FieldReader, isCount, isList, isObject, newestRotations, readRecord, relaysOf } from './records.js';

/** Relays that get series, unless configured otherwise. */
export const MAX_RELAYS = 50_000;

/** The file's bytes are not a state file. */
export class StateFileError extends Error {
  constructor(readonly reason: 'not_utf8' | 'not_json' | 'spliced' | 'not_a_state_file') {
    super(reason);
  }
}

/** The records of the version parsed before, and where each begins in its bytes: in the next version few have changed, and none has moved. */
export class RecordCache {
  bytes: Buffer = Buffer.alloc(0);
  places: readonly number[] = [];
  records: readonly ReadRecord[] = [];
}

/**
 * What has happened to a file that is not JSON. `spliced`, as overlapping writes leave it: an object that is complete and followed by more,
 * or whose beginning and end do not fit together, or text around a hole of NUL bytes. `not_json`: empty, broken off, or something else.
 * Only the message of the error has what JSON.parse has found, and where; the tests run with every version of Node.js that is supported.
 */
function damageOf(text: string, { message }: Error): 'spliced' | 'not_json' {
  if (text.includes('\0') && /[^\0\s]/.test(text)) return 'spliced';
  if (!/^[ \t\r\n]*\{/.test(text)) return 'not_json';
  if (message.startsWith('Unexpected non-whitespace character after JSON')) return 'spliced';
  const position = Number(/^(?!Unexpected token).* at position (\d+)/.exec(message)?.[1]);
  const isBrokenOff =
    /^(?:Unexpected end|Unterminated string)/.test(message) || position >= text.trimEnd().length;
  return /\}\s*$/.test(text) && !isBrokenOff ? 'spliced' : 'not_json';
}

const BEFORE_RECORDS = Buffer.from('{\n  "notifications": [\n    {');
const BETWEEN_RECORDS = Buffer.from('\n    },\n    {');
const END_OF_RECORDS = Buffer.from('\n    }\n  ],\n  "rotations": [');

/**
 * The contents of a file in the layout that the worker writes, record by record. Undefined for other layouts; throws for invalid JSON.
 * It accepts nothing that JSON.parse would refuse: the bytes are cut at line breaks, which no JSON string contains, each record has to be
 * valid JSON, and so has the rest without them.
 */
function recordByRecord(bytes: Buffer, encoding: BufferEncoding, cache: RecordCache) {
  const end = bytes.lastIndexOf(END_OF_RECORDS);
  if (end < 0 || !bytes.subarray(0, BEFORE_RECORDS.length).equals(BEFORE_RECORDS)) return undefined;
  const rest: unknown = JSON.parse(`{"rotations": [${bytes.toString(encoding, end + END_OF_RECORDS.length)}`);
  // A second list would win over the first one.
  if (!isObject(rest) || 'notifications' in rest || 'relays' in rest) return undefined;
  const places: number[] = [];
  const records: ReadRecord[] = [];
  let at = BEFORE_RECORDS.length;
  while (at <= end) {
    const i = places.length;
    // Up to the beginning of the record that follows; the last one is not known.
    const [from = 0, to = 0] = [cache.places[i], cache.places[i + 1]];
    const next = at + to - from;
    // Looking whether it is the record from before is faster than searching its end.
    const isKnown = to > 0 && next <= end && bytes.compare(cache.bytes, from, to, at, next) === 0;
    const found = isKnown ? next - BETWEEN_RECORDS.length : bytes.indexOf(BETWEEN_RECORDS, at);
    const last = found < 0 ? end : Math.min(found, end);
    const read = () => readRecord(JSON.parse(`{${bytes.toString(encoding, at, last)}}`), false);
    records.push((isKnown && cache.records[i]) || read());
    places.push(at);
    at = last + BETWEEN_RECORDS.length;
  }
  [cache.bytes, cache.places, cache.records] = [bytes, places, records];
  return { rest, records, shape: 'persisted' };
}

/** The contents of a file of any layout. Throws for invalid JSON. */
function atOnce(text: string) {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new StateFileError('not_a_state_file');
  const isSnapshot = Array.isArray(value.relays);
  const shape = isSnapshot ? 'snapshot' : Object.keys(value).length === 0 ? 'empty' : 'persisted';
  const rows = isSnapshot ? value.relays : shape === 'empty' ? [] : value.notifications;
  if (!Array.isArray(rows)) throw new StateFileError('not_a_state_file');
  return { rest: value, records: rows.map((row) => readRecord(row, isSnapshot)), shape };
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff'); // as editors on Windows write it

function contentsOf(file: Buffer, cache: RecordCache) {
  // Nearly every state file is ASCII, and then this is five times faster than decoding UTF-8.
  const encoding = isAscii(file) ? 'latin1' : 'utf8';
  if (encoding === 'utf8' && !isUtf8(file)) throw new StateFileError('not_utf8');
  const bytes = file.subarray(file.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0);
  try {
    const contents = recordByRecord(bytes, encoding, cache);
    if (contents) return contents;
  } catch {
    // Unusual line breaks do not prove that the whole is wrong.
  }
  const text = bytes.toString(encoding);
  try {
    return atOnce(text);
  } catch (error) {
    throw error instanceof StateFileError ? error : new StateFileError(damageOf(text, error as Error));
  }
}

/** How often each value occurs. */
function tally(values: readonly (string | undefined)[]) {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** The earliest of some times, undefined without one. */
const earliest = (times: readonly (number | undefined)[]) =>
  times.reduce((least, time) => (least === undefined || (time ?? least) < least ? time : least), undefined);

/** Numbers over all relays of the file, including those beyond the cap. Times are Unix seconds. */
function totalsOf(relays: readonly RelayRecord[], rotations: readonly RotationRows[], isSnapshot: boolean) {
  const pending = relays.filter((record) => record.pending);
  const leased = pending.filter(({ leaseActive }) => leaseActive);
  return {
    relays: relays.length,
    byState: new Map([
      ['pending', pending.length],
      ['cleared', relays.filter((record) => record.pending === false).length],
    ]),
    leaseActive: relays.filter(({ leaseActive }) => leaseActive).length,
    oldestPendingSince: earliest(pending.map(({ pendingSince }) => pendingSince)),
    // Of the active leases of pending relays.
    earliestLeaseExpiry: earliest(leased.map(({ leaseExpiry }) => leaseExpiry)),
    wanted: tally(pending.flatMap(({ wanted }) => wanted)),
    jobStatus: isSnapshot ? tally(relays.map(({ jobStatus }) => jobStatus)) : undefined,
    rotationStatus: tally(rotations.map(({ status }) => status)),
  };
}

/**
 * Parses a state file in any of its forms: the persisted one, the IPC snapshot, and `{}`. Unknown fields are ignored. Known ones that are
 * not valid are left out and counted, and so are records without a usable relay or state.
 *
 * @param maxRelays relays beyond this number are left out and counted
 * @param cache records of the version parsed before; keep it for the next one
 * @throws {StateFileError} when the bytes are not JSON in one of those forms
 */
export function parseState(bytes: Buffer, maxRelays: number, cache: RecordCache) {
  const { rest, records, shape } = contentsOf(bytes, cache);
  const isSnapshot = shape === 'snapshot';
  const fields = new FieldReader();
  const { relays, invalid, duplicates, badFields } = relaysOf(records);
  const rotationRows = fields.read(rest.rotations, isList) ?? [];
  const { newest, invalid: invalidRows } = newestRotations(rotationRows);
  const [all, allRotations] = [[...relays.values()], [...newest.values()]];
  const unlisted = allRotations.filter(({ relay }) => !relays.has(relay));
  const beyond = Math.max(0, all.length + unlisted.length - maxRelays);
  // Those with a record first, and of these the pending ones, since they may need attention.
  const inOrder = () => [
    ...all.toSorted((a, b) => Number(b.pending ?? 0) - Number(a.pending ?? 0)),
    ...unlisted,
  ];
  const named = new Set((beyond > 0 ? inOrder().slice(0, maxRelays) : []).map(({ relay }) => relay));
  const isNamed = ({ relay }: { readonly relay: string }) => beyond === 0 || named.has(relay);
  return {
    shape,
    // Each relay once. A record whose bytes did not change is the same object as in the version before.
    relays: all.filter(isNamed),
    rotations: allRotations.filter(isNamed).map(({ relay, status, newest: row }) => ({
      relay,
      status,
      attempts: fields.read(row.attempts, isCount),
      start: fields.seconds(row.startedAt),
      end: fields.seconds(row.completedAt),
    })),
    totals: totalsOf(all, allRotations, isSnapshot),
    queueSize: isSnapshot ? fields.read(rest.queueSize, isCount) : undefined,
    inflightSize: isSnapshot ? fields.read(rest.inflightSize, isCount) : undefined,
    updatedAt: isSnapshot ? fields.seconds(rest.updatedAt) : undefined,
    // Records without series: not valid, an older one of the same relay, or beyond the cap.
    leftOut: new Map([
      ['invalid', invalid + invalidRows],
      ['duplicate', duplicates],
      ['cap', beyond],
    ]),
    badFields: badFields + fields.bad,
    // To recognise a file that is being rewritten step by step.
    rotationRows: rotationRows.length,
  };
}

/** One version of the state file. */
export type State = Readonly<ReturnType<typeof parseState>>;
