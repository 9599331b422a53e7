import { isUtf8 } from 'node:buffer';

/*
 * What a state file says, told a second time in the plainest way, to compare the exporter with. It shares no code with the exporter.
 */

type Fields = Readonly<Record<string, unknown>>;

/** Series and their values that one record or row justifies, as `name{label=value}`. */
type Series = Readonly<Record<string, number>>;

const TYPES = ['autobase', 'drive', 'event', 'drive-upload', 'http-join', 'http-callback'];
const JOBS = ['idle', 'queued', 'in-progress', 'completed', 'error', 'cleared'];
const ROTATIONS = ['pending', 'completed', 'failed'];

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTime = (value: unknown): value is number => typeof value === 'number' && value > 0 && value < 1e14;
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';
const among = (known: readonly string[], value: string) => (known.includes(value) ? value : 'other');
const isRelay = (value: unknown): value is string =>
  isName(value) && value.length <= 256 && !value.includes('\0') && Buffer.from(value).toString() === value;

function ofRecord(record: unknown, isSnapshot: boolean): Series | undefined {
  if (!isObject(record) || !isRelay(record.relayKey)) return undefined;
  const { relayKey, state, status } = record;
  const isKnown = state === 'pending' || state === 'cleared';
  const hasJob = isSnapshot && isName(status);
  if (!isKnown && !hasJob) return undefined;
  const series: Record<string, number> = {};
  const set = (name: string, value: number, more = '') => {
    series[`pending_writes_${name}{relay=${relayKey}${more}}`] = value;
  };
  const lease = isObject(record.lease) ? record.lease : {};
  const version = record.leaseVersion ?? lease.version;
  if (isKnown) set('pending', state === 'pending' ? 1 : 0);
  if (state === 'pending' && isTime(record.pendingSince))
    set('pending_since_timestamp_seconds', record.pendingSince / 1000);
  if (isTime(record.updatedAt)) set('last_update_timestamp_seconds', record.updatedAt / 1000);
  if (typeof record.leaseActive === 'boolean') set('lease_active', record.leaseActive ? 1 : 0);
  if (isTime(lease.expiresAt)) set('lease_expiry_timestamp_seconds', lease.expiresAt / 1000);
  if (isTime(lease.issuedAt)) set('lease_issued_timestamp_seconds', lease.issuedAt / 1000);
  if (isCount(version)) set('lease_version', version);
  if (isCount(record.driveVersion)) set('drive_version', record.driveVersion);
  if (state === 'pending' && Array.isArray(record.types)) {
    for (const type of record.types.filter(isName)) set('wanted', 1, `,type=${among(TYPES, type)}`);
  }
  if (hasJob) set('job_status', 1, `,status=${among(JOBS, status)}`);
  return series;
}

function ofRow(row: unknown): Series | undefined {
  if (!isObject(row) || !isRelay(row.relayKey) || !isName(row.status)) return undefined;
  const series: Record<string, number> = {};
  const set = (name: string, value: number, more = '') => {
    series[`pending_writes_rotation_last_${name}{relay=${row.relayKey}${more}}`] = value;
  };
  set('status', 1, `,status=${among(ROTATIONS, row.status)}`);
  if (isCount(row.attempts)) set('attempts', row.attempts);
  if (isTime(row.startedAt)) set('start_timestamp_seconds', row.startedAt / 1000);
  if (isTime(row.completedAt)) set('end_timestamp_seconds', row.completedAt / 1000);
  return series;
}

const isThere = (series: Series | undefined): series is Series => series !== undefined;
const canonical = (series: Series) => JSON.stringify(Object.entries(series).sort());

/** What the file says: every relay has one of some sets of series. Undefined where it is no state file. */
interface Justification {
  readonly records: readonly Series[];
  readonly rows: readonly Series[];
}

function justification(bytes: Buffer): Justification | undefined {
  if (!isUtf8(bytes)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString().replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const isSnapshot = Array.isArray(value.relays);
  const records = isSnapshot ? value.relays : value.notifications;
  if (!Array.isArray(records) && Object.keys(value).length > 0) return undefined;
  const rows = Array.isArray(value.rotations) ? value.rotations : [];
  return {
    records: ((records ?? []) as unknown[]).map((record) => ofRecord(record, isSnapshot)).filter(isThere),
    rows: rows.map(ofRow).filter(isThere),
  };
}

/** A relay's label in a series, or undefined. */
const relayOf = (series: string) => /\{relay=([\s\S]*?)(?:,(?:type|status)=[\w-]+)?\}$/.exec(series)?.[1];

/**
 * What is wrong with the samples of a first scrape of these bytes; empty when all is well. Every relay of the file has to be there with all
 * that one of its records says, and nothing else, and so has its rotation.
 */
export function unjustified(bytes: Buffer, samples: ReadonlyMap<string, number>): string[] {
  const wrong: string[] = [];
  const file = justification(bytes);
  const success = samples.get('pending_writes_state_file_read_success{}');
  if (success !== (file === undefined ? 0 : 1)) wrong.push(`read_success is ${success}`);
  const found = {
    records: new Map<string, Record<string, number>>(),
    rows: new Map<string, Record<string, number>>(),
  };
  for (const [series, value] of samples) {
    if (!Number.isFinite(value)) wrong.push(`${series} is ${value}`);
    const relay = relayOf(series);
    if (file === undefined && !/^pending_writes_(state_file|exporter)_/.test(series))
      wrong.push(`${series} of no state file`);
    if (relay === undefined) continue;
    const part = series.startsWith('pending_writes_rotation_last_') ? found.rows : found.records;
    const own = part.get(relay) ?? {};
    own[series] = value;
    part.set(relay, own);
  }
  if (file === undefined) return wrong;
  for (const part of ['records', 'rows'] as const) {
    const allowed = new Map<string, Set<string>>();
    for (const series of file[part]) {
      const relay = relayOf(Object.keys(series)[0] as string) as string;
      allowed.set(relay, (allowed.get(relay) ?? new Set()).add(canonical(series)));
    }
    for (const [relay, series] of found[part]) {
      if (allowed.get(relay)?.has(canonical(series)) !== true)
        wrong.push(`no record of ${part} says ${canonical(series)}`);
    }
    for (const relay of allowed.keys()) {
      if (!found[part].has(relay)) wrong.push(`${JSON.stringify(relay)} of ${part} is not there`);
    }
  }
  const pending = [...samples].filter(([series]) => series.startsWith('pending_writes_pending{'));
  for (const [state, number] of [
    ['pending', 1],
    ['cleared', 0],
  ] as const) {
    const total = samples.get(`pending_writes_relays{state=${state}}`);
    const shown = pending.filter(([, value]) => value === number).length;
    if (total !== shown) wrong.push(`${total} relays ${state}, ${shown} shown`);
  }
  const { size } = found.records;
  if (samples.get('pending_writes_state_file_relays{}') !== size)
    wrong.push(`not ${size} relays in the file`);
  return wrong;
}
