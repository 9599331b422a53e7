import { pendingWritesRotationLastStatus } from '../../../metrics/exporter.js';
import { type Fields, isObject, isText, knownValue, relayKey } from './fields.js';

const rotationStatus = knownValue(pendingWritesRotationLastStatus, 'status');

/** The rows of one rotation. */
export interface RotationRows {
  readonly relay: string;
  /** Its newest row: rows are newest first. */
  readonly newest: Fields;
  readonly status: string;
  readonly startedAt: number;
  /** Index of its last row with the status pending: where it began. -1 when that was pushed out of the file. */
  began: number;
}

const isNewer = (a: RotationRows, b: RotationRows) => {
  if (a.began >= 0 && b.began >= 0) return a.began < b.began;
  return a.began === b.began ? a.startedAt > b.startedAt : a.began >= 0;
};

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
    const made = { relay, newest: row, status: rotationStatus(row.status), startedAt, began: -1 };
    const rotation = rotations.get(key) ?? made;
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
