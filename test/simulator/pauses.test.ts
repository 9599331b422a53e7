import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { duration } from '../../src/promql/duration.js';
import { runScenario } from '../../src/simulator/run.js';
import { defineScenario, seconds } from '../../src/simulator/scenario.js';
import { inputSeriesOf } from '../../src/simulator/series.js';
import { episodesOfGroups, episodesOfScenario, pausesOf } from '../../src/simulator/timeline.js';

const scenario = defineScenario({
  name: 'Prometheus is down twice',
  description: '',
  duration: '1h30m',
  expect: [],
  actions: [
    { at: '10m', do: 'Prometheus is down', for: '20m' },
    { at: '50m', do: 'Prometheus is down', for: '5m' },
  ],
});
const INTERVALS = { evaluationInterval: duration('30s'), scrapeInterval: duration('30s') };

async function episodes(rules: readonly object[]): Promise<[string, number, number | undefined][]> {
  const series = await inputSeriesOf(runScenario(scenario, { scrapeIntervalSeconds: 30 }));
  const length = seconds(scenario.duration);
  const found = await episodesOfGroups(
    [{ name: 'rules', rules }],
    INTERVALS,
    series,
    length,
    pausesOf(scenario),
  );
  return found.map(({ alert, from, to }) => [alert, from / 60, to === undefined ? undefined : to / 60]);
}

const alert = (name: string, expr: string, forText?: string) => ({
  alert: name,
  expr,
  ...(forText === undefined ? {} : { for: forText }),
  labels: { severity: 'warning', signal: 'gateway' },
});

describe('while Prometheus is down', () => {
  it('no rule is evaluated: an alert that always fires pauses, and one on absence does not fire', async () => {
    expect(await episodes([alert('Always', 'vector(1)'), alert('Gone', 'absent(up)', '2m')])).toEqual([
      ['Always', 0, 10],
      ['Always', 30, 50],
      ['Always', 55, undefined],
    ]);
  });

  it('nothing is recorded, so what a rule remembers gets old', async () => {
    const remembered = {
      record: 'remembered',
      expr: 'last_over_time(remembered[15m]) or on () (vector(1) and on () (vector(time()) < 300))',
    };
    // Carried on from evaluation to evaluation, but not across twenty minutes without one.
    expect(await episodes([remembered, alert('Remembered', 'remembered')])).toEqual([['Remembered', 0, 10]]);
  });

  it('`for` begins again after it', async () => {
    expect(await episodes([alert('Held', 'vector(1)', '8m')])).toEqual([
      ['Held', 8, 10],
      ['Held', 38, 50],
      ['Held', 63, undefined],
    ]);
  });

  it('the first evaluation after it comes before the first scrape', async () => {
    expect(await episodes([alert('Unseen', 'absent(up)')])).toEqual([
      ['Unseen', 30, 30.5],
      ['Unseen', 55, 55.5],
    ]);
  });
});

it('no alert fires where none has a reason, and what promtool cannot evaluate is no answer', async () => {
  expect(await episodes([alert('Never', 'vector(0) > 1')])).toEqual([]);
  const always = [{ name: 'rules', rules: [alert('Always', 'vector(1)')] }];
  expect(await episodesOfGroups(always, INTERVALS, [], 60)).toMatchObject([{ alert: 'Always', from: 0 }]);
  await expect(episodes([alert('Broken', 'up + on () up')])).rejects.toThrow(
    expect.objectContaining({ name: 'TimelineError', message: expect.stringContaining('duplicate series') }),
  );
});

it('a scenario is evaluated under the rules of a site, with its jobs and without its gaps', async () => {
  const config = parseConfig({ jobs: { gateway: 'my-gateway', exporter: 'my-exporter' } });
  const bundle = buildBundle(config, { ...definitions(), dashboards: [] });
  const outage = defineScenario({
    ...{ name: 'an exporter stops', description: '', duration: '28m', relays: 2, expect: [] },
    seededCounters: true,
    actions: [
      { at: '1m', do: 'worker restarts' },
      { at: '5m', do: 'exporter stops' },
      { at: '24m', do: 'Prometheus is down', for: '2m' },
    ],
  });
  expect(await episodesOfScenario(bundle, outage)).toEqual([
    {
      ...{ alert: 'PendingWritesExporterDown', severity: 'info', from: 1230, to: 1440 },
      labels: { instance: 'worker-1:9786', job: 'my-exporter' },
    },
  ]);
});
