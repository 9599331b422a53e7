import { existsSync, readFileSync, statSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { gatewayMetrics, gatewayPendingWrites } from '../../metrics/gateway.js';
import { waitFor } from '../../src/processes/process.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { parseExposition } from '../../src/prometheus/exposition.js';
import { faster, LiveSimulation } from '../../src/simulator/live.js';
import { defineScenario } from '../../src/simulator/scenario.js';
import { verifyMetrics } from '../../src/verify/verify.js';
import { PATIENCE_MS } from '../patience.js';

const outage = defineScenario({
  name: 'an outage of ten minutes',
  description: '',
  duration: '1h',
  expect: [],
  actions: [
    { at: '1m', do: 'worker goes offline', for: '10m' },
    { at: '3m', do: 'lease is requested' },
    { at: '4m', do: 'a write arrives' },
    { at: '40m', do: 'gateway stops' },
    { at: '50m', do: 'state file is deleted' },
  ],
});

describe('a live simulation', () => {
  let folder: TemporaryFolder | undefined;
  let live: LiveSimulation | undefined;
  afterEach(async () => {
    await live?.stop();
    folder?.remove();
  });

  it('serves a real page and writes a real file, faster than the clock where asked to', async () => {
    folder = temporaryFolder('live-test');
    const begin = Date.now();
    live = await LiveSimulation.start(outage, { folder: folder.path, speed: 100 });
    const [address] = live.gatewayAddresses;
    const [file] = live.stateFiles as [string];
    const page = async () => (await fetch(`http://${address}/metrics`)).text();
    const pending = async () => {
      const [sample] = parseExposition(await page()).get(gatewayPendingWrites.name)?.samples ?? [];
      return sample?.value;
    };

    await waitFor(async () => (await pending()) === 1, {
      what: 'a pending relay',
      timeoutMs: PATIENCE_MS,
      everyMs: 20,
    });
    expect(verifyMetrics(parseExposition(await page()), gatewayMetrics)).toEqual([]);
    await waitFor(async () => (await pending()) === 0, {
      what: 'a cleared relay',
      timeoutMs: PATIENCE_MS,
      everyMs: 20,
    });
    const state = JSON.parse(readFileSync(file, 'utf8')) as { notifications: { updatedAt: number }[] };
    // Everybody's clock: within the run, not minutes ahead.
    expect(state.notifications[0]?.updatedAt).toBeGreaterThanOrEqual(begin);
    expect(state.notifications[0]?.updatedAt).toBeLessThanOrEqual(Date.now());
    expect(statSync(file).mtimeMs).toBeLessThanOrEqual(Date.now());

    await waitFor(
      () =>
        fetch(`http://${address}/metrics`).then(
          () => false,
          () => true,
        ),
      { what: 'the gateway to be down', timeoutMs: PATIENCE_MS },
    );
    await waitFor(() => !existsSync(file), { what: 'the file to be deleted', timeoutMs: PATIENCE_MS });
  });

  it('can begin in the midst of the scenario', async () => {
    folder = temporaryFolder('live-test');
    live = await LiveSimulation.start(outage, { folder: folder.path, alreadyPassed: 300 });
    const text = await (await fetch(`http://${live.gatewayAddresses[0]}/metrics`)).text();
    expect(text).toMatch(new RegExp(`^${gatewayPendingWrites.name}\\{relay="[0-9a-f]{64}"\\} 1$`, 'm'));
  });

  it('answers nothing but /metrics', async () => {
    folder = temporaryFolder('live-test');
    live = await LiveSimulation.start(outage, { folder: folder.path });
    expect((await fetch(`http://${live.gatewayAddresses[0]}/`)).status).toBe(404);
  });
});

describe('a faster scenario', () => {
  it('has all lengths divided and all rates multiplied', () => {
    const twice = faster(
      defineScenario({
        ...outage,
        timings: { lease: 300 },
        actions: [{ at: '10s', do: 'writes arrive', perMinute: 6, for: '1m' }],
      }),
      2,
    );
    expect(twice.actions).toEqual([{ at: '5000ms', do: 'writes arrive', perMinute: 12, for: '30000ms' }]);
    expect(twice.timings).toMatchObject({
      lease: 150,
      pushJitter: 0.2,
      pushDelays: [15, 30, 60, 120, 150],
      resync: [0.1, 0.25],
    });
    expect(twice.duration).toBe('1800000ms');
    expect(faster(outage, 1)).toBe(outage);
  });
});
