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
    expect(await failure({ url, ...own })).toMatchObject({ kind: 'tls' });
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
});
