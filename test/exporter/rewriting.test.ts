import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hash } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { findTool } from '../../src/processes/find.js';
import { freePort, ManagedProcess, waitFor } from '../../src/processes/process.js';
import { PrometheusClient } from '../../src/prometheus/client.js';
import { makeCa, makeCertificate } from './certificates.js';
import { type RunningExporter, startExporter, stopExporters } from './exporter-process.js';
import { mixedUp, startWriter, versionOf, type Writer } from './rewriting-worker.js';
import { READ_SUCCESS, samplesOf, scrape } from './scrape.js';

const RELAYS = 120;
const MINUTE_MS = 60_000;

interface Matrix {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [time: number, value: string])[];
    }[];
  };
}

/** What Prometheus has stored, by the time of the scrape: series as `name{label=value}` without the labels of the target. */
async function stored(url: string): Promise<Map<number, Map<string, number>>> {
  const query = encodeURIComponent('{__name__=~"pending_writes_.+|up"}[5m]');
  const { data } = (await (await fetch(`${url}/api/v1/query?query=${query}`)).json()) as Matrix;
  const scrapes = new Map<number, Map<string, number>>();
  for (const { metric, values } of data.result) {
    const labels = Object.entries(metric).filter(([name]) => !['__name__', 'job', 'instance'].includes(name));
    const series = `${metric.__name__}{${labels.map(([name, value]) => `${name}=${value}`).join(',')}}`;
    for (const [time, value] of values) {
      const samples = scrapes.get(time) ?? new Map<string, number>();
      samples.set(series, Number(value));
      scrapes.set(time, samples);
    }
  }
  return scrapes;
}

describe('a file that is rewritten every 20 ms for a minute', () => {
  let folder: string;
  let path: string;
  let writer: Writer;
  let plain: RunningExporter;
  let secured: RunningExporter;
  let prometheus: ManagedProcess;
  let prometheusUrl: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pending-writes-'));
    path = join(folder, 'pending-writes-state.json');
    await makeCa(folder, 'ca');
    await makeCertificate(folder, 'ca', 'server');
    await writeFile(
      join(folder, 'web.yml'),
      stringify({
        tls_server_config: { cert_file: 'server.crt', key_file: 'server.key' },
        basic_auth_users: { prometheus: await hash('a password', 10) },
      }),
    );
    writer = startWriter({ path, relays: RELAYS, everyMs: 20, rough: true });
    plain = await startExporter(['--state-file', path]);
    secured = await startExporter(['--state-file', path, '--web.config.file', join(folder, 'web.yml')]);
    const port = await freePort();
    prometheusUrl = `http://127.0.0.1:${port}`;
    await writeFile(
      join(folder, 'prometheus.yml'),
      stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s' },
        scrape_configs: [
          {
            job_name: 'pending-writes-exporter',
            scheme: 'https',
            tls_config: { ca_file: join(folder, 'ca.crt') },
            basic_auth: { username: 'prometheus', password: 'a password' },
            static_configs: [{ targets: [new URL(secured.url).host] }],
          },
        ],
      }),
    );
    prometheus = await ManagedProcess.start({
      name: 'prometheus',
      command: await findTool('prometheus'),
      args: [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
    });
    await waitFor(() => new PrometheusClient(prometheusUrl).isReady(), {
      what: 'Prometheus to be ready',
      timeoutMs: 60_000,
      alive: [prometheus],
    });
  });
  afterAll(async () => {
    await prometheus?.stop();
    await stopExporters();
    await writer?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it(
    'never shows two versions at once, to us or to a Prometheus that scrapes over TLS with a password',
    async () => {
      const end = performance.now() + MINUTE_MS;
      const versions: number[] = [];
      let [scrapes, fresh] = [0, 0];
      while (performance.now() < end) {
        const samples = await scrape(plain.url);
        expect(mixedUp(samples, RELAYS)).toEqual([]);
        const version = versionOf(samples);
        if (version !== undefined) versions.push(version);
        scrapes += 1;
        if (samples.get(READ_SUCCESS) === 1) fresh += 1;
        await sleep(50);
      }
      expect([...versions].sort((a, b) => a - b)).toEqual(versions);
      expect(writer.written()).toBeGreaterThan(500);
      // It does not only keep silent: nearly every scrape brings the newest version.
      expect(fresh / scrapes).toBeGreaterThan(0.8);
      expect(new Set(versions).size).toBeGreaterThan(scrapes / 2);

      const seen = await stored(prometheusUrl);
      expect(seen.size).toBeGreaterThan(40);
      const read = [...seen.values()].filter((samples) => samples.get(READ_SUCCESS) === 1);
      expect(read.length).toBeGreaterThan(30);
      for (const samples of seen.values()) {
        expect(samples.get('up{}')).toBe(1);
        expect(mixedUp(samples, RELAYS)).toEqual([]);
      }
      expect(new Set(read.map(versionOf)).size).toBeGreaterThan(30);
    },
    2 * MINUTE_MS,
  );

  it('would notice a mixed version', async () => {
    const samples = new Map(await scrape(plain.url));
    expect(mixedUp(samples, RELAYS)).toEqual([]);
    const series = [...samples.keys()].filter((name) => name.startsWith('pending_writes_lease_version{'));
    samples.set(series.at(-1) as string, 1);
    expect(mixedUp(samples, RELAYS)).toHaveLength(1);
    expect(mixedUp(samplesOf('pending_writes_relays{state="pending"} 1\n'), RELAYS)).toHaveLength(1);
  });
});
