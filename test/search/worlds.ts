import { type BuildOptions, OBSERVED_BUILD, RUNBOOK_BUILD } from '../../src/simulator/build.js';
import type { Action } from '../../src/simulator/happening.js';
import { Random } from '../../src/simulator/random.js';
import { defineScenario, type Scenario, seconds } from '../../src/simulator/scenario.js';
import { type Choice, type Kind, kinds, NEED_ESCROW, type Step, some } from './kinds.js';
import { type SearchSite, sites } from './sites.js';

/** A fault of a world. Times are seconds since the world's begin. */
export interface Fault {
  readonly kind: Kind;
  readonly from: number;
  readonly to: number;
  readonly actions: readonly Action[];
}

/** A random world: a scenario that states nothing of what must happen. */
export interface SearchWorld {
  readonly seed: number;
  readonly site: SearchSite;
  readonly scenario: Scenario;
  readonly faults: readonly Fault[];
}

/** The least, the median and the most; each half is drawn evenly on a logarithmic scale. */
type Spread = readonly [least: number, median: number, most: number];

/** How large worlds are. Lengths are in seconds. */
export interface Size {
  readonly relays: Spread;
  readonly seconds: Spread;
  readonly faults: readonly [least: number, most: number];
}

/**
 * The median of 2,000 of these worlds has 20 relays and 6 hours at the least. The largest are not much larger: they would take most of the
 * time.
 */
export const USUAL: Size = {
  relays: [4, 21, 24],
  seconds: [3600, 6.25 * 3600, 7.3 * 3600],
  faults: [4, 14],
};
/** For tests that run with every change. */
export const SMALL: Size = { relays: [2, 4, 6], seconds: [3600, 5400, 2 * 3600], faults: [1, 4] };

const logarithmic = (random: Random, [low, high]: readonly [number, number]) =>
  low * (high / low) ** random.next();

function spread(random: Random, [least, median, most]: Spread): number {
  const place = random.next() * 2;
  return place < 1 ? least * (median / least) ** place : median * (most / median) ** (place - 1);
}

const inSeconds = (length: number) => `${Math.round(length)}s`;

function pick<T extends { readonly weight: number }>(random: Random, from: readonly T[]): T {
  let left = random.next() * from.reduce((sum, { weight }) => sum + weight, 0);
  for (const one of from) {
    left -= one.weight;
    if (left < 0) return one;
  }
  return from.at(-1) as T;
}

function randomBuild(random: Random): BuildOptions {
  const kind = random.next();
  if (kind < 0.6) return OBSERVED_BUILD;
  if (kind < 0.8) return RUNBOOK_BUILD;
  const one = <T>(...values: readonly T[]) => values[random.index(values.length)] as T;
  return {
    acknowledgements: one('unrecorded', 'recorded'),
    pushCounter: one('whole-gateway', 'by-relay'),
    expiryGauge: one('standing', 'refreshed', 'counting-down'),
    afterClearing: one('zero', 'new-term'),
    leaseExpiry: one('ignored', 'enforced'),
    policyReasons: one('unknown', 'named'),
    stateFile: one('persisted', 'snapshot'),
    jobs: one('report', 'ingest'),
  };
}

/** What clients do whether or not something is wrong: reads, writes, and sessions that stay in replica mode. */
function traffic(random: Random, relays: number, length: number): Action[] {
  const at = () => inSeconds(random.between(60, length * 0.6));
  const lasting = () => inSeconds(random.between(600, length * 0.5));
  const busy = () => some(random, relays, Math.ceil(relays / 3));
  return [
    { at: at(), do: 'reads arrive', perMinute: random.between(0.5, 4), for: lasting(), relays: busy() },
    { at: '1m', do: 'reads arrive', perMinute: 1, for: inSeconds(length - 120), relays: busy() },
    { at: at(), do: 'writes arrive', perMinute: random.between(0.2, 2), for: lasting(), relays: busy() },
    {
      at: at(),
      do: 'writes arrive',
      through: 'drive',
      perMinute: random.between(0.1, 1),
      for: lasting(),
      relays: busy(),
    },
    ...(random.next() < 0.4
      ? [
          {
            at: at(),
            do: 'a replica session writes',
            every: inSeconds(random.between(15, 240)),
            for: lasting(),
            relays: some(random, relays, 2),
          } as const,
        ]
      : []),
  ];
}

