import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gatewayPendingWrites } from '../../metrics/gateway.js';
import { onFreePort } from '../../src/processes/process.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { type LiveOptions, LiveSimulation } from '../../src/simulator/live.js';
import { type Action, defineScenario } from '../../src/simulator/scenario.js';

const scenario = (actions: readonly Action[]) =>
  defineScenario({
    ...{
      name: 'a test',
      description: '',
      duration: '1h',
      expect: [],
      relays: 2,
      workers: [[0], [1]],
      gateways: 2,
    },
    actions,
  });

describe('a live simulation', () => {
  let folder: TemporaryFolder;
  let live: LiveSimulation | undefined;
  beforeEach(() => {
    folder = temporaryFolder('served-test');
  });
  afterEach(async () => {
    await live?.stop();
    folder.remove();
  });
  const started = async (
    actions: readonly Action[],
    alreadyPassed: number,
    options: Partial<LiveOptions> = {},
  ) => {
    live = await LiveSimulation.start(scenario(actions), { folder: folder.path, alreadyPassed, ...options });
    return live;
  };
  const page = async (gateway: number, path = '/metrics') =>
    fetch(`http://${live?.gatewayAddresses[gateway]}${path}`);

  it('serves each gateway, and writes the file of each worker', async () => {
    const { stateFiles, world } = await started(
      [
        { at: '1m', do: 'worker goes offline', workers: [1] },
        { at: '2m', do: 'lease is requested', relays: [1] },
        { at: '3m', do: 'a write arrives', relays: [1] },
        { at: '4m', do: 'worker comes back', workers: [1] },
      ],
      600,
    );
    expect(stateFiles).toEqual(
      [1, 2].map((n) => join(folder.path, `worker-${n}`, 'pending-writes-state.json')),
    );
    const view = world.workers[1]?.worker.file.view;
    expect(readFileSync(stateFiles[1] as string, 'utf8')).toBe(view?.content);
    expect(statSync(stateFiles[1] as string).mtimeMs / 1000).toBeCloseTo((view?.mtimeMs ?? 0) / 1000, 1);
    expect(existsSync(stateFiles[0] as string)).toBe(world.workers[0]?.worker.file.view !== undefined);
    const answer = await page(1);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await answer.text()).toContain(`${gatewayPendingWrites.name}{relay="${world.relays[1]?.key}"}`);
    expect(await (await page(0)).text()).not.toContain(`{relay="${world.relays[1]?.key}"}`);
    const other = await page(0, '/');
    expect([other.status, await other.text()]).toEqual([404, 'metrics are at /metrics\n']);
  });

  it('does not answer for a gateway that is gone, and has no file where that was deleted', async () => {
    const { stateFiles } = await started(
      [
        { at: '1m', do: 'worker restarts' },
        { at: '2m', do: 'gateway stops' },
        { at: '3m', do: 'state file is deleted' },
        { at: '4m', do: 'state file is deleted' },
      ],
      600,
    );
    await expect(page(0)).rejects.toThrow();
    expect(stateFiles.map((file) => existsSync(file))).toEqual([false, false]);
  });

  it('may be faster from its begin on, at ports that are asked for, and start in a folder once more', async () => {
    // Ten minutes of the scenario have passed, in five minutes.
    await onFreePort((port) => started([{ at: '30m', do: 'gateway stops' }], 600, { speed: 2, port }));
    const ports = live?.gatewayAddresses.map((address) => Number(address.split(':')[1])) as [number, number];
    expect(ports[1]).toBe(ports[0] + 1);
    expect((await page(0)).status).toBe(200);
    await live?.stop();
    expect((await started([], 0)).stateFiles).toHaveLength(2);
  });

  it('ends', async () => {
    const { gatewayAddresses, stop } = await started([], 0);
    await live?.stop();
    expect(stop).toBeDefined();
    await expect(fetch(`http://${gatewayAddresses[0]}/metrics`)).rejects.toThrow();
  });
});
