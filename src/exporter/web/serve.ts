import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { acceptsGzip, negotiateFormat } from '../exposition/negotiate.js';
import type { Format } from '../exposition/render.js';
import type { Source } from '../state-file/source.js';
import type { Authenticator } from './authenticate.js';
import { landingPage } from './landing-page.js';
import type { WebConfig } from './web-config.js';

/** What is served and to whom. May be changed while the server runs. */
export interface Access {
  readonly config: WebConfig;
  /** Undefined: no password is asked for. */
  readonly authenticator: Authenticator | undefined;
}

export interface ServeOptions {
  readonly source: Source;
  readonly telemetryPath: string;
  readonly version: string;
  /** Asked at every request. */
  readonly access: () => Access;
  /** Requests worked on at the same time; others are turned away with 503. 0: no limit. */
  readonly maxRequests: number;
  /** True while the exporter is shutting down. */
  readonly isStopping: () => boolean;
  /** More families, put in front; ends with a newline. */
  readonly moreMetrics?: (format: Format) => Promise<string>;
  /** Told of what should not happen. */
  readonly onError: (error: unknown) => void;
}

const DEFAULT_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const PLAIN = 'text/plain; charset=utf-8';

// A client that takes no byte for so long is gone.
const STALLED_MS = 30_000;
// One that takes a byte now and then would hold its place among the requests in flight for ever.
const ANSWERED_MS = 60_000;

/** For how long a scrape may read the file: what Prometheus waits, less the time that the answer needs. */
function scrapeTimeout(header: string | string[] | undefined): number | undefined {
  const seconds = Number(header);
  if (header === undefined || !(seconds > 0)) return undefined;
  return Math.min(Math.max(seconds * 1000 - 250, seconds * 500), STALLED_MS - 5_000);
}

/** Answers that the clients have not taken yet, by server. */
const open = new WeakMap<Server, Set<ServerResponse>>();

/** Answers requests; knows nothing of how connections are made. */
function requestListener(options: ServeOptions): RequestListener {
  const { source, telemetryPath, version, access, maxRequests, isStopping, moreMetrics, onError } = options;
  let inFlight = 0;
  let isReady = false;

  const answer = (
    response: ServerResponse,
    status: number,
    body: string | readonly Buffer[],
    headers: Readonly<Record<string, string>> = {},
  ): void => {
    const pieces = typeof body === 'string' ? [Buffer.from(body)] : body;
    response.writeHead(status, {
      ...DEFAULT_HEADERS,
      ...access().config.headers,
      'content-type': PLAIN,
      ...headers,
      'content-length': pieces.reduce((length, piece) => length + piece.length, 0),
      // The connection would keep a stopping exporter waiting.
      ...(isStopping() ? { connection: 'close' } : {}),
    });
    if (response.req.method === 'HEAD') {
      response.end();
      return;
    }
    response.cork();
    for (const piece of pieces) response.write(piece);
    response.end();
  };

  const metrics = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { format, contentType } = negotiateFormat(request.headers.accept);
    const gzipped = acceptsGzip(request.headers['accept-encoding']);
    const timeout = scrapeTimeout(request.headers['x-prometheus-scrape-timeout-seconds']);
    const scrape = await source.scrape(timeout);
    isReady = true;
    const body = await scrape.body(format, gzipped, (await moreMetrics?.(format)) ?? '');
    if (response.destroyed) return;
    answer(response, 200, body, {
      'content-type': contentType,
      vary: 'accept, accept-encoding',
      ...(gzipped ? { 'content-encoding': 'gzip' } : {}),
    });
  };

  const route = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const { authenticator } = access();
    if (authenticator !== undefined && !(await authenticator.isAllowed(request.headers.authorization))) {
      answer(response, 401, 'a user name and a password are needed\n', {
        'www-authenticate': 'Basic realm="pending-writes-exporter", charset="UTF-8"',
      });
      return;
    }
    if (path === telemetryPath) {
      await metrics(request, response);
    } else if (path === '/') {
      const scrape = await source.scrape();
      isReady = true;
      answer(response, 200, landingPage(scrape, { telemetryPath, version }), {
        'content-type': 'text/html; charset=utf-8',
      });
    } else {
      answer(response, 404, `not found; metrics are at ${telemetryPath}\n`);
    }
  };

  /** Health endpoints need no password, and answer also when there are too many scrapes. */
  const health = async (response: ServerResponse, path: string): Promise<void> => {
    if (path === '/-/healthy') {
      answer(response, 200, 'pending-writes-exporter is healthy.\n');
    } else if (isStopping()) {
      answer(response, 503, 'pending-writes-exporter is stopping.\n');
    } else {
      // Ready once the file was looked at for the first time, whatever was found.
      if (!isReady) await source.scrape();
      isReady = true;
      answer(response, 200, 'pending-writes-exporter is ready.\n');
    }
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      answer(response, 405, 'only GET and HEAD are answered\n', { allow: 'GET, HEAD' });
      return;
    }
    const path = (request.url ?? '/').replace(/[?#].*$/s, '');
    if (path === '/-/healthy' || path === '/-/ready') return health(response, path);
    if (maxRequests > 0 && inFlight >= maxRequests) {
      answer(response, 503, `limit of ${maxRequests} requests at a time is reached, try again later\n`, {
        'retry-after': '1',
      });
      return;
    }
    inFlight += 1;
    const limit = setTimeout(() => response.destroy(), ANSWERED_MS).unref();
    // Until the client has taken everything or is gone: whoever reads slowly counts.
    response.once('close', () => {
      inFlight -= 1;
      clearTimeout(limit);
    });
    await route(request, response, path);
  };

  return (request, response) => {
    handle(request, response).catch((error: unknown) => {
      onError(error);
      if (response.headersSent) response.destroy();
      else answer(response, 500, 'internal error\n');
    });
  };
}

