import { type Kind, kinds } from './kinds.js';
import type { LoggedWorld } from './log.js';

/** The value below which a share of the values lies; undefined for none. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** How often each kind of fault occurs, in worlds, and the rarest pair of kinds. */
export function coverage(worlds: readonly Pick<LoggedWorld, 'faults'>[]) {
  const all = Object.keys(kinds) as Kind[];
  const sets = worlds.map(({ faults }) => new Set(faults));
  const having = (...wanted: readonly Kind[]) =>
    sets.filter((set) => wanted.every((kind) => set.has(kind))).length;
  const pairs = all.flatMap((one, i) => all.slice(i + 1).map((other) => having(one, other)));
  return {
    kinds: Object.fromEntries(all.map((kind) => [kind, having(kind)])) as Record<Kind, number>,
    rarestPair: Math.min(...pairs),
  };
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
  const { kinds: counts, rarestPair } = coverage(worlds);
  return [
    ...[...classes]
      .sort(([, a], [, b]) => b.length - a.length)
      .map(([key, seeds]) => `${seeds.length} worlds: ${key} (${seeds.slice(0, 5).join(', ')})`),
    `${worlds.length} worlds, ${worlds.filter(({ violations }) => violations.length > 0).length} with a violation, ${worlds.filter(({ excused }) => excused.length > 0).length} with an excused one; ${relayWeeks(worlds).toFixed(1)} relay-weeks`,
    `median: ${median(worlds.map(({ relays }) => relays))} relays, ${(median(worlds.map(({ seconds }) => seconds)) / 3600).toFixed(1)} h, ${median(worlds.map(({ overlap }) => overlap))} overlapping faults`,
    `the rarest kind of fault is in ${Math.min(...Object.values(counts))} worlds, the rarest pair of kinds in ${rarestPair}`,
  ].join('\n');
}
