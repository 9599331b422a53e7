import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startExporter } from '../../src/demo/stack.js';
import { packageRoot } from '../../src/package/root.js';
import { freePort, listenOnLoopback, ManagedProcess, waitFor } from '../../src/processes/process.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { PATIENCE_MS } from '../patience.js';

const folder = temporaryFolder('gateway-observability-exporters');
const stateFile = join(folder.path, 'state.json');
const running = new Set<ManagedProcess>();
const other = createServer();
afterAll(async () => {
  other.close();
  await Promise.all([...running].map((child) => child.stop()));
  folder.remove();
});

describe('the exporters of the demonstration', () => {
  it('are watched only while they run: one whose port was taken is not', async () => {
    const taken = await listenOnLoopback(other);
    await expect(startExporter(taken, stateFile, 'exporter', running)).rejects.toThrow('EADDRINUSE');
    expect(running.size).toBe(0);

    const address = await startExporter(await freePort(), stateFile, 'exporter', running);
    expect([...running].map(({ exit }) => exit)).toEqual([undefined]);
    expect((await fetch(`http://${address}/metrics`)).status).toBe(200);
  });
});

describe('the simulator alone', () => {
  const start = async (...args: string[]) => {
    const child = await ManagedProcess.start({
      name: 'simulator',
      command: process.execPath,
      args: ['--import', 'tsx', 'src/demo/simulator.ts', ...args],
      cwd: packageRoot,
    });
    running.add(child);
    return child;
  };

  it('serves the gateway at a port and writes the state files, until it is stopped', async () => {
    const port = await freePort();
    const child = await start(folder.path, String(port));
    await waitFor(async () => child.logs(1).includes('/metrics'), {
      what: 'the address of the gateway',
      timeoutMs: PATIENCE_MS,
      alive: [child],
    });
    expect(child.logs(1)).toBe(`gateway: http://127.0.0.1:${port}/metrics`);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain('# TYPE gateway_pending_writes gauge');
    expect(readdirSync(folder.path).filter((name) => /worker/.test(name))).toHaveLength(3);
    await child.stop();
    expect(child.exit).toMatchObject({ code: 0 });
  });

  it('refuses arguments that are none', async () => {
    const child = await start(folder.path, 'port');
    await waitFor(() => child.exit !== undefined && child.logs(1) !== '', {
      what: 'its end',
      timeoutMs: PATIENCE_MS,
    });
    expect(child.logs(1)).toBe('usage: simulator.js <folder> <port>');
    expect(child.exit).toMatchObject({ code: 2 });
  });
});
