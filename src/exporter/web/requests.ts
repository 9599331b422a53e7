import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Exporter, version } from '../exporter.js';
import type { Body } from '../exposition/gzip.js';
import { acceptsGzip, negotiateFormat } from '../exposition/negotiate.js';
import type { Flags } from '../flags.js';
import type { Log } from '../log.js';
import type { ActiveWebConfig } from './active-web-config.js';
import type { Connections } from './connections.js';
import { landingPage } from './landing-page.js';

/** What the servers of an exporter share. */
export interface Shared {
  readonly exporter: Exporter;
  readonly access: ActiveWebConfig;
  readonly connections: Connections;
  readonly log: Log;
  readonly flags: Pick<Flags, 'web.telemetryPath' | 'web.maxRequests'>;
  /** True while the exporter is shutting down. */
  isStopping: boolean;
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

/** For how many milliseconds a scrape may read the file: what Prometheus waits, less the time that the answer needs. */
const scrapeTimeout = (seconds: number) =>
  seconds > 0 ? Math.min(Math.max(seconds * 1000 - 250, seconds * 500), STALLED_MS - 5_000) : undefined;

/** The path of a request target in origin or absolute form, decoded as far as that is safe; undefined where it is not valid. */
function pathOf(target: string): string | undefined {
  try {
    return decodeURI(new URL(target.startsWith('/') ? `http://exporter${target}` : target).pathname);
  } catch {
    return undefined;
  }
}

/** An answer; its headers come on top of the default ones and the configured ones. */
interface Answer {
  readonly status: number;
  readonly body: string | Body;
  readonly headers?: Readonly<Record<string, string>>;
}

const answer = (status: number, text: string, headers: Answer['headers'] = {}): Answer => {
  return { status, body: `${text}\n`, headers };
};
const later = (status: number, reason: string) =>
  answer(status, `${reason}, try again later`, { 'retry-after': '1' });

/** Answers the requests of all servers of an exporter. */
export class RequestHandler {
  constructor(private readonly shared: Shared) {}

  readonly listener: RequestListener = (request, response) => {
    const { log, connections } = this.shared;
    const start = performance.now();
    const path = pathOf(request.url ?? '/');
    const answered = connections.count(request.socket, 'unanswered');
    response.once('close', () => {
      answered();
      const { method, socket } = request;
      const status = response.writableFinished ? response.statusCode : 'client went away';
      const ms = Math.round(performance.now() - start);
      log.debug('request', { client: socket.remoteAddress, method, path, status, ms });
    });
    this.#answer(request, response, path)
      .then((answer) => this.#send(response, answer))
      .catch((error: unknown) => {
        log.error('a request failed', { reason: (error as Error).name });
        // Nothing here depends on the configuration, and nothing throws.
        if (response.headersSent || response.destroyed) response.destroy();
        else response.writeHead(500, { 'content-type': PLAIN, connection: 'close' }).end('internal error\n');
      });
  };

  #send(response: ServerResponse, { status, body, headers }: Answer): void {
    if (response.destroyed) return;
    const pieces = typeof body === 'string' ? [Buffer.from(body)] : body;
    response.writeHead(status, {
      ...DEFAULT_HEADERS,
      ...this.shared.access.config.headers,
      ...headers,
      'content-length': pieces.reduce((length, piece) => length + piece.length, 0),
      // The connection would keep a stopping exporter waiting.
      ...(this.shared.isStopping && { connection: 'close' }),
    });
    response.cork();
    if (response.req.method !== 'HEAD') for (const piece of pieces) response.write(piece);
    response.end();
  }

  async #answer(request: IncomingMessage, response: ServerResponse, path?: string): Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answer(405, 'only GET and HEAD are supported', { allow: 'GET, HEAD' });
    if (path === undefined) return answer(400, 'the request target is not valid');
    // Health endpoints need no password, and answer also when there are too many requests.
    const { exporter, connections, flags, isStopping } = this.shared;
    if (path === '/-/ready' && isStopping) return answer(503, 'pending-writes-exporter is stopping.');
    if (path === '/-/healthy' || path === '/-/ready')
      return answer(200, `pending-writes-exporter is ${path.slice('/-/'.length)}.`);
    const refusal = await this.#refusal(request);
    if (refusal !== undefined) return refusal;
    const limit = setTimeout(() => response.destroy(), ANSWERED_MS).unref();
    // Until the client has taken everything or is gone: one that reads slowly counts.
    response.once('close', connections.count(request.socket, 'admitted'));
    response.once('close', () => clearTimeout(limit));
    const telemetryPath = flags['web.telemetryPath'];
    if (path !== telemetryPath && path !== '/')
      return answer(404, `not found; metrics are at ${telemetryPath}`);
    const { headers: asked } = request;
    const seconds = Number(asked['x-prometheus-scrape-timeout-seconds']);
    const scrape = await exporter.scrape(scrapeTimeout(seconds));
    if (path === '/') {
      const type = { 'content-type': 'text/html; charset=utf-8' };
      return answer(200, landingPage(scrape.reading, telemetryPath, version), type);
    }
    const { format, contentType } = negotiateFormat(asked.accept);
    const isGzipped = acceptsGzip(asked['accept-encoding']);
    const headers = { 'content-type': contentType, vary: 'accept, accept-encoding' };
    const encoding = isGzipped && { 'content-encoding': 'gzip' };
    return { status: 200, body: await scrape.body(format, isGzipped), headers: { ...headers, ...encoding } };
  }

  /** The answer to a request that is not handled, or undefined. */
  async #refusal(request: IncomingMessage): Promise<Answer | undefined> {
    const { access, log, connections, flags } = this.shared;
    if (!access.isWithinRateLimit()) return later(429, 'the rate limit is reached');
    const { users } = access.config;
    const { socket, headers } = request;
    const { remoteAddress: client = '' } = socket;
    const isGone = () => socket.destroyed;
    // The turn of unknown credentials may come later than a stalled client is given up.
    socket.setTimeout(0);
    const verdict = users && (await access.authenticator.judge(users, headers.authorization, client, isGone));
    socket.setTimeout(STALLED_MS);
    if (verdict === 'busy') {
      log.warnLimited('request refused', { reason: 'too many passwords to verify', client });
      return later(503, 'too many passwords to verify');
    }
    if (verdict === 'refused') {
      const reason = headers.authorization === undefined ? 'no password' : 'wrong user name or password';
      log.warnLimited('client refused', { reason, client });
      const challenge = 'Basic realm="pending-writes-exporter", charset="UTF-8"';
      return answer(401, 'a user name and a password are required', { 'www-authenticate': challenge });
    }
    const { 'web.maxRequests': maxRequests } = flags;
    if (maxRequests === 0 || connections.requests('admitted') < maxRequests) return undefined;
    log.warnLimited('request refused', { reason: 'too many requests at a time', limit: maxRequests });
    return later(503, `limit of ${maxRequests} requests at a time is reached`);
  }
}
