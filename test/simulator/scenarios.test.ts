import { describe, expect, it } from 'vitest';
import { pendingWritesPending } from '../../metrics/exporter.js';
import { gatewayPendingWrites, gatewayRelayFallbackWrites } from '../../metrics/gateway.js';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { SITUATIONS } from '../../src/model/provenance.js';
import { runScenario, type Scrape } from '../../src/simulator/run.js';
import { type Scenario, seconds } from '../../src/simulator/scenario.js';
import { gatewayRestartWhilePending, otherProcessAnswers } from '../../src/simulator/scenarios/gateway.js';
import { scenarios } from '../../src/simulator/scenarios/index.js';
import {
  aFewWritesTurnedAway,
  escrowDown,
  leaseRunsOutEnforced,
  leaseRunsOutStanding,
  noLeaseRequested,
  policyRefuses,
  rotationFails,
} from '../../src/simulator/scenarios/leases.js';
import {
  clearedByHand,
  hangingWorker,
  lostClearedPush,
  refusedPushes,
  registrationGone,
  stuckJob,
} from '../../src/simulator/scenarios/pushes.js';
import {
  allWorkersLost,
  longQueue,
  noWorkerForDays,
  overnightOutage,
  shortOutage,
  twoWorkers,
} from '../../src/simulator/scenarios/worker-away.js';
import { collected } from './play.js';

const played = new Map<Scenario, Promise<Scrape[]>>();
const scrapesOf = (scenario: Scenario): Promise<Scrape[]> => {
  const known = played.get(scenario) ?? collected(runScenario(scenario, { scrapeIntervalSeconds: 30 }));
  played.set(scenario, known);
  return known;
};

/** Series of a job with the name whose value is 1, by target. */
const ones = (scrape: Scrape | undefined, job: string, name: string): number[] =>
  (scrape?.targets ?? [])
    .filter((target) => target.job === job)
    .map(
      ({ exposition }) =>
        exposition?.samples.filter(({ series, value }) => series.startsWith(`${name}{`) && value === 1)
          .length ?? -1,
    );

