import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { listenOnLoopback } from '../../src/processes/process.js';
import { PrometheusClient } from '../../src/prometheus/client.js';
import { PrometheusConnection } from '../../src/prometheus/connection.js';
import { PrometheusError } from '../../src/prometheus/error.js';

/* Answers as the documentation of Prometheus' HTTP API has them. */

const servers: Server[] = [];
const connections: PrometheusConnection[] = [];
afterEach(() => {
  for (const connection of connections.splice(0)) connection.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** A client of a server that gives this answer to everything, and what it was asked. */
async function asking(data: unknown, status = 200, timeoutMs?: number) {
  const heard: string[] = [];
  const server = createServer(async (request, response) => {
    heard.push(`${request.method} ${request.url} ${await bodyOf(request)}`.trim());
    response.writeHead(status).end(JSON.stringify({ status: 'success', data }));
  });
  servers.push(server);
  const url = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  const connection = new PrometheusConnection({ url: `${url}/` });
  connections.push(connection);
  return { client: new PrometheusClient(connection, timeoutMs), heard, url };
}

const up = { __name__: 'up', job: 'a' };

describe('an instant query', () => {
  it('asks with the expression and the time, and gives samples with numbers', async () => {
    const { client, heard, url } = await asking({
      resultType: 'vector',
      result: [
        { metric: up, value: [1767226200.5, '1'] },
        { metric: {}, value: [1767226200.5, '+Inf'] },
      ],
    });
    expect(client.url).toBe(url);
    expect(await client.query('up + "ü"', 1767226200.5)).toEqual([
      { labels: up, time: 1767226200.5, value: 1 },
      { labels: {}, time: 1767226200.5, value: Number.POSITIVE_INFINITY },
    ]);
    await client.query('up');
    expect(heard).toEqual([
      'POST /api/v1/query query=up+%2B+%22%C3%BC%22&time=1767226200.5',
      'POST /api/v1/query query=up',
    ]);
  });

  it('of a scalar gives one sample without labels', async () => {
    const { client } = await asking({ resultType: 'scalar', result: [1767226200, '2.5'] });
    expect(await client.query('2.5', 0)).toEqual([{ labels: {}, time: 1767226200, value: 2.5 }]);
  });

  it('is refused where a value is no number', async () => {
    const { client } = await asking({ resultType: 'vector', result: [{ metric: up, value: [1, 'one'] }] });
    const error = await client.query('up').catch((error: unknown) => error);
    expect(error).toBeInstanceOf(PrometheusError);
    expect(error).toMatchObject({
      kind: 'not-prometheus',
      message: 'found the value "one", expected a number as Prometheus writes it',
    });
  });

  it('is refused where the answer has native histograms', async () => {
    const histogram = { metric: up, histogram: [1, { count: '1', sum: '1', buckets: [] }] };
    const { client } = await asking({ resultType: 'vector', result: [histogram] });
    await expect(client.query('up')).rejects.toMatchObject({
      kind: 'query',
      message:
        'found native histograms in the series {"__name__":"up","job":"a"}, expected numbers; native histograms are not supported',
    });
  });

  it('is cancelled by a signal, with its reason', async () => {
    const { client } = await asking({});
    await expect(client.query('up', 1, AbortSignal.abort('enough'))).rejects.toBe('enough');
    await expect(client.queryRange('up', 1, 2, 1, AbortSignal.abort('enough'))).rejects.toBe('enough');
  });
});

describe('the samples over a time', () => {
  const matrix = {
    resultType: 'matrix',
    result: [
      {
        metric: up,
        values: [
          [10, '1'],
          [20.5, 'NaN'],
        ],
      },
    ],
  };
  const series = [
    {
      labels: up,
      points: [
        [10, 1],
        [20.5, Number.NaN],
      ],
    },
  ];

  it('are asked for with begin, end and step', async () => {
    const { client, heard } = await asking(matrix);
    expect(await client.queryRange('up', 10, 20.5, 10.5)).toEqual(series);
    expect(heard).toEqual(['POST /api/v1/query_range query=up&start=10&end=20.5&step=10.5']);
  });

  it('are those that were scraped with a range selector', async () => {
    const { client, heard } = await asking(matrix);
    expect(await client.samplesOf('up[5m]', 30)).toEqual(series);
    expect(await client.samplesOf('up[5m]')).toEqual(series);
    expect(heard).toEqual([
      'POST /api/v1/query query=up%5B5m%5D&time=30',
      'POST /api/v1/query query=up%5B5m%5D',
    ]);
  });

  it.each([
    ['only', {}],
    ['beside numbers', { values: [[10, '1']] }],
  ])('are refused where they have native histograms, %s', async (_, values) => {
    const histograms = [[20.5, { count: '1', sum: '1', buckets: [] }]];
    const { client } = await asking({
      resultType: 'matrix',
      result: [{ metric: up, ...values, histograms }],
    });
    const refusal = {
      kind: 'query',
      message: expect.stringContaining('found native histograms in the series {"__name__":"up","job":"a"}'),
    };
    await expect(client.queryRange('up', 10, 20.5, 10.5)).rejects.toMatchObject(refusal);
    await expect(client.samplesOf('up[5m]')).rejects.toMatchObject(refusal);
  });

  it('need a range selector', async () => {
    const { client } = await asking({ resultType: 'vector', result: [] });
    await expect(client.samplesOf('up')).rejects.toThrow('up: found a vector, expected a range selector');
  });
});

describe('what a Prometheus says of itself', () => {
  it('is its rules, targets and flags', async () => {
    const groups = [{ name: 'g', rules: [] }];
    const rules = await asking({ groups });
    expect(await rules.client.rules()).toEqual(groups);
    expect(rules.heard).toEqual(['GET /api/v1/rules']);
    const targets = await asking({
      activeTargets: [
        {
          labels: { job: 'worker', instance: 'a:1', site: 'x' },
          health: 'up',
          lastError: '',
          scrapePool: 'p',
        },
        { labels: {}, health: 'down', lastError: 'refused' },
      ],
    });
    expect(await targets.client.targets()).toEqual([
      { job: 'worker', instance: 'a:1', health: 'up', lastError: '' },
      { job: '', instance: '', health: 'down', lastError: 'refused' },
    ]);
    expect(targets.heard).toEqual(['GET /api/v1/targets?state=active']);
    const flags = await asking({ 'storage.tsdb.path': '/data' });
    expect(await flags.client.flags()).toEqual({ 'storage.tsdb.path': '/data' });
    expect(flags.heard).toEqual(['GET /api/v1/status/flags']);
  });

  it.each([
    [200, true],
    [503, false],
    [404, false],
  ])('is whether it is ready: %d is %s', async (status, ready) => {
    const { client, heard } = await asking(null, status);
    expect(await client.isReady()).toBe(ready);
    expect(heard).toEqual(['GET /-/ready']);
  });

  it('is waited for as long as the client is made for', async () => {
    const server = createServer(() => {});
    servers.push(server);
    const url = `http://127.0.0.1:${await listenOnLoopback(server)}`;
    const client = new PrometheusClient(url, 50);
    await expect(client.flags()).rejects.toThrow(`${url}/api/v1/status/flags: no answer within 0.05 s`);
    await expect(client.query('up')).rejects.toMatchObject({ kind: 'timeout', mayPass: true });
  });
});

describe('an error of a Prometheus', () => {
  it.each<[ConstructorParameters<typeof PrometheusError>, boolean]>([
    [['m'], false],
    [['m', 'settings'], false],
    [['m', 'unreachable'], true],
    [['m', 'timeout'], true],
    [['m', 'tls'], false],
    [['m', 'refused', { status: 403 }], false],
    [['m', 'redirect', { status: 302 }], false],
    [['m', 'too-large'], false],
    [['m', 'query', { status: 422, errorType: 'execution' }], false],
    [['m', 'query', { status: 400, errorType: 'bad_data' }], false],
    [['m', 'query', { errorType: 'timeout' }], true],
    [['m', 'query', { errorType: 'unavailable' }], true],
    [['m', 'query', { status: 503 }], true],
    ...[429, 502, 503, 504].map((status): [ConstructorParameters<typeof PrometheusError>, boolean] => [
      ['m', 'not-prometheus', { status }],
      true,
    ]),
    ...[200, 404, 428, 430, 500, 501, 505].map(
      (status): [ConstructorParameters<typeof PrometheusError>, boolean] => [
        ['m', 'not-prometheus', { status }],
        false,
      ],
    ),
  ])('%j may pass: %s', (args, expected) => {
    const error = new PrometheusError(...args);
    expect([error.mayPass, error.name, error.message, error.kind]).toEqual([
      expected,
      'PrometheusError',
      'm',
      args[1] ?? 'query',
    ]);
  });
});
