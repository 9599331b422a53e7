import { isAscii, isUtf8 } from 'node:buffer';
import {
  pendingWritesJobStatus,
  pendingWritesRotationLastStatus,
  pendingWritesWanted,
} from '../../../metrics/exporter.js';
import type { MetricDefinition } from '../../model.js';

/**
 * What the file says of one relay. Times are Unix seconds. What is absent, or not of its type, in the file is undefined here. Every
 * record has all the fields: objects of one layout are read several times faster when there are 100,000 of them.
 */
export interface RelayRecord {
  readonly relay: string;
  readonly pending: boolean | undefined;
  /** Only while the relay is pending: of a cleared one the field means something else. */
  readonly pendingSince: number | undefined;
  readonly updatedAt: number | undefined;
  readonly leaseActive: boolean | undefined;
  readonly leaseExpiry: number | undefined;
  readonly leaseIssued: number | undefined;
  readonly leaseVersion: number | undefined;
  readonly driveVersion: number | undefined;
  /** Kinds of data wanted, each once, unknown ones as `other`. */
  readonly wanted: readonly string[];
  /** Only in the snapshot form. */
  readonly jobStatus: string | undefined;
}

/** The newest rotation of one relay. Times are Unix seconds. */
export interface RotationRecord {
  readonly relay: string;
  readonly status: string;
  readonly attempts: number | undefined;
  readonly start: number | undefined;
  readonly end: number | undefined;
}

export type Shape = 'persisted' | 'snapshot' | 'empty';

/** Numbers over all relays of the file, also those that are left out because of the cap. */
export interface Totals {
  readonly relays: number;
  readonly pending: number;
  readonly cleared: number;
  readonly leaseActive: number;
  /** Unix seconds; undefined while no relay is pending, or none says since when. */
  readonly oldestPendingSince: number | undefined;
  /** Of the active leases of pending relays, Unix seconds. */
  readonly earliestLeaseExpiry: number | undefined;
  readonly wanted: ReadonlyMap<string, number>;
  readonly jobStatus: ReadonlyMap<string, number>;
  readonly rotationStatus: ReadonlyMap<string, number>;
}

/** One version of the state file. */
export interface State {
  readonly shape: Shape;
  /** Each relay once. */
  readonly relays: readonly RelayRecord[];
  /** Each relay once. */
  readonly rotations: readonly RotationRecord[];
  readonly totals: Totals;
  readonly queueSize: number | undefined;
  readonly inflightSize: number | undefined;
  /** When the snapshot was made, Unix seconds. */
  readonly updatedAt: number | undefined;
  /** Records left out because they are not valid. */
  readonly invalid: number;
  /** Records left out because a newer one of the same relay is there. */
  readonly duplicates: number;
  /** Relays left out because there are more than the cap. */
  readonly overCap: number;
  /** Known fields of valid records that are left out because of their type or range. */
  readonly badFields: number;
  /** Rotation rows of the file, for telling a file that is being rewritten step by step. */
  readonly rotationRows: number;
}

/** The file's text is not a state file. The message never quotes the file. */
export class StateFileError extends Error {
  constructor(
    readonly reason: 'not_utf8' | 'not_json' | 'not_a_state_file',
    message: string,
  ) {
    super(message);
    this.name = 'StateFileError';
  }
}

/** Relays that get series of their own when nothing else is configured. */
export const MAX_RELAYS = 50_000;

// A relay key has 64 characters. Anything much longer is no key, and would be carried in every series.
const MAX_RELAY_LENGTH = 256;

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value of a label with a known set of values; anything else is `other`, so that the set stays bounded. */
const known = (metric: MetricDefinition, label: string) => {
  const values = new Set(metric.labels[label]?.values ?? []);
  return (value: string): string => (values.has(value) ? value : 'other');
};
const wantedType = known(pendingWritesWanted, 'type');
const jobStatus = known(pendingWritesJobStatus, 'status');
const rotationStatus = known(pendingWritesRotationLastStatus, 'status');

// NUL ends a line for some readers of the text format; half a surrogate pair has no UTF-8 form, so that two relays could become one. Not
// \p{Surrogate}: that would bring 4 MB of Unicode tables into memory.
const NOT_EXPOSABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

const relayKey = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= MAX_RELAY_LENGTH && !NOT_EXPOSABLE.test(value)
    ? value
    : undefined;

const tally = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);

/** Reads the fields of one version, and counts those that hold something else than expected. */
class FieldReader {
  bad = 0;

