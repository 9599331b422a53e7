import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alerts, up } from '../../metrics/prometheus.js';
import { pendingStart } from '../../recording-rules/pending-writes.js';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { prometheusWith } from '../../src/preview/data.js';
import type { RunningPrometheus } from '../../src/processes/prometheus.js';
import { defineScenario } from '../../src/simulator/scenario.js';
import { episodesOfScenario } from '../../src/simulator/timeline.js';

describe('a Prometheus that knows a scenario', () => {
  const bundle = buildBundle(parseConfig({}), definitions());
  const scenario = defineScenario({
    name: 'data of the preview',
    description: 'A worker is away; no lease is requested and writes are rejected.',
    duration: '30m',
    relays: 2,
    seededCounters: true,
    actions: [
      { at: '5m', do: 'worker goes offline' },
      { at: '6m', do: 'lease is requested', relays: [1] },
      { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '20m' },
    ],
    expect: [],
  });
  const end = Date.UTC(2026, 2, 2, 14, 50) / 1000;
  const begin = end - 30 * 60;
  let prometheus: RunningPrometheus;
  beforeAll(async () => {
    prometheus = await prometheusWith(bundle, scenario, end * 1000);
  });
  afterAll(() => prometheus?.stop());

  it('has its scrapes from begin to end', async () => {
    const [series] = await prometheus.client.queryRange(`${up.name}{job="gateway"}`, begin, end, 30);
    expect(series?.points).toHaveLength(61);
  });

  it('has recorded points in time that are right at the time of the picture', async () => {
    const [sample] = await prometheus.client.query(`time() - ${pendingStart.record}`, end);
    // Writes began 23.5 minutes before the end; the series is exact to a scrape.
    expect(sample?.value).toBeGreaterThanOrEqual(22.5 * 60);
    expect(sample?.value).toBeLessThanOrEqual(23.5 * 60);
  });

  it('has every alert that fires, when it fires and no longer', async () => {
    const episodes = await episodesOfScenario(bundle, scenario);
    expect(episodes).not.toHaveLength(0);
    for (const { alert, labels, from, to } of episodes) {
      const matchers = Object.entries({ alertname: alert, alertstate: 'firing', ...labels });
      const selector = `${alerts.name}{${matchers.map(([name, value]) => `${name}="${value}"`).join(',')}}`;
      const firing = async (at: number) => (await prometheus.client.query(selector, begin + at)).length > 0;
      expect([alert, await firing(from)]).toEqual([alert, true]);
      if (from > 60) expect([alert, await firing(from - 1)]).toEqual([alert, false]);
      // A series that ends is seen for another lookback of two scrapes.
      if (to !== undefined) expect([alert, await firing(to + 61)]).toEqual([alert, false]);
    }
  });
});
