import { pendingWritesJobStatus, pendingWritesWanted } from '../../../metrics/exporter.js';
import { FieldReader, isCount, isFlag, isList, isObject, isText, knownValue, relayKey } from './fields.js';

const wantedType = knownValue(pendingWritesWanted, 'type');
const jobStatus = knownValue(pendingWritesJobStatus, 'status');

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
export function uniqueRelays(records: readonly ReadRecord[]) {
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
