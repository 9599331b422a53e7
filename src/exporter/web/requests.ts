import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Exporter, version } from '../exporter.js';
import type { Body } from '../exposition/gzip.js';
import { acceptsGzip, negotiateFormat } from '../exposition/negotiate.js';
import type { Log } from '../log.js';
import type { ActiveWebConfig } from './active-web-config.js';
import type { Connections } from './connections.js';
import { landingPage } from './landing-page.js';

export interface RequestHandlerOptions {
  readonly exporter: Exporter;
  readonly access: ActiveWebConfig;
  readonly log: Log;
  readonly telemetryPath: string;
  /** Requests handled at the same time; others are refused with 503. 0: no limit. */
  readonly maxRequests: number;
  /** True while the exporter is shutting down. */
  readonly isStopping: () => boolean;
}

const PLAIN = 'text/plain; charset=utf-8';

const DEFAULT_HEADERS: Readonly<Record<string, string>> = {
  'content-type': PLAIN,
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** A client that takes no byte for so long is gone. */
export const STALLED_MS = 30_000;
// One that takes a byte from time to time would keep its place among the requests in progress for ever.
const ANSWERED_MS = 60_000;

/** For how long a scrape may read the file: what Prometheus waits, less the time that the answer needs. */
function scrapeTimeout(header: string | string[] | undefined): number | undefined {
  const seconds = Number(header);
  if (header === undefined || !(seconds > 0)) return undefined;
  return Math.min(Math.max(seconds * 1000 - 250, seconds * 500), STALLED_MS - 5_000);
}

/** The path of a request target in origin or absolute form, unreserved characters decoded; undefined where it is not valid. */
function pathOf(target: string): string | undefined {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '') || '/';
  if (!path.startsWith('/') || /%(?![0-9a-f]{2})/i.test(path)) return undefined;
  return path.replace(/%[0-9a-f]{2}/gi, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : encoded;
  });
}

/** An answer; its headers come on top of the default ones and the configured ones. */
interface Answer {
  readonly status: number;
  readonly body: string | Body;
  readonly headers?: Readonly<Record<string, string>>;
}

const RETRY = { 'retry-after': '1' };

/** Answers the requests of all servers of an exporter. */
export class RequestHandler {
  /** Requests of clients that may see the metrics, until they have taken the whole answer. */
  #inProgress = 0;
  #isReady = false;

  constructor(private readonly options: RequestHandlerOptions) {}

  /** @param connections of the server that the listener is for */
  listener(connections: Connections): RequestListener {
    const { log } = this.options;
    return (request, response) => {
      const start = performance.now();
      const path = pathOf(request.url ?? '/');
      const { method } = request;
      const client = request.socket.remoteAddress;
      response.once('close', () => {
        const status = response.writableFinished ? response.statusCode : 'client went away';
        log.debug('request', { client, method, path, status, ms: Math.round(performance.now() - start) });
      });
      const busy = () => response.once('close', connections.busy(request.socket));
      this.#answer(request, response, path, busy)
        .then((answer) => this.#send(response, answer))
        .catch((error: unknown) => {
          log.error('a request failed', { reason: (error as Error).name });
          // Nothing here depends on the configuration, and nothing throws.
          if (response.headersSent || response.destroyed) response.destroy();
          else
            response.writeHead(500, { 'content-type': PLAIN, connection: 'close' }).end('internal error\n');
        });
    };
  }

  #send(response: ServerResponse, { status, body, headers }: Answer): void {
    if (response.destroyed) return;
    const pieces = typeof body === 'string' ? [Buffer.from(body)] : body;
    response.writeHead(status, {
      ...DEFAULT_HEADERS,
      ...this.options.access.config.headers,
      ...headers,
      'content-length': pieces.reduce((length, piece) => length + piece.length, 0),
      // The connection would keep a stopping exporter waiting.
      ...(this.options.isStopping() ? { connection: 'close' } : {}),
    });
    response.cork();
    if (response.req.method !== 'HEAD') for (const piece of pieces) response.write(piece);
    response.end();
  }

