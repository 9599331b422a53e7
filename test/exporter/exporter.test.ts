import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exporterMetrics } from '../../metrics/exporter.js';
import { findTool } from '../../src/processes/find.js';
import { parseExposition } from '../../src/prometheus/exposition.js';
import { verifyMetrics } from '../../src/verify/verify.js';
import { root } from '../cli/command.js';
import { type ExporterHere, runHere, startHere } from './exporter-here.js';
import { startExporter, stopExporters } from './exporter-process.js';
import { queueSeries, scrape as scrapeOf } from './scrape.js';

const RELAY = '4045d2ef356c7f670dc70f1d0f6b88efc5722dcff2faafe050d63ad5135ea8c0';
const fixture = (name: string) => join(root, `test/fixtures/pending-writes-state.${name}.json`);

let folder: string;
let file: string;
let exporter: ExporterHere;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pending-writes-'));
  file = join(folder, 'pending-writes-state.json');
  exporter = await startHere(['--state-file', file]);
});
afterEach(async () => {
  await exporter.stop();
  await rm(folder, { recursive: true, force: true });
});
afterAll(stopExporters);

const scrape = () => scrapeOf(exporter.url);

describe('a state file in its persisted form', () => {
  it('gives every field of a pending relay in base units', async () => {
    await copyFile(fixture('pending'), file);
    const samples = await scrape();
    const relay = `{relay=${RELAY}}`;
    expect(Object.fromEntries([...samples].filter(([series]) => series.includes(RELAY)))).toEqual({
      [`pending_writes_pending${relay}`]: 1,
      [`pending_writes_pending_since_timestamp_seconds${relay}`]: 1767226200,
      [`pending_writes_last_update_timestamp_seconds${relay}`]: 1767226200,
      [`pending_writes_lease_active${relay}`]: 1,
      [`pending_writes_lease_expiry_timestamp_seconds${relay}`]: 1767226800,
      [`pending_writes_lease_issued_timestamp_seconds${relay}`]: 1767226200,
      [`pending_writes_lease_version${relay}`]: 1,
      [`pending_writes_drive_version${relay}`]: 1,
      [`pending_writes_wanted{relay=${RELAY},type=drive}`]: 1,
    });
    expect(samples.get('pending_writes_state_file_read_success{}')).toBe(1);
    expect(samples.get('pending_writes_relays{state=pending}')).toBe(1);
  });

  it('gives no pendingSince for a cleared relay, where the field means something else', async () => {
    await copyFile(fixture('cleared'), file);
    const samples = await scrape();
    expect(samples.get(`pending_writes_pending{relay=${RELAY}}`)).toBe(0);
    expect(samples.has(`pending_writes_pending_since_timestamp_seconds{relay=${RELAY}}`)).toBe(false);
  });

  it('collapses the twelve rows of three rotations to the newest state of the newest one', async () => {
    await copyFile(fixture('rotation-failed'), file);
    const samples = await scrape();
    expect([...samples].filter(([series]) => series.startsWith('pending_writes_rotation_'))).toEqual([
      [`pending_writes_rotation_last_status{relay=${RELAY},status=failed}`, 1],
      [`pending_writes_rotation_last_attempts{relay=${RELAY}}`, 3],
      [`pending_writes_rotation_last_start_timestamp_seconds{relay=${RELAY}}`, 1767226924],
      [`pending_writes_rotation_last_end_timestamp_seconds{relay=${RELAY}}`, 1767226924],
    ]);
  });

  it('serves forty relays in the middle of a resync with one series a relay', async () => {
    await copyFile(fixture('40-relays-mid-resync'), file);
    const samples = await scrape();
    const pending = [...samples].filter(([series]) => series.startsWith('pending_writes_pending{'));
    expect(pending).toHaveLength(21);
    expect(pending.filter(([, value]) => value === 1)).toHaveLength(1);
  });
});