describe('the scenarios', () => {
  it('are at least twenty, each with a name of its own that is a sentence', () => {
    expect(scenarios.length).toBeGreaterThanOrEqual(20);
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
    for (const { name, description } of scenarios) {
      expect(name.split(' ').length, name).toBeGreaterThanOrEqual(4);
      expect(description, name).toMatch(/^[A-Z].*\.$/);
    }
  });

  /** What a scenario is about: relays pending by minute, at each gateway process and in each worker's file; -1 is down. */
  const stories: [Scenario, readonly (readonly [minute: number, gateways: number[], workers: number[]])[]][] =
    [
      [
        shortOutage,
        [
          [9, [3], [0]],
          [39, [0], [0]],
        ],
      ],
      [
        overnightOutage,
        [
          [300, [3], [-1]],
          [620, [0], [0]],
        ],
      ],
      [
        noWorkerForDays,
        [
          [20, [1], [-1]],
          [1560, [1], [-1]],
        ],
      ],
      [
        allWorkersLost,
        [
          [20, [1000], [-1]],
          [40, [182], [200]],
          [60, [0], [0]],
        ],
      ],
      [
        longQueue,
        [
          [20, [144], [145]],
          [40, [0], [0]],
        ],
      ],
      [
        twoWorkers,
        [
          [9, [1], [-1, 0]],
          [12, [0], [-1, 0]],
          [179, [0], [-1, 0]],
        ],
      ],
      [
        stuckJob,
        [
          [11, [3], [0]],
          [15, [1], [1]],
          [54, [1], [1]],
          // Cleared on the gateway; the worker's file never learns it.
          [57, [0], [1]],
        ],
      ],
      [
        hangingWorker,
        [
          [15, [3], [3]],
          [61, [3], [3]],
          [65, [0], [3]],
        ],
      ],
      [
        refusedPushes,
        [
          [12, [2], [0]],
          [49, [2], [0]],
          [59, [0], [0]],
        ],
      ],
      [
        lostClearedPush,
        [
          [9, [2], [0]],
          [20, [0], [2]],
          [119, [0], [2]],
        ],
      ],
      [
        registrationGone,
        [
          [20, [2], [0]],
          [66, [2], [0]],
          [70, [0], [0]],
        ],
      ],
      [
        clearedByHand,
        [
          [14, [1], [1]],
          [16, [0], [1]],
          [89, [0], [1]],
        ],
      ],
      [
        gatewayRestartWhilePending,
        [
          [14, [2], [0]],
          [15, [-1], [0]],
          [40, [0], [0]],
          [80, [0], [0]],
        ],
      ],
      [
        otherProcessAnswers,
        [
          [9, [1, 1], [0]],
          [119, [1, 1], [0]],
        ],
      ],
    ];
  it.each(stories.map(([scenario, story]) => [scenario.name, scenario, story] as const))(
    'tell that %s',
    async (_, scenario, story) => {
      const scrapes = await scrapesOf(scenario);
      for (const [minute, gateways, workers] of story) {
        const scrape = scrapes[minute * 2];
        expect(ones(scrape, 'gateway', gatewayPendingWrites.name), `gateways at ${minute}m`).toEqual(
          gateways,
        );
        const files = ones(scrape, 'pending-writes-exporter', pendingWritesPending.name);
        expect(files.sort(), `workers at ${minute}m`).toEqual([...workers].sort());
      }
    },
  );

  /** Minutes between which websocket writes of some relay are rejected. */
  const turnedAway = async (scenario: Scenario): Promise<[number, number] | undefined> => {
    const counts = (await scrapesOf(scenario)).map(({ targets }) =>
      (targets?.[0]?.exposition?.samples ?? [])
        .filter(
          ({ series }) =>
            series.startsWith(`${gatewayRelayFallbackWrites.name}{`) && series.includes('"readonly"'),
        )
        .reduce((sum, { value }) => sum + value, 0),
    );
    const first = counts.findIndex((count) => count > 0);
    return first < 0 ? undefined : [first / 2, counts.indexOf(Math.max(...counts)) / 2];
  };

  it('turn writes away exactly where no lease is held, or where its end is enforced', async () => {
    expect(await turnedAway(shortOutage)).toBeUndefined();
    expect(await turnedAway(leaseRunsOutStanding)).toBeUndefined();
    const ranges = await Promise.all(
      [
        leaseRunsOutEnforced,
        aFewWritesTurnedAway,
        noLeaseRequested,
        escrowDown,
        policyRefuses,
        rotationFails,
      ].map(turnedAway),
    );
    const [enforced, few, none, escrow, policy, rotation] = ranges as [number, number][];
    // The lease of 10 minutes began at 6:00.
    expect(enforced?.[0]).toBeGreaterThanOrEqual(16);
    expect(enforced?.[0]).toBeLessThanOrEqual(17.5);
    // Refused at 6:20, within 45 s of the worker; granted at 7:00.
    expect(few).toEqual([6.5, 7]);
    expect(none?.[0]).toBeLessThanOrEqual(7);
    expect(none?.[1]).toBeGreaterThan(30);
    // The escrow service is back at 36:00, and the next request a minute later at the latest.
    expect(escrow?.[1]).toBeGreaterThan(33);
    expect(escrow?.[1]).toBeLessThanOrEqual(37.5);
    expect(policy?.[1]).toBeGreaterThan(55);
    expect(rotation?.[0]).toBeGreaterThan(43);
  });
});

describe('the scenarios', () => {
  const { alertGroups } = buildBundle(parseConfig({}), definitions());
  const rules = new Map(
    alertGroups.flatMap((group) => group.rules.map((rule) => [rule.alert, rule] as const)),
  );

  it('are twenty or more, quiet and faulty ones', () => {
    const loud = scenarios.filter(
      ({ expect: alerts, requires = [] }) =>
        requires.length > 0 || alerts.some(({ alert }) => rules.get(alert)?.severity !== 'info'),
    );
    expect(loud.length).toBeGreaterThanOrEqual(20);
    expect(scenarios.length - loud.length).toBeGreaterThanOrEqual(10);
  });

  it('say from when each warning and page was detectable, and no page comes later than five minutes after it', () => {
    const late = scenarios.flatMap(({ name, expect: alerts }) =>
      alerts
        .filter(({ alert }) => rules.get(alert)?.severity !== 'info')
        .filter(
          ({ alert, detectableFrom, by }) =>
            detectableFrom === undefined ||
            (rules.get(alert)?.severity === 'critical' && seconds(by) - seconds(detectableFrom) > 300),
        )
        .map(({ alert }) => `${name}: ${alert}`),
    );
    expect(late).toEqual([]);
  });

  it('raise an alert for each of the situations', () => {
    const raised = new Set(
      scenarios.flatMap(({ expect: alerts, requires = [] }) => [
        ...alerts.map(({ alert }) => alert),
        ...requires.flatMap(({ anyOf }) => anyOf),
      ]),
    );
    const situations = [...raised].flatMap((alert) => rules.get(alert)?.definition.situation ?? []);
    expect([...new Set(situations)].sort((a, b) => a - b)).toEqual(Object.keys(SITUATIONS).map(Number));
  });
});
