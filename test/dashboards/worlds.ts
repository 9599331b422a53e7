import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { packageRoot } from '../../src/package/root.js';
import { prometheusWith } from '../../src/preview/data.js';
import { situations } from '../../src/preview/situations.js';
import type { PrometheusClient } from '../../src/prometheus/client.js';
import { durationSeconds } from '../../src/promql/duration.js';
import { defineScenario, type Scenario } from '../../src/simulator/scenario.js';
import { scenarios } from '../../src/simulator/scenarios/index.js';
import { World } from '../../src/simulator/world.js';
import type { DashboardJson } from '../../src/view/dashboard-json.js';
import { type DashboardData, dashboardData } from '../../src/view/queries.js';

const FOLDER = join(packageRoot, 'generated', 'grafana', 'dashboards');

/** The dashboards as they are deployed. */
export const dashboards: readonly DashboardJson[] = readdirSync(FOLDER)
  .sort()
  .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as DashboardJson);

/** What is played, and at which relays the story of a relay is looked. */
export interface Play {
  readonly scenario: Scenario;
  /** Places in the scenario. */
  readonly relays: readonly number[];
  readonly config?: ConfigInput;
}

const scenario = (name: string): Scenario => {
  const found = scenarios.find((one) => one.name === name);
  if (found === undefined) throw new TypeError(`there is no scenario ${JSON.stringify(name)}`);
  return found;
};
const situation = (name: string): Scenario => {
  const found = situations.find((one) => one.name === name);
  if (found === undefined) throw new TypeError(`there is no situation ${JSON.stringify(name)}`);
  return found.scenario;
};

/** A worker that ingested a drive upload goes away again: its file says cleared of one relay, and the gateway has new writes. The job of the other one fails. */
const unheard = defineScenario({
  name: 'a worker that finished does not hear of the next write',
  description:
    'A drive upload is ingested; then the worker goes away and writes are marked that it does not hear of.',
  duration: '40m',
  relays: 2,
  workers: [[0, 1]],
  actions: [
    { at: '1m', do: 'worker goes offline', workers: [0], for: '8m' },
    // Before, peers were healthy a moment ago and the policy refuses.
    { at: '3m', do: 'lease is requested' },
    { at: '4m', do: 'a write arrives', through: 'drive' },
    { at: '5m', do: 'jobs fail', relays: [1] },
    { at: '20m', do: 'worker goes offline', workers: [0] },
    { at: '22m', do: 'lease is requested' },
    { at: '23m', do: 'writes arrive', perMinute: 4, for: '8m', relays: [0] },
  ],
  expect: [],
});

/** The situations of the pictures, and scenarios for panels that neither shows. */
export const plays = {
  quiet: { scenario: situation('quiet'), relays: [4] },
  incident: { scenario: situation('incident'), relays: [0, 1, 3, 4, 5, 8] },
  'pushes by relay': {
    scenario: scenario('a job fails on a build that counts pushes by relay'),
    relays: [0],
  },
  'job status': {
    scenario: scenario('a job fails on a worker whose file names the status of its jobs'),
    relays: [0],
  },
  'torn file': { scenario: scenario('the state file is torn for an hour'), relays: [0] },
  'slow workers': {
    scenario: scenario('workers acknowledge slowly on a build that records it'),
    relays: [0],
  },
  'strict objective': {
    scenario: scenario('a short outage clears without intervention'),
    relays: [0],
    // Otherwise it would take a day of pending writes.
    config: { thresholds: { objective: { clearedWithin: '2m' } } },
  },
  'not heard': { scenario: unheard, relays: [0, 1] },
  'away for hours': { scenario: scenario('the replica becomes the main path'), relays: [0] },
} as const satisfies Readonly<Record<string, Play>>;

export type PlayName = keyof typeof plays;

/** Everything that the dashboards show at the end of a play. */
export interface Shown {
  readonly play: PlayName;
  /** The relay that the relay's dashboard tells of. */
  readonly relay: string;
  readonly data: DashboardData;
}

/** The moment at which every play ends. */
export const NOW = Date.parse('2026-03-02T14:50:00Z');

/** Key of a relay by its place in a scenario. */
export function relayKey(name: PlayName, place: number): string {
  const relay = new World(plays[name].scenario, 0).relays[place];
  if (relay === undefined) throw new TypeError(`${name} has no relay ${place}`);
  return relay.key;
}

/** Runs all queries of a dashboard, with the relay chosen where one is to be chosen. */
export function ask(
  client: PrometheusClient,
  dashboard: DashboardJson,
  relay: string,
): Promise<DashboardData> {
  return dashboardData(dashboard, {
    client,
    nowMs: NOW,
    scrapeIntervalMs: 30_000,
    datasource: 'prometheus',
    variableValues: new Map([['relay', relay]]),
  });
}

/** Plays one after the other in a real Prometheus and asks it everything that every dashboard asks. */
export async function showAll(): Promise<Shown[]> {
  const shown: Shown[] = [];
  for (const name of Object.keys(plays) as PlayName[]) {
    const play: Play = plays[name];
    const bundle = buildBundle(parseConfig(play.config ?? {}), definitions());
    if (durationSeconds(bundle.config.scrapeInterval) !== 30)
      throw new TypeError('expected scrapes every 30 s');
    const prometheus = await prometheusWith(bundle, play.scenario, NOW);
    try {
      for (const place of play.relays) {
        const relay = relayKey(name, place);
        for (const dashboard of dashboards) {
          // Only one of them tells of a single relay.
          if (place !== play.relays[0] && dashboard.uid !== 'gateway-relay') continue;
          shown.push({ play: name, relay, data: await ask(prometheus.client, dashboard, relay) });
        }
      }
    } finally {
      await prometheus.stop();
    }
  }
  return shown;
}
