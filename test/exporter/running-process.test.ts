import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { stat, utimes, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../src/processes/process.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { root } from '../cli/command.js';
import { PATIENCE_MS } from '../patience.js';
import { type RunningExporter, startExporter, stopExporters } from './exporter-process.js';
import { get } from './request.js';
import { failureReason, notification, queueSeries, READ_SUCCESS, samplesOf, scrape } from './scrape.js';

const run = promisify(execFile);
const PENDING = 'pending_writes_pending{relay=a}';

let folder: TemporaryFolder;
beforeAll(() => {
  folder = temporaryFolder('running-exporter');
});
afterAll(async () => {
  await stopExporters();
  folder.remove();
});

/** Writes a state file of its own for a test. */
async function stateFile(name: string, notifications: readonly unknown[]): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, JSON.stringify({ notifications, rotations: [] }));
  return path;
}

describe('a state file', () => {
  it('is not believed when two reads give different bytes of equal length, whatever its times say', async () => {
    const library = join(folder.path, 'two-versions.so');
    const source = join(root, 'test/fixtures/exporter/two-versions.c');
    await run('gcc', ['-shared', '-fPIC', '-o', library, source, '-ldl']).catch((error: Error) => {
      throw new Error(`this test needs gcc to simulate a file that changes: ${error.message}`);
    });
    const path = await stateFile('two-versions.json', [notification('a')]);
    const exporter = await startExporter(['--state-file', path], {
      env: { LD_PRELOAD: library, TWO_VERSIONS: path },
    });
    const samples = await scrape(exporter.url);
    expect(failureReason(samples)).toBe('changing');
    expect(samples.get(READ_SUCCESS)).toBe(0);
    expect(queueSeries(samples)).toEqual([]);
    await exporter.stop();
    // Without another version every read gives the same bytes.
    const calm = await startExporter(['--state-file', path], {
      env: { LD_PRELOAD: library, TWO_VERSIONS: `${path}.other` },
    });
    expect((await scrape(calm.url)).get(PENDING)).toBe(1);
    await calm.stop();
  });

  it('is read again after a rewrite of equal length that puts its time back, also when it was at rest', async () => {
    // The exporter takes a file for unchanged by its times once it has been left alone for three seconds.
    const REST_MS = 3_500;
    const path = await stateFile('restored.json', [notification('a', { state: 'pending' })]);
    const time = new Date('2026-01-01T00:00:00Z');
    await utimes(path, time, time);
    const exporter = await startExporter(['--state-file', path]);
    const changed = (await stat(path)).ctimeMs;
    await waitFor(() => Date.now() - changed > REST_MS, {
      what: 'the file to be at rest',
      timeoutMs: PATIENCE_MS,
    });
    // Twice: the second one finds a file that it need not read.
    for (let i = 0; i < 2; i += 1) expect((await scrape(exporter.url)).get(PENDING)).toBe(1);
    const { size } = await stat(path);
    await stateFile('restored.json', [notification('a', { state: 'cleared' })]);
    await utimes(path, time, time);
    const after = await stat(path);
    expect([after.size, after.mtimeMs]).toEqual([size, time.getTime()]);
    expect((await scrape(exporter.url)).get(PENDING)).toBe(0);
    await exporter.stop();
  });

  it('names leases of relays that are not pending: they count as active, and say nothing of the first to expire', async () => {
    const lease = (expiresAt: number) => ({ ...notification('x').lease, expiresAt });
    const path = await stateFile('leases.json', [
      notification('pending', { lease: lease(1_767_230_000_000) }),
      notification('later', { lease: lease(1_767_240_000_000) }),
      // Earlier than both, and of no use to them.
      notification('cleared', { state: 'cleared', lease: lease(1_767_220_000_000) }),
      notification('inactive', { leaseActive: false, lease: lease(1_767_210_000_000) }),
      notification('without', { lease: null, leaseVersion: null, leaseActive: false }),
    ]);
    const exporter = await startExporter(['--state-file', path]);
    const samples = await scrape(exporter.url);
    const of = (relay: string) =>
      ['active', 'expiry_timestamp_seconds', 'version'].map((name) =>
        samples.get(`pending_writes_lease_${name}{relay=${relay}}`),
      );
    expect(of('pending')).toEqual([1, 1_767_230_000, 1]);
    expect(of('cleared')).toEqual([1, 1_767_220_000, 1]);
    expect(of('inactive')).toEqual([0, 1_767_210_000, 1]);
    expect(of('without')).toEqual([0, undefined, undefined]);
    expect(samples.get('pending_writes_relays_lease_active{}')).toBe(3);
    expect(samples.get('pending_writes_earliest_lease_expiry_timestamp_seconds{}')).toBe(1_767_230_000);
    expect(samples.get('pending_writes_relays{state=pending}')).toBe(4);
    expect(samples.get('pending_writes_relays{state=cleared}')).toBe(1);
    await exporter.stop();
  });
});

