import type { Series } from '../../src/prometheus/client.js';
import { DEFAULT_JOBS, runScenario } from '../../src/simulator/run.js';
import type { Scenario } from '../../src/simulator/scenario.js';

export const EPOCH = 1_700_000_000;
const INTERVAL = 15;

/** A scenario as it was scraped. */
export interface Played {
  /** The time of the last scrape, seconds since the epoch. */
  readonly end: number;
  readonly series: readonly Series[];
}

/** `name{a="b"}` as labels. */
function labelsOf(series: string): Record<string, string> {
  const brace = series.indexOf('{');
  const name = brace === -1 ? series : series.slice(0, brace);
  const pairs = [...series.matchAll(/([a-zA-Z_]+)="((?:[^"\\]|\\.)*)"/g)];
  return { __name__: name, ...Object.fromEntries(pairs.map(([, label, value]) => [label, value])) };
}

async function play(scenario: Scenario): Promise<Played> {
  const points = new Map<string, { labels: Series['labels']; points: [number, number][] }>();
  let end = EPOCH;
  for await (const { epoch, targets } of runScenario(scenario, {
    scrapeIntervalSeconds: INTERVAL,
    startEpoch: EPOCH,
  })) {
    end = epoch;
    for (const { job, instance, exposition } of targets ?? []) {
      // The exporters are scraped first.
      const time = epoch - (job === DEFAULT_JOBS.exporter ? INTERVAL / 2 : 0);
      const up = { series: 'up', value: exposition === undefined ? 0 : 1 };
      for (const { series, value } of [...(exposition?.samples ?? []), up]) {
        const key = `${job} ${instance} ${series}`;
        const known = points.get(key) ?? { labels: { ...labelsOf(series), job, instance }, points: [] };
        known.points.push([time, value]);
        points.set(key, known);
      }
    }
  }
  return { end, series: [...points.values()] };
}

const known = new Map<string, Promise<Played>>();

/** Plays a scenario in virtual time, scraped every 15 s. The mutation run judges each of them many times, and plays it once. */
export function played(scenario: Scenario): Promise<Played> {
  if (process.env.MUTATION_PLAN === undefined) return play(scenario);
  const key = JSON.stringify(scenario);
  const found = known.get(key) ?? play(scenario);
  known.set(key, found);
  return found;
}
