import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Exporter } from '../../src/exporter/exporter.js';
import { negotiateFormat } from '../../src/exporter/exposition/negotiate.js';
import { createLog } from '../../src/exporter/log.js';
import { ActiveWebConfig } from '../../src/exporter/web/active-web-config.js';
import { Connections } from '../../src/exporter/web/connections.js';
import { RequestHandler } from '../../src/exporter/web/requests.js';
import { listenOnLoopback, waitFor } from '../../src/processes/process.js';
import { PATIENCE_MS } from '../patience.js';
import { type ExporterHere, runHere, startHere, stopExportersHere } from './exporter-here.js';
import { type RunningExporter, startExporter, stopExporters } from './exporter-process.js';
import { get } from './request.js';
import { failureReason, notification, samplesOf, scrape } from './scrape.js';

const OPENMETRICS =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pending-writes-'));
  path = join(folder, 'state.json');
  await writeFile(path, JSON.stringify({ notifications: [notification('a')], rotations: [] }));
});
afterAll(async () => {
  await stopExportersHere();
  await stopExporters();
  await rm(folder, { recursive: true, force: true });
});

/** A file whose exposition is larger than what sockets take on their own. */
async function largeFile(): Promise<string> {
  const large = join(folder, 'large.json');
  const relays = Array.from({ length: 20_000 }, (_, i) => notification(`relay-${i}-${'x'.repeat(60)}`));
  await writeFile(large, JSON.stringify({ notifications: relays, rotations: [] }));
  return large;
}

/** A client that has sent a request and reads nothing. */
async function stalled(exporter: RunningExporter): Promise<Socket> {
  const { hostname, port } = new URL(exporter.url);
  const socket = connect(Number(port), hostname);
  socket.pause();
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write('GET /metrics HTTP/1.1\r\nhost: exporter\r\n\r\n');
  return socket;
}

