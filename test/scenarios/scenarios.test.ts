import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { durationOf } from '../../src/promql/duration.js';
import { type Scenario, seconds } from '../../src/simulator/scenario.js';
import { scenarios } from '../../src/simulator/scenarios/index.js';
import { type Episode, episodesOfScenario, pausesOf } from '../../src/simulator/timeline.js';
import { play } from './play.js';
import { placesOf, verdict } from './verdict.js';

/** The bundle of the site that a scenario declares. */
const bundleFor = ({ site = {} }: Pick<Scenario, 'site'>) =>
  buildBundle(parseConfig(site as ConfigInput), definitions());
const bundle = bundleFor({});

/** What fired: each alert with the places of its relays and the latest time at which it began for one of them. */
function fired(scenario: Scenario, episodes: readonly Episode[]) {
  const places = placesOf(scenario);
  const begins = new Map<string, Map<number | undefined, number>>();
  for (const { alert, labels, from } of episodes) {
    const place = labels.relay === undefined ? undefined : places.get(labels.relay);
    if (labels.relay !== undefined && place === undefined)
      throw new Error(`${alert} names a relay that is not there`);
    const known = begins.get(alert) ?? new Map<number | undefined, number>();
    // An alert that comes and goes counts from its first time.
    if (!known.has(place)) known.set(place, from);
    begins.set(alert, known);
  }
  return [...begins]
    .map(([alert, times]) => ({
      alert,
      relays: [...times.keys()].filter((place) => place !== undefined).sort((a, b) => a - b),
      by: durationOf(Math.max(...times.values())),
    }))
    .sort((a, b) => a.alert.localeCompare(b.alert));
}

const expected = (scenario: Scenario) =>
  scenario.expect
    .map(({ alert, relays = [], by }) => ({
      alert,
      relays: relays === 'all' ? Array.from({ length: scenario.relays ?? 1 }, (_, i) => i) : [...relays],
      by: durationOf(seconds(by)),
    }))
    .sort((a, b) => a.alert.localeCompare(b.alert));

/** What is wrong with the alerts of a scenario; empty when all is well. */
function problems(scenario: Scenario, episodes: readonly Episode[]): unknown {
  const { requires, expect: alerts } = scenario;
  const isExact = requires === undefined || alerts.length > 0;
  return {
    alerts: isExact ? fired(scenario, episodes) : 'not stated',
    verdict: requires === undefined ? [] : verdict(scenario, episodes),
  };
}

const fine = (scenario: Scenario) => ({
  alerts: scenario.requires === undefined || scenario.expect.length > 0 ? expected(scenario) : 'not stated',
  verdict: [],
});

describe('the scenarios, played under all rules', () => {
  // Long ones first: promtool runs beside, and two cores are best filled from the start.
  const inOrder = [...scenarios].sort(
    (a, b) => seconds(b.duration) * (b.relays ?? 1) - seconds(a.duration) * (a.relays ?? 1),
  );
  const isOfDefaultSite = ({ site }: Scenario) => site === undefined;

  describe('raise the alerts they state, in Prometheus, in Grafana and in a replay', {
    concurrent: true,
  }, () => {
    it.each(inOrder.filter(isOfDefaultSite).map((scenario) => [scenario.name, scenario] as const))(
      '%s',
      async (_, scenario) => {
        const { episodes, grafana, replayed } = await play(bundle, scenario);
        // A play knows no gap in the evaluation; the test below judges the alerts of such a scenario.
        const isJudged = pausesOf(scenario).length === 0;
        expect({ prometheus: isJudged && problems(scenario, episodes), grafana, replayed }).toEqual({
          prometheus: isJudged && fine(scenario),
          grafana: [],
          replayed: { missing: [], invented: [] },
        });
      },
    );
  });

  describe('raise the alerts they state at a site of their own, or while Prometheus is down', {
    concurrent: true,
  }, () => {
    const others = inOrder.filter((scenario) => !isOfDefaultSite(scenario) || pausesOf(scenario).length > 0);
    it.each(others.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
      expect(problems(scenario, await episodesOfScenario(bundleFor(scenario), scenario))).toEqual(
        fine(scenario),
      );
    });
  });
});
