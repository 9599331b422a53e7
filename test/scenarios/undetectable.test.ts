import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package/root.js';
import { runScenario } from '../../src/simulator/run.js';
import { type Action, defineScenario, type Scenario } from '../../src/simulator/scenario.js';
import { inputSeriesOf } from '../../src/simulator/series.js';

/** Two worlds in which another relay is at fault, or none. */
interface Pair {
  /** The anchor in docs/system.md. */
  readonly id: string;
  readonly what: string;
  readonly worlds: readonly [Scenario, Scenario];
}

const world = (setup: Partial<Scenario>, actions: readonly Action[]): Scenario =>
  defineScenario({
    name: 'one of two worlds',
    description: 'See docs/system.md, what cannot be detected.',
    duration: '1h',
    relays: 2,
    workers: [[0], [1]],
    seededCounters: true,
    // Any client of a mirror moves its gauges, so they prove nothing.
    mirrors: false,
    // Chance would make a difference where there is none.
    timings: { pushJitter: 0, reconnect: [3, 3], resync: [5, 5], rotation: [0.5, 0.5] },
    ...setup,
    actions,
    expect: [],
  });

/** The same world, with the two relays in each other's place. */
const swapped = (of: (relay: number, other: number) => Scenario): [Scenario, Scenario] => [
  of(0, 1),
  of(1, 0),
];

const pairs: readonly Pair[] = [
  {
    id: 'undetectable-lost-registration',
    what: 'one of two workers with a lost registration is back and writes nothing',
    worlds: swapped((relay) =>
      world({ registrations: 'run out' }, [
        { at: '5m', do: 'worker goes offline' },
        { at: '6m', do: 'lease is requested' },
        { at: '6m30s', do: 'a write arrives' },
        { at: '20m', do: 'worker comes back', workers: [relay] },
      ]),
    ),
  },
  {
    id: 'undetectable-left-before-job',
    what: 'the job of one of two workers fails, and the other one is closed before its job ends',
    worlds: swapped((relay, other) =>
      world({}, [
        { at: '5m', do: 'worker goes offline', for: '5m' },
        { at: '6m', do: 'lease is requested' },
        { at: '6m30s', do: 'a write arrives' },
        { at: '9m', do: 'jobs fail', relays: [relay] },
        { at: '10m17s', do: 'worker goes offline', how: 'closed', workers: [other] },
      ]),
    ),
  },
  {
    id: 'undetectable-drive-upload',
    what: 'a drive upload is accepted and never marked, or no upload happens at all',
    worlds: [
      [{ at: '12m', do: 'a write arrives', through: 'drive', relays: [0] }] as Action[],
      [] as Action[],
    ].map((uploads) =>
      world({ registrations: 'run out' }, [
        { at: '5m', do: 'worker goes offline' },
        { at: '11m', do: 'lease is requested' },
        ...uploads,
      ]),
    ) as unknown as Pair['worlds'],
  },
  {
    id: 'undetectable-renewal',
    what: 'one of two leases is renewed while no write refreshes a gauge',
    worlds: swapped((relay) =>
      world({ registrations: 'run out' }, [
        { at: '5m', do: 'worker goes offline' },
        { at: '6m', do: 'lease is requested' },
        { at: '6m1s', do: 'lease is requested', relays: [relay] },
        { at: '14m', do: 'writes arrive', perMinute: 4, for: '20m', relays: [0, 1] },
        { at: '15m', do: 'lease is requested', relays: [relay] },
      ]),
    ),
  },
  {
    id: 'undetectable-cleared-before-restart',
    what: 'a relay is cleared by hand, or not, and the gateway restarts before the next scrape',
    worlds: [
      [{ at: '10m5s', do: 'metadata is cleared by hand', relays: [0] }] as Action[],
      [] as Action[],
    ].map((clearing) =>
      world({ duration: '3h' }, [
        { at: '1m', do: 'worker restarts' },
        { at: '5m', do: 'worker goes offline', for: '30m' },
        { at: '6m', do: 'lease is requested' },
        { at: '6m30s', do: 'a write arrives' },
        ...clearing,
        { at: '10m15s', do: 'gateway restarts' },
        { at: '1h', do: 'writer is rotated by hand' },
      ]),
    ) as unknown as Pair['worlds'],
  },
  {
    id: 'undetectable-standing-gauge',
    what: 'a relay whose gauge stands still after its clearing is written to once more, or not, and the gateway restarts',
    worlds: [
      [{ at: '31m', do: 'a write arrives', through: 'drive', relays: [0] }] as Action[],
      [] as Action[],
    ].map((write) =>
      world({ duration: '4h', gateways: 2, resyncAnsweredBy: 'another process' }, [
        { at: '1m', do: 'worker restarts' },
        { at: '5m', do: 'worker goes offline', for: '5m' },
        { at: '6m', do: 'lease is requested' },
        { at: '6m30s', do: 'a write arrives', relays: [0] },
        { at: '30m', do: 'worker goes offline', for: '1h' },
        { at: '31m', do: 'lease is requested' },
        ...write,
        { at: '33m', do: 'gateway restarts' },
      ]),
    ) as unknown as Pair['worlds'],
  },
  {
    id: 'undetectable-written-while-cut-off',
    what: 'one of two workers with a lost registration is back, the other is cut off, and both write their files',
    worlds: swapped((relay) =>
      world({ duration: '3h', registrations: 'run out' }, [
        { at: '1m', do: 'worker restarts' },
        { at: '5m', do: 'worker goes offline' },
        { at: '6m', do: 'lease is requested' },
        { at: '6m30s', do: 'a write arrives' },
        { at: '20m', do: 'worker comes back', workers: [relay] },
        { at: '30m', do: 'state file is torn', for: '5m' },
      ]),
    ),
  },
];

const samplesOf = async (scenario: Scenario) => {
  const series = await inputSeriesOf(
    runScenario(scenario, {
      scrapeIntervalSeconds: 30,
      jobs: { gateway: 'gateway', exporter: 'pending-writes-exporter' },
    }),
  );
  return Object.fromEntries(series.map(({ series: name, values }) => [name, values]));
};

describe('what docs/system.md calls undetectable', () => {
  const system = readFileSync(join(packageRoot, 'docs/system.md'), 'utf8');

  it.each(pairs)('has two worlds with the same samples: $what', async ({ worlds }) => {
    const [one, other] = [await samplesOf(worlds[0]), await samplesOf(worlds[1])];
    expect(Object.keys(one).length).toBeGreaterThan(20);
    expect(other).toEqual(one);
  });

  it('names the pairs that are played here, and no other', () => {
    const named = [...system.matchAll(/<a id="(undetectable-[^"]+)">/g)].map(([, id]) => id);
    expect(named.sort()).toEqual(pairs.map(({ id }) => id).sort());
  });
});
