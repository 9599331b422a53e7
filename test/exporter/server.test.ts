import dns from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Log } from '../../src/exporter/log.js';
import { Connections } from '../../src/exporter/web/connections.js';
import type { Shared } from '../../src/exporter/web/requests.js';
import { drain, HEALTH_CHECK_NAME, type Started, startServer } from '../../src/exporter/web/server.js';
import type { TlsConfig } from '../../src/exporter/web/tls.js';
import { waitFor } from '../../src/processes/process.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { makeCa, makeCertificate } from './certificates.js';

const folder = temporaryFolder('pending-writes-server');
const pem = (name: string) => readFileSync(join(folder.path, name));
beforeAll(async () => {
  await makeCa(folder.path, 'ca');
  for (const name of ['server', 'renewed', 'client']) await makeCertificate(folder.path, 'ca', name);
});
afterAll(() => folder.remove());

const started: Started[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const { server } of started.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const tls = (name = 'server', clientAuth: TlsConfig['clientAuth'] = 'NoClientCert') =>
  ({
    options: {
      cert: pem(`${name}.crt`),
      key: pem(`${name}.key`),
      ca: pem('ca.crt'),
      requestCert: clientAuth !== 'NoClientCert',
      rejectUnauthorized: false,
    },
    clientAuth,
  }) as unknown as TlsConfig;

/** A server on 127.0.0.1 that answers each request with its path; what it logged; and its configuration, which can be replaced. */
async function serve(config: { tls?: TlsConfig | undefined }) {
  const lines: unknown[][] = [];
  const at =
    (level: string) =>
    (...line: unknown[]) =>
      void lines.push([level, ...line]);
  const log = { debug: at('debug'), warnLimited: at('limited') } as unknown as Log;
  const access = { config };
  const connections = new Connections(() => {});
  let served = 0;
  const one = await startServer(
    { hosts: ['127.0.0.1'], port: 0, text: '' },
    (request, response) => {
      served += 1;
      response.end(request.url);
    },
    { connections, access, log } as unknown as Shared,
  );
  started.push(one);
  const port = Number(one.address.split(':').at(-1));
  return { ...one, access, connections, port, lines, served: () => served };
}

interface Client {
  readonly servername?: string;
  readonly certificate?: string;
}

/** Asks for a path over TLS; what came back, and the name of the certificate that the server showed. */
async function ask(port: number, { servername, certificate }: Client = {}) {
  const socket: TLSSocket = connect({
    host: '127.0.0.1',
    port,
    rejectUnauthorized: false,
    ...(servername === undefined ? {} : { servername }),
    ...(certificate === undefined ? {} : { cert: pem(`${certificate}.crt`), key: pem(`${certificate}.key`) }),
  });
  let answer = '';
  let shown = '';
  socket.once('secureConnect', () => {
    shown = String(socket.getPeerCertificate().subject.CN);
    socket.write('GET /x HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n');
  });
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
  return { answer: answer.split('\r\n\r\n')[1], shown };
}

describe('a server with certificates', () => {
  it('serves TLS, and shows renewed certificates from the next connection on', async () => {
    const { port, access, lines } = await serve({ tls: tls() });
    expect(await ask(port)).toEqual({ answer: '/x', shown: 'server' });
    access.config = { tls: tls('renewed') };
    expect((await ask(port)).shown).toBe('renewed');
    expect((await ask(port)).shown).toBe('renewed');
    // It cannot become a server without TLS: another start does that.
    access.config = { tls: undefined };
    expect(await ask(port)).toEqual({ answer: '/x', shown: 'renewed' });
    expect(lines).toEqual([]);
  });

  it('takes renewed certificates once', async () => {
    const { port, server, access } = await serve({ tls: tls() });
    const set = vi.spyOn(server as unknown as { setSecureContext: () => void }, 'setSecureContext');
    await ask(port);
    expect(set).not.toHaveBeenCalled();
    access.config = { tls: tls('renewed') };
    await ask(port);
    await ask(port);
    expect(set).toHaveBeenCalledOnce();
  });

  it('does not serve a client that is refused, and says why', async () => {
    const { port, lines, served } = await serve({ tls: tls('server', 'RequireAnyClientCert') });
    expect((await ask(port)).answer).toBeUndefined();
    expect(lines).toEqual([
      ['limited', 'TLS client refused', { reason: 'no client certificate', client: '127.0.0.1' }],
    ]);
    expect(served()).toBe(0);
    expect((await ask(port, { certificate: 'client' })).answer).toBe('/x');
    expect(lines).toHaveLength(1);
  });

  it('does not complain of its own health check', async () => {
    const { port, lines } = await serve({ tls: tls('server', 'RequireAnyClientCert') });
    await ask(port, { servername: HEALTH_CHECK_NAME });
    await ask(port, { servername: 'localhost' });
    expect(lines).toEqual([
      ['debug', 'health check without a client certificate', { reason: 'no client certificate' }],
      ['limited', 'TLS client refused', { reason: 'no client certificate', client: '127.0.0.1' }],
    ]);
  });

  it('tells a client that speaks no TLS from one that only looks', async () => {
    const { port, lines } = await serve({ tls: tls() });
    const wait = { timeoutMs: 10_000, everyMs: 2 };
    const plain = connectPlain(port, '127.0.0.1').on('error', () => undefined);
    plain.write('GET / HTTP/1.1\r\n\r\n');
    await waitFor(() => lines.length === 1, { what: 'the first line', ...wait });
    const scan = connectPlain(port, '127.0.0.1');
    scan.once('connect', () => scan.destroy());
    await waitFor(() => lines.length === 2, { what: 'the second line', ...wait });
    plain.destroy();
    expect(lines[0]).toEqual([
      'limited',
      'TLS client refused',
      { reason: 'ERR_SSL_HTTP_REQUEST', client: '127.0.0.1' },
    ]);
    // Its address is known only as long as the system has not taken its socket away.
    const [level, message, fields = {}] = lines[1] as [string, string, object?];
    expect([level, message, Object.keys(fields)]).toEqual(['debug', 'TLS client went away', ['client']]);
  });
});

describe('a server without certificates', () => {
  it('serves, and goes on doing so when there are some', async () => {
    const { address, access, server } = await serve({ tls: undefined });
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    const answer = async () => (await fetch(`http://${address}/y`)).text();
    expect(await answer()).toBe('/y');
    access.config = { tls: tls() };
    expect(await answer()).toBe('/y');
    expect(server).not.toHaveProperty('setSecureContext');
  });

  it('listens on the first address of a name that the host has', async () => {
    const world = await serve({});
    const shared = { connections: world.connections, access: { config: {} }, log: {} } as unknown as Shared;
    const addresses = [{ address: '192.0.2.1' }, { address: '127.0.0.1' }];
    const { lookup } = dns;
    Object.assign(dns, {
      lookup: async (_: string, options?: { readonly all?: boolean }) =>
        options?.all === true ? addresses : addresses[0],
    });
    syncBuiltinESMExports();
    try {
      const one = await startServer({ hosts: ['name'], port: 0, text: '' }, () => undefined, shared);
      started.push(one);
      expect(one.address).toMatch(/^127\.0\.0\.1:\d+$/);
    } finally {
      Object.assign(dns, { lookup });
      syncBuiltinESMExports();
    }
  });

  it('listens where the host has an address', async () => {
    const world = await serve({});
    const shared = { connections: world.connections, access: { config: {} }, log: {} } as unknown as Shared;
    const start = (hosts: readonly string[]) =>
      startServer({ hosts: [...hosts], port: 0, text: '' }, () => undefined, shared);
    // TEST-NET-1, which no host has.
    const one = await start(['192.0.2.1', '127.0.0.1']);
    started.push(one);
    expect(one.address).toMatch(/^127\.0\.0\.1:\d+$/);
    await expect(start(['127.0.0.1', '192.0.2.1'].slice(1))).rejects.toThrow('EADDRNOTAVAIL');
    await expect(
      startServer({ hosts: ['127.0.0.1', '127.0.0.1'], port: world.port, text: '' }, () => undefined, shared),
    ).rejects.toThrow('EADDRINUSE');
    const all = await start([]);
    started.push(all);
    expect(all.address).toMatch(/^(?:\[::\]|0\.0\.0\.0):\d+$/);
  });
});

describe('servers that are closed', () => {
  /** Stands in for connections: the requests that it still has to answer, at each look. A drain ends long before it has no more. */
  const open = (...unanswered: readonly number[]) => {
    const looks: string[] = [];
    let closed = 0;
    const connections = {
      requests(kind: string) {
        looks.push(kind);
        if (looks.length > 20) throw new Error('a drain that does not end');
        return unanswered[looks.length - 1] ?? unanswered.at(-1);
      },
      close() {
        closed += 1;
      },
    } as unknown as Connections;
    return { connections, looks, closed: () => closed };
  };

  it('answer what they have accepted, and then close their connections', async () => {
    vi.spyOn(performance, 'now').mockReturnValue(0);
    const { server } = await serve({});
    const { connections, looks, closed } = open(2, 1, 0);
    await drain([{ server } as Started], connections);
    expect([looks, closed(), server.listening]).toEqual([
      ['unanswered', 'unanswered', 'unanswered'],
      1,
      false,
    ]);
  });

  it('wait for 10 s at most', async () => {
    const { server } = await serve({});
    const { connections, looks, closed } = open(1);
    const times = [5000, 14_999, 15_000];
    vi.spyOn(performance, 'now').mockImplementation(() => times.shift() ?? 15_000);
    await drain([{ server } as Started], connections);
    expect([looks.length, closed()]).toEqual([2, 1]);
  });
});
