import { isObject } from '../rule-files/json.js';
import { short } from './expression.js';

/** One place in which two values differ; `undefined` where there is nothing on that side. */
export interface Difference {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What the objects of a list are known by. */
const IDENTITIES = ['refId', 'uid', 'id', 'name'];

/**
 * Every place in which two values differ. Objects of lists belong together by what they are known by, where that is one and the
 * same thing for all of them, else by their place.
 */
export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  if (Object.is(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return listDifferences(before, after, path);
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) =>
      differences(own(before, key), own(after, key), path === '' ? key : `${path}.${key}`),
    );
  }
  return [{ path, before, after }];
}

const own = (value: object, key: string): unknown =>
  Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;

function listDifferences(before: readonly unknown[], after: readonly unknown[], path: string): Difference[] {
  const identity = IDENTITIES.find((key) => [before, after].every((list) => isKnownBy(list, key)));
  if (identity === undefined) {
    return Array.from({ length: Math.max(before.length, after.length) }, (_, i) =>
      differences(before[i], after[i], `${path}[${i}]`),
    ).flat();
  }
  const [old, now] = [before, after].map(
    (list) => new Map(list.map((one) => [String(own(one as object, identity)), one])),
  ) as [Map<string, unknown>, Map<string, unknown>];
  const found = [...new Set([...old.keys(), ...now.keys()])].flatMap((key) =>
    differences(old.get(key), now.get(key), `${path}[${key}]`),
  );
  const [first, second] = [
    [...old.keys()].filter((key) => now.has(key)),
    [...now.keys()].filter((key) => old.has(key)),
  ];
  const isReordered = first.some((key, i) => key !== second[i]);
  return isReordered
    ? [...found, { path: `${path} (order)`, before: first.join(', '), after: second.join(', ') }]
    : found;
}

function isKnownBy(list: readonly unknown[], key: string): boolean {
  const names = list.map((one) => (isObject(one) ? own(one, key) : undefined));
  return (
    names.every((name) => typeof name === 'string' || typeof name === 'number') &&
    new Set(names.map(String)).size === list.length
  );
}

/** Fields whose values are nobody's business: those of receivers and data sources, for the most part. */
const CONFIDENTIAL =
  /pass(?:word|wd|phrase)|secret|token|credential|(?:api|routing|service|private|user|integration)_?key|authorization|(?:api|webhook)_?url|^url$|basicAuth|bearer/i;

/** A value with asterisks where the fields in it are confidential. */
function redacted(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value.map((one) => redacted(one, key));
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, redacted(one, name)]));
  }
  return CONFIDENTIAL.test(key) && value !== undefined && value !== null ? '***' : value;
}

const shown = (value: unknown, path: string) => {
  const safe = path
    .split(/[.[\]]+/)
    .reduce((one, key) => (CONFIDENTIAL.test(key) ? redacted(one, key) : one), redacted(value, ''));
  if (safe === undefined) return 'none';
  return short(typeof safe === 'string' ? safe : JSON.stringify(safe), 60);
};

/** Differences as a text: `limit 0 → 5; query_offset none → 1m`. */
export function describeDifferences(all: readonly Difference[], most = 6): string {
  const texts = all.map(({ path, before, after }) =>
    `${path} ${shown(before, path)} → ${shown(after, path)}`.trim(),
  );
  const left = texts.length - most;
  return left > 0 ? `${texts.slice(0, most).join('; ')}; and ${left} more` : texts.join('; ');
}
