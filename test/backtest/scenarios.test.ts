import { describe, expect, it } from 'vitest';
import { scenarios } from '../../src/simulator/scenarios/index.js';
import { bothWays, type Fired } from './scenario-replay.js';

/** Seconds between evaluations. */
const INTERVAL = 30;

/** What one side has and the other does not, start and end within one evaluation interval. */
function unmatched(these: readonly Fired[], those: readonly Fired[]): Fired[] {
  const near = (a: number, b: number) => a === b || Math.abs(a - b) <= INTERVAL;
  const left = [...those];
  return these.filter((one) => {
    const at = left.findIndex(
      (other) =>
        other.alert === one.alert &&
        other.labels === one.labels &&
        near(other.from, one.from) &&
        near(other.to, one.to),
    );
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

describe('the replay of a scenario out of a real Prometheus', () => {
  // The rules are those of the default site.
  const played = scenarios.filter(({ site }) => site === undefined);
  it.each(played.map((scenario) => [scenario.name, scenario] as const))(
    'finds the episodes that the rule manager finds: %s',
    async (_name, scenario) => {
      const { expected, found } = await bothWays(scenario);
      expect({
        missing: unmatched(expected, found),
        invented: unmatched(found, expected),
      }).toEqual({ missing: [], invented: [] });
    },
  );
});
