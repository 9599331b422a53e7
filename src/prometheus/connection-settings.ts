import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { settingsError } from './error.js';

/** How a Prometheus is reached. Secrets come from files only: every user of the host can see a command line. */
export interface ConnectionSettings {
  /** Base address; a path prefix is kept (`https://host/prometheus`). */
  readonly url: string;
  /** File with a bearer token; read again for each request, because such tokens are replaced while the program runs. */
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
export function secretOf(option: string, file: string): string {
  const secret = contentOf(option, file).trim();
  if (secret === '') throw settingsError(`${option} ${file}: is empty, expected a secret on one line`);
  if (/[\r\n]/.test(secret)) throw settingsError(`${option} ${file}: has several lines, expected one`);
  return secret;
}

/** What a connection needs to know of its settings, once they are known to be usable. */
export interface CheckedSettings {
  /** The address without user and password. */
  readonly base: URL;
  /** The same as text, without a slash at the end; safe to print. */
  readonly url: string;
  /** `user:password` of basic authentication. */
  readonly login: string | undefined;
}

/** @throws {PrometheusError} of kind `settings` where an address, header or file cannot be used */
export function checkedSettings(settings: ConnectionSettings): CheckedSettings {
  let base: URL;
  try {
    base = new URL(settings.url);
  } catch {
    throw settingsError(`Prometheus address ${JSON.stringify(settings.url)}: expected http://… or https://…`);
  }
  const { username, password } = base;
  base.username = '';
  base.password = '';
  const url = base.href.replace(/\/$/, '');
  if (base.protocol !== 'http:' && base.protocol !== 'https:') {
    throw settingsError(`${url}: found ${base.protocol}, expected http: or https:`);
  }
  if (base.search !== '' || base.hash !== '') {
    throw settingsError(`${url}: found a query or fragment, expected an address such as https://host/prefix`);
  }
  const userInAddress = username !== '' || password !== '';
  requireOneAuthentication(settings, url, userInAddress);
  requireUsableTls(settings, url, base.protocol);
  const { basicAuth, bearerTokenFile } = settings;
  const login = basicAuth
    ? `${basicAuth.user}:${secretOf('password file', basicAuth.passwordFile)}`
    : userInAddress
      ? `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
      : undefined;
  if (bearerTokenFile !== undefined) secretOf('bearer token file', bearerTokenFile);
  return { base, url, login };
}

/** Whether the settings contain an Authorization header. */
export const hasAuthorizationHeader = ({ headers = {} }: ConnectionSettings): boolean =>
  Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');

function requireOneAuthentication(settings: ConnectionSettings, url: string, userInAddress: boolean): void {
  const ways = [
    ...(settings.bearerTokenFile === undefined ? [] : ['a bearer token']),
    ...(settings.basicAuth === undefined ? [] : ['basic authentication']),
    ...(userInAddress ? ['a user in the address'] : []),
    ...(hasAuthorizationHeader(settings) ? ['an Authorization header'] : []),
  ];
  if (ways.length > 1) {
    throw settingsError(`${url}: found ${ways.join(' and ')}, expected one way to authenticate`);
  }
}

function requireUsableTls(settings: ConnectionSettings, url: string, protocol: string): void {
  const { caFile, certFile, keyFile, insecureSkipVerify } = settings;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw settingsError(`${url}: a client certificate needs both a certificate file and a key file`);
  }
  const wantsTls = caFile !== undefined || certFile !== undefined || insecureSkipVerify === true;
  if (wantsTls && protocol === 'http:') {
    throw settingsError(`${url}: TLS options make no sense for http, expected an https address`);
  }
}

/** The pool of connections that settings ask for. */
export function agentOf(settings: ConnectionSettings, protocol: string): HttpAgent {
  const { caFile, certFile, keyFile, insecureSkipVerify } = settings;
  const pool = { keepAlive: true, maxSockets: settings.maxConnections ?? 8 };
  if (protocol === 'http:') return new HttpAgent(pool);
  return new HttpsAgent({
    ...pool,
    ...(caFile === undefined ? {} : { ca: contentOf('CA file', caFile) }),
    ...(certFile === undefined ? {} : { cert: contentOf('certificate file', certFile) }),
    ...(keyFile === undefined ? {} : { key: contentOf('key file', keyFile) }),
    ...(insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
  });
}