  /** Epoch milliseconds as Unix seconds, for a point in time between 1970 and 5138. */
  seconds(value: unknown): number | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && value > 0 && value < 1e14) return value / 1000;
    return this.#reject();
  }

  count(value: unknown): number | undefined {
    if (value === undefined || value === null) return undefined;
    // -0 would be written as 0, which is what it is.
    if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return value;
    return this.#reject();
  }

  flag(value: unknown): boolean | undefined {
    if (value === undefined || value === null || typeof value === 'boolean') return value ?? undefined;
    return this.#reject();
  }

  text(value: unknown): string | undefined {
    if (value === undefined || value === null) return undefined;
    return typeof value === 'string' && value !== '' ? value : this.#reject();
  }

  object(value: unknown): Fields | undefined {
    if (value === undefined || value === null) return undefined;
    return isObject(value) ? value : this.#reject();
  }

  list(value: unknown): readonly unknown[] {
    if (value === undefined || value === null) return [];
    return Array.isArray(value) ? value : (this.#reject() ?? []);
  }

  #reject(): undefined {
    this.bad += 1;
    return undefined;
  }
}

const NOTHING_WANTED: readonly string[] = [];

function wantedTypes(value: unknown, fields: FieldReader): readonly string[] {
  const list = fields.list(value);
  if (list.length === 0) return NOTHING_WANTED;
  const types = new Set<string>();
  for (const item of list) {
    const text = fields.text(item);
    if (text !== undefined) types.add(wantedType(text));
  }
  return [...types].sort();
}

function relayRecord(value: unknown, isSnapshot: boolean, fields: FieldReader): RelayRecord | undefined {
  if (!isObject(value)) return undefined;
  const relay = relayKey(value.relayKey);
  if (relay === undefined) return undefined;
  const pending = value.state === 'pending' ? true : value.state === 'cleared' ? false : undefined;
  const hasStatus = isSnapshot && typeof value.status === 'string' && value.status !== '';
  // A record that says neither is of no use, and guessing would invent a value.
  if (pending === undefined && !hasStatus) return undefined;
  if (pending === undefined && value.state !== undefined && value.state !== null) fields.bad += 1;
  const status = isSnapshot ? fields.text(value.status) : undefined;
  const lease = fields.object(value.lease);
  return {
    relay,
    pending,
    pendingSince: pending === true ? fields.seconds(value.pendingSince) : undefined,
    updatedAt: fields.seconds(value.updatedAt),
    leaseActive: fields.flag(value.leaseActive),
    leaseExpiry: fields.seconds(lease?.expiresAt),
    leaseIssued: fields.seconds(lease?.issuedAt),
    leaseVersion: fields.count(value.leaseVersion ?? lease?.version),
    driveVersion: fields.count(value.driveVersion),
    wanted: pending === true ? wantedTypes(value.types, fields) : NOTHING_WANTED,
    jobStatus: status === undefined ? undefined : jobStatus(status),
  };
}

function judge(value: unknown, isSnapshot: boolean): Judged {
  const fields = new FieldReader();
  const record = relayRecord(value, isSnapshot, fields);
  return { record, badFields: fields.bad };
}

/** The rows of one rotation, brought together. */
interface RotationRows {
  /** Its newest row: rows are newest first. */
  readonly newest: Fields;
  readonly status: string;
  readonly startedAt: number;
  /** Index of its row that says pending and is furthest down: where it began. -1 when that was pushed out of the file. */
  began: number;
}

/**
 * The newest rotation of each relay. A rotation is a relay and a start: `rotationId` counts from 1 again after a restart. Which of two
 * began later is told by their place in the file and not by their times, since the worker's clock may have been set back; only
 * rotations whose beginning was pushed out of the file, and which are therefore older, are told apart by their times.
 */
