import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createGunzip } from 'node:zlib';
import {
  agentOf,
  type ConnectionSettings,
  checkedSettings,
  hasAuthorizationHeader,
  secretOf,
} from './connection-settings.js';
import { PrometheusError, settingsError } from './error.js';

export interface RequestOptions {
  /** Sent as the form of a POST request: a long expression does not fit into an address. */
  readonly form?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Ends the request early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Reads the text of an answer that is too large to become objects. What it returns is the answer's `data`; where it
   * returns undefined the text is read as JSON after all.
   */
  readonly read?: (text: string) => unknown;
}

interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  readonly type: string;
}

const MAX_REDIRECTS = 3;

/**
 * The way to one Prometheus: keeps connections open, authenticates, and follows no redirect to another server, which
 * would get our credentials. Only reads.
 */
export class PrometheusConnection {
  /** Base address without credentials and without a slash at the end; safe to print. */
  readonly url: string;
  readonly #base: URL;
  readonly #settings: ConnectionSettings;
  readonly #agent: Agent;
  readonly #credentials: string | undefined;

  /** @throws {PrometheusError} of kind `settings` where an address, header or file cannot be used */
  constructor(settings: ConnectionSettings) {
    const { base, url, login } = checkedSettings(settings);
    this.url = url;
    this.#base = base;
    this.#settings = settings;
    this.#credentials = login;
    this.#agent = agentOf(settings, base.protocol);
  }

  /** Closes the connections that are kept open. */
  close(): void {
    this.#agent.destroy();
  }

  /**
   * Asks the HTTP API (`/api/v1/…`) and returns the `data` of its answer.
   *
   * @throws {PrometheusError}
   */
  async fetchJson(path: string, options: RequestOptions = {}): Promise<unknown> {
    const { status, text, type } = await this.#answer(path, options);
    const where = this.url + path;
    const data = status === 200 ? options.read?.(text) : undefined;
    if (data !== undefined) return data;
    let answer: { status?: unknown; data?: unknown; error?: string; errorType?: string } | undefined;
    try {
      answer = JSON.parse(text) as typeof answer;
    } catch {
      answer = undefined;
    }
    if (status === 401 || status === 403) {
      const hint = this.#authenticates ? 'the credentials are not accepted' : 'credentials are needed';
      throw new PrometheusError(`${where}: HTTP ${status}: ${hint}`, 'refused', { status });
    }
    if (answer?.status === 'success') return answer.data;
    if (answer?.status === 'error') {
      const details = { status, ...(answer.errorType === undefined ? {} : { errorType: answer.errorType }) };
      throw new PrometheusError(`${where}: ${answer.error ?? 'failed'}`, 'query', details);
    }
    const found = answer === undefined ? 'no JSON' : 'other JSON';
    const kind = answer === undefined && type !== '' ? ` (content type ${type})` : '';
    throw new PrometheusError(
      `${where}: found HTTP ${status} and ${found}, expected Prometheus's API${kind}`,
      'not-prometheus',
      { status },
    );
  }

  /** HTTP status of a page outside the API, such as `/-/ready`. */
  async status(path: string, options: RequestOptions = {}): Promise<number> {
    return (await this.#answer(path, options)).status;
  }

  get #authenticates(): boolean {
    return (
      this.#credentials !== undefined ||
      this.#settings.bearerTokenFile !== undefined ||
      hasAuthorizationHeader(this.#settings)
    );
  }

  #headers(): Record<string, string> {
    const { bearerTokenFile, headers = {} } = this.#settings;
    return {
      accept: 'application/json',
      'accept-encoding': 'gzip',
      'user-agent': 'gateway-observability',
      ...headers,
      ...(this.#credentials === undefined
        ? {}
        : { authorization: `Basic ${Buffer.from(this.#credentials).toString('base64')}` }),
      ...(bearerTokenFile === undefined
        ? {}
        : { authorization: `Bearer ${secretOf('bearer token file', bearerTokenFile)}` }),
    };
  }

