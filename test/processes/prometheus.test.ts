import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { isAlive } from '../../src/processes/lock.js';
import { listenOnLoopback, waitFor } from '../../src/processes/process.js';
import { prometheusConfig, type RunningPrometheus, startPrometheus } from '../../src/processes/prometheus.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { PrometheusClient } from '../../src/prometheus/client.js';
import { PATIENCE_MS } from '../patience.js';

const RULES = `
groups:
  - name: test
    interval: 1s
    rules:
      - record: doubled
        expr: served * 2
      - alert: ServedSeven
        expr: served == 7
        annotations: { summary: 'seven' }
`;

describe('a Prometheus of our own', () => {
  let files: TemporaryFolder;
  let server: Server;
  let prometheus: RunningPrometheus;

  beforeAll(async () => {
    files = temporaryFolder('prometheus-test');
    writeFileSync(join(files.path, 'rules.yaml'), RULES);
    server = createServer((_, response) => {
      // Prometheus 3 scrapes nothing that does not name its format.
      response.setHeader('content-type', 'text/plain; version=0.0.4').end('# TYPE served gauge\nserved 7\n');
    });
    await listenOnLoopback(server);
    prometheus = await startPrometheus({
      ruleFiles: [join(files.path, '*.yaml')],
      scrape: [
        {
          job: 'server',
          targets: [`127.0.0.1:${(server.address() as AddressInfo).port}`],
          labels: { site: 'here' },
          instances: ['first'],
        },
      ],
      scrapeInterval: 1,
    });
  });
  afterAll(async () => {
    await prometheus?.stop();
    await new Promise((resolve) => server.close(resolve));
    files.remove();
  });

  it('scrapes the targets, evaluates the rules and answers queries', async () => {
    const { client } = prometheus;
    const samples = await waitFor(
      async () => {
        const result = await client.query('doubled');
        return result.length > 0 && result;
      },
      { what: 'a recorded sample', timeoutMs: PATIENCE_MS, alive: [prometheus.process] },
    );
    expect(samples[0]).toMatchObject({
      labels: { __name__: 'doubled', job: 'server', instance: 'first', site: 'here' },
      value: 14,
    });
    expect(await client.targets()).toEqual([
      { job: 'server', instance: 'first', health: 'up', lastError: '' },
    ]);
    const [group] = await client.rules();
    expect(group?.rules.map(({ name, type, health }) => ({ name, type, health }))).toEqual([
      { name: 'doubled', type: 'recording', health: 'ok' },
      { name: 'ServedSeven', type: 'alerting', health: 'ok' },
    ]);
    expect(group?.rules[1]?.alerts?.[0]).toMatchObject({
      state: 'firing',
      annotations: { summary: 'seven' },
      labels: { instance: 'first' },
    });
    const time = samples[0]?.time as number;
    const [series] = await client.queryRange('served', time - 1, time, 1);
    expect(series?.labels.__name__).toBe('served');
    expect(series?.points.at(-1)).toEqual([time, 7]);
    expect(await client.query('1 / 0')).toMatchObject([{ labels: {} }]);
  });

  it('reads infinities and NaN as numbers', async () => {
    const values = async (expression: string) =>
      (await prometheus.client.query(expression)).map((s) => s.value);
    expect(await values('vector(1) / 0')).toEqual([Number.POSITIVE_INFINITY]);
    expect(await values('vector(-1) / 0')).toEqual([Number.NEGATIVE_INFINITY]);
    expect(await values('vector(0) / 0')).toEqual([Number.NaN]);
  });

  it('tells what is wrong with an expression', async () => {
    await expect(prometheus.client.query('sum(')).rejects.toThrow(
      /api\/v1\/query: .*unclosed left parenthesis/,
    );
  });

  it('is gone with its files once stopped', async () => {
    const other = await startPrometheus();
    const { pid } = other.process;
    await other.stop();
    expect(isAlive(pid)).toBe(false);
    await expect(new PrometheusClient(other.url).rules()).rejects.toThrow('no answer');
  });

  it('reports what Prometheus said when it does not start', async () => {
    const { port } = server.address() as AddressInfo;
    await expect(startPrometheus({ port })).rejects.toThrow('address already in use');
  });

  it('does not mistake another server for a Prometheus', async () => {
    const { port } = server.address() as AddressInfo;
    const client = new PrometheusClient(`http://127.0.0.1:${port}`);
    await expect(client.rules()).rejects.toThrow("found HTTP 200 and no JSON, expected Prometheus's API");
  });

  it('leaves a data folder that it was given', async () => {
    const dataFolder = join(files.path, 'data');
    await (await startPrometheus({ dataFolder })).stop();
    expect(existsSync(dataFolder)).toBe(true);
  });
});

it('is configured with intervals, rule files, jobs and Alertmanagers', () => {
  const config = parse(
    prometheusConfig({
      ruleFiles: ['/rules/*.yaml'],
      scrapeInterval: 30,
      evaluationInterval: 15,
      scrape: [{ job: 'a', targets: ['127.0.0.1:1', '127.0.0.1:2'], instances: ['one'] }],
      alertmanagers: ['127.0.0.1:9093'],
    }),
  ) as unknown;
  expect(config).toEqual({
    global: { scrape_interval: '30s', scrape_timeout: '10s', evaluation_interval: '15s' },
    rule_files: ['/rules/*.yaml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:9093'] }] }] },
    scrape_configs: [
      {
        job_name: 'a',
        static_configs: [
          { targets: ['127.0.0.1:1'], labels: { instance: 'one' } },
          { targets: ['127.0.0.1:2'], labels: {} },
        ],
      },
    ],
  });
});
