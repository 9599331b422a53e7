import type { exporterMetrics } from '../../../metrics/exporter.js';

export type Fields = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
export const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
export const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
/** Epoch milliseconds between 1970 and 5138. */
const isTime = (value: unknown): value is number => typeof value === 'number' && value > 0 && value < 1e14;

/** Makes a value of a label with a known set of values; anything else is `other`, so that the set stays bounded. */
export const knownValue = (metric: (typeof exporterMetrics)[number], label: string) => {
  const values = new Set(metric.labels[label]?.values ?? []);
  return (value: string): string => (values.has(value) ? value : 'other');
};

// A relay key has 64 characters. Anything much longer is no key, and would be repeated in every series.
const MAX_RELAY_LENGTH = 256;

// NUL ends a line for some readers of the text format; half a surrogate pair has no UTF-8 form, so that two relays could become one. Not
// \p{Surrogate}: that would load 4 MB of Unicode tables.
const NOT_EXPOSABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** A relay key that can be a label value, or undefined. */
export const relayKey = (value: unknown): string | undefined =>
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