describe('what is served', () => {
  let exporter: ExporterHere;
  beforeAll(async () => {
    exporter = await startHere(['--state-file', path]);
  });
  afterAll(() => exporter.stop());

  it('is OpenMetrics for a Prometheus that asks for it, with the same samples', async () => {
    const plain = await get(`${exporter.url}/metrics`);
    const open = await get(`${exporter.url}/metrics`, { headers: { accept: OPENMETRICS } });
    expect(plain.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(open.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(open.text.endsWith('\n# EOF\n')).toBe(true);
    expect(open.text).toContain('# TYPE pending_writes_state_file_read_failures counter\n');
    expect(plain.text).toContain('# TYPE pending_writes_state_file_read_failures_total counter\n');
    expect(plain.text).not.toContain('EOF');
    expect([...samplesOf(open.text).keys()]).toEqual([...samplesOf(plain.text).keys()]);
  });

  it.each([
    [undefined, 'text'],
    ['*/*', 'text'],
    ['text/html, */*;q=0.1', 'text'],
    ['application/openmetrics-text', 'openmetrics'],
    ['application/openmetrics-text; version="1.0.0"; q=0.3, text/plain; q=0.9', 'text'],
    ['application/openmetrics-text;version=2.0.0', 'text'],
    ['application/openmetrics-text;q=0', 'text'],
    ['application/openmetrics-text;q=nonsense, text/plain', 'text'],
    [
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;q=0.3',
      'text',
    ],
  ])('follows the header Accept: %s', (accept, format) => {
    expect(negotiateFormat(accept).format).toBe(format);
  });

  it.each([
    ['gzip', true],
    ['deflate, gzip;q=0.5', true],
    ['*', true],
    ['gzip;q=0', false],
    ['gzip;q=0, *', false],
    ['br', false],
    ['', false],
  ])('follows the header Accept-Encoding: %s', async (encoding, isGzip) => {
    const answer = await get(`${exporter.url}/metrics`, { headers: { 'accept-encoding': encoding } });
    expect(answer.headers['content-encoding']).toBe(isGzip ? 'gzip' : undefined);
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
    const text = isGzip ? gunzipSync(answer.body).toString() : answer.text;
    expect(samplesOf(text).get('pending_writes_pending{relay=a}')).toBe(1);
  });

  it('has the headers that browsers want, and answers HEAD without a body', async () => {
    const answer = await get(`${exporter.url}/`, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.body).toHaveLength(0);
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    const metrics = await get(`${exporter.url}/metrics?name=ignored`, { method: 'HEAD' });
    expect(metrics.headers.vary).toBe('accept, accept-encoding');
    expect(Number(metrics.headers['content-length'])).toBeGreaterThan(1000);
  });
});

describe('a client that reads slowly, or goes away', () => {
  it('counts among the requests in flight until it is gone; health endpoints answer all the same', async () => {
    const exporter = await startExporter(['--state-file', await largeFile(), '--web.max-requests', '2']);
    const clients = [await stalled(exporter), await stalled(exporter)];
    const status = async (target: string) => (await get(`${exporter.url}${target}`)).status;
    await waitFor(async () => (await status('/metrics')) === 503, {
      what: 'the limit to be reached',
      timeoutMs: PATIENCE_MS,
    });
    expect((await get(`${exporter.url}/metrics`)).headers['retry-after']).toBe('1');
    expect(await status('/-/healthy')).toBe(200);
    expect(await status('/-/ready')).toBe(200);
    clients[0]?.destroy();
    await waitFor(async () => (await status('/metrics')) === 200, {
      what: 'the place of the client that is gone',
      timeoutMs: PATIENCE_MS,
    });
    clients[1]?.destroy();
    expect(await exporter.stop()).toBe(0);
    expect(exporter.log()).not.toContain('level=error');
  });
});

describe('a scrape while the exporter shuts down', () => {
  it('is answered to the end, and the exporter ends with 0', async () => {
    const exporter = await startExporter(['--state-file', await largeFile()]);
    await get(`${exporter.url}/metrics`);
    const client = await stalled(exporter);
    const idle = connect(Number(new URL(exporter.url).port), '127.0.0.1');
    await once(idle, 'connect');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ready = () => get(`${exporter.url}/-/ready`, { agent });
    expect((await ready()).status).toBe(200);
    // The answer has begun: its first bytes are there.
    await once(client, 'readable');
    const ended = exporter.stop();
    await waitFor(() => exporter.log().includes('msg=stopping'), {
      what: 'the end to begin',
      timeoutMs: PATIENCE_MS,
    });
    // Over the open connection, the answer says that the connection will be closed.
    const last = await ready();
    expect([last.status, last.headers.connection]).toEqual([503, 'close']);
    agent.destroy();
    await waitFor(
      () =>
        get(`${exporter.url}/-/healthy`).then(
          () => false,
          () => true,
        ),
      {
        what: 'new connections to be refused',
        timeoutMs: PATIENCE_MS,
      },
    );
    let received = Buffer.alloc(0);
    const chunks: Buffer[] = [];
    client.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(client, 'close');
    received = Buffer.concat(chunks);
    const head = received.subarray(0, received.indexOf('\r\n\r\n')).toString();
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    expect(received.length - received.indexOf('\r\n\r\n') - 4).toBe(length);
    expect(await ended).toBe(0);
  });
});

describe("the scrape's timeout", () => {
  it('is honoured where the file system does not answer', async () => {
    const log = createLog('logfmt', 'error');
    const { listener } = new RequestHandler({
      connections: new Connections(() => {}),
      exporter: new Exporter({ path: 'hung', read: () => new Promise(() => {}) }),
      access: await ActiveWebConfig.open(undefined, log),
      log,
      flags: { 'web.telemetryPath': '/metrics', 'web.maxRequests': 40 },
      isStopping: false,
    });
    const server = createServer(listener);
    const port = await listenOnLoopback(server);
    const answer = await get(`http://127.0.0.1:${port}/metrics`, {
      headers: { 'x-prometheus-scrape-timeout-seconds': '1' },
    });
    expect(answer.status).toBe(200);
    expect(failureReason(samplesOf(answer.text))).toBe('timeout');
    server.close();
  });
});

describe('the command line', () => {
  it('listens on several addresses', async () => {
    const exporter = await startHere(['--state-file', path, '--web.listen-address', '[::1]:0']);
    await waitFor(() => exporter.log().includes('address=[::1]:'), {
      what: 'the second address',
      timeoutMs: PATIENCE_MS,
    });
    const second = /address=(\[::1\]:\d+)/.exec(exporter.log())?.[1];
    expect((await scrape(`http://${second}`)).get('pending_writes_pending{relay=a}')).toBe(1);
    expect(await exporter.stop()).toBe(0);
  });

  it('serves the metrics under another path, and the metrics of the process when asked for', async () => {
    const exporter = await startHere([
      '--state-file',
      path,
      '--web.telemetry-path',
      '/worker/metrics',
      '--collector.process',
    ]);
    expect((await get(`${exporter.url}/metrics`)).status).toBe(404);
    for (const accept of ['*/*', OPENMETRICS]) {
      const { text } = await get(`${exporter.url}/worker/metrics`, { headers: { accept } });
      expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
      expect(samplesOf(text).get('pending_writes_pending{relay=a}')).toBe(1);
      if (accept === OPENMETRICS) expect(text).not.toContain('\n\n');
      expect(text.indexOf('# EOF')).toBe(accept === OPENMETRICS ? text.length - '# EOF\n'.length : -1);
    }
    expect(await exporter.stop()).toBe(0);
  });

  it('logs as JSON, and only what the level asks for', async () => {
    const exporter = await startHere(['--state-file', path, '--log.level', 'debug']);
    await get(`${exporter.url}/metrics`);
    expect(await exporter.stop()).toBe(0);
    for (const line of exporter.log().trim().split('\n')) expect(line).toMatch(/^ts=\S+ level=\w+ msg=/);
    const refused = await runHere([
      '--log.format',
      'json',
      '--log.level',
      'error',
      '--config.check',
      '--web.config.file',
      join(folder, 'nowhere.yml'),
    ]);
    expect(refused.code).toBe(2);
    expect(refused.log).toMatch(
      /^\{"ts":"[^"]+","level":"error","msg":"--web.config.file: found \\".*nowhere.yml\\"/,
    );
  });

  it.each([
    [['--state-file.max-bytes', '1k'], /whole number/],
    [['--state-file.max-relays', '-1'], /whole number/],
    [['--state-file.max-stale', '5 minutes'], /duration such as/],
    [['--web.max-requests', 'many'], /whole number/],
    [['--log.level', 'loud'], /Allowed choices are/],
    // No request could ask for them.
    [['--web.telemetry-path', '/worker/../metrics'], /a path such as/],
    [['--web.telemetry-path', '/.'], /a path such as/],
    [['--web.telemetry-path', '//metrics'], /a path such as/],
    [['--unknown'], /unknown option/],
    [['surplus'], /too many arguments/],
  ])('ends with 2 for %j', async (args, message) => {
    const { code, log } = await runHere(['--state-file', path, ...args]);
    expect(code).toBe(2);
    expect(log).toMatch(message);
  });
});

// Only here so that the port is known to be ours before it is taken.
describe('a port that is taken', () => {
  it('ends with 2, the address and the reason', async () => {
    const other = createServer();
    const port = await listenOnLoopback(other);
    await expect(startHere(['--state-file', path], `127.0.0.1:${port}`)).rejects.toThrow(
      new RegExp(`ended with 2: [\\s\\S]*cannot listen on 127.0.0.1:${port}" reason=EADDRINUSE`),
    );
    other.close();
  });
});
