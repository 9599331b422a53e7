import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import * as http from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { type AddressInfo, isIP, Server as NetServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { Address } from '../flags.js';
import type { Log } from '../log.js';
import type { ActiveWebConfig } from './active-web-config.js';
import { clientRefusal } from './client-certificate.js';
import { Connections, MAX_CONNECTIONS } from './connections.js';
import { type RequestHandler, STALLED_MS } from './requests.js';
import type { TlsConfig, WebConfig } from './web-config.js';

/** What the health check calls itself, so that its connections without a client certificate are not logged as refused. */
export const HEALTH_CHECK_NAME = 'pending-writes-exporter.healthcheck';

const LIMITS = {
  requestTimeout: 15_000,
  headersTimeout: 10_000,
  keepAliveTimeout: 75_000,
  handshakeTimeout: 10_000,
};

/** A host that has no addresses of that kind. */
const NOT_HERE = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'];

/** One web server of an exporter, on one address. It speaks TLS when the web configuration has certificates at this moment. */
export class ExporterServer {
  readonly #server: http.Server | TlsServer;
  /** Answers that the clients have not taken yet. */
  readonly #answers = new Set<http.ServerResponse>();

  private constructor(server: http.Server | TlsServer) {
    this.#server = server;
    server.prependListener('request', (_, response: http.ServerResponse) => {
      this.#answers.add(response);
      response.once('close', () => this.#answers.delete(response));
    });
    server.setTimeout(STALLED_MS);
  }

  static async create(handler: RequestHandler, access: ActiveWebConfig, log: Log): Promise<ExporterServer> {
    const connections = new Connections((reason) =>
      log.warnLimited('connection limit reached', { reason, limit: MAX_CONNECTIONS }),
    );
    const listener = handler.listener(connections);
    const { tls } = access.config;
    // Loaded only where it is needed, since it costs memory.
    const { createServer } =
      tls === undefined ? http : ((await import('node:https')) as never as typeof http);
    const server = createServer({ ...LIMITS, ...tls?.options }, listener);
    server.prependListener('connection', (socket: Socket) => connections.add(socket));
    if (tls !== undefined) refuseClients(server, () => access.config.tls ?? tls, log);
    return new ExporterServer(server);
  }

  /** Listens on the first of the alternatives that the host has. Rejects with the error of the operating system. */
  async listen({ hosts, port }: Address): Promise<void> {
    const [name] = hosts;
    const isName = hosts.length === 1 && name !== undefined && isIP(name) === 0;
    const found = isName ? (await lookup(name, { all: true })).map(({ address }) => address) : hosts;
    const candidates: readonly (string | undefined)[] = found.length === 0 ? [undefined] : found;
    for (const [i, host] of candidates.entries()) {
      try {
        // Without a host Node.js listens on all addresses: of IPv6 and IPv4, or of IPv4 only where the host has no IPv6.
        this.#server.listen({ port, ...(host !== undefined && { host }) });
        await once(this.#server, 'listening');
        return;
      } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException;
        if (!NOT_HERE.includes(code) || i + 1 === candidates.length) throw error;
      }
    }
  }

  /** The address it listens on, such as 127.0.0.1:9797. */
  get address(): string {
    const { address, family, port } = this.#server.address() as AddressInfo;
    return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
  }

  /** Uses other certificates, for the connections that come from now on. */
  renew({ tls }: WebConfig): void {
    if (tls !== undefined && 'setSecureContext' in this.#server) this.#server.setSecureContext(tls.options);
  }

  /**
   * Closes the server: no new connections, what is being answered is answered, for so many milliseconds at most.
   *
   * Not with `server.close()`, which cuts off every answer that is written but not yet taken by the client.
   */
  async drain(limitMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      NetServer.prototype.close.call(this.#server, () => resolve());
    });
    const end = performance.now() + limitMs;
    while (this.#answers.size > 0 && performance.now() < end) await sleep(20);
    this.#server.closeAllConnections();
    await closed;
  }
}

/** Refuses TLS clients as the web configuration wants it, and logs those that OpenSSL refuses. */
function refuseClients(server: http.Server | TlsServer, tls: () => TlsConfig, log: Log): void {
  const refuse = (socket: TLSSocket, reason: string, client: string | undefined) => {
    const isHealthCheck = (socket as { servername?: unknown }).servername === HEALTH_CHECK_NAME;
    if (isHealthCheck) log.debug('health check without a client certificate', { reason });
    else log.warnLimited('TLS client refused', { reason, client });
  };
  // Before the listener of the server itself: a client that is refused is never served.
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const reason = clientRefusal(socket, tls());
    if (reason === undefined) return;
    refuse(socket, reason, socket.remoteAddress);
    socket.destroy();
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    const { code = error.name } = error;
    // It went away before the handshake was over, as port scanners and TCP checks do.
    if (code === 'ECONNRESET') log.debug('TLS client went away', { client: socket.remoteAddress });
    else refuse(socket, code, socket.remoteAddress);
  });
}