function newestRotations(rows: readonly unknown[]): {
  readonly rotations: Map<string, RotationRows>;
  readonly invalid: number;
} {
  let invalid = 0;
  const relays = new Map<string, Map<unknown, RotationRows>>();
  rows.forEach((row, index) => {
    const relay = isObject(row) ? relayKey(row.relayKey) : undefined;
    if (!isObject(row) || relay === undefined || typeof row.status !== 'string' || row.status === '') {
      invalid += 1;
      return;
    }
    let rotations = relays.get(relay);
    if (rotations === undefined) {
      rotations = new Map();
      relays.set(relay, rotations);
    }
    // Rows without a usable start cannot be told apart: they are one rotation.
    const startedAt = typeof row.startedAt === 'number' ? row.startedAt : Number.NEGATIVE_INFINITY;
    let rotation = rotations.get(startedAt);
    if (rotation === undefined) {
      rotation = { newest: row, status: rotationStatus(row.status), startedAt, began: -1 };
      rotations.set(startedAt, rotation);
    }
    if (row.status === 'pending') rotation.began = index;
  });
  const isNewer = (a: RotationRows, b: RotationRows) => {
    if (a.began >= 0 && b.began >= 0) return a.began < b.began;
    return a.began === b.began ? a.startedAt > b.startedAt : a.began >= 0;
  };
  const newest = new Map<string, RotationRows>();
  for (const [relay, rotations] of relays) {
    let best: RotationRows | undefined;
    for (const rotation of rotations.values()) {
      if (best === undefined || isNewer(rotation, best)) best = rotation;
    }
    newest.set(relay, best as RotationRows);
  }
  return { rotations: newest, invalid };
}

const smaller = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b);

function totalsOf(relays: Iterable<RelayRecord>, rotations: Iterable<RotationRows>): Totals {
  let [count, pending, cleared, leaseActive] = [0, 0, 0, 0];
  let oldestPendingSince: number | undefined;
  let earliestLeaseExpiry: number | undefined;
  const wanted = new Map<string, number>();
  const statuses = new Map<string, number>();
  const rotationStatuses = new Map<string, number>();
  for (const record of relays) {
    count += 1;
    if (record.leaseActive === true) leaseActive += 1;
    if (record.jobStatus !== undefined) tally(statuses, record.jobStatus);
    if (record.pending === false) cleared += 1;
    if (record.pending !== true) continue;
    pending += 1;
    oldestPendingSince = smaller(oldestPendingSince, record.pendingSince);
    if (record.leaseActive === true) earliestLeaseExpiry = smaller(earliestLeaseExpiry, record.leaseExpiry);
    for (const type of record.wanted) tally(wanted, type);
  }
  for (const { status } of rotations) tally(rotationStatuses, status);
  return {
    relays: count,
    pending,
    cleared,
    leaseActive,
    oldestPendingSince,
    earliestLeaseExpiry,
    wanted,
    jobStatus: statuses,
    rotationStatus: rotationStatuses,
  };
}

/** The relays that get series of their own: those pending come first, since they are what somebody has to look at. */
function underCap(relays: ReadonlyMap<string, RelayRecord>, maxRelays: number): readonly RelayRecord[] {
  const all = [...relays.values()];
  if (all.length <= maxRelays) return all;
  const isPending = ({ pending }: RelayRecord) => pending === true;
  return [...all.filter(isPending), ...all.filter((record) => !isPending(record))].slice(0, maxRelays);
}

const END_OF_RECORD = Buffer.from('\n    },\n    {');
const END_OF_NOTIFICATIONS = Buffer.from('\n    }\n  ],\n  "rotations": [');
const BEFORE_NOTIFICATIONS = Buffer.from('{\n  "notifications": [\n    {');
const AFTER_BRACE = '\n    }'.length;
const BEFORE_ROTATIONS = '\n    }\n  ],\n  '.length;

type Encoding = 'latin1' | 'utf8';

/** A record that was looked at, and how many of its fields were bad. */
interface Judged {
  readonly record: RelayRecord | undefined;
  readonly badFields: number;
}

/**
 * The records of the version parsed before. From one version to the next few of them change, and the same bytes need no second parsing.
 */
export class RecordCache {
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;
  /** Where the records begin, and at last where the last one ends. */
  #starts: readonly number[] = [];
  #judged: readonly Judged[] = [];
  /** Where the last record's end is followed by the end of the list. */
  #end = 0;
  /** How far the records have moved, after one was added or removed. */
  #shift = 0;

