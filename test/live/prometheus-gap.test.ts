import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../src/processes/process.js';
import { startPrometheus } from '../../src/processes/prometheus.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { LiveSimulation } from '../../src/simulator/live.js';
import { defineScenario, seconds } from '../../src/simulator/scenario.js';
import { startExporter, stopExporters } from '../exporter/exporter-process.js';
import { fastBundle, firedAlerts, SPEED, writeRules } from './fast.js';

/** Two relays are cleared while Prometheus is down, and the gateway restarts; the rotation of the second one fails. */
const scenario = defineScenario({
  name: 'two relays are cleared while a real Prometheus is down',
  description: 'Promtool cannot pause the evaluation of rules as a Prometheus does that is stopped.',
  duration: '50m',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker goes offline', for: '11m' },
    { at: '2m', do: 'lease is requested' },
    { at: '2m30s', do: 'writes arrive', perMinute: 4, for: '3m' },
    { at: '6m', do: 'rotations fail', relays: [1] },
    { at: '8m', do: 'Prometheus is down', for: '20m' },
    { at: '18m', do: 'gateway restarts' },
  ],
  expect: [],
});

afterAll(stopExporters);

describe('a real Prometheus that is stopped for a while', () => {
  it('finds the failed rotation afterwards, and takes no relay that its worker cleared for forgotten', async () => {
    const endings: (() => Promise<unknown>)[] = [];
    try {
      const folder = temporaryFolder('prometheus-gap');
      endings.push(async () => folder.remove());
      const live = await LiveSimulation.start(scenario, { folder: folder.path, speed: SPEED });
      endings.push(() => live.stop());
      const begin = live.world.clock.now;
      const [file] = live.stateFiles as [string];
      const exporter = await startExporter(['--state-file', file]);
      endings.push(() => exporter.stop());
      const options = {
        ruleFiles: writeRules(fastBundle(), folder.path),
        scrapeInterval: 2,
        evaluationInterval: 2,
        dataFolder: join(folder.path, 'data'),
        // Shortened like everything else: by default the samples from before the gap would outlive it.
        flags: [`--query.lookback-delta=${300 / SPEED}s`],
        scrape: [
          { job: 'gateway', targets: live.gatewayAddresses },
          { job: 'pending-writes-exporter', targets: [exporter.url.replace('http://', '')] },
        ],
      };
      const before = await startPrometheus(options);
      endings.push(() => before.stop());
      const pending = 'count(relay:gateway_pending_writes:start_timestamp_seconds > 0)';
      await waitFor(async () => (await before.client.query(pending))[0]?.value === 2, {
        what: 'both relays to be pending before the gap',
        timeoutMs: 60_000,
        everyMs: 500,
      });
      await waitFor(() => !live.world.scraped, { what: 'the gap to begin', timeoutMs: 120_000 });
      await before.stop();
      await waitFor(() => live.world.scraped, { what: 'the gap to end', timeoutMs: 240_000 });
      const after = await startPrometheus(options);
      endings.push(() => after.stop());
      await waitFor(async () => (await firedAlerts(after.client)).length > 0, {
        what: 'WorkerRotationFailed to fire',
        timeoutMs: 120_000,
        everyMs: 1000,
      });
      const end = begin + (seconds(scenario.duration) * 1000) / SPEED;
      await waitFor(() => live.world.clock.now >= end, { what: 'the scenario to end', timeoutMs: 240_000 });
      expect(await firedAlerts(after.client)).toEqual(['WorkerRotationFailed']);
    } finally {
      for (const ending of endings.reverse()) await ending();
    }
  });
});
