import { afterAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../src/processes/process.js';
import { type RunningPrometheus, startPrometheus } from '../../src/processes/prometheus.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { LiveSimulation } from '../../src/simulator/live.js';
import { type Scenario, seconds } from '../../src/simulator/scenario.js';
import { scenarios } from '../../src/simulator/scenarios/index.js';
import { startExporter, stopExporters } from '../exporter/exporter-process.js';
import { PATIENCE_MS } from '../patience.js';
import { fastBundle, firedAlerts, INTERVAL, SPEED, writeRules } from './fast.js';

const bundle = fastBundle();
const severities = new Map(
  bundle.alertGroups.flatMap((group) => group.rules.map((rule) => [rule.alert, rule.severity] as const)),
);

afterAll(stopExporters);

/** How often a play begins again because the machine had no time for it. */
const ATTEMPTS = 5;

/**
 * Plays a scenario by the clock under a real Prometheus; what fired as warning or page, once all that is expected has. Scrapes and
 * evaluations that a busy machine is late for are a fault of their own, which alerts are right to report: such a play is repeated.
 */
async function firedLive(scenario: Scenario, expected: readonly string[]): Promise<string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const late: string[] = [];
    try {
      const fired = await attempted(scenario, expected, late);
      if (late.length === 0 || attempt === ATTEMPTS || fired.join() === [...expected].sort().join())
        return fired;
    } catch (error) {
      if (late.length === 0 || attempt === ATTEMPTS) throw error;
    }
  }
}

/** One play. `late` receives what the machine was late for. */
async function attempted(scenario: Scenario, expected: readonly string[], late: string[]): Promise<string[]> {
  // The tests run beside each other, so each ends just what it started.
  const endings: (() => Promise<unknown>)[] = [];
  try {
    return await play(scenario, expected, endings, late);
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

/** What a Prometheus should have done in time and did not. */
async function lateness({ client, url }: RunningPrometheus): Promise<string[]> {
  const page = await (await fetch(`${url}/metrics`)).text();
  const missed = [...page.matchAll(/^prometheus_rule_group_iterations_missed_total\{.*\} (\d+)$/gm)].filter(
    ([, count]) => Number(count) > 0,
  );
  const slow = await client.query(`max_over_time(scrape_duration_seconds[1h]) >= ${INTERVAL}`);
  const gaps = (await client.samplesOf('up[1h]')).filter(({ points }) =>
    points.some(([time], i) => time - (points[i - 1]?.[0] ?? time) > 2 * INTERVAL - 0.5),
  );
  return [
    ...missed.map(([line]) => line),
    ...slow.map(({ labels }) => `a scrape of ${labels.job} took its whole time`),
    ...gaps.map(({ labels }) => `a scrape of ${labels.job} is missing`),
  ];
}

async function play(
  scenario: Scenario,
  expected: readonly string[],
  endings: (() => Promise<unknown>)[],
  late: string[],
): Promise<string[]> {
  const folder = temporaryFolder('live-scenario');
  endings.push(async () => folder.remove());
  const ruleFiles = writeRules(bundle, folder.path);
  const live = await LiveSimulation.start(scenario, { folder: folder.path, speed: SPEED });
  endings.push(() => live.stop());
  const exporters = await Promise.all(live.stateFiles.map((file) => startExporter(['--state-file', file])));
  endings.push(() => Promise.all(exporters.map((exporter) => exporter.stop())));
  const prometheus = await startPrometheus({
    ruleFiles,
    scrapeInterval: INTERVAL,
    evaluationInterval: INTERVAL,
    scrape: [
      { job: 'gateway', targets: live.gatewayAddresses },
      { job: 'pending-writes-exporter', targets: exporters.map(({ url }) => url.replace('http://', '')) },
    ],
  });
  endings.push(() => prometheus.stop());
  const by = Math.max(...scenario.expect.map((alert) => seconds(alert.by))) / SPEED;
  try {
    await waitFor(async () => (await firedAlerts(prometheus.client)).length >= expected.length, {
      what: `${expected.join(', ')} to fire in ${JSON.stringify(scenario.name)}`,
      timeoutMs: by * 1000 + PATIENCE_MS,
      everyMs: 1000,
    });
    return await firedAlerts(prometheus.client);
  } finally {
    late.push(...(await lateness(prometheus)));
  }
}

describe('under a real Prometheus, by the clock', () => {
  it.concurrent.each([
    'the gateway is gone',
    'no lease is requested and writes are rejected',
    'a lease runs out, on a build whose expiry gauge stands still',
    'a worker refuses every push',
    'the metadata is cleared by hand before the data was ingested',
  ])('%s: the alerts of virtual time fire, and no other warning or page', async (name) => {
    const scenario = scenarios.find((one) => one.name === name) as Scenario;
    const expected = scenario.expect
      .map(({ alert }) => alert)
      .filter((alert) => severities.get(alert) !== 'info');
    expect(await firedLive(scenario, expected)).toEqual([...expected].sort());
  });
});
