import { isAscii, isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { damageOf } from './damage.js';
import { FieldReader, type Fields, isObject } from './fields.js';
import { type ReadRecord, type RelayRecord, readRecord, underCap, uniqueRelays } from './relays.js';
import { newestRotations, type RotationRows, underCap as rotationsUnderCap } from './rotations.js';

/** Relays that get series of their own when nothing else is configured. */
export const MAX_RELAYS = 50_000;

/** The file's bytes are not a state file. */
export class StateFileError extends Error {
  constructor(readonly reason: 'not_utf8' | 'not_json' | 'spliced' | 'not_a_state_file') {
    super(reason);
  }
}

/** Records of the version parsed before, by the digest of their bytes: from one version to the next few of them change. */
export interface RecordCache {
  records: ReadonlyMap<string, ReadRecord>;
}

/** What a state file holds: the relays' records and the rest. */
interface Contents {
  readonly rest: Fields;
  readonly records: readonly ReadRecord[];
  readonly isSnapshot: boolean;
  readonly isEmpty: boolean;
}

const BEFORE_RECORDS = Buffer.from('{\n  "notifications": [\n    {');
const BETWEEN_RECORDS = Buffer.from('\n    },\n    {');
const AFTER_RECORDS = Buffer.from('\n    }\n  ],\n  "rotations": [');
const BEFORE_ROTATIONS = '\n    }\n  ],\n  '.length;

/**
 * The contents of a file in the layout that the worker writes, record by record. Undefined for other layouts; throws for invalid JSON.
 *
 * It accepts nothing that JSON.parse would refuse: the text is cut at line breaks, which no JSON string contains, each record has to be
 * valid JSON, and so has the rest without them.
 */
function recordByRecord(
  bytes: Buffer,
  encoding: 'latin1' | 'utf8',
  cache: RecordCache,
): Contents | undefined {
  if (!bytes.subarray(0, BEFORE_RECORDS.length).equals(BEFORE_RECORDS)) return undefined;
  const end = bytes.indexOf(AFTER_RECORDS);
  if (end < 0) return undefined;
  const rest: unknown = JSON.parse(`{${bytes.toString(encoding, end + BEFORE_ROTATIONS)}`);
  // A second list would win over the first one.
  if (!isObject(rest) || Object.hasOwn(rest, 'notifications') || Object.hasOwn(rest, 'relays'))
    return undefined;
  const byDigest = new Map<string, ReadRecord>();
  const records: ReadRecord[] = [];
  let start = BEFORE_RECORDS.length;
  while (start <= end) {
    const next = bytes.indexOf(BETWEEN_RECORDS, start);
    const stop = next < 0 || next > end ? end : next;
    // Not the text itself: most records are known, and their texts would be a lot of garbage.
    const digest = hash('sha1', bytes.subarray(start, stop), 'base64');
    const record =
      cache.records.get(digest) ??
      readRecord(JSON.parse(`{${bytes.toString(encoding, start, stop)}}`), false);
    byDigest.set(digest, record);
    records.push(record);
    start = stop + BETWEEN_RECORDS.length;
  }
  cache.records = byDigest;
  return { rest, records, isSnapshot: false, isEmpty: false };
}

/** The contents of a file of any layout. Throws for invalid JSON. */
function atOnce(text: string): Contents {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new StateFileError('not_a_state_file');
  const isSnapshot = Array.isArray(value.relays);
  const isEmpty = Object.keys(value).length === 0;
  const rows = isSnapshot ? value.relays : isEmpty ? [] : value.notifications;
  if (!Array.isArray(rows)) throw new StateFileError('not_a_state_file');
  return { rest: value, records: rows.map((row) => readRecord(row, isSnapshot)), isSnapshot, isEmpty };
}

function contentsOf(bytes: Buffer, cache: RecordCache): Contents {
  // Nearly every state file is ASCII, and then this is five times faster than decoding UTF-8.
  const encoding = isAscii(bytes) ? 'latin1' : 'utf8';
  if (encoding === 'utf8' && !isUtf8(bytes)) throw new StateFileError('not_utf8');
  try {
    const contents = recordByRecord(bytes, encoding, cache);
    if (contents !== undefined) return contents;
  } catch {
    // Unusual line breaks do not prove that the whole is wrong.
  }
  // An editor on Windows may have put a byte order mark there.
  const text = bytes.toString(encoding).replace(/^\uFEFF/, '');
  try {
    return atOnce(text);
  } catch (error) {
    throw error instanceof StateFileError ? error : new StateFileError(damageOf(text));
  }
}

const tally = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);

