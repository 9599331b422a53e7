import type { exporterMetrics } from '../../../metrics/exporter.js';

export type Fields = Readonly<Record<string, unknown>>;
type Metric = (typeof exporterMetrics)[number];

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Makes a value of a label with a known set of values; anything else is `other`, so that the set stays bounded. */
export const knownValue = (metric: Metric, label: string) => {
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
  typeof value === 'string' && value !== '' && value.length <= MAX_RELAY_LENGTH && !NOT_EXPOSABLE.test(value)
    ? value
    : undefined;

/** Reads fields, and counts those that hold something other than expected. Null is the same as absent. */
export class FieldReader {
  bad = 0;

  /** Epoch milliseconds as Unix seconds, for a point in time between 1970 and 5138. */
  seconds(value: unknown): number | undefined {
    const milliseconds = this.#accept(value, (v) => typeof v === 'number' && v > 0 && v < 1e14) as number;
    return milliseconds === undefined ? undefined : milliseconds / 1000;
  }

  /** A number from 0 on. */
  count(value: unknown): number | undefined {
    const isCount = (v: unknown) => typeof v === 'number' && v >= 0 && v <= Number.MAX_SAFE_INTEGER;
    return this.#accept(value, isCount) as number | undefined;
  }

  flag(value: unknown): boolean | undefined {
    return this.#accept(value, (v) => typeof v === 'boolean') as boolean | undefined;
  }

  text(value: unknown): string | undefined {
    return this.#accept(value, (v) => typeof v === 'string' && v !== '') as string | undefined;
  }

  object(value: unknown): Fields | undefined {
    return this.#accept(value, isObject) as Fields | undefined;
  }

  list(value: unknown): readonly unknown[] {
    return (this.#accept(value, Array.isArray) as readonly unknown[] | undefined) ?? [];
  }

  #accept(value: unknown, isExpected: (value: unknown) => boolean): unknown {
    if (value === undefined || value === null) return undefined;
    if (isExpected(value)) return value;
    this.bad += 1;
    return undefined;
  }
}
