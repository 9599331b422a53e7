import {
  pendingWritesJobStatus,
  pendingWritesRotationLastStatus,
  pendingWritesWanted,
} from '../../metrics/exporter.js';
import type { MetricDefinition } from '../model.js';

/** What the file says of one relay. Times are Unix seconds. What is absent, or not of its type, in the file is absent here. */
export interface RelayRecord {
  readonly relay: string;
  readonly pending?: boolean;
  /** Only while the relay is pending: of a cleared one the field means something else. */
  readonly pendingSince?: number;
  readonly updatedAt?: number;
  readonly leaseActive?: boolean;
  readonly leaseExpiry?: number;
  readonly leaseIssued?: number;
  readonly leaseVersion?: number;
  readonly driveVersion?: number;
  /** Kinds of data wanted, each once, unknown ones as `other`. */
  readonly wanted: readonly string[];
  readonly jobStatus?: string;
}

/** The newest rotation of one relay. Times are Unix seconds. */
export interface RotationRecord {
  readonly relay: string;
  readonly status?: string;
  readonly attempts?: number;
  readonly start?: number;
  readonly end?: number;
}

export type Shape = 'persisted' | 'snapshot' | 'empty';

/** One version of the state file. */
export interface State {
  readonly shape: Shape;
  readonly relays: readonly RelayRecord[];
  readonly rotations: readonly RotationRecord[];
  readonly queueSize?: number;
  readonly inflightSize?: number;
  /** Records left out because they are not valid. */
  readonly invalid: number;
  /** Records left out because there are more relays than the cap. */
  readonly overCap: number;
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

const MAX_RELAY_LENGTH = 256;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Epoch milliseconds as Unix seconds; undefined for what cannot be a point in time between 1970 and 5138. */
const seconds = (value: unknown): number | undefined =>
  typeof value === 'number' && value > 0 && value < 1e14 ? value / 1000 : undefined;

const count = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;

const flag = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined);

/** A value of a label with a known set of values; anything else is `other`, so that the set stays bounded. */
const known = (metric: MetricDefinition, label: string) => {
  const values = metric.labels[label]?.values ?? [];
  return (value: unknown): string | undefined =>
    typeof value !== 'string' || value === '' ? undefined : values.includes(value) ? value : 'other';
};
const wantedType = known(pendingWritesWanted, 'type');
const jobStatus = known(pendingWritesJobStatus, 'status');
const rotationStatus = known(pendingWritesRotationLastStatus, 'status');

const relayKey = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= MAX_RELAY_LENGTH ? value : undefined;

/** Leaves out fields without a value, so that absence needs no second form. */
function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

function relayRecord(value: unknown): RelayRecord | undefined {
  if (!isObject(value)) return undefined;
  const relay = relayKey(value.relayKey);
  if (relay === undefined) return undefined;
  const pending = value.state === 'pending' ? true : value.state === 'cleared' ? false : undefined;
  const status = jobStatus(value.status);
  // A record that says neither is of no use, and guessing would invent a value.
  if (pending === undefined && status === undefined) return undefined;
  const lease = isObject(value.lease) ? value.lease : {};
  const types = Array.isArray(value.types) ? value.types.map(wantedType) : [];
  return present<RelayRecord>({
    relay,
    pending,
    pendingSince: pending === true ? seconds(value.pendingSince) : undefined,
    updatedAt: seconds(value.updatedAt),
    leaseActive: flag(value.leaseActive),
    leaseExpiry: seconds(lease.expiresAt),
    leaseIssued: seconds(lease.issuedAt),
    leaseVersion: count(value.leaseVersion ?? lease.version),
    driveVersion: count(value.driveVersion),
    wanted: pending === true ? [...new Set(types.filter((type) => type !== undefined))].sort() : [],
    jobStatus: status,
  });
}

function rotationRecord(value: unknown): RotationRecord | undefined {
  if (!isObject(value)) return undefined;
  const relay = relayKey(value.relayKey);
  const status = rotationStatus(value.status);
  if (relay === undefined || status === undefined) return undefined;
  return present<RotationRecord>({
    relay,
    status,
    attempts: count(value.attempts),
    start: seconds(value.startedAt),
    end: seconds(value.completedAt),
  });
}

/**
 * Reads a state file's bytes in either of its forms: the persisted one, the IPC snapshot, and `{}`. Unknown fields are ignored; a
 * record that is not valid is left out and counted.
 *
 * Rotation rows are newest first and every change of a rotation adds rows, so the first row of a relay is the newest state of its
 * newest rotation; `rotationId` starts from 1 again after a restart and tells nothing.
 *
 * @param maxRelays relays beyond this number are left out and counted
 * @throws {StateFileError} when the bytes are not JSON in one of those forms
 */
export function parseState(bytes: Uint8Array, maxRelays = 100_000): State {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new StateFileError('not_utf8', 'the state file is not UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new StateFileError(
      'not_json',
      'the state file is not JSON; it may have been read while it was written',
    );
  }
  if (!isObject(value)) throw new StateFileError('not_a_state_file', 'the state file holds no object');
  const isSnapshot = Array.isArray(value.relays);
  const rows = isSnapshot ? value.relays : value.notifications;
  const keys = Object.keys(value).length;
  if (!Array.isArray(rows) && keys > 0) {
    throw new StateFileError('not_a_state_file', 'the state file has neither notifications nor relays');
  }

  let invalid = 0;
  let overCap = 0;
  const relays = new Map<string, RelayRecord>();
  for (const row of Array.isArray(rows) ? rows : []) {
    const record = relayRecord(row);
    if (record === undefined) {
      invalid += 1;
      continue;
    }
    const earlier = relays.get(record.relay);
    if (earlier === undefined && relays.size >= maxRelays) {
      overCap += 1;
      continue;
    }
    // One notification a relay is the rule; of two, the one updated last is the state.
    if (earlier === undefined || (record.updatedAt ?? 0) >= (earlier.updatedAt ?? 0))
      relays.set(record.relay, record);
  }

  const rotations = new Map<string, RotationRecord>();
  for (const row of Array.isArray(value.rotations) ? value.rotations : []) {
    const record = rotationRecord(row);
    if (record === undefined) invalid += 1;
    else if (!rotations.has(record.relay)) rotations.set(record.relay, record);
  }

  return present<State>({
    shape: keys === 0 ? 'empty' : isSnapshot ? 'snapshot' : 'persisted',
    relays: [...relays.values()],
    rotations: [...rotations.values()],
    queueSize: isSnapshot ? count(value.queueSize) : undefined,
    inflightSize: isSnapshot ? count(value.inflightSize) : undefined,
    invalid,
    overCap,
  });
}