  /** @param busy marks the connection as busy until the response is closed */
  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    path: string | undefined,
    busy: () => void,
  ): Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return { status: 405, body: 'only GET and HEAD are supported\n', headers: { allow: 'GET, HEAD' } };
    }
    if (path === undefined) return { status: 400, body: 'the request target is not valid\n' };
    if (path === '/-/healthy' || path === '/-/ready') {
      busy();
      return this.#health(path);
    }
    const refusal = await this.#refusal(request, response);
    if (refusal !== undefined) return refusal;
    busy();
    this.#inProgress += 1;
    const limit = setTimeout(() => response.destroy(), ANSWERED_MS).unref();
    // Until the client has taken everything or is gone: one that reads slowly counts.
    response.once('close', () => {
      this.#inProgress -= 1;
      clearTimeout(limit);
    });
    const { exporter, telemetryPath } = this.options;
    if (path === telemetryPath) return this.#metrics(request.headers);
    if (path !== '/') return { status: 404, body: `not found; metrics are at ${telemetryPath}\n` };
    const { reading } = await exporter.scrape();
    this.#isReady = true;
    const html = { 'content-type': 'text/html; charset=utf-8' };
    return { status: 200, body: landingPage(reading, telemetryPath, version), headers: html };
  }

  /** The answer to a request that is not handled, or undefined. */
  async #refusal(request: IncomingMessage, response: ServerResponse): Promise<Answer | undefined> {
    const { access, log, maxRequests } = this.options;
    if (!access.isWithinRateLimit()) {
      return { status: 429, body: 'the rate limit is reached, try again later\n', headers: RETRY };
    }
    const { users } = access.config;
    const client = request.socket.remoteAddress ?? '';
    const { authorization } = request.headers;
    const isGone = () => response.destroyed;
    // The turn of unknown credentials may come later than a stalled client is given up.
    request.socket.setTimeout(0);
    const verdict = users && (await access.authenticator.judge(users, authorization, client, isGone));
    request.socket.setTimeout(STALLED_MS);
    if (verdict === 'busy') {
      log.warnLimited('request refused', { reason: 'too many passwords to verify', client });
      return { status: 503, body: 'too many passwords to verify, try again later\n', headers: RETRY };
    }
    if (verdict === 'refused') {
      const reason = authorization === undefined ? 'no password' : 'wrong user name or password';
      log.warnLimited('client refused', { reason, client });
      const headers = { 'www-authenticate': 'Basic realm="pending-writes-exporter", charset="UTF-8"' };
      return { status: 401, body: 'a user name and a password are required\n', headers };
    }
    if (maxRequests === 0 || this.#inProgress < maxRequests) return undefined;
    log.warnLimited('request refused', { reason: 'too many requests at a time', limit: maxRequests });
    const body = `limit of ${maxRequests} requests at a time is reached, try again later\n`;
    return { status: 503, body, headers: RETRY };
  }

  async #metrics(headers: IncomingHttpHeaders): Promise<Answer> {
    const { format, contentType } = negotiateFormat(headers.accept);
    const isGzipped = acceptsGzip(headers['accept-encoding']);
    const timeout = scrapeTimeout(headers['x-prometheus-scrape-timeout-seconds']);
    const scrape = await this.options.exporter.scrape(timeout);
    this.#isReady = true;
    const encoding = isGzipped ? { 'content-encoding': 'gzip' } : {};
    return {
      status: 200,
      body: await scrape.body(format, isGzipped),
      headers: { 'content-type': contentType, vary: 'accept, accept-encoding', ...encoding },
    };
  }

  /** Health endpoints need no password, and answer also when there are too many requests. */
  async #health(path: string): Promise<Answer> {
    const answer = (status: number, state: string) => ({
      status,
      body: `pending-writes-exporter is ${state}.\n`,
    });
    if (path === '/-/healthy') return answer(200, 'healthy');
    if (this.options.isStopping()) return answer(503, 'stopping');
    // Ready once the file was looked at for the first time, whatever was found.
    if (!this.#isReady) await this.options.exporter.scrape();
    this.#isReady = true;
    return answer(200, 'ready');
  }
}
