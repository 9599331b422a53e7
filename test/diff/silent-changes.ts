import { compareSides } from '../../src/diff/compare.js';
import { keyOf } from '../../src/diff/expression.js';
import { isDurationText, parseDuration } from '../../src/promql/literals.js';
import { tryParse } from '../../src/promql/parse.js';
import { readSide } from '../../src/rule-files/parse.js';

// biome-ignore lint/suspicious/noExplicitAny: any JSON
type Any = any;

/** A file to change: where it lies, and what it holds. */
export interface Sample {
  readonly path: string;
  readonly value: Any;
}

/** A generator of numbers from 0 to 1 that gives the same ones for the same seed (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The containers of a value, each with the path to it. */
function containers(value: Any, path: string[] = []): { path: string[]; value: Any }[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, one]) => containers(one, [...path, key]));
  return Object.keys(value).length === 0 ? inner : [{ path, value }, ...inner];
}

/** A copy of a value with one random change, and what was changed. */
export function changed(value: Any, random: () => number): { value: Any; change: string } {
  const copy = structuredClone(value);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const { path, value: container } = pick(containers(copy));
  const key = pick(Object.keys(container));
  const where = [...path, key].join('.');
  const kind = Math.floor(random() * 6);
  if (Array.isArray(container)) {
    const i = Number(key);
    if (kind === 0) {
      container.splice(i, 1);
      return { value: copy, change: `${where} removed` };
    }
    if (kind === 1) {
      container.splice(i, 0, structuredClone(container[i]));
      return { value: copy, change: `${where} doubled` };
    }
    if (kind === 2 && container.length > 1) {
      const other = (i + 1) % container.length;
      [container[i], container[other]] = [container[other], container[i]];
      return { value: copy, change: `${where} exchanged with ${other}` };
    }
  } else {
    if (kind === 0) {
      delete container[key];
      return { value: copy, change: `${where} removed` };
    }
    if (kind === 1) {
      container[`${key}x`] = container[key];
      delete container[key];
      return { value: copy, change: `${where} renamed` };
    }
    if (kind === 2) {
      container.extra = 'new';
      return { value: copy, change: `${where}: a new key beside it` };
    }
  }
  container[key] = other(container[key], random);
  return { value: copy, change: `${where} → ${JSON.stringify(container[key])}` };
}

function other(value: Any, random: () => number): Any {
  if (typeof value === 'number') return random() < 0.5 ? value + 1 : -value - 1;
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return otherText(value, random);
  if (value === null) return 'x';
  return random() < 0.5 ? null : 'x';
}

function otherText(text: string, random: () => number): string {
  const digits = [...text.matchAll(/\d+/g)];
  const at = digits[Math.floor(random() * digits.length)];
  if (at !== undefined && random() < 0.5) {
    return `${text.slice(0, at.index)}${Number(at[0]) + 1}${text.slice(at.index + at[0].length)}`;
  }
  const place = Math.floor(random() * (text.length + 1));
  const inserted = [' ', 'a', '"', '1', '{{'][Math.floor(random() * 5)] as string;
  return `${text.slice(0, place)}${inserted}${text.slice(place)}`;
}

/**
 * A value without what provably does not matter: the order of keys, fields that are nothing or empty, how an expression or a
 * duration is written, the order of groups, and in rules whether a scalar is a text. Another function than that of the program.
 */
export function normal(value: Any, key = '', inRule = false): Any {
  if (Array.isArray(value)) {
    if (key === 'rules' && value.length === 0) return null;
    const list = value.map((one) => normal(one, '', inRule || key === 'rules'));
    // Groups are evaluated side by side, and the items of a list are objects of their own.
    const isUnordered = key === 'groups' || key === 'items';
    return isUnordered ? list.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : list;
  }
  if (isObject(value)) {
    const entries = Object.entries(value)
      .map(([name, one]) => [name, normal(one, name, inRule)] as const)
      .filter(([, one]) => one !== null && !(isObject(one) && Object.keys(one).length === 0))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries);
  }
  const text = String(value);
  // A dashboard in a ConfigMap.
  if (key.endsWith('.json') && text.startsWith('{')) return embedded(text);
  if (key === 'expr' && typeof value === 'string')
    return keyOf(tryParse(current(text.trim()), { variables: !inRule }));
  if (/^(?:for|keep_firing_for|interval)$/.test(key)) {
    if (text === '0' || (isDurationText(text) && parseDuration(text) === 0)) return null;
    return isDurationText(text) ? parseDuration(text) : text;
  }
  if (key === 'query' && typeof value === 'string') return keyOf(tryParse(text, { variables: true }));
  return inRule && value !== null ? text : value;
}

/** Holt-Winters smoothing under the name that the grammar knows. */
const current = (expr: string) => expr.replace(/\bholt_winters(?=\s*\()/g, 'double_exponential_smoothing');

function embedded(text: string): Any {
  try {
    return normal(JSON.parse(text));
  } catch {
    return text;
  }
}

export interface SilentChange {
  readonly path: string;
  readonly change: string;
}

/**
 * Changes samples at random and compares each with what it was. Gives the changes about which nothing was said although the normal
 * forms differ.
 *
 * @throws when a comparison fails, with the change
 */
export function silentChanges(samples: readonly Sample[], count: number, seed: number): SilentChange[] {
  const random = numbersFrom(seed);
  const silent: SilentChange[] = [];
  for (let i = 0; i < count; i += 1) {
    const { path, value } = samples[Math.floor(random() * samples.length)] as Sample;
    const { value: after, change } = changed(value, random);
    const side = (one: Any) => readSide([{ path, text: JSON.stringify(one, undefined, 1) }], true);
    let findings: number;
    try {
      findings = compareSides(side(value), side(after)).length;
    } catch (error) {
      throw new Error(`${path}: ${change}`, { cause: error });
    }
    if (findings > 0) continue;
    if (JSON.stringify(normal(value)) !== JSON.stringify(normal(after))) silent.push({ path, change });
  }
  return silent;
}
