import { type Scenario, seconds } from '../../src/simulator/scenario.js';
import { judge, type Violation } from './judge.js';
import { type Plant, type Played, play } from './play.js';

/** A smaller world that still shows a violation of the same kind. */
export interface Shrunk {
  readonly scenario: Scenario;
  readonly violation: Violation;
  readonly played: Played;
}

/** Candidates that are tried together, by one promtool. */
const TOGETHER = 6;

const sameKind = (wanted: Violation, played: Played) =>
  judge(played).violations.find(
    ({ property, subject }) => property === wanted.property && subject === wanted.subject,
  );

/** The first of several worlds that still shows the violation. */
async function firstThatShows(
  candidates: readonly Scenario[],
  wanted: Violation,
  plant: Plant | undefined,
): Promise<Shrunk | undefined> {
  for (let i = 0; i < candidates.length; i += TOGETHER) {
    const played = await play(candidates.slice(i, i + TOGETHER), plant);
    for (const one of played) {
      const violation = sameKind(wanted, one);
      if (violation !== undefined) return { scenario: one.scenario, violation, played: one };
    }
  }
  return undefined;
}

/** The world up to a time, without what begins after it. */
function until(scenario: Scenario, time: number): Scenario {
  if (time >= seconds(scenario.duration)) return scenario;
  return {
    ...scenario,
    duration: `${Math.round(time)}s`,
    actions: scenario.actions.filter(({ at }) => seconds(at) <= time),
  };
}

const without = <T>(all: readonly T[], from: number, count: number) => [
  ...all.slice(0, from),
  ...all.slice(from + count),
];

/** Worlds with some actions fewer: halves first, then ever smaller parts. */
function fewerActions(scenario: Scenario): Scenario[] {
  const { actions } = scenario;
  const found: Scenario[] = [];
  for (let size = Math.ceil(actions.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < actions.length; from += size)
      found.push({ ...scenario, actions: without(actions, from, size) });
  }
  return found;
}

/** Worlds whose actions name fewer relays, workers or processes. */
function fewerPlaces(scenario: Scenario): Scenario[] {
  return scenario.actions.flatMap((action, i) =>
    (['relays', 'workers', 'gateways'] as const).flatMap((of) => {
      const places = (action as Partial<Record<typeof of, readonly number[]>>)[of];
      if (places === undefined || places.length < 2) return [];
      const half = places.length >> 1;
      return [places.slice(0, half), places.slice(half)].map((some) => ({
        ...scenario,
        actions: scenario.actions.map((one, k) => (k === i ? ({ ...one, [of]: some } as typeof one) : one)),
      }));
    }),
  );
}

/** Worlds with the last relays, workers or processes gone. */
function fewerParts(scenario: Scenario): Scenario[] {
  const relays = scenario.relays ?? 1;
  const workers = scenario.workers ?? [];
  const gateways = scenario.gateways ?? 1;
  const limited = (limits: { relays: number; workers: number; gateways: number }): Scenario => ({
    ...scenario,
    relays: limits.relays,
    gateways: limits.gateways,
    workers: workers.slice(0, limits.workers).map((owned) => owned.filter((relay) => relay < limits.relays)),
    actions: scenario.actions.flatMap((action) => {
      const changed: Record<string, unknown> = { ...action };
      for (const of of ['relays', 'workers', 'gateways'] as const) {
        const places = changed[of] as readonly number[] | undefined;
        if (places === undefined) continue;
        const left = places.filter((place) => place < limits[of]);
        if (left.length === 0) return [];
        changed[of] = left;
      }
      return [changed as unknown as typeof action];
    }),
  });
  const all = { relays, workers: workers.length, gateways };
  const sizes = (count: number) =>
    [Math.ceil(count / 4), Math.ceil(count / 2), count - 1].filter((n) => n >= 1 && n < count);
  return [
    ...sizes(relays).map((n) => limited({ ...all, relays: n })),
    ...sizes(workers.length).map((n) => limited({ ...all, workers: n })),
    ...sizes(gateways).map((n) => limited({ ...all, gateways: n })),
  ];
}

/** Worlds with the usual instead of what chance drew. */
function plainer(scenario: Scenario): Scenario[] {
  const plain: Partial<Record<keyof Scenario, unknown>> = {
    build: undefined,
    timings: undefined,
    mirrors: false,
    registrations: 'kept',
    resyncAnsweredBy: 'the same process',
    seededCounters: true,
  };
  return Object.entries(plain)
    .filter(([key, value]) => JSON.stringify(scenario[key as keyof Scenario]) !== JSON.stringify(value))
    .map(([key, value]) => {
      const { [key as keyof Scenario]: _, ...rest } = scenario;
      return (value === undefined ? rest : { ...rest, [key]: value }) as Scenario;
    });
}

/**
 * Reduces a world that shows a violation to fewer minutes, relays, processes and actions, as long as it shows one of the same kind.
 *
 * @param rounds how often to try everything again after it has become smaller
 */
export async function shrink(
  scenario: Scenario,
  violation: Violation,
  {
    plant,
    rounds = 4,
    report = () => {},
  }: { plant?: Plant; rounds?: number; report?: (text: string) => void } = {},
): Promise<Shrunk> {
  let best = await firstThatShows([until(scenario, violation.time + 900), scenario], violation, plant);
  if (best === undefined)
    throw new Error(`${scenario.name} does not show the violation when it is played again`);
  for (let round = 0; round < rounds; round += 1) {
    const before = JSON.stringify(best.scenario);
    for (const smaller of [fewerParts, fewerActions, fewerPlaces, plainer]) {
      for (;;) {
        const next = await firstThatShows(smaller(best.scenario), violation, plant);
        if (next === undefined) break;
        best = next;
        const { actions, relays = 1, duration } = best.scenario;
        report(`${relays} relays, ${actions.length} actions, ${duration}`);
      }
    }
    const shorter = await firstThatShows([until(best.scenario, best.violation.time + 300)], violation, plant);
    best = shorter ?? best;
    if (JSON.stringify(best.scenario) === before) break;
  }
  return best;
}
