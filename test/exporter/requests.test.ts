import { once } from 'node:events';
import { Agent, createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Exporter } from '../../src/exporter/exporter.js';
import type { Log } from '../../src/exporter/log.js';
import type { ReadResult } from '../../src/exporter/state-file/read.js';
import { ActiveWebConfig } from '../../src/exporter/web/active-web-config.js';
import { Connections } from '../../src/exporter/web/connections.js';
import { RequestHandler, type Shared } from '../../src/exporter/web/requests.js';
import { drain, startServer } from '../../src/exporter/web/server.js';
import { listenOnLoopback, waitFor } from '../../src/processes/process.js';
import { PATIENCE_MS } from '../patience.js';
import { get } from './request.js';
import { notification } from './scrape.js';

const servers: Server[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A log that keeps its lines, as level, message and fields. */
function keptLog() {
  const lines: unknown[][] = [];
  const at =
    (level: string) =>
    (...line: unknown[]) =>
      void lines.push([level, ...line]);
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { lines, log: { ...log, warnLimited: at('limited') } as unknown as Log };
}

const file = (relays: number): ReadResult => ({
  kind: 'version',
  bytes: Buffer.from(
    JSON.stringify({ notifications: Array.from({ length: relays }, (_, i) => notification(`relay-${i}`)) }),
  ),
  mtime: 1,
});

/** What the servers of an exporter share, with a file that is handed to it. */
async function shared(read: () => Promise<ReadResult> = async () => file(1), more: Partial<Shared> = {}) {
  const { lines, log } = keptLog();
  const connections = new Connections(() => {});
  const all: Shared = {
    connections,
    exporter: new Exporter({ path: 'made up', read }),
    access: await ActiveWebConfig.open(undefined, log),
    log,
    flags: { 'web.telemetryPath': '/metrics', 'web.maxRequests': 40 },
    isStopping: false,
    ...more,
  };
  const { listener } = new RequestHandler(all);
  return { all, lines, connections, listener };
}

async function served(...args: Parameters<typeof shared>) {
  const world = await shared(...args);
  const server = createServer(world.listener);
  server.on('connection', (socket) => world.connections.add(socket));
  servers.push(server);
  const url = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  return { ...world, server, url, get: (path: string, options = {}) => get(url + path, options) };
}

const until = (what: string, condition: () => boolean) =>
  waitFor(condition, { what, timeoutMs: PATIENCE_MS, everyMs: 1 });

describe('an answer', () => {
  const DEFAULTS = {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };

  it.each<[string, string, number, string, object]>([
    ['GET', '/-/healthy', 200, 'pending-writes-exporter is healthy.\n', {}],
    ['GET', '/-/ready', 200, 'pending-writes-exporter is ready.\n', {}],
    ['GET', '/metrics/', 404, 'not found; metrics are at /metrics\n', {}],
    ['POST', '/metrics', 405, 'only GET and HEAD are supported\n', { allow: 'GET, HEAD' }],
    ['DELETE', '/-/healthy', 405, 'only GET and HEAD are supported\n', { allow: 'GET, HEAD' }],
    ['GET', '/%zz', 400, 'the request target is not valid\n', {}],
  ])('to %s %s is %d', async (method, path, status, text, headers) => {
    const answer = await (await served()).get(path, { method });
    expect([answer.status, answer.text]).toEqual([status, text]);
    expect(answer.headers).toMatchObject({
      ...DEFAULTS,
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(text.length),
      ...headers,
    });
  });

  it('to a proxy, which asks with the whole address, is the same', async () => {
    const { get } = await served();
    const answer = await get('/', { path: 'http://exporter.example/-/ready' });
    expect([answer.status, answer.text]).toEqual([200, 'pending-writes-exporter is ready.\n']);
  });

  it('with metrics or the landing page has its type, its length, and no body for HEAD', async () => {
    const { get } = await served();
    const metrics = await get('/metrics?x');
    expect(metrics.headers).toMatchObject({
      ...DEFAULTS,
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'content-length': String(metrics.body.length),
      vary: 'accept, accept-encoding',
    });
    expect(metrics.headers).not.toHaveProperty('content-encoding');
    expect(metrics.text).toContain('pending_writes_pending{relay="relay-0"} 1\n');
    const page = await get('/');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.text).toContain('<a href="metrics">Metrics</a>');
    const head = await get('/', { method: 'HEAD' });
    expect([head.status, head.text, head.headers['content-length']]).toEqual([
      200,
      '',
      page.headers['content-length'],
    ]);
  });

  it('has the headers that are configured instead of the default ones', async () => {
    const { all, get } = await served();
    all.access.config = { headers: { 'x-frame-options': 'sameorigin', 'x-xss-protection': '0' } };
    expect((await get('/metrics')).headers).toMatchObject({
      ...DEFAULTS,
      'x-frame-options': 'sameorigin',
      'x-xss-protection': '0',
    });
  });

  it('is whole where its head and its compressed body have far more than 64 KiB', async () => {
    const { all, get } = await served(async () => file(5_000));
    const policy = `default-src ${'a'.repeat(70_000)}`;
    all.access.config = { headers: { 'content-security-policy': policy } };
    const answer = await get('/metrics', { headers: { 'accept-encoding': 'gzip' }, maxHeaderSize: 200_000 });
    expect(answer.headers['content-security-policy']).toBe(policy);
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(Number(answer.headers['content-length'])).toBe(answer.body.length);
    const text = gunzipSync(answer.body).toString();
    expect(text.length).toBeGreaterThan(65_536);
    expect(text).toContain('pending_writes_pending{relay="relay-4999"} 1\n');
    expect(text).toContain('pending_writes_exporter_build_info{');
  });

  it('to a request that fails is 500 and a line in the log, without what the error says', async () => {
    const exporter = { scrape: () => Promise.reject(new RangeError('secret')) } as unknown as Exporter;
    const { get, lines } = await served(undefined, { exporter });
    const answer = await get('/metrics');
    expect([answer.status, answer.text]).toEqual([500, 'internal error\n']);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      connection: 'close',
    });
    expect(lines.filter(([level]) => level === 'error')).toEqual([
      ['error', 'a request failed', { reason: 'RangeError' }],
    ]);
  });

  it('is logged at the level debug, with the time it took', async () => {
    const { get, lines } = await served();
    await get('/nowhere?secret=1', { method: 'HEAD' });
    await until('the line', () => lines.length > 0);
    expect(lines).toEqual([
      [
        'debug',
        'request',
        { client: '127.0.0.1', method: 'HEAD', path: '/nowhere', status: 404, ms: expect.any(Number) },
      ],
    ]);
    const [[, , fields] = []] = lines;
    expect((fields as { ms: number }).ms).toBeLessThan(PATIENCE_MS);
  });

  it.each([
    ['10', 9_750],
    ['1', 750],
    ['0.5', 250],
    ['0.4', 200],
    ['25', 24_750],
    ['25.25', 25_000],
    ['100', 25_000],
    ['0', undefined],
    ['-1', undefined],
    ['soon', undefined],
    [undefined, undefined],
  ])(
    'leaves time for itself within what Prometheus waits: of %s s %s ms are for the file',
    async (seconds, expected) => {
      const asked: (number | undefined)[] = [];
      const real = new Exporter({ path: 'made up', read: async () => file(0) });
      const exporter = {
        scrape: (timeoutMs?: number) => {
          asked.push(timeoutMs);
          return real.scrape();
        },
      } as Exporter;
      const { get } = await served(undefined, { exporter });
      await get(
        '/metrics',
        seconds === undefined ? {} : { headers: { 'x-prometheus-scrape-timeout-seconds': seconds } },
      );
      expect(asked).toEqual([expected]);
    },
  );
});

