import { pendingWritesJobStatus, pendingWritesWanted } from '../../../metrics/exporter.js';
import { FieldReader, isObject, knownValue, relayKey } from './fields.js';

const wantedType = knownValue(pendingWritesWanted, 'type');
const jobStatus = knownValue(pendingWritesJobStatus, 'status');

const NOTHING: readonly string[] = [];

function wantedTypes(value: unknown, fields: FieldReader): readonly string[] {
  const types = fields.list(value).flatMap((item) => fields.text(item) ?? []);
  return types.length === 0 ? NOTHING : [...new Set(types.map(wantedType))].sort();
}

const INVALID = { record: undefined, badFields: 0 };

/**
 * Reads a record of the file. Times are Unix seconds. What is absent, or not of the expected type, is undefined; the record itself is
 * undefined without a usable relay or state.
 *
 * @param isSnapshot only then the field `status` means anything
 */
export function readRecord(value: unknown, isSnapshot: boolean) {
  const relay = isObject(value) ? relayKey(value.relayKey) : undefined;
  if (!isObject(value) || relay === undefined) return INVALID;
  const fields = new FieldReader();
  const pending = value.state === 'pending' ? true : value.state === 'cleared' ? false : undefined;
  const status = isSnapshot ? fields.text(value.status) : undefined;
  // A record with neither is of no use, and guessing would invent a value.
  if (pending === undefined && status === undefined) return INVALID;
  if (pending === undefined && value.state !== undefined && value.state !== null) fields.bad += 1;
  const lease = fields.object(value.lease);
  const record = {
    relay,
    pending,
    // In a cleared record the field means something else.
    pendingSince: pending === true ? fields.seconds(value.pendingSince) : undefined,
    updatedAt: fields.seconds(value.updatedAt),
    leaseActive: fields.flag(value.leaseActive),
    leaseExpiry: fields.seconds(lease?.expiresAt),
    leaseIssued: fields.seconds(lease?.issuedAt),
    leaseVersion: fields.count(value.leaseVersion ?? lease?.version),
    driveVersion: fields.count(value.driveVersion),
    wanted: pending === true ? wantedTypes(value.types, fields) : NOTHING,
    jobStatus: status === undefined ? undefined : jobStatus(status),
  };
  return { record, badFields: fields.bad };
}

export type ReadRecord = ReturnType<typeof readRecord>;

/** What the file says about one relay. */
export type RelayRecord = Readonly<NonNullable<ReadRecord['record']>>;

/** The relays by key, the record updated last of each, and the numbers of records left out. */
export function uniqueRelays(records: readonly ReadRecord[]) {
  const relays = new Map<string, RelayRecord>();
  const numbers = { invalid: 0, duplicates: 0, badFields: 0 };
  for (const { record, badFields } of records) {
    if (record === undefined) {
      numbers.invalid += 1;
      continue;
    }
    numbers.badFields += badFields;
    const earlier = relays.get(record.relay);
    if (earlier !== undefined) numbers.duplicates += 1;
    // The rule is one notification per relay; of two, the one updated last is the state.
    if ((record.updatedAt ?? 0) >= (earlier?.updatedAt ?? 0)) relays.set(record.relay, record);
  }
  return { relays, ...numbers };
}

/** The relays that get series of their own: pending ones come first, since they may need attention. */
export function underCap(
  relays: ReadonlyMap<string, RelayRecord>,
  maxRelays: number,
): readonly RelayRecord[] {
  const all = [...relays.values()];
  if (all.length <= maxRelays) return all;
  const isPending = ({ pending }: RelayRecord) => pending === true;
  return [...all.filter(isPending), ...all.filter((record) => !isPending(record))].slice(0, maxRelays);
}
