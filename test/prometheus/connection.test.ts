import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listenOnLoopback } from '../../src/processes/process.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { PrometheusConnection } from '../../src/prometheus/connection.js';
import type { ConnectionSettings } from '../../src/prometheus/connection-settings.js';
import { PrometheusError } from '../../src/prometheus/error.js';
import { makeCa, makeCertificate } from '../exporter/certificates.js';

const folder = temporaryFolder('connection');
const file = (name: string, content?: string) => {
  const path = join(folder.path, name);
  if (content !== undefined) writeFileSync(path, content);
  return path;
};
const servers: Server[] = [];
const connections: PrometheusConnection[] = [];

async function listening(server: Server): Promise<number> {
  servers.push(server);
  return listenOnLoopback(server);
}

const serve = async (answer: RequestListener) => `http://127.0.0.1:${await listening(createServer(answer))}`;

function connect(settings: ConnectionSettings): PrometheusConnection {
  const connection = new PrometheusConnection(settings);
  connections.push(connection);
  return connection;
}

/** What a request fails with. */
async function failure(settings: ConnectionSettings): Promise<PrometheusError> {
  try {
    await connect(settings).fetchJson('/api/v1/query', { form: { query: 'up' } });
  } catch (error) {
    if (error instanceof PrometheusError) return error;
    throw error;
  }
  throw new Error('the request succeeded');
}

const fine: RequestListener = (_, response) => {
  response.end(JSON.stringify({ status: 'success', data: 'fine' }));
};

beforeAll(async () => {
  await makeCa(folder.path, 'ca');
  await makeCertificate(folder.path, 'ca', 'server');
  await makeCertificate(folder.path, 'ca', 'client');
});

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close();
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
});

afterAll(() => folder.remove());