describe('an exporter that is stopping', () => {
  it('is not ready but healthy, answers scrapes, and closes its connections', async () => {
    const { all, get } = await served();
    const keep = { headers: { connection: 'keep-alive' } };
    expect((await get('/metrics', keep)).headers.connection).toBe('keep-alive');
    all.isStopping = true;
    const ready = await get('/-/ready', keep);
    expect([ready.status, ready.text]).toEqual([503, 'pending-writes-exporter is stopping.\n']);
    for (const path of ['/-/healthy', '/metrics']) {
      const answer = await get(path, keep);
      expect([answer.status, answer.headers.connection]).toEqual([200, 'close']);
    }
  });
});

describe('requests at a time', () => {
  /** A server of one request at a time, whose file is not read before the test allows it. */
  async function held(maxRequests: number) {
    let finish = () => {};
    const found = new Promise<ReadResult>((resolve) => {
      finish = () => resolve(file(1));
    });
    const world = await served(() => found, {
      flags: { 'web.telemetryPath': '/metrics', 'web.maxRequests': maxRequests },
    });
    const admitted = (count: number) =>
      until(`${count} requests`, () => world.connections.requests('admitted') === count);
    return { ...world, finish, admitted };
  }

  it('are limited: those beyond are refused, the health endpoints are not', async () => {
    const { get, finish, admitted, lines } = await held(2);
    const answers = [get('/metrics'), get('/')];
    await admitted(2);
    const refused = await get('/metrics');
    expect([refused.status, refused.text, refused.headers['retry-after']]).toEqual([
      503,
      'limit of 2 requests at a time is reached, try again later\n',
      '1',
    ]);
    expect(lines).toContainEqual([
      'limited',
      'request refused',
      { reason: 'too many requests at a time', limit: 2 },
    ]);
    expect((await get('/-/healthy')).status).toBe(200);
    finish();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await get('/metrics')).status).toBe(200);
  });

  it('are not limited with 0', async () => {
    const { get, finish, admitted } = await held(0);
    const answers = [get('/metrics'), get('/metrics'), get('/metrics')];
    await admitted(3);
    finish();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('of clients that are gone free their place: before the answer, and in the middle of it', async () => {
    const { url, get, finish, admitted, lines } = await held(1);
    const ask = async () => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.on('error', () => {}).pause();
      await once(socket, 'connect');
      socket.write('GET /metrics HTTP/1.1\r\nhost: exporter\r\n\r\n');
      await admitted(1);
      return socket;
    };
    (await ask()).destroy();
    await admitted(0);
    // More than the sockets take on their own.
    const large = Buffer.alloc(32 * 1024 * 1024);
    vi.spyOn(Exporter.prototype, 'scrape').mockResolvedValue({ body: async () => [large] } as never);
    const socket = await ask();
    await once(socket, 'readable');
    expect((await get('/metrics')).status).toBe(503);
    socket.destroy();
    await admitted(0);
    vi.restoreAllMocks();
    finish();
    expect((await get('/metrics')).status).toBe(200);
    const isGone = ([, , fields]: unknown[]) =>
      (fields as { status?: unknown }).status === 'client went away';
    await until('a line', () => lines.some(isGone));
  });

  it('over one connection count one after the other', async () => {
    const { get, finish } = await held(1);
    finish();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 3; i += 1) expect((await get('/metrics', { agent })).status).toBe(200);
    agent.destroy();
  });

  it('that have not been answered after a minute are given up', async () => {
    const { get, admitted } = await held(1);
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const answer = get('/metrics').catch((error: Error) => error.message);
    await admitted(1);
    const [giveUp] = timers.mock.calls.find(([, ms]) => ms === 60_000) ?? [];
    (giveUp as () => void)();
    expect(await answer).toBe('socket hang up');
    await admitted(0);
  });

  it('beyond the rate limit are refused', async () => {
    const { all, get } = await served();
    vi.spyOn(all.access, 'isWithinRateLimit').mockReturnValueOnce(true).mockReturnValue(false);
    expect((await get('/metrics')).status).toBe(200);
    const refused = await get('/metrics');
    expect([refused.status, refused.text, refused.headers['retry-after']]).toEqual([
      429,
      'the rate limit is reached, try again later\n',
      '1',
    ]);
    expect((await get('/-/ready')).status).toBe(200);
  });
});

