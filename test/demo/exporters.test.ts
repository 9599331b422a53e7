import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startExporter } from '../../src/demo/stack.js';
import { freePort, listenOnLoopback, type ManagedProcess } from '../../src/processes/process.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';

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