describe('the other forms', () => {
  it('reads the snapshot that operators see: queue sizes and job status', async () => {
    await writeFile(
      file,
      JSON.stringify({
        updatedAt: 1767226200000,
        queueSize: 2,
        inflightSize: 1,
        relays: [
          { relayKey: 'a', status: 'in-progress', state: 'pending', pendingSince: 1767226200000 },
          { relayKey: 'b', status: 'invented-later' },
        ],
        rotations: [],
      }),
    );
    const samples = await scrape();
    expect(samples.get('pending_writes_queue_size{}')).toBe(2);
    expect(samples.get('pending_writes_inflight_size{}')).toBe(1);
    expect(samples.get('pending_writes_job_status{relay=a,status=in-progress}')).toBe(1);
    expect(samples.get('pending_writes_job_status{relay=b,status=other}')).toBe(1);
    expect(samples.get('pending_writes_pending{relay=a}')).toBe(1);
    expect(samples.has('pending_writes_pending{relay=b}')).toBe(false);
  });

  it('takes {} for a queue without relays', async () => {
    await writeFile(file, '{}');
    const samples = await scrape();
    expect(samples.get('pending_writes_state_file_read_success{}')).toBe(1);
    expect(samples.get('pending_writes_relays{state=pending}')).toBe(0);
  });

  it('leaves out records that are not valid, counts them, and serves the rest', async () => {
    await writeFile(
      file,
      JSON.stringify({
        notifications: [
          {
            relayKey: 'good',
            state: 'pending',
            types: ['drive', 7, 'novel'],
            pendingSince: 'soon',
            leaseVersion: -1,
            updatedAt: 1e300,
          },
          { relayKey: 7, state: 'pending' },
          { relayKey: 'no-state' },
          null,
          'text',
        ],
        rotations: [{ relayKey: 'good' }, { relayKey: 'good', status: 'failed', startedAt: 1767226200000 }],
      }),
    );
    const samples = await scrape();
    expect(samples.get('pending_writes_records_left_out{reason=invalid}')).toBe(5);
    expect([...samples.keys()].filter((series) => series.includes('relay=good'))).toEqual([
      'pending_writes_pending{relay=good}',
      'pending_writes_wanted{relay=good,type=drive}',
      'pending_writes_wanted{relay=good,type=other}',
      'pending_writes_rotation_last_status{relay=good,status=failed}',
      'pending_writes_rotation_last_start_timestamp_seconds{relay=good}',
    ]);
  });

  it('escapes what would break the exposition', async () => {
    const relayKey = 'quote " backslash \\ newline \n end';
    await writeFile(file, JSON.stringify({ notifications: [{ relayKey, state: 'pending' }] }));
    expect((await scrape()).get(`pending_writes_pending{relay=${relayKey}}`)).toBe(1);
  });
});

describe('a file that is not there', () => {
  it('takes a missing file for a state of its own', async () => {
    const samples = await scrape();
    expect(samples.get('pending_writes_state_file_read_success{}')).toBe(1);
    expect(samples.get('pending_writes_state_file_missing{}')).toBe(1);
    expect(queueSeries(samples)).toEqual([]);
  });

  it('forgets the relays of a file that was deleted, and follows a new one', async () => {
    await copyFile(fixture('pending'), file);
    expect((await scrape()).get(`pending_writes_pending{relay=${RELAY}}`)).toBe(1);
    await unlink(file);
    expect(queueSeries(await scrape())).toEqual([]);
    await copyFile(fixture('cleared'), file);
    expect((await scrape()).get(`pending_writes_pending{relay=${RELAY}}`)).toBe(0);
  });
});