/** Numbers over all relays of the file, including those beyond the cap. Times are Unix seconds. */
function totalsOf(relays: ReadonlyMap<string, RelayRecord>, rotations: Iterable<RotationRows>) {
  const byState = new Map<string, number>();
  const wanted = new Map<string, number>();
  const jobStatus = new Map<string, number>();
  const rotationStatus = new Map<string, number>();
  let [leaseActive, oldest, earliest] = [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const record of relays.values()) {
    if (record.leaseActive === true) leaseActive += 1;
    if (record.jobStatus !== undefined) tally(jobStatus, record.jobStatus);
    if (record.pending !== undefined) tally(byState, record.pending ? 'pending' : 'cleared');
    if (record.pending !== true) continue;
    oldest = Math.min(oldest, record.pendingSince ?? oldest);
    if (record.leaseActive === true) earliest = Math.min(earliest, record.leaseExpiry ?? earliest);
    for (const type of record.wanted) tally(wanted, type);
  }
  for (const { status } of rotations) tally(rotationStatus, status);
  return {
    relays: relays.size,
    byState,
    leaseActive,
    oldestPendingSince: Number.isFinite(oldest) ? oldest : undefined,
    // Of the active leases of pending relays.
    earliestLeaseExpiry: Number.isFinite(earliest) ? earliest : undefined,
    wanted,
    jobStatus,
    rotationStatus,
  };
}

/**
 * Parses a state file in any of its forms: the persisted one, the IPC snapshot, and `{}`. Unknown fields are ignored; known ones are
 * validated one by one, and left out and counted where they are not valid. A record without a usable relay or state is left out and
 * counted.
 *
 * @param maxRelays relays beyond this number are left out and counted
 * @param cache records of the version parsed before; keep it for the next one
 * @throws {StateFileError} when the bytes are not JSON in one of those forms
 */
export function parseState(bytes: Buffer, maxRelays: number, cache: RecordCache) {
  const { rest, records, isSnapshot, isEmpty } = contentsOf(bytes, cache);
  const fields = new FieldReader();
  const { relays, invalid, duplicates, badFields } = uniqueRelays(records);
  const rotationRows = fields.list(rest.rotations);
  const { newest, invalid: invalidRows } = newestRotations(rotationRows);
  const kept = underCap(relays, maxRelays);
  const named = new Set(kept.map(({ relay }) => relay));
  const { rotations, overCap } = rotationsUnderCap(newest, relays, named, maxRelays, fields);
  const cap = relays.size - kept.length + overCap;
  return {
    shape: isEmpty ? 'empty' : isSnapshot ? 'snapshot' : 'persisted',
    // Each relay once. A record whose bytes did not change is the same object as in the version before.
    relays: kept,
    rotations,
    totals: totalsOf(relays, newest.values()),
    queueSize: isSnapshot ? fields.count(rest.queueSize) : undefined,
    inflightSize: isSnapshot ? fields.count(rest.inflightSize) : undefined,
    updatedAt: isSnapshot ? fields.seconds(rest.updatedAt) : undefined,
    // Records without series: not valid, an older one of the same relay, or beyond the cap.
    leftOut: new Map(Object.entries({ invalid: invalid + invalidRows, duplicate: duplicates, cap })),
    badFields: badFields + fields.bad,
    // To recognise a file that is being rewritten step by step.
    rotationRows: rotationRows.length,
  };
}

/** One version of the state file. */
export type State = Readonly<ReturnType<typeof parseState>>;