describe('an answer', () => {
  let exporter: RunningExporter;
  beforeAll(async () => {
    exporter = await startExporter(['--state-file', await stateFile('answer.json', [notification('a')])]);
  });

  it.each([
    ['GZIP', true],
    ['x-gzip', true],
    ['gzip; q=0.001', true],
    ['gzip;q=1.0, identity; q=0', true],
    ['identity, *;q=0.1', true],
    ['br;q=1, *;q=0.5', true],
    ['gzip;q=0.0', false],
    ['gzip;q=0.000, deflate, *;q=1', false],
    ['*;q=0', false],
    ['*;q=0, gzip', true],
    ['identity', false],
    ['gzipped', false],
    // No quality that HTTP knows.
    ['gzip;q=2', false],
    ['gzip;q=-1', false],
    ['gzip;q=high', false],
  ])('to Accept-Encoding: %s', async (encoding, isGzip) => {
    const answer = await get(`${exporter.url}/metrics`, { headers: { 'accept-encoding': encoding } });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-encoding']).toBe(isGzip ? 'gzip' : undefined);
    const text = isGzip ? gunzipSync(answer.body).toString() : answer.text;
    expect(samplesOf(text).get(PENDING)).toBe(1);
  });

  it('is whole with a head of more than 64 KiB, with gzip and without', async () => {
    const config = join(folder.path, 'long-head.yml');
    const policy = `default-src ${'https://example.org '.repeat(4_000)}`.trim();
    expect(policy.length).toBeGreaterThan(65_536);
    await writeFile(config, `http_server_config:\n  headers:\n    Content-Security-Policy: "${policy}"\n`);
    const path = await stateFile('long-head.json', [notification('a')]);
    const long = await startExporter(['--state-file', path, '--web.config.file', config]);
    for (const encoding of ['gzip', 'identity']) {
      const answer = await get(`${long.url}/metrics`, {
        headers: { 'accept-encoding': encoding },
        maxHeaderSize: 1 << 18,
      });
      expect(answer.headers['content-security-policy']).toBe(policy);
      expect(answer.headers['content-encoding']).toBe(encoding === 'gzip' ? 'gzip' : undefined);
      const text = encoding === 'gzip' ? gunzipSync(answer.body).toString() : answer.text;
      expect(samplesOf(text).get(PENDING)).toBe(1);
    }
    expect(await long.stop()).toBe(0);
    expect(long.log()).not.toContain('level=error');
  });

  it('that a client aborts in the middle frees its place, again and again', async () => {
    const relays = Array.from({ length: 20_000 }, (_, i) => notification(`relay-${i}-${'x'.repeat(60)}`));
    const path = await stateFile('large.json', relays);
    const limited = await startExporter(['--state-file', path, '--web.max-requests', '1']);
    const { hostname, port } = new URL(limited.url);
    const status = async () => (await get(`${limited.url}/metrics`)).status;
    for (let i = 0; i < 3; i += 1) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.write('GET /metrics HTTP/1.1\r\nhost: exporter\r\n\r\n');
      // The beginning of the answer, and no more of it.
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      socket.pause();
      expect(chunk.toString()).toMatch(/^HTTP\/1\.1 200 /);
      expect(await status()).toBe(503);
      socket.destroy();
      await waitFor(async () => (await status()) === 200, {
        what: 'the place of the client that aborted',
        timeoutMs: PATIENCE_MS,
      });
    }
    expect(await limited.stop()).toBe(0);
  });

  it('to one of several requests sent together frees its place when the client goes away', async () => {
    const path = await stateFile('together.json', [notification('a')]);
    const limited = await startExporter(['--state-file', path, '--web.max-requests', '3']);
    const { hostname, port } = new URL(limited.url);
    for (let i = 0; i < 3; i += 1) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write('GET /metrics HTTP/1.1\r\nhost: exporter\r\n\r\n'.repeat(30));
      // They have arrived when another request is answered.
      await get(`${limited.url}/-/healthy`);
      socket.destroy();
    }
    await waitFor(async () => (await get(`${limited.url}/metrics`)).status === 200, {
      what: 'the places of the client that went away',
      timeoutMs: PATIENCE_MS,
    });
    expect(await limited.stop()).toBe(0);
  });
});
