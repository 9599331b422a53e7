import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { createGunzip } from 'node:zlib';
import { PrometheusError, settingsError } from './error.js';

/** How a Prometheus is reached. Secrets come from files only: a command line is seen by everybody on the host. */
export interface ConnectionSettings {
  /** Base address; a path prefix is kept (`https://host/prometheus`). */
  readonly url: string;
  /** File with a bearer token; read anew for each request, since such tokens are replaced while we run. */
  readonly bearerTokenFile?: string;
  /** Basic authentication; the password is the file's content without the line end. */
  readonly basicAuth?: { readonly user: string; readonly passwordFile: string };
  /** PEM file of the authorities that are trusted instead of the system's. */
  readonly caFile?: string;
  /** PEM files of the client's certificate and its key. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** Trust any certificate. */
  readonly insecureSkipVerify?: boolean;
  /** Further request headers, such as `X-Scope-OrgID`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds until an answer must have arrived in full; 30,000 by default. */
  readonly timeoutMs?: number;
  /** Longer answers are refused. Bytes after decompression; 512 MiB by default. */
  readonly maxBytes?: number;
  /** Connections open at the same time; 8 by default. */
  readonly maxConnections?: number;
}

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

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly type: string;
}

const MAX_REDIRECTS = 3;

/** Text of a file named by an option. */
function contentOf(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw settingsError(`${option} ${file}: cannot be read (${why}), expected a readable file`);
  }
}

/** A secret kept in a file: one line. */
function secretOf(option: string, file: string): string {
  const secret = contentOf(option, file).trim();
  if (secret === '') throw settingsError(`${option} ${file}: is empty, expected a secret in one line`);
  if (/[\r\n]/.test(secret)) throw settingsError(`${option} ${file}: has several lines, expected one`);
  return secret;
}

/**
 * The way to one Prometheus: keeps connections open, authenticates, and follows no redirect to another server, which
 * would get our credentials. Only reads.
 */
export class PrometheusConnection {
  /** Base address without credentials and without a slash at the end; safe to print. */
  readonly url: string;
  readonly #base: URL;
  readonly #settings: ConnectionSettings;
  readonly #agent: HttpAgent;
  readonly #login: string | undefined;

  /** @throws {PrometheusError} of kind `settings` where an address, header or file cannot be used */
  constructor(settings: ConnectionSettings) {
    let base: URL;
    try {
      base = new URL(settings.url);
    } catch {
      throw settingsError(
        `Prometheus address ${JSON.stringify(settings.url)}: expected http://… or https://…`,
      );
    }
    const { username, password } = base;
    base.username = '';
    base.password = '';
    const named = base.href.replace(/\/$/, '');
    if (base.protocol !== 'http:' && base.protocol !== 'https:') {
      throw settingsError(`${named}: found ${base.protocol}, expected http: or https:`);
    }
    if (base.search !== '' || base.hash !== '') {
      throw settingsError(
        `${named}: found a query or fragment, expected an address such as https://host/prefix`,
      );
    }
    const { basicAuth, bearerTokenFile, certFile, keyFile, headers = {} } = settings;
    const inAddress = username !== '' || password !== '';
    const inHeader = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
    const ways = [
      ...(bearerTokenFile === undefined ? [] : ['a bearer token']),
      ...(basicAuth === undefined ? [] : ['basic authentication']),
      ...(inAddress ? ['a user in the address'] : []),
      ...(inHeader ? ['an Authorization header'] : []),
    ];
    if (ways.length > 1) {
      throw settingsError(`${named}: found ${ways.join(' and ')}, expected one way to authenticate`);
    }
    if ((certFile === undefined) !== (keyFile === undefined)) {
      throw settingsError(`${named}: a client certificate needs both its certificate file and its key file`);
    }
    const wantsTls =
      settings.caFile !== undefined || certFile !== undefined || settings.insecureSkipVerify === true;
    if (wantsTls && base.protocol === 'http:') {
      throw settingsError(`${named}: TLS options make no sense for http, expected an https address`);
    }
    this.url = named;
    this.#base = base;
    this.#settings = settings;
    this.#login = basicAuth
      ? `${basicAuth.user}:${secretOf('password file', basicAuth.passwordFile)}`
      : inAddress
        ? `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
        : undefined;
    if (bearerTokenFile !== undefined) secretOf('bearer token file', bearerTokenFile);
    const pool = { keepAlive: true, maxSockets: settings.maxConnections ?? 8 };
    if (base.protocol === 'http:') {
      this.#agent = new HttpAgent(pool);
    } else {
      const tls: SecureContextOptions & { rejectUnauthorized?: boolean } = {
        ...(settings.caFile === undefined ? {} : { ca: contentOf('CA file', settings.caFile) }),
        ...(certFile === undefined ? {} : { cert: contentOf('certificate file', certFile) }),
        ...(keyFile === undefined ? {} : { key: contentOf('key file', keyFile) }),
        ...(settings.insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
      };
      this.#agent = new HttpsAgent({ ...pool, ...tls });
    }
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
    const { bearerTokenFile, headers = {} } = this.#settings;
    const named = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
    return this.#login !== undefined || bearerTokenFile !== undefined || named;
  }

  #headers(): Record<string, string> {
    const { bearerTokenFile, headers = {} } = this.#settings;
    return {
      accept: 'application/json',
      'accept-encoding': 'gzip',
      'user-agent': 'gateway-observability',
      ...headers,
      ...(this.#login === undefined
        ? {}
        : { authorization: `Basic ${Buffer.from(this.#login).toString('base64')}` }),
      ...(bearerTokenFile === undefined
        ? {}
        : { authorization: `Bearer ${secretOf('bearer token file', bearerTokenFile)}` }),
    };
  }

  async #answer(path: string, options: RequestOptions): Promise<Answer> {
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
            `${this.url}${path}: HTTP ${status} sends to ${to}, which is not followed: give the address of Prometheus itself`,
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
    callers: AbortSignal | undefined,
    again = true,
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
        if (again && outgoing.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '')) {
          this.#respond(url, form, signal, timeoutMs, callers, false).then(resolve, reject);
        } else {
          reject(this.#failure(url, error, signal, timeoutMs, callers));
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
          `${this.url}: the answer is longer than ${maxBytes} bytes: ask for less`,
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
    callers: AbortSignal | undefined,
  ): unknown {
    if (error instanceof PrometheusError) return error;
    if (callers?.aborted === true) return callers.reason;
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