function placed(at: number, length: number, steps: readonly Step[]): Action[] {
  return steps
    .filter(({ after }) => at + after < length)
    .map(({ after, what }) => ({ at: inSeconds(at + after), ...afterBegin(what, at + after) }) as Action);
}

/** The clock of a world begins at 0, and a file has no times before that. */
function afterBegin(what: Step['what'], at: number): Step['what'] {
  if (what.do !== 'worker clock is off' || what.slow !== true || seconds(what.by) < at) return what;
  return { ...what, by: inSeconds(at) };
}

/** How long a fault lasts: as long as its longest part, or a moment. */
function lengthOf(actions: readonly Action[]): number {
  return Math.max(
    60,
    ...actions.map((action) => {
      const { downFor, for: lasting } = action as { downFor?: string; for?: string };
      return seconds(lasting ?? downFor ?? '60s');
    }),
  );
}

/** The world of a seed: the same in every run. */
export function randomWorld(seed: number, size: Size = USUAL): SearchWorld {
  const random = Random.for(seed, 'search');
  const site = pick(random, sites);
  const relays = Math.round(spread(random, size.relays));
  const length = Math.round(spread(random, size.seconds) / 60) * 60;
  const workers = 1 + random.index(Math.min(5, relays));
  const gateways = pick(random, [
    { count: 1, weight: 7 },
    { count: 2, weight: 2 },
    { count: 3, weight: 1 },
  ]).count;
  const escrow = site.settings.escrow !== 'off';
  const owned = Array.from({ length: workers }, (_, w) =>
    Array.from({ length: relays }, (_, r) => r).filter((r) => r % workers === w),
  );
  // Some relays have two workers.
  if (workers > 1 && random.next() < 0.4) {
    for (const relay of some(random, relays, 3)) {
      const other = owned[(relay + 1) % workers] as number[];
      if (!other.includes(relay)) other.push(relay);
    }
  }
  const build = randomBuild(random);
  const possible = (Object.keys(kinds) as Kind[]).filter((kind) => escrow || !NEED_ESCROW.includes(kind));
  const count = Math.round(random.between(...size.faults));
  const faults = Array.from({ length: count }, (): Fault => {
    const kind = possible[random.index(possible.length)] as Kind;
    const from = Math.round(random.between(120, length * 0.85));
    const lasting = Math.round(logarithmic(random, [60, length * 0.6]));
    const choice: Choice = {
      random,
      relays,
      workers,
      gateways,
      escrow,
      length: inSeconds(Math.min(lasting, length - from)),
    };
    const actions = placed(from, length, kinds[kind](choice));
    return { kind, from, to: Math.min(length, from + lengthOf(actions)), actions };
  });
  const scenario = defineScenario({
    name: `world ${seed}`,
    description: `A random world of the site "${site.name}".`,
    duration: inSeconds(length),
    seed,
    relays,
    workers: owned,
    gateways,
    build,
    ...(build.jobs === 'ingest' ? { timings: { resync: [1, random.between(2, 20)] as const } } : {}),
    registrations: random.next() < 0.5 ? 'kept' : 'run out',
    resyncAnsweredBy: gateways > 1 && random.next() < 0.3 ? 'another process' : 'the same process',
    escrow: escrow ? 'on' : 'off',
    exporters: site.settings.workers?.exporterRunsWithWorker ? 'with the worker' : 'with the host',
    // Two series for each relay: most worlds without a fault of mirrors can do without them.
    mirrors: random.next() < (faults.some(({ kind }) => kind === 'mirrors stale') ? 0.9 : 0.4),
    seededCounters: random.next() < 0.8,
    site: site.settings,
    actions: [
      // Files that name their relays, as on workers that have run for days.
      ...(random.next() < 0.7 ? [{ at: '10s', do: 'worker restarts' } as const] : []),
      ...traffic(random, relays, length),
      ...faults.flatMap(({ actions }) => actions),
    ],
    expect: [],
  });
  return { seed, site, scenario, faults };
}

/** The largest number of faults that are in force at once. */
export function overlapOf(faults: readonly Pick<Fault, 'from' | 'to'>[]): number {
  return Math.max(0, ...faults.map(({ from }) => faults.filter((f) => f.from <= from && from < f.to).length));
}
