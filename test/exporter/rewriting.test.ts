import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hash } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { findTool } from '../../src/processes/find.js';
import { ManagedProcess, onFreePort, waitFor } from '../../src/processes/process.js';
import { PrometheusClient } from '../../src/prometheus/client.js';
import { PATIENCE_MS } from '../patience.js';
import { makeCa, makeCertificate } from './certificates.js';
import { type RunningExporter, startExporter, stopExporters } from './exporter-process.js';
import { mixedUp, startWriter, versionOf, type Writer } from './rewriting-worker.js';
import { READ_SUCCESS, samplesOf, scrape } from './scrape.js';

const RELAYS = 120;
const MINUTE_MS = 60_000;
/** What a minute on a quiet machine brings easily. On a busy one it takes longer. */
const ENOUGH = { written: 500, fresh: 700, versions: 450, readByPrometheus: 40 };
const SCRAPE_TIMEOUT_SECONDS = 1;
/** An exporter that mostly keeps silent is found out after this time. */
const LIMIT_MS = 30 * MINUTE_MS;

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
  const query = encodeURIComponent('{__name__=~"pending_writes_.+|up|scrape_duration_seconds"}[1h]');
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
  let client: PrometheusClient;

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
    await writeFile(
      join(folder, 'prometheus.yml'),
      stringify({
        global: { scrape_interval: '1s', scrape_timeout: `${SCRAPE_TIMEOUT_SECONDS}s` },
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
    prometheus = await onFreePort(async (port) => {
      const started = await ManagedProcess.start({
        name: 'prometheus',
        command: await findTool('prometheus'),
        args: [
          `--config.file=${join(folder, 'prometheus.yml')}`,
          `--storage.tsdb.path=${join(folder, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--log.level=warn',
        ],
      });
      prometheus = started;
      client = new PrometheusClient(`http://127.0.0.1:${port}`, PATIENCE_MS);
      await waitFor(() => client.isReady(), {
        what: 'Prometheus to be ready',
        timeoutMs: PATIENCE_MS,
        alive: [started],
      });
      return started;
    });
  });
  afterAll(async () => {
    await prometheus?.stop();
    await stopExporters();
    try {
      await writer?.stop();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('never shows two versions at once, to us or to a Prometheus that scrapes over TLS with a password', async () => {
    const start = performance.now();
    const versions: number[] = [];
    let fresh = 0;
    const read = async () =>
      (await client.query(`sum_over_time(${READ_SUCCESS.replace('{}', '')}[1h])`))[0]?.value ?? 0;
    const isEnough = async () =>
      writer.written() > ENOUGH.written &&
      fresh > ENOUGH.fresh &&
      new Set(versions).size > ENOUGH.versions &&
      (await read()) > ENOUGH.readByPrometheus;
    while (performance.now() - start < MINUTE_MS || !(await isEnough())) {
      const samples = await scrape(plain.url);
      expect(mixedUp(samples, RELAYS)).toEqual([]);
      const version = versionOf(samples);
      if (version !== undefined) versions.push(version);
      if (samples.get(READ_SUCCESS) === 1) fresh += 1;
      if (performance.now() - start > LIMIT_MS) {
        throw new Error(
          `only ${fresh} fresh scrapes of ${new Set(versions).size} versions of ${writer.written()}, ${await read()} by Prometheus`,
        );
      }
      await sleep(50);
    }
    expect([...versions].sort((a, b) => a - b)).toEqual(versions);

    const seen = await stored(client.url);
    const good = [...seen.values()].filter((samples) => samples.get(READ_SUCCESS) === 1);
    for (const samples of seen.values()) {
      // What a busy machine does not answer in a second is not answered wrongly.
      const isLate = (samples.get('scrape_duration_seconds{}') ?? 0) >= SCRAPE_TIMEOUT_SECONDS;
      if (!isLate) expect(samples.get('up{}')).toBe(1);
      expect(mixedUp(samples, RELAYS)).toEqual([]);
    }
    expect(new Set(good.map(versionOf)).size).toBeGreaterThan(30);
  });

  it('would notice a mixed version', async () => {
    const samples = new Map(await scrape(plain.url));
    expect(mixedUp(samples, RELAYS)).toEqual([]);
    const series = [...samples.keys()].filter((name) => name.startsWith('pending_writes_lease_version{'));
    samples.set(series.at(-1) as string, 1);
    expect(mixedUp(samples, RELAYS)).toHaveLength(1);
    expect(mixedUp(samplesOf('pending_writes_relays{state="pending"} 1\n'), RELAYS)).toHaveLength(1);
  });
});
