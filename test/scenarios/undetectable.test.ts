import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package/root.js';
import { runScenario } from '../../src/simulator/run.js';
import type { Scenario } from '../../src/simulator/scenario.js';
import { inputSeriesOf } from '../../src/simulator/series.js';
import { hiddenFor, pairs } from '../search/pairs.js';
import { USUAL } from '../search/worlds.js';

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
    expect(named.sort()).toEqual([...new Set(pairs.map(({ id }) => id))].sort());
  });

  it.each([...new Set(pairs.filter(({ hiddenFrom }) => hiddenFrom !== undefined).map(({ id }) => id))])(
    'shows for as long as a world of the search lasts that nothing becomes visible: %s',
    (id) => {
      expect(hiddenFor(id)).toBeGreaterThanOrEqual(USUAL.seconds[2]);
    },
  );
});