describe('serving', () => {
  it('exposes exactly the contract, and promtool has nothing to say', async () => {
    await copyFile(fixture('40-relays-mid-resync'), file);
    const text = await (await fetch(`${exporter.url}/metrics`)).text();
    const families = parseExposition(text);
    expect(verifyMetrics(families, exporterMetrics)).toEqual([]);
    expect([...families.keys()].sort()).toEqual(exporterMetrics.map(({ name }) => name).sort());
    const promtool = await findTool('promtool');
    const said = await new Promise<string>((resolve) => {
      const child = execFile(promtool, ['check', 'metrics'], (error, stdout, stderr) =>
        resolve(`${error?.code ?? 0} ${stdout}${stderr}`),
      );
      child.stdin?.end(text);
    });
    expect(said).toBe('0 ');
  });

  it('gives every metric of the contract a value in some situation', async () => {
    const lease = { expiresAt: 1767226800000, issuedAt: 1767226200000 };
    const relay = { relayKey: 'a', status: 'queued', state: 'pending', types: ['drive'], lease };
    const numbers = { leaseActive: true, leaseVersion: 1, driveVersion: 1 };
    const times = { updatedAt: 1767226200000, pendingSince: 1767226200000 };
    const row = { relayKey: 'a', status: 'failed', attempts: 1, startedAt: 1, completedAt: 2 };
    const snapshot = { updatedAt: 1, queueSize: 0, inflightSize: 0, rotations: [row] };
    const seen = new Set<string>();
    for (const text of [JSON.stringify({ ...snapshot, relays: [{ ...relay, ...numbers, ...times }] }), '{']) {
      await writeFile(file, text);
      for (const series of (await scrape()).keys()) seen.add(series.slice(0, series.indexOf('{')));
    }
    expect([...seen].sort()).toEqual(exporterMetrics.map(({ name }) => name).sort());
  });

  it('answers its health endpoints and a landing page, and nothing else', async () => {
    await copyFile(fixture('pending'), file);
    for (const [path, status, word] of [
      ['/-/healthy', 200, 'healthy'],
      ['/-/ready', 200, 'ready'],
      ['/', 200, 'Relays pending</th><td>1<'],
      ['/etc/passwd', 404, 'not found'],
    ] as const) {
      const response = await fetch(`${exporter.url}${path}`);
      expect(response.status).toBe(status);
      expect(await response.text()).toContain(word);
    }
    expect((await fetch(`${exporter.url}/metrics`, { method: 'POST' })).status).toBe(405);
  });

  it('says nothing of leases, pushes and peers, in its metrics, its pages or its log', async () => {
    await copyFile(fixture('rotation-failed'), file);
    const pages = await Promise.all(
      ['/metrics', '/'].map(async (path) => (await fetch(`${exporter.url}${path}`)).text()),
    );
    for (const text of [...pages, exporter.log()]) {
      expect(text).not.toMatch(/lease-4045d2|escrow-4045d2|de43d5f4a8c20594|aaaaaaaaaaaaaaaa|Escrow deposit/);
    }
  });

  it('ends with 0 on SIGTERM and on SIGINT, and opens no debugger on SIGUSR1', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const other = await startExporter(['--state-file', file], { nodeFlags: ['--inspect-port=0'] });
      other.signal('SIGUSR1');
      for (let i = 0; i < 3; i += 1) expect((await fetch(`${other.url}/metrics`)).status).toBe(200);
      expect(await other.stop(signal)).toBe(0);
      expect(other.log()).not.toMatch(/debugger/i);
    }
  });

  it('ends with 2 and the address when the port is taken, or the usage is wrong', async () => {
    const taken = exporter.url.replace('http://', '');
    await expect(startHere(['--state-file', file], taken)).rejects.toThrow(
      /ended with 2: [\s\S]*cannot listen on 127\.0\.0\.1:\d+" reason=EADDRINUSE/,
    );
    for (const [args, message] of [
      [[], /^error: required option '--state-file <path>' not specified$/m],
      [['--state-file', file, '--web.listen-address', 'nowhere'], /expected host:port/],
      [['--state-file', file, '--web.telemetry-path', '/'], /expected a path/],
    ] as const) {
      const { code, log } = await runHere(args);
      expect(code).toBe(2);
      expect(log).toMatch(message);
    }
  });
});
