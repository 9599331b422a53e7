import * as metrics from '../../../metrics/exporter.js';

export type Fields = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
/** Epoch milliseconds between 1970 and 5138. */
const isTime = (value: unknown): value is number => typeof value === 'number' && value > 0 && value < 1e14;

/** Makes a value of a label with a known set of values; anything else is `other`, so that the set stays bounded. */
const knownValue = (metric: (typeof metrics.exporterMetrics)[number], label: string) => {
  const values = new Set(metric.labels[label]?.values ?? []);
  return (value: string): string => (values.has(value) ? value : 'other');
};

// A relay key has 64 characters. Anything much longer is no key, and would be repeated in every series.
const MAX_RELAY_LENGTH = 256;
// NUL ends a line for some readers of the text format; half a surrogate pair has no UTF-8 form, so that two relays could become one. Not
// \p{Surrogate}: that would load 4 MB of Unicode tables.
const NOT_EXPOSABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** A relay key that can be a label value, or undefined. */
const relayKey = (value: unknown): string | undefined =>
  isText(value) && value.length <= MAX_RELAY_LENGTH && !NOT_EXPOSABLE.test(value) ? value : undefined;

/** Reads fields, and counts those that hold something other than expected. Null is the same as absent. */
export class FieldReader {
  bad = 0;

  read<T>(value: unknown, isExpected: (value: unknown) => value is T): T | undefined {
    if (value === undefined || value === null) return undefined;
    if (isExpected(value)) return value;
    this.bad += 1;
    return undefined;
  }

  /** Epoch milliseconds as Unix seconds. */
  seconds(value: unknown): number | undefined {
    const milliseconds = this.read(value, isTime);
    return milliseconds === undefined ? undefined : milliseconds / 1000;
  }
}

const wantedType = knownValue(metrics.pendingWritesWanted, 'type');
const jobStatus = knownValue(metrics.pendingWritesJobStatus, 'status');
const rotationStatus = knownValue(metrics.pendingWritesRotationLastStatus, 'status');

const INVALID = { record: undefined, badFields: 0 };

/**
 * Reads a record of the file; the field `status` only means something in a snapshot. Times are Unix seconds. What is absent, or not of the
 * expected type, is undefined; the record itself is undefined without a usable relay or state.
 */
export function readRecord(value: unknown, isSnapshot: boolean) {
  const relay = isObject(value) ? relayKey(value.relayKey) : undefined;
  if (!isObject(value) || relay === undefined) return INVALID;
  const fields = new FieldReader();
  const pending = value.state === 'pending' ? true : value.state === 'cleared' ? false : undefined;
  const status = isSnapshot ? fields.read(value.status, isText) : undefined;
  // A record with neither is of no use, and guessing would invent a value.
  if (pending === undefined && status === undefined) return INVALID;
  if (pending === undefined && value.state !== undefined && value.state !== null) fields.bad += 1;
  const lease = fields.read(value.lease, isObject);
  const types = (pending === true && fields.read(value.types, isList)) || [];
  const record = {
    relay,
    pending,
    // In a cleared record the field means something else.
    pendingSince: pending === true ? fields.seconds(value.pendingSince) : undefined,
    updatedAt: fields.seconds(value.updatedAt),
    leaseActive: fields.read(value.leaseActive, isFlag),
    leaseExpiry: fields.seconds(lease?.expiresAt),
    leaseIssued: fields.seconds(lease?.issuedAt),
    leaseVersion: fields.read(value.leaseVersion ?? lease?.version, isCount),
    driveVersion: fields.read(value.driveVersion, isCount),
    wanted: [...new Set(types.flatMap((type) => fields.read(type, isText) ?? []).map(wantedType))].sort(),
    jobStatus: status === undefined ? undefined : jobStatus(status),
  };
  return { record, badFields: fields.bad };
}

export type ReadRecord = ReturnType<typeof readRecord>;
/** What the file says about one relay. */
export type RelayRecord = Readonly<NonNullable<ReadRecord['record']>>;

/** The relays by key, the record updated last of each, and the numbers of records left out. */
export function relaysOf(records: readonly ReadRecord[]) {
  const relays = new Map<string, RelayRecord>();
  let [invalid, badFields] = [0, 0];
  for (const read of records) {
    badFields += read.badFields;
    const { record } = read;
    if (record === undefined) {
      invalid += 1;
      continue;
    }
    // The rule is one notification per relay; of two, the one updated last is the state.
    const earlier = relays.get(record.relay);
    if ((record.updatedAt ?? 0) >= (earlier?.updatedAt ?? 0)) relays.set(record.relay, record);
  }
  return { relays, invalid, duplicates: records.length - invalid - relays.size, badFields };
}

/** The rows of one rotation. */
export interface RotationRows {
  readonly relay: string;
  /** Its newest row: rows are newest first. */
  readonly newest: Fields;
  readonly status: string;
  readonly startedAt: number;
  /** Index of its last row with the status pending: where it began. Infinite when that was pushed out of the file. */
  began: number;
}

const isNewer = (a: RotationRows, b: RotationRows) =>
  a.began === b.began ? a.startedAt > b.startedAt : a.began < b.began;

/**
 * The newest rotation of each relay. A rotation is a relay and a start: `rotationId` counts from 1 again after a restart. Which of two
 * began later follows from their place in the file and not from their times, since the worker's clock may have been set back; only
 * rotations whose beginning was pushed out of the file, and which are therefore older, are compared by their times.
 */
export function newestRotations(rows: readonly unknown[]) {
  let invalid = 0;
  const rotations = new Map<string, RotationRows>();
  for (const [index, row] of rows.entries()) {
    const relay = isObject(row) ? relayKey(row.relayKey) : undefined;
    if (!isObject(row) || relay === undefined || !isText(row.status)) {
      invalid += 1;
      continue;
    }
    // Rows without a usable start cannot be distinguished: they count as one rotation.
    const startedAt = typeof row.startedAt === 'number' ? row.startedAt : Number.NEGATIVE_INFINITY;
    const key = `${startedAt} ${relay}`;
    const status = rotationStatus(row.status);
    const rotation = rotations.get(key) ?? { relay, newest: row, status, startedAt, began: Infinity };
    rotations.set(key, rotation);
    if (row.status === 'pending') rotation.began = index;
  }
  const newest = new Map<string, RotationRows>();
  for (const rotation of rotations.values()) {
    const other = newest.get(rotation.relay);
    if (other === undefined || isNewer(rotation, other)) newest.set(rotation.relay, rotation);
  }
  return { newest, invalid };
}