describe('a connection to a Prometheus', () => {
  it('sends a token, renewed with its file, and keeps a path prefix', async () => {
    const heard: string[] = [];
    const url = await serve((request, response) => {
      heard.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      fine(request, response);
    });
    const token = file('token', 'one\n');
    const connection = connect({ url: `${url}/prefix/`, bearerTokenFile: token });
    expect(await connection.fetchJson('/api/v1/query', { form: { query: 'up' } })).toBe('fine');
    writeFileSync(token, 'two');
    await connection.fetchJson('/api/v1/rules');
    expect(heard).toEqual(['POST /prefix/api/v1/query Bearer one', 'GET /prefix/api/v1/rules Bearer two']);
    writeFileSync(token, '');
    await expect(connection.fetchJson('/x')).rejects.toMatchObject({
      kind: 'settings',
      message: `bearer token file ${token}: is empty, expected a secret on one line`,
    });
  });

  it('says of a token that is refused that it is not accepted, not that one is needed', async () => {
    const url = await serve((_, response) => void response.writeHead(401).end());
    for (const own of [{ bearerTokenFile: file('t', 'x') }, { headers: { authorization: 'x' } }]) {
      await expect(connect({ url, ...own }).fetchJson('/x')).rejects.toMatchObject({
        message: `${url}/x: HTTP 401: the credentials are not accepted`,
      });
    }
  });

  it('ends the connections that it has kept when it is closed', async () => {
    let ended: Promise<unknown> | undefined;
    const server = createServer((request, response) => {
      ended = new Promise((resolve) => request.socket.once('close', resolve));
      fine(request, response);
    });
    // The server itself ends none.
    server.keepAliveTimeout = 0;
    const connection = connect({ url: `http://127.0.0.1:${await listening(server)}` });
    await connection.fetchJson('/x');
    connection.close();
    await ended;
  });

  it('sends a user with the password of a file, or those of the address, which it never prints', async () => {
    const url = await serve((request, response) => {
      const login = `Basic ${Buffer.from('me:s3cret').toString('base64')}`;
      if (request.headers.authorization === login) fine(request, response);
      else response.writeHead(401).end();
    });
    const passwordFile = file('password', 's3cret\n');
    const inAddress = url.replace('http://', 'http://me:s3cret@');
    expect(await connect({ url, basicAuth: { user: 'me', passwordFile } }).fetchJson('/x')).toBe('fine');
    const connection = connect({ url: inAddress });
    expect(await connection.fetchJson('/x')).toBe('fine');
    expect(connection.url).toBe(url);
    const wrong = await failure({ url: url.replace('http://', 'http://me:wr0ng@') });
    expect(wrong).toMatchObject({ kind: 'refused', message: expect.stringContaining('are not accepted') });
    expect(wrong.message).not.toContain('wr0ng');
    expect((await failure({ url })).message).toContain('credentials are needed');
  });

  it('follows a redirect within the server and refuses one to another', async () => {
    const heard: string[] = [];
    const other = await serve((request) => heard.push(request.url ?? ''));
    const url = await serve((request, response) => {
      if (request.url === '/away/x') response.writeHead(302, { location: `${other}/stolen?token=1` }).end();
      else if (request.url === '/old/x') response.writeHead(308, { location: '/new/x' }).end();
      else if (request.url === '/round/x') response.writeHead(302, { location: '/round/x' }).end();
      else fine(request, response);
    });
    expect(await connect({ url: `${url}/old` }).fetchJson('/x')).toBe('fine');
    await expect(connect({ url: `${url}/away` }).fetchJson('/x')).rejects.toMatchObject({
      kind: 'redirect',
      message: expect.stringContaining(`redirects to ${other}/stolen, which is not followed`),
    });
    await expect(connect({ url: `${url}/round` }).fetchJson('/x')).rejects.toMatchObject({
      kind: 'redirect',
    });
    expect(heard).toEqual([]);
  });

  it.each<[string, RequestListener, string, boolean, string]>([
    [
      'an HTML page',
      (_, r) => void r.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      'not-prometheus',
      false,
      'no JSON',
    ],
    ['other JSON', (_, r) => void r.end('{"hello":1}'), 'not-prometheus', false, 'other JSON'],
    [
      'a wrong query',
      (_, r) => void r.writeHead(400).end('{"status":"error","errorType":"bad_data","error":"parse"}'),
      'query',
      false,
      'parse',
    ],
    [
      'a proxy that is overloaded',
      (_, r) => void r.writeHead(503).end('busy'),
      'not-prometheus',
      true,
      'HTTP 503',
    ],
    [
      'a broken answer',
      (_, r) => {
        r.writeHead(200, { 'content-length': '50' });
        r.write('{');
        setImmediate(() => r.destroy());
      },
      'unreachable',
      true,
      'no answer',
    ],
    [
      'a broken compressed answer',
      (_, r) => {
        r.writeHead(200, { 'content-encoding': 'gzip' });
        r.write(gzipSync('x'.repeat(999)).subarray(0, 12));
        setImmediate(() => r.destroy());
      },
      'unreachable',
      true,
      'no answer',
    ],
    ['silence', () => {}, 'timeout', true, 'within 0.2 s'],
  ])('names %s', async (_, answer, kind, mayPass, words) => {
    const error = await failure({ url: await serve(answer), timeoutMs: kind === 'timeout' ? 200 : 10_000 });
    expect({ kind: error.kind, mayPass: error.mayPass }).toEqual({ kind, mayPass });
    expect(error.message).toContain(words);
  });

  it('unpacks a compressed answer and refuses one that is too long', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(JSON.stringify({ status: 'success', data: 'x'.repeat(5000) })));
    });
    expect(await connect({ url }).fetchJson('/x')).toBe('x'.repeat(5000));
    expect(await failure({ url, maxBytes: 1000 })).toMatchObject({ kind: 'too-large' });
  });

  it('names an address at which nobody listens', async () => {
    const url = await serve(fine);
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await failure({ url })).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('trusts a certificate only by its authority, and shows its own where one is asked for', async () => {
    const read = (name: string) => readFileSync(file(name));
    const port = await listening(
      createTlsServer(
        {
          cert: read('server.crt'),
          key: read('server.key'),
          ca: read('ca.crt'),
          requestCert: true,
          rejectUnauthorized: true,
        },
        fine,
      ),
    );
    const url = `https://127.0.0.1:${port}`;
    const own = { certFile: file('client.crt'), keyFile: file('client.key') };
    expect(await failure({ url, ...own })).toMatchObject({
      kind: 'tls',
      message: expect.stringMatching(
        new RegExp(`^${url}/api/v1/query: no answer: TLS failed \\([A-Z_]+: [^\n]{10,}\\)$`),
      ),
    });
    expect(await connect({ url, ...own, caFile: file('ca.crt') }).fetchJson('/x')).toBe('fine');
    expect(await connect({ url, ...own, insecureSkipVerify: true }).fetchJson('/x')).toBe('fine');
    await expect(connect({ url, caFile: file('ca.crt') }).fetchJson('/x')).rejects.toThrow(PrometheusError);
  });

  it.each<[string, ConnectionSettings, string]>([
    ['no address', { url: 'prometheus' }, 'expected http://'],
    ['another protocol', { url: 'ftp://host' }, 'found ftp:'],
    ['a query', { url: 'http://host/?a=1' }, 'found a query or fragment'],
    [
      'two ways to authenticate',
      { url: 'http://me:x@host', bearerTokenFile: file('t', 'x') },
      'expected one way',
    ],
    [
      'a missing token file',
      { url: 'http://host', bearerTokenFile: file('none') },
      'cannot be read (ENOENT)',
    ],
    ['an empty token file', { url: 'http://host', bearerTokenFile: file('empty', '\n') }, 'is empty'],
    ['a certificate without its key', { url: 'https://host', certFile: 'c' }, 'and a key file'],
    ['TLS options without TLS', { url: 'http://host', insecureSkipVerify: true }, 'make no sense for http'],
  ])('refuses %s', (_, settings, words) => {
    expect(() => connect(settings)).toThrow(words);
  });

  it.each<[string, ConnectionSettings, string]>([
    ['no address', { url: 'prometheus' }, 'Prometheus address "prometheus": expected http://… or https://…'],
    ['another protocol', { url: 'ftp://me:x@host/a/' }, 'ftp://host/a: found ftp:, expected http: or https:'],
    [
      'a query',
      { url: 'http://host/?a=1' },
      'http://host/?a=1: found a query or fragment, expected an address such as https://host/prefix',
    ],
    [
      'a fragment',
      { url: 'http://host/#a' },
      'http://host/#a: found a query or fragment, expected an address such as https://host/prefix',
    ],
    [
      'four ways to authenticate',
      {
        url: 'http://me:x@host',
        bearerTokenFile: file('t', 'x'),
        basicAuth: { user: 'u', passwordFile: file('t', 'x') },
        headers: { AUTHORIZATION: 'x' },
      },
      'http://host: found a bearer token and basic authentication and a user in the address and an Authorization header, expected one way to authenticate',
    ],
    [
      'a password alone beside a header',
      { url: 'http://:x@host', headers: { authorization: 'x' } },
      'http://host: found a user in the address and an Authorization header, expected one way to authenticate',
    ],
    [
      'a user alone beside a token',
      { url: 'http://me@host', bearerTokenFile: file('t', 'x') },
      'http://host: found a bearer token and a user in the address, expected one way to authenticate',
    ],
    [
      'a missing token file',
      { url: 'http://host', bearerTokenFile: file('none') },
      `bearer token file ${file('none')}: cannot be read (ENOENT), expected a readable file`,
    ],
    [
      'an empty password file',
      { url: 'http://host', basicAuth: { user: 'u', passwordFile: file('empty', ' \n') } },
      `password file ${file('empty')}: is empty, expected a secret on one line`,
    ],
    [
      'a token of two lines',
      { url: 'http://host', bearerTokenFile: file('two', 'a\nb\n') },
      `bearer token file ${file('two')}: has several lines, expected one`,
    ],
    [
      'a token with a carriage return',
      { url: 'http://host', bearerTokenFile: file('cr', 'a\rb') },
      `bearer token file ${file('cr')}: has several lines, expected one`,
    ],
    [
      'a certificate without its key',
      { url: 'https://host', certFile: 'c' },
      'https://host: a client certificate needs both a certificate file and a key file',
    ],
    [
      'a key without its certificate',
      { url: 'https://host', keyFile: 'k' },
      'https://host: a client certificate needs both a certificate file and a key file',
    ],
    [
      'a CA without TLS',
      { url: 'http://host', caFile: 'c' },
      'http://host: TLS options make no sense for http, expected an https address',
    ],
    [
      'a certificate without TLS',
      { url: 'http://host', certFile: 'c', keyFile: 'k' },
      'http://host: TLS options make no sense for http, expected an https address',
    ],
    [
      'a missing CA',
      { url: 'https://host', caFile: file('no-ca') },
      `CA file ${file('no-ca')}: cannot be read (ENOENT), expected a readable file`,
    ],
    [
      'a missing certificate',
      { url: 'https://host', certFile: file('no-c'), keyFile: file('t', 'x') },
      `certificate file ${file('no-c')}: cannot be read (ENOENT), expected a readable file`,
    ],
    [
      'a missing key',
      { url: 'https://host', certFile: file('t', 'x'), keyFile: file('no-k') },
      `key file ${file('no-k')}: cannot be read (ENOENT), expected a readable file`,
    ],
  ])('says what is wrong with %s', (_, settings, message) => {
    const error = (() => {
      try {
        return connect(settings);
      } catch (error) {
        return error;
      }
    })();
    expect(error).toMatchObject({ kind: 'settings', message });
  });

  it('accepts settings that do not contradict each other', () => {
    for (const settings of [
      { url: 'http://host', insecureSkipVerify: false },
      { url: 'https://host', insecureSkipVerify: true },
      { url: 'http://host', headers: { 'X-Scope-OrgID': 'a' }, bearerTokenFile: file('t', 'x') },
      { url: 'http://me@host' },
    ]) {
      expect(connect(settings).url).toBe(settings.url.replace('me@', ''));
    }
  });

  it('sends what Prometheus needs, the configured headers, and a user whose characters are escaped in the address', async () => {
    const heard: Record<string, unknown>[] = [];
    const url = await serve((request, response) => {
      heard.push({ ...request.headers, method: request.method });
      fine(request, response);
    });
    const own = { 'X-Scope-OrgID': 'tenant', 'User-Agent': 'mine' };
    await connect({ url, headers: own }).fetchJson('/x');
    await connect({ url: url.replace('//', '//m%40e:p%3Aw@') }).fetchJson('/x', { form: { query: 'ü' } });
    await connect({ url, headers: { Authorization: 'Custom x' } }).fetchJson('/x');
    expect(heard[0]).toMatchObject({
      accept: 'application/json',
      'accept-encoding': 'gzip',
      'x-scope-orgid': 'tenant',
      'user-agent': 'mine',
      connection: 'keep-alive',
      method: 'GET',
    });
    expect(heard[0]).not.toHaveProperty('authorization');
    expect(heard[1]).toMatchObject({
      authorization: `Basic ${Buffer.from('m@e:p:w').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': '12',
      'user-agent': 'gateway-observability',
      method: 'POST',
    });
    expect(heard[2]).toMatchObject({ authorization: 'Custom x' });
  });

  it('keeps as many connections as it may, and uses them again', async () => {
    const ports = new Set<number | undefined>();
    let wanted = 2;
    let most = 0;
    const open: (() => void)[] = [];
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      open.push(() => fine(request, response));
      const wasFull = most >= wanted;
      most = Math.max(most, open.length);
      // No answer before as many are open as may be. One too many would come before the timer ends.
      const answers = most < wanted ? 0 : wasFull ? 1 : open.length;
      for (let i = 0; i < answers; i += 1) setTimeout(() => open.shift()?.(), 5);
    });
    const ask = (connection: PrometheusConnection) =>
      Promise.all(Array.from({ length: 20 }, () => connection.fetchJson('/x')));
    await ask(connect({ url, maxConnections: 2 }));
    expect([most, ports.size]).toEqual([2, 2]);
    most = 0;
    wanted = 8;
    await ask(connect({ url }));
    expect(most).toBe(8);
  });

  it('asks once more over a new connection where the server closed the one it had kept', async () => {
    let requests = 0;
    const url = await serve((request, response) => {
      requests += 1;
      if (requests === 2) request.socket.destroy();
      else fine(request, response);
    });
    const connection = connect({ url });
    await connection.fetchJson('/x');
    expect(await connection.fetchJson('/x')).toBe('fine');
    expect(requests).toBe(3);
    const broken = await serve((request) => {
      requests += 1;
      request.socket.destroy();
    });
    await expect(connect({ url: broken }).fetchJson('/x')).rejects.toMatchObject({
      kind: 'unreachable',
      message: `${broken}/x: no answer (ECONNRESET)`,
    });
    expect(requests).toBe(4);
  });

  it('hands a long text to the one who reads it, unless that one cannot, or it is no answer', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/refused') response.writeHead(500);
      fine(request, response);
    });
    const connection = connect({ url });
    const read: string[] = [];
    const reader = (result: unknown) => (text: string) => {
      read.push(text);
      return result;
    };
    expect(await connection.fetchJson('/x', { read: reader('mine') })).toBe('mine');
    expect(await connection.fetchJson('/x', { read: reader(undefined) })).toBe('fine');
    expect(await connection.fetchJson('/refused', { read: reader('mine') })).toBe('fine');
    expect(read).toEqual(Array(2).fill('{"status":"success","data":"fine"}'));
  });

  it.each<[RequestListener, object]>([
    [
      (_, r) => void r.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      {
        kind: 'not-prometheus',
        message: "/x: found HTTP 200 and no JSON, expected Prometheus's API (content type text/html)",
        details: { status: 200 },
      },
    ],
    [
      (_, r) => void r.writeHead(404).end('no'),
      {
        kind: 'not-prometheus',
        message: "/x: found HTTP 404 and no JSON, expected Prometheus's API",
        details: { status: 404 },
      },
    ],
    [
      (_, r) => void r.writeHead(200, { 'content-type': 'application/json' }).end('7'),
      {
        kind: 'not-prometheus',
        message: "/x: found HTTP 200 and other JSON, expected Prometheus's API",
        details: { status: 200 },
      },
    ],
    [
      (_, r) => void r.end('null'),
      { kind: 'not-prometheus', message: "/x: found HTTP 200 and other JSON, expected Prometheus's API" },
    ],
    [
      (_, r) => void r.writeHead(403).end(),
      { kind: 'refused', message: '/x: HTTP 403: credentials are needed', details: { status: 403 } },
    ],
    [
      (_, r) => void r.writeHead(422).end('{"status":"error","errorType":"execution","error":"many"}'),
      { kind: 'query', message: '/x: many', details: { status: 422, errorType: 'execution' } },
    ],
    [
      (_, r) => void r.writeHead(500).end('{"status":"error"}'),
      { kind: 'query', message: '/x: failed', details: { status: 500 } },
    ],
    [
      (_, r) => void r.writeHead(301, { location: 'http://[' }).end(),
      {
        kind: 'redirect',
        message:
          '/x: HTTP 301 redirects to an unreadable address, which is not followed: use the address of Prometheus itself',
        details: { status: 301 },
      },
    ],
    [(_, r) => void r.writeHead(304, { location: '' }).end(), { kind: 'redirect' }],
    [
      (_, r) => void r.writeHead(300).end('{"status":"error","error":"choose"}'),
      { kind: 'query', message: '/x: choose' },
    ],
    // A location outside of a redirect sends nowhere.
    [
      (_, r) => void r.writeHead(400, { location: '/y' }).end('{"status":"error","error":"no"}'),
      { kind: 'query', message: '/x: no', details: { status: 400 } },
    ],
    [
      (_, r) => void r.writeHead(201, { location: '/y' }).end('{}'),
      { kind: 'not-prometheus', message: "/x: found HTTP 201 and other JSON, expected Prometheus's API" },
    ],
  ])('says what an answer is that is not expected (%#)', async (answer, expected) => {
    const url = await serve(answer);
    const error = (await connect({ url })
      .fetchJson('/x')
      .catch((error: unknown) => error)) as PrometheusError;
    const { message } = expected as { message?: string };
    expect(error).toMatchObject({
      ...expected,
      ...(message === undefined ? {} : { message: url + message }),
    });
    expect(Object.keys(error.details)).toEqual(
      Object.keys((expected as { details?: object }).details ?? error.details),
    );
  });

  it('follows three redirects and no fourth, and asks the same each time', async () => {
    const heard: string[] = [];
    const url = await serve((request, response) => {
      heard.push(`${request.method} ${request.url}`);
      const left = Number(request.url?.slice(1));
      if (left > 0) response.writeHead(left === 2 ? 399 : 300, { location: `/${left - 1}` }).end();
      else fine(request, response);
    });
    const connection = connect({ url });
    expect(await connection.fetchJson('/3', { form: { a: 'b' } })).toBe('fine');
    expect(heard).toEqual(['POST /3', 'POST /2', 'POST /1', 'POST /0']);
    await expect(connection.fetchJson('/4')).rejects.toMatchObject({
      message: `${url}/4: HTTP 300 redirects to ${url}/0, which is not followed: use the address of Prometheus itself`,
    });
  });

  it('takes an answer of the most bytes that are allowed, and no longer one, compressed or not', async () => {
    const text = JSON.stringify({ status: 'success', data: 'x'.repeat(200_000) });
    for (const isZipped of [false, true]) {
      const url = await serve((_, response) => {
        if (isZipped) response.writeHead(200, { 'content-encoding': 'gzip' });
        response.end(isZipped ? gzipSync(text) : text);
      });
      expect(await connect({ url, maxBytes: text.length }).fetchJson('/x')).toHaveLength(200_000);
      await expect(connect({ url, maxBytes: text.length - 1 }).fetchJson('/x')).rejects.toMatchObject({
        kind: 'too-large',
        message: `${url}: the response is longer than ${text.length - 1} bytes: query less data`,
      });
    }
  });

  it('gives up after its time, or when the caller does: with the words for it', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/half') response.writeHead(200).write('{');
    });
    const connection = connect({ url, timeoutMs: 40 });
    for (const path of ['/silent', '/half']) {
      await expect(connection.fetchJson(path)).rejects.toMatchObject({
        kind: 'timeout',
        message: `${url}${path}: no answer within 0.04 s`,
      });
      await expect(connection.status(path, { timeoutMs: 30 })).rejects.toThrow('no answer within 0.03 s');
      const stop = new AbortController();
      const answer = connect({ url }).fetchJson(path, { signal: stop.signal });
      setTimeout(() => stop.abort(new Error('enough')), 20);
      await expect(answer).rejects.toThrow('enough');
    }
  });

  it('refuses a header that cannot be sent', async () => {
    const url = await serve(fine);
    await expect(connect({ url, headers: { 'X-A': 'a\nb' } }).fetchJson('/x')).rejects.toMatchObject({
      kind: 'settings',
      message: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+: Invalid character in header content/),
    });
  });
});