  /**
   * The record that begins there, if it and the separator after it are those of the record in its place before: then the separator is the
   * first one after the beginning, as it was there. `next` is where the separator begins.
   */
  again(
    index: number,
    bytes: Buffer,
    start: number,
  ): { readonly judged: Judged; readonly next: number } | undefined {
    const old = index + this.#shift;
    const from = this.#starts[old];
    const after = this.#starts[old + 1];
    // After the last one there is no separator.
    if (from === undefined || after === undefined || old + 1 >= this.#judged.length) return undefined;
    const stop = start + after + 1 - from;
    if (stop > bytes.length || this.#bytes.compare(bytes, start, stop, from, after + 1) !== 0)
      return undefined;
    return { judged: this.#judged[old] as Judged, next: stop - END_OF_RECORD.length };
  }

  /** Where the list would end if all that follows it were as before; undefined where it does not end there. */
  endAgain(bytes: Buffer): number | undefined {
    const end = this.#end + bytes.length - this.#length;
    const stop = end + END_OF_NOTIFICATIONS.length;
    return this.#end > 0 && end > 0 && bytes.subarray(end, stop).equals(END_OF_NOTIFICATIONS)
      ? end
      : undefined;
  }

  /**
   * What the record of those bytes came to, where it is in about the same place as before.
   *
   * @param isLast of the list: then {@link again} could not tell
   */
  find(index: number, bytes: Buffer, start: number, stop: number, isLast: boolean): Judged | undefined {
    // As long as before: a record was changed and none has moved, or so rarely that it may be parsed again.
    if (bytes.length === this.#length && !isLast) return undefined;
    for (const shift of [this.#shift, this.#shift + 1, this.#shift - 1]) {
      const from = this.#starts[index + shift];
      const to = this.#starts[index + shift + 1];
      // Between two records lie a comma and white space.
      const length = stop - start;
      if (from === undefined || to === undefined || to - from < length) continue;
      if (this.#bytes.compare(bytes, start, stop, from, from + length) !== 0) continue;
      this.#shift = shift;
      return this.#judged[index + shift];
    }
    return undefined;
  }

  /** @param starts where the records begin, and at last where the last one ends */
  replace(bytes: Buffer, starts: readonly number[], judged: readonly Judged[], end: number): void {
    if (bytes.length > this.#bytes.length || bytes.length * 4 < this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow(bytes.length + (bytes.length >> 4));
    }
    bytes.copy(this.#bytes);
    this.#length = bytes.length;
    this.#starts = starts;
    this.#judged = judged;
    this.#end = end;
    this.#shift = 0;
  }
}

/** What a state file holds. */
interface Contents {
  /** All but the relays' records. */
  readonly rest: Fields;
  /** The relays' records; undefined for one that is not valid. */
  readonly relays: readonly Judged[];
  readonly isSnapshot: boolean;
  readonly isEmpty: boolean;
}

/**
 * The contents of a file that is laid out as the worker writes it, record by record: each is garbage before the next is parsed, where a
 * tree of 10,000 records would be kept long enough to enlarge the heap for good. Undefined for other layouts.
 *
 * It accepts nothing that JSON.parse would not: the pieces are cut at line breaks, which no JSON string contains, each record has to be
 * valid JSON by itself, and so has what is left when they are taken out.
 */
function recordByRecord(bytes: Buffer, encoding: Encoding, cache: RecordCache): Contents | undefined {
  if (!bytes.subarray(0, BEFORE_NOTIFICATIONS.length).equals(BEFORE_NOTIFICATIONS)) return undefined;
  const endAgain = cache.endAgain(bytes);
  if (endAgain !== undefined) {
    try {
      return upTo(endAgain, bytes, encoding, cache);
    } catch {
      // There may be such an end before that one. Then the list is not valid up to here.
    }
  }
  const end = bytes.indexOf(END_OF_NOTIFICATIONS);
  return end < 0 ? undefined : upTo(end, bytes, encoding, cache);
}

/** {@link recordByRecord}, where the list's end is known. */
function upTo(end: number, bytes: Buffer, encoding: Encoding, cache: RecordCache): Contents | undefined {
  const rest: unknown = JSON.parse(`{${bytes.toString(encoding, end + BEFORE_ROTATIONS)}`);
  // A second list would win over the first one.
  if (!isObject(rest) || Object.hasOwn(rest, 'notifications') || Object.hasOwn(rest, 'relays')) {
    return undefined;
  }
  const relays: Judged[] = [];
  const starts: number[] = [];
  let start = BEFORE_NOTIFICATIONS.length - 1;
  for (;;) {
    const same = cache.again(relays.length, bytes, start);
    const next = same?.next ?? bytes.indexOf(END_OF_RECORD, start);
    const isLast = next < 0 || next > end;
    const stop = (isLast ? end : next) + AFTER_BRACE;
    const judged =
      (isLast ? undefined : same?.judged) ??
      cache.find(relays.length, bytes, start, stop, isLast) ??
      judge(JSON.parse(bytes.toString(encoding, start, stop)), false);
    starts.push(start);
    relays.push(judged);
    if (isLast) {
      starts.push(stop);
      break;
    }
    start = next + END_OF_RECORD.length - 1;
  }
  cache.replace(bytes, starts, relays, end);
  return { rest, relays, isSnapshot: false, isEmpty: false };
}

/** The contents of a file of any layout. */
function atOnce(bytes: Buffer, encoding: Encoding): Contents {
  const text = bytes.toString(encoding);
  // An editor on Windows may have put a byte order mark there.
  const value: unknown = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  if (!isObject(value)) throw new StateFileError('not_a_state_file', 'the state file holds no object');
  const isSnapshot = Array.isArray(value.relays);
  const isEmpty = Object.keys(value).length === 0;
  const relays = isSnapshot ? value.relays : isEmpty ? [] : value.notifications;
  if (!Array.isArray(relays)) {
    throw new StateFileError('not_a_state_file', 'the state file has neither notifications nor relays');
  }
  return { rest: value, relays: relays.map((row) => judge(row, isSnapshot)), isSnapshot, isEmpty };
}

/**
 * Reads a state file's bytes in either of its forms: the persisted one, the IPC snapshot, and `{}`. Unknown fields are ignored; known
 * ones are validated one by one, and left out and counted where they are not valid. A record without a usable relay or state is left
 * out and counted.
 *
 * @param maxRelays relays beyond this number are left out and counted
 * @param cache records of the version parsed before; keep it for the next one
 * @throws {StateFileError} when the bytes are not JSON in one of those forms
 */
export function parseState(bytes: Buffer, maxRelays = MAX_RELAYS, cache = new RecordCache()): State {
  // Nearly every state file is ASCII, and then this is five times faster than decoding UTF-8.
  const encoding = isAscii(bytes) ? 'latin1' : 'utf8';
  if (encoding === 'utf8' && !isUtf8(bytes)) {
    throw new StateFileError('not_utf8', 'the state file is not UTF-8');
  }
  try {
    const contents = recordByRecord(bytes, encoding, cache);
    if (contents !== undefined) return stateOf(contents, maxRelays);
  } catch {
    // Odd line breaks are no proof that the whole is wrong.
  }
  try {
    return stateOf(atOnce(bytes, encoding), maxRelays);
  } catch (error) {
    if (error instanceof StateFileError) throw error;
    throw new StateFileError(
      'not_json',
      'the state file is not JSON; it may have been read while it was written',
    );
  }
}

function stateOf({ rest: value, relays: rows, isSnapshot, isEmpty }: Contents, maxRelays: number): State {
  const fields = new FieldReader();
  let invalid = 0;
  let duplicates = 0;
  const relays = new Map<string, RelayRecord>();
  for (const { record, badFields } of rows) {
    if (record === undefined) {
      invalid += 1;
      continue;
    }
    fields.bad += badFields;
    const earlier = relays.get(record.relay);
    if (earlier !== undefined) duplicates += 1;
    // One notification a relay is the rule; of two, the one updated last is the state.
    if (earlier === undefined || (record.updatedAt ?? 0) >= (earlier.updatedAt ?? 0))
      relays.set(record.relay, record);
  }
  const rotationRows = fields.list(value.rotations);
  const newest = newestRotations(rotationRows);

  const kept = underCap(relays, maxRelays);
  let overCap = relays.size - kept.length;
  const named = overCap === 0 ? relays : new Set(kept.map(({ relay }) => relay));
  // Relays of which the file tells rotations only.
  let more = 0;
  const rotations: RotationRecord[] = [];
  for (const [relay, { newest: row, status }] of newest.rotations) {
    if (!named.has(relay)) {
      // A relay of the file that is over the cap is counted as such already.
      if (relays.has(relay)) continue;
      if (named.size + more >= maxRelays) {
        overCap += 1;
        continue;
      }
      more += 1;
    }
    rotations.push({
      relay,
      status,
      attempts: fields.count(row.attempts),
      start: fields.seconds(row.startedAt),
      end: fields.seconds(row.completedAt),
    });
  }

  return {
    shape: isEmpty ? 'empty' : isSnapshot ? 'snapshot' : 'persisted',
    relays: kept,
    rotations,
    totals: totalsOf(relays.values(), newest.rotations.values()),
    queueSize: isSnapshot ? fields.count(value.queueSize) : undefined,
    inflightSize: isSnapshot ? fields.count(value.inflightSize) : undefined,
    updatedAt: isSnapshot ? fields.seconds(value.updatedAt) : undefined,
    invalid: invalid + newest.invalid,
    duplicates,
    overCap,
    badFields: fields.bad,
    rotationRows: rotationRows.length,
  };
}