/** Whether a client that has finished its handshake may stay; Node.js itself judges RequireAndVerifyClientCert only. */
function isClientAllowed(socket: TLSSocket, { config }: Access): boolean {
  const { tls } = config;
  if (tls === undefined) return true;
  const certificate = socket.getPeerX509Certificate();
  switch (tls.clientAuth) {
    case 'NoClientCert':
    case 'RequestClientCert':
      return true;
    case 'RequireAnyClientCert':
      return certificate !== undefined;
    case 'VerifyClientCertIfGiven':
      if (certificate === undefined) return true;
      break;
    case 'RequireAndVerifyClientCert':
      break;
  }
  if (certificate === undefined || !socket.authorized) return false;
  if (tls.allowedSans === undefined) return true;
  const sans = (certificate.subjectAltName ?? '').split(', ').map((name) => name.replace(/^[^:]*:/, ''));
  return tls.allowedSans.some((name) => sans.includes(name));
}

/** The exporter's web server; not listening yet. It speaks TLS when the web configuration has certificates at this moment. */
export async function exporterServer(options: ServeOptions): Promise<Server | TlsServer> {
  const listener = requestListener(options);
  const { tls } = options.access().config;
  const limits = { requestTimeout: 15_000, headersTimeout: 10_000, keepAliveTimeout: 75_000 };
  const server =
    tls === undefined
      ? createServer(limits, listener)
      : // Loaded only where it is needed, as all that costs memory.
        (await import('node:https')).createServer(
          { ...limits, ...tls.options, handshakeTimeout: 10_000 },
          listener,
        );
  if (tls !== undefined) {
    server.on('secureConnection', (socket: TLSSocket) => {
      if (!isClientAllowed(socket, options.access())) socket.destroy();
    });
  }
  const answers = new Set<ServerResponse>();
  open.set(server, answers);
  server.prependListener('request', (_, response: ServerResponse) => {
    answers.add(response);
    response.once('close', () => answers.delete(response));
  });
  server.setTimeout(STALLED_MS);
  server.maxConnections = 512;
  return server;
}

/**
 * Ends a server: no new connections, what is being answered is answered, for so many milliseconds at most.
 *
 * Not with `server.close()`: that one cuts off every answer that is written but not yet taken by the client.
 */
export async function drain(server: Server | TlsServer, limitMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
  const end = performance.now() + limitMs;
  while (open.get(server)?.size !== 0 && performance.now() < end) await sleep(20);
  server.closeAllConnections();
  await closed;
}

/** Makes a running server use other certificates, for the connections that come from now on. */
export function renewCertificates(server: Server | TlsServer, config: WebConfig): void {
  if (config.tls !== undefined && 'setSecureContext' in server) {
    server.setSecureContext(config.tls.options);
  }
}
