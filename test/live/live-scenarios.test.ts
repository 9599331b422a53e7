import { afterAll, describe, expect, it } from 'vitest';
import { LiveSimulation } from '../../src/simulator/live.js';
import { type Scenario, seconds } from '../../src/simulator/scenario.js';
import { scenarios } from '../../src/simulator/scenarios/index.js';
import { waitFor } from '../../src/tools/process.js';
import { startPrometheus } from '../../src/tools/prometheus.js';
import { temporaryFolder } from '../../src/tools/temporary-folder.js';
import { startExporter, stopExporters } from '../exporter/exporter-process.js';
import { fastBundle, firedAlerts, SPEED, writeRules } from './fast.js';

const bundle = fastBundle();
const severities = new Map(
  bundle.alertGroups.flatMap((group) => group.rules.map((rule) => [rule.alert, rule.severity] as const)),
);

afterAll(stopExporters);

/** Plays a scenario by the clock under a real Prometheus; what fired as warning or page, once all that is expected has. */
async function firedLive(scenario: Scenario, expected: readonly string[]): Promise<string[]> {
  // The tests run beside each other, so each ends just what it started.
  const endings: (() => Promise<unknown>)[] = [];
  try {
    return await play(scenario, expected, endings);
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

async function play(
  scenario: Scenario,
  expected: readonly string[],
  endings: (() => Promise<unknown>)[],
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
    scrapeInterval: 2,
    evaluationInterval: 2,
    scrape: [
      { job: 'gateway', targets: live.gatewayAddresses },
      { job: 'pending-writes-exporter', targets: exporters.map(({ url }) => url.replace('http://', '')) },
    ],
  });
  endings.push(() => prometheus.stop());
  const fired = () => firedAlerts(prometheus.client);
  const late = Math.max(...scenario.expect.map(({ by }) => seconds(by))) / SPEED;
  await waitFor(async () => (await fired()).length >= expected.length, {
    what: `${expected.join(', ')} to fire in ${JSON.stringify(scenario.name)}`,
    timeoutMs: (late + 60) * 1000,
    everyMs: 1000,
  });
  return fired();
}

describe('under a real Prometheus, by the clock', () => {
  it.concurrent.each([
    'the gateway is gone',
    'nobody asks for a lease and writes are turned away',
    'a lease runs out, on a build whose expiry gauge stands still',
    'a worker refuses every push',
    'the metadata is cleared by hand before the data was ingested',
  ])(
    '%s: the alerts of virtual time fire, and no other warning or page',
    async (name) => {
      const scenario = scenarios.find((one) => one.name === name) as Scenario;
      const expected = scenario.expect
        .map(({ alert }) => alert)
        .filter((alert) => severities.get(alert) !== 'info');
      expect(await firedLive(scenario, expected)).toEqual([...expected].sort());
    },
    400_000,
  );
});
