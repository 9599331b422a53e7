import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { durationSeconds } from '../../src/promql/duration.js';
import { renderedGroups } from '../../src/renderers/prometheus/rules.js';
import { runScenario, type Scrape } from '../../src/simulator/run.js';
import { type Scenario, seconds } from '../../src/simulator/scenario.js';
import { scenarios } from '../../src/simulator/scenarios/index.js';
import { inputSeriesOf } from '../../src/simulator/series.js';
import { episodesOfGroups, pausesOf } from '../../src/simulator/timeline.js';

/**
 * The scrapes with a label on every target that changes half-way, as a version or the name of a pod does in a rollout. The series of the target
 * as it was before end an interval after those of the new one have begun.
 */
async function* relabelled(scrapes: AsyncIterable<Scrape>, length: number): AsyncGenerator<Scrape> {
  const as = (pod: string, { targets = [] }: Scrape) =>
    targets.map((target) => ({ ...target, labels: { pod } }));
  let before: Scrape | undefined;
  for await (const scrape of scrapes) {
    const isFirst = before !== undefined && before.time < length / 2 && scrape.time >= length / 2;
    const targets = [
      ...(scrape.time < length / 2 ? as('one', scrape) : as('two', scrape)),
      ...(isFirst ? as('one', before as Scrape) : []),
    ];
    yield { ...scrape, targets: scrape.targets && targets };
    before = scrape;
  }
}

async function alertsOf(scenario: Scenario): Promise<string[]> {
  const bundle = buildBundle(parseConfig((scenario.site ?? {}) as ConfigInput), definitions());
  const { config } = bundle;
  const length = seconds(scenario.duration);
  const scrapes = runScenario(scenario, { scrapeIntervalSeconds: durationSeconds(config.scrapeInterval) });
  const groups = renderedGroups(bundle).map(({ name, rules }) => ({
    name,
    rules: rules.map(({ rule }) => rule),
  }));
  const series = await inputSeriesOf(relabelled(scrapes, length));
  // Rejects where a rule cannot be evaluated.
  const episodes = await episodesOfGroups(groups, config, series, length, pausesOf(scenario));
  return [...new Set(episodes.map(({ alert }) => alert))].sort();
}

describe('a target label that changes', () => {
  const some = scenarios.filter(
    ({ requires = [], relays = 1, duration }) =>
      requires.length > 0 && relays < 20 && seconds(duration) <= 5400,
  );
  it.each(some.map((scenario) => [scenario.name, scenario] as const))(
    'stops no rule: %s',
    async (_, scenario) => {
      const alerts = await alertsOf(scenario);
      const required = (scenario.requires ?? []).map(({ anyOf }) => anyOf);
      expect(required.filter((anyOf) => !anyOf.some((alert) => alerts.includes(alert)))).toEqual([]);
    },
  );
});
