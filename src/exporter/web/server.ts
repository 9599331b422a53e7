import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import * as http from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { Address } from '../flags.js';
import { clientRefusal } from './client-certificate.js';
import type { Connections } from './connections.js';
import { type Shared, STALLED_MS } from './requests.js';

/** What the health check calls itself, so that its connections without a client certificate are not logged as refused. */
export const HEALTH_CHECK_NAME = 'pending-writes-exporter.healthcheck';

/** Milliseconds. */
const LIMITS = { requestTimeout: 15e3, headersTimeout: 10e3, keepAliveTimeout: 75e3, handshakeTimeout: 10e3 };
/** A host that has no addresses of that kind. */
const NOT_HERE = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'];

/** Creates a server. It speaks TLS when the web configuration has certificates at this moment. */
async function createServer({ connections, access, log }: Shared, listener: http.RequestListener) {
  let { tls } = access.config;
  // Loaded only where it is needed, since it costs memory.
  const { createServer: create } = tls ? ((await import('node:https')) as never as typeof http) : http;
  const server = create({ ...LIMITS, ...tls?.options }, listener) as http.Server | TlsServer;
  server.setTimeout(STALLED_MS);
  server.prependListener('connection', (socket: Socket) => {
    connections.add(socket);
    if (access.config.tls === tls || !('setSecureContext' in server)) return;
    // Renewed certificates, for the connections from now on.
    tls = access.config.tls;
    if (tls !== undefined) server.setSecureContext(tls.options);
  });
  const refuse = (socket: TLSSocket, reason: string) => {
    const isHealthCheck = (socket as { servername?: unknown }).servername === HEALTH_CHECK_NAME;
    if (isHealthCheck) log.debug('health check without a client certificate', { reason });
    else log.warnLimited('TLS client refused', { reason, client: socket.remoteAddress });
  };
  // Before the listener of the server itself: a client that is refused is never served.
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const reason = tls && clientRefusal(socket, tls);
    if (reason === undefined) return;
    refuse(socket, reason);
    socket.destroy();
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    const { code = error.name } = error;
    // It went away before the handshake was over, as port scanners and TCP checks do.
    if (code === 'ECONNRESET') log.debug('TLS client went away', { client: socket.remoteAddress });
    else refuse(socket, code);
  });
  return server;
}

/**
 * Starts a server on the first of the alternatives of an address that the host has. Rejects with the error of the operating system.
 * Resolves with the server and the address it listens on, such as 127.0.0.1:9797.
 */
export async function startServer({ hosts, port }: Address, listener: http.RequestListener, shared: Shared) {
  const server = await createServer(shared, listener);
  const found = (await Promise.all(hosts.map((host) => lookup(host, { all: true })))).flat();
  const candidates = found.length === 0 ? [undefined] : found.map(({ address }) => address);
  for (const [i, host] of candidates.entries()) {
    try {
      // Without a host Node.js listens on all addresses: of IPv6 and IPv4, or of IPv4 only where the host has no IPv6.
      server.listen({ port, ...(host !== undefined && { host }) });
      await once(server, 'listening');
      break;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!NOT_HERE.includes(code) || i + 1 === candidates.length) throw error;
    }
  }
  const { address, family, port: own } = server.address() as AddressInfo;
  return { server, address: family === 'IPv6' ? `[${address}]:${own}` : `${address}:${own}` };
}

/** A server that listens. */
export type Started = Awaited<ReturnType<typeof startServer>>;

// Scrapes that take longer than Prometheus's usual timeout have lost their reader.
const DRAIN_MS = 10_000;

/** Closes servers: no new connections, and requests that were accepted are answered, for 10 s at most. */
export async function drain(started: readonly Started[], connections: Connections): Promise<void> {
  const closed = started.map(
    // Not its own method, which cuts off every answer that is written but not yet taken by the client.
    ({ server }) => new Promise((resolve) => NetServer.prototype.close.call(server, resolve)),
  );
  const end = performance.now() + DRAIN_MS;
  // First the time, for requests that have arrived and were not read yet.
  do await sleep(20);
  while (connections.requests('unanswered') > 0 && performance.now() < end);
  connections.close();
  await Promise.all(closed);
}