  async #answer(path: string, options: RequestOptions): Promise<HttpAnswer> {
    const timeoutMs = options.timeoutMs ?? this.#settings.timeoutMs ?? 30_000;
    // One deadline for redirects and retries together.
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
    let url: URL = new URL(this.url + path);
    for (let redirects = 0; ; redirects += 1) {
      const message = await this.#respond(url, options.form, signal, timeoutMs, options.signal);
      const { statusCode: status = 0 } = message;
      const { location } = message.headers;
      if (status >= 300 && status < 400 && location !== undefined) {
        message.destroy();
        const target = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
        const to = target === undefined ? 'an unreadable address' : target.origin + target.pathname;
        if (target === undefined || target.origin !== this.#base.origin || redirects === MAX_REDIRECTS) {
          throw new PrometheusError(
            `${this.url}${path}: HTTP ${status} redirects to ${to}, which is not followed: use the address of Prometheus itself`,
            'redirect',
            { status },
          );
        }
        url = target;
        continue;
      }
      try {
        const text = await this.#text(message);
        return { status, text, type: message.headers['content-type'] ?? '' };
      } catch (error) {
        throw this.#failure(url, error, deadline, timeoutMs, options.signal);
      }
    }
  }

  #respond(
    url: URL,
    form: RequestOptions['form'],
    signal: AbortSignal,
    timeoutMs: number,
    callerSignal: AbortSignal | undefined,
    retry = true,
  ): Promise<IncomingMessage> {
    const body = form === undefined ? undefined : new URLSearchParams(form).toString();
    const headers = {
      ...this.#headers(),
      ...(body === undefined
        ? {}
        : {
            'content-type': 'application/x-www-form-urlencoded',
            'content-length': String(Buffer.byteLength(body)),
          }),
    };
    return new Promise((resolve, reject) => {
      let outgoing: ReturnType<typeof httpRequest>;
      try {
        outgoing = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
          agent: this.#agent,
          method: body === undefined ? 'GET' : 'POST',
          headers,
          signal,
        });
      } catch (error) {
        // A character that no header may hold.
        reject(settingsError(`${this.url}: ${(error as Error).message}`));
        return;
      }
      outgoing.once('response', resolve);
      outgoing.once('error', (error: NodeJS.ErrnoException) => {
        // The server closed a connection that we had kept open, at the moment we used it. We only read: ask again.
        if (retry && outgoing.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '')) {
          this.#respond(url, form, signal, timeoutMs, callerSignal, false).then(resolve, reject);
        } else {
          reject(this.#failure(url, error, signal, timeoutMs, callerSignal));
        }
      });
      outgoing.end(body);
    });
  }

  async #text(message: IncomingMessage): Promise<string> {
    const maxBytes = this.#settings.maxBytes ?? 512 * 1024 * 1024;
    const zipped = message.headers['content-encoding'] === 'gzip';
    const stream = zipped ? message.pipe(createGunzip()) : message;
    // `pipe` does not pass errors on: without this a broken connection would wait for ever.
    if (zipped) message.once('error', (error) => stream.destroy(error));
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) {
        message.destroy();
        throw new PrometheusError(
          `${this.url}: the response is longer than ${maxBytes} bytes: query less data`,
          'too-large',
        );
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  #failure(
    url: URL,
    error: unknown,
    deadline: AbortSignal,
    timeoutMs: number,
    callerSignal: AbortSignal | undefined,
  ): unknown {
    if (error instanceof PrometheusError) return error;
    if (callerSignal?.aborted === true) return callerSignal.reason;
    const where = `${this.#base.origin}${url.pathname}`;
    if (deadline.aborted) {
      return new PrometheusError(`${where}: no answer within ${timeoutMs / 1000} s`, 'timeout');
    }
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|EPROTO|ALTNAME/.test(code)) {
      return new PrometheusError(`${where}: no answer: TLS failed (${code}: ${firstLine(message)})`, 'tls');
    }
    return new PrometheusError(`${where}: no answer (${code || firstLine(message)})`, 'unreachable');
  }
}

const firstLine = (text: string) => text.split('\n', 1)[0] ?? '';