describe('a request with a password', () => {
  it.each([
    ['allowed', 'Basic x', 200, undefined],
    ['refused', undefined, 401, ['client refused', { reason: 'no password', client: '127.0.0.1' }]],
    [
      'refused',
      'Basic x',
      401,
      ['client refused', { reason: 'wrong user name or password', client: '127.0.0.1' }],
    ],
    [
      'busy',
      'Basic x',
      503,
      ['request refused', { reason: 'too many passwords to verify', client: '127.0.0.1' }],
    ],
  ] as const)(
    'that is judged as %s with %s is answered with %d',
    async (verdict, authorization, status, line) => {
      const { all, get, lines } = await served();
      const users = new Map([['a', 'hash']]);
      all.access.config = { users };
      const judge = vi.spyOn(all.access.authenticator, 'judge').mockResolvedValue(verdict);
      const answer = await get('/metrics', authorization === undefined ? {} : { headers: { authorization } });
      expect(answer.status).toBe(status);
      expect(judge.mock.calls.map((call) => call.slice(0, 3))).toEqual([[users, authorization, '127.0.0.1']]);
      expect(lines.filter(([level]) => level === 'limited')).toEqual(
        line === undefined ? [] : [['limited', ...line]],
      );
      if (status === 401) {
        expect(answer.text).toBe('a user name and a password are required\n');
        expect(answer.headers['www-authenticate']).toBe(
          'Basic realm="pending-writes-exporter", charset="UTF-8"',
        );
      }
      if (status === 503) {
        expect(answer.text).toBe('too many passwords to verify, try again later\n');
        expect(answer.headers['retry-after']).toBe('1');
      }
    },
  );

  it('is known to be gone when its client has closed the connection', async () => {
    const { all, url } = await served();
    all.access.config = { users: new Map([['a', 'hash']]) };
    let isGone = () => false;
    const judge = vi
      .spyOn(all.access.authenticator, 'judge')
      .mockImplementation((_users, _header, _client, gone) => {
        isGone = gone;
        return new Promise(() => {});
      });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('GET /metrics HTTP/1.1\r\nhost: exporter\r\n\r\n');
    await until('the question', () => judge.mock.calls.length === 1);
    expect(isGone()).toBe(false);
    socket.destroy();
    await until('the end', () => isGone());
  });
});

