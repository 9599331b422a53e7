import { claims } from './claims.js';
import { type Kind, kinds } from './kinds.js';
import type { LoggedWorld } from './log.js';

/** How many pairs of kinds are shown. */
export const RAREST = 10;
const pagesAndWarnings = Object.keys(claims);

/** The value below which a share of the values lies; undefined for none. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** In how many worlds each kind of fault and each pair of kinds occurs; pairs in ascending order. */
export function coverage(worlds: readonly Pick<LoggedWorld, 'faults'>[]) {
  const all = Object.keys(kinds) as Kind[];
  const sets = worlds.map(({ faults }) => new Set(faults));
  const having = (...wanted: readonly Kind[]) =>
    sets.filter((set) => wanted.every((kind) => set.has(kind))).length;
  const pairs = all.flatMap((one, i) =>
    all.slice(i + 1).map((other): [Kind, Kind, number] => [one, other, having(one, other)]),
  );
  return {
    kinds: Object.fromEntries(all.map((kind) => [kind, having(kind)])) as Record<Kind, number>,
    pairs: pairs.sort(([, , one], [, , other]) => one - other),
  };
}

/** The sum of counts by name, over worlds. */
export function totals(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const one of counts)
    for (const [name, count] of Object.entries(one)) sums[name] = (sums[name] ?? 0) + count;
  return Object.fromEntries(Object.entries(sums).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The 95 % upper bound of the mean of a Poisson distribution of which `count` events were seen: a larger mean would show so few in
 * less than 5 % of all cases.
 */
export function poissonBound(count: number): number {
  /** The chance of at most `count` events. */
  const chance = (mean: number) => {
    let term = Math.exp(-mean);
    let sum = term;
    for (let k = 1; k <= count; k += 1) {
      term *= mean / k;
      sum += term;
    }
    return sum;
  };
  let [low, high] = [0, 10 + 2 * count + 5 * Math.sqrt(count)];
  for (let i = 0; i < 60; i += 1) {
    const middle = (low + high) / 2;
    if (chance(middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

/** Weeks of relays: the worlds' lengths times their relays. */
export const relayWeeks = (worlds: readonly Pick<LoggedWorld, 'relays' | 'seconds'>[]) =>
  worlds.reduce((sum, { relays, seconds }) => sum + (relays * seconds) / (7 * 86_400), 0);

/** What a run found, for a person. */
export function summaryOf(worlds: readonly LoggedWorld[]): string {
  const classes = new Map<string, number[]>();
  for (const { seed, violations } of worlds) {
    for (const { property, subject } of violations) {
      const key = `${property}: ${subject}`;
      const known = classes.get(key) ?? [];
      if (!known.includes(seed)) classes.set(key, [...known, seed]);
    }
  }
  const median = (values: readonly number[]) => quantile(values, 0.5) ?? 0;
  const { kinds: counts, pairs } = coverage(worlds);
  const right = totals(worlds.map((world) => world.right));
  const column = (rows: readonly (readonly [string, number])[]) =>
    rows.map(([name, count]) => `${String(count).padStart(6)}  ${name}`);
  return [
    ...[...classes]
      .sort(([, a], [, b]) => b.length - a.length)
      .map(([key, seeds]) => `${seeds.length} worlds: ${key} (${seeds.slice(0, 5).join(', ')})`),
    `${worlds.length} worlds, ${worlds.filter(({ violations }) => violations.length > 0).length} with a violation, ${worlds.filter(({ excused }) => excused.length > 0).length} with an excused one; ${relayWeeks(worlds).toFixed(1)} relay-weeks`,
    `median: ${median(worlds.map(({ relays }) => relays))} relays, ${(median(worlds.map(({ seconds }) => seconds)) / 3600).toFixed(1)} h, ${median(worlds.map(({ overlap }) => overlap))} overlapping faults`,
    'worlds with each kind of fault:',
    ...column(Object.entries(counts)),
    'worlds with each of the rarest pairs of kinds:',
    ...column(pairs.slice(0, RAREST).map(([one, other, count]) => [`${one}, ${other}`, count])),
    'times that each warning or page began to fire, rightly:',
    ...column(pagesAndWarnings.map((alert) => [alert, right[alert] ?? 0])),
    'statements in texts that were compared:',
    ...column(Object.entries(totals(worlds.map(({ compared }) => compared)))),
  ].join('\n');
}