describe('a server', () => {
  const start = async (hosts: readonly string[], port = 0) => {
    const { all, listener } = await shared();
    const started = await startServer({ text: 'typed', hosts, port }, listener, all);
    servers.push(started.server as Server);
    return started;
  };

  it.each([
    [['127.0.0.1'], /^127\.0\.0\.1:\d+$/],
    [['127.0.0.1', '::1'], /^127\.0\.0\.1:\d+$/],
    [['::1'], /^\[::1\]:\d+$/],
    [[], /^(?:\[::\]|0\.0\.0\.0):\d+$/],
    // An address that is reserved for documentation.
    [['192.0.2.1', '::1'], /^\[::1\]:\d+$/],
  ])('listens on the first address that the host has: %j', async (hosts, address) => {
    const started = await start(hosts);
    expect(started.address).toMatch(address);
    const { port } = new URL(`http://${started.address}`);
    const url = `http://${hosts.includes('127.0.0.1') ? '127.0.0.1' : '[::1]'}:${port}`;
    expect((await get(`${url}/-/healthy`)).status).toBe(200);
  });

  it('does not listen where the only address is that of another host, or the port is taken', async () => {
    await expect(start(['192.0.2.1'])).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
    const { address } = await start(['127.0.0.1']);
    const port = Number(address.split(':')[1]);
    // The alternative is for hosts without IPv4, not for a port that another program has.
    await expect(start(['127.0.0.1', '::1'], port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('gives clients limited time', async () => {
    const { server } = await start(['127.0.0.1']);
    const { requestTimeout, headersTimeout, keepAliveTimeout, timeout } = server;
    expect({ requestTimeout, headersTimeout, keepAliveTimeout, timeout }).toEqual({
      requestTimeout: 15_000,
      headersTimeout: 10_000,
      keepAliveTimeout: 75_000,
      timeout: 30_000,
    });
  });

  it('that stops answers what it has accepted, and takes nothing new', async () => {
    let finish: (found: ReadResult) => void = () => {};
    const found = new Promise<ReadResult>((resolve) => {
      finish = resolve;
    });
    const { all, listener, connections } = await shared(() => found);
    const started = await startServer({ text: '', hosts: ['127.0.0.1'], port: 0 }, listener, all);
    servers.push(started.server as Server);
    const idle = connect(Number(started.address.split(':')[1]), '127.0.0.1').on('error', () => {});
    await once(idle, 'connect');
    const answer = get(`http://${started.address}/metrics`);
    await until('the request', () => connections.requests('admitted') === 1);
    let hasEnded = false;
    const ended = drain([started], connections).then(() => {
      hasEnded = true;
    });
    await expect(get(`http://${started.address}/-/healthy`)).rejects.toThrow('ECONNREFUSED');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(hasEnded).toBe(false);
    finish(file(1));
    expect((await answer).status).toBe(200);
    await ended;
    await until(
      'the end of an idle connection',
      () => idle.destroyed || idle.readableEnded || !idle.readable,
    );
  });
});
