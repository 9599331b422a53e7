import { createPrivateKey, X509Certificate } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { duplexPair } from 'node:stream';
import { connect, createSecureContext, type SecureVersion, TLSSocket, type TlsOptions } from 'node:tls';
import * as z from 'zod/mini';
import { flag, list, oneOf, optional, text } from './scalars.js';
import { readNamed, WebConfigError } from './web-config.js';

/** Of Go's `tls.CipherSuites()`, and two that it counted among them before Go 1.22. */
const CIPHER_SUITES = `
  TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA
  TLS_RSA_WITH_AES_128_GCM_SHA256 TLS_RSA_WITH_AES_256_GCM_SHA384`.split(/\s+/);

/** OpenSSL's name of a suite by Go's name; those of TLS 1.3 have one name. */
function opensslSuite(name: string): string {
  if (!name.includes('_WITH_')) return name;
  const short = name.replace(/^TLS_(?:RSA_WITH_)?|WITH_|CBC_|(?<=POLY1305)_SHA256/g, '');
  return short.replace('AES_', 'AES').replaceAll('_', '-');
}
const opensslCurve = (name: string) => name.replace('Curve', '').replace(/^P/, 'P-');
const opensslVersion = (name: string) => `TLSv1.${name.at(-1)}` as SecureVersion;

const VERSIONS = ['TLS10', 'TLS11', 'TLS12', 'TLS13'];
const CURVES = ['X25519', 'CurveP256', 'CurveP384', 'CurveP521'];
/** The first is the same as the second. The toolkit accepts RequireClientCert as well. */
const CLIENT_AUTH_TYPES = ` NoClientCert RequestClientCert RequireAnyClientCert RequireClientCert
  VerifyClientCertIfGiven RequireAndVerifyClientCert`.split(/\s+/);

/** The section `tls_server_config`. */
export const tlsSection = z.strictObject({
  cert: optional(text),
  key: optional(text),
  client_ca: optional(text),
  cert_file: optional(text),
  key_file: optional(text),
  client_ca_file: optional(text),
  client_auth_type: optional(oneOf(CLIENT_AUTH_TYPES)),
  client_allowed_sans: list(text),
  min_version: optional(oneOf(VERSIONS)),
  max_version: optional(oneOf(VERSIONS)),
  cipher_suites: list(oneOf(CIPHER_SUITES.slice(1))),
  prefer_server_cipher_suites: optional(flag),
  curve_preferences: list(oneOf(CURVES)),
});

const CERTIFICATE = /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END \1CERTIFICATE-----/g;
const certificates = (text: string) =>
  (text.match(CERTIFICATE) ?? ['']).map((block) => new X509Certificate(block));
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/** A PEM text, the field it comes from, and where it is found. */
type Pem = { readonly text: string; readonly field: string; readonly where: string };

/**
 * Tries a TLS handshake in memory, with a server of these options and a client of Node's defaults: what OpenSSL refuses only when a client
 * comes (versions, suites that do not fit the certificate, curves) is known when the configuration is loaded. Resolves with the reason why
 * no client can connect, or undefined.
 */
async function handshakeProblem(options: TlsOptions): Promise<string | undefined> {
  const ends = duplexPair();
  const sockets: TLSSocket[] = [];
  try {
    const secureContext = createSecureContext(options);
    const server = new TLSSocket(ends[0] as never, { isServer: true, secureContext });
    sockets.push(server, connect({ socket: ends[1], rejectUnauthorized: false }));
    return await new Promise<string | undefined>((resolve) => {
      server.once('secure', () => resolve(undefined));
      for (const socket of sockets) {
        socket.on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) => resolve(code));
        socket.once('close', () => resolve('connection closed'));
      }
    });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown error';
  } finally {
    for (const stream of [...sockets, ...ends]) stream.destroy();
  }
}

/**
 * Loads the certificates of a section, and makes sure that clients can connect. Undefined where the section does not ask for TLS. Paths are
 * relative to the file of the configuration. Throws a {@link WebConfigError}.
 */
export async function loadTls(file: string, section: z.infer<typeof tlsSection>) {
  const fail = (field: string, found: string, expected: string): never => {
    throw new WebConfigError(`${file}: tls_server_config.${field}: found ${found}, expected ${expected}`);
  };
  const pem = async (field: 'cert' | 'key' | 'client_ca'): Promise<Pem | undefined> => {
    const [name, inline] = [section[`${field}_file`], section[field]];
    if (!name) return inline ? { text: inline, field, where: 'the configuration' } : undefined;
    const path = resolve(dirname(file), name);
    const text = await readNamed(`${file}: tls_server_config.${field}_file`, path);
    return { text, field: `${field}_file`, where: JSON.stringify(path) };
  };
  const parsed = <T>({ text, field, where }: Pem, what: string, parse: (text: string) => T): T => {
    // DER begins with the tag and the length of a long sequence.
    if (text.startsWith('0\x82')) return fail(field, `DER in ${where}`, `a ${what} in PEM form`);
    if (ENCRYPTED.test(text)) fail(field, `an encrypted private key in ${where}`, 'one without a passphrase');
    try {
      return parse(text);
    } catch {
      return fail(field, `no ${what} in ${where}`, 'a valid one in PEM form');
    }
  };
  const [cert, key, ca] = [await pem('cert'), await pem('key'), await pem('client_ca')];
  if (!cert && !key && !ca && !section.client_auth_type) return undefined;
  if (!cert) return fail('cert_file', 'nothing', 'a certificate, here or in cert');
  if (!key) return fail('key_file', 'nothing', "the certificate's private key, here or in key");
  const [own] = parsed(cert, 'certificate', certificates);
  if (!own?.checkPrivateKey(parsed(key, 'private key', createPrivateKey)))
    fail(key.field, `a private key in ${key.where} that does not belong to ${cert.field}`, 'its own key');
  const clientAuth = section.client_auth_type || 'NoClientCert';
  if (ca && parsed(ca, 'certificate', certificates) && clientAuth === 'NoClientCert')
    fail('client_auth_type', clientAuth, `another type, since ${ca.field} is given`);
  if (!ca && clientAuth.includes('Verify'))
    fail('client_ca_file', 'nothing', `the CA of clients, since client_auth_type is ${clientAuth}`);
  const allowedSans = section.client_allowed_sans ?? undefined; // undefined: all names are allowed
  if (allowedSans?.length === 0)
    fail('client_allowed_sans', 'an empty list', 'a name: no client could connect');
  const [min, max] = [section.min_version ?? 'TLS12', section.max_version ?? 'TLS13'];
  // The names sort by age.
  if (min > max) fail('min_version', min, `no later version than max_version (${max})`);
  if (max < 'TLS12') fail('max_version', max, 'TLS12 or TLS13: OpenSSL no longer accepts earlier versions');
  const ciphers = section.cipher_suites?.map(opensslSuite).join(':');
  const ecdhCurve =
    section.curve_preferences && [...new Set(section.curve_preferences.map(opensslCurve))].join(':');
  const options: TlsOptions = {
    cert: cert.text,
    key: key.text,
    ...(ca && { ca: ca.text }),
    minVersion: opensslVersion(min < 'TLS12' ? 'TLS12' : min),
    maxVersion: opensslVersion(max),
    honorCipherOrder: section.prefer_server_cipher_suites ?? true,
    ...(ciphers && { ciphers }),
    ...(ecdhCurve && { ecdhCurve }),
    requestCert: clientAuth !== 'NoClientCert',
    // Clients are judged after the handshake, so that a refusal can be logged.
    rejectUnauthorized: false,
  };
  const problem = await handshakeProblem(options);
  if (problem === undefined) return { options, clientAuth, allowedSans };
  const combination = 'a combination of certificate, versions, cipher_suites and curve_preferences';
  const found = `found ${combination} that no client can use (${problem}), expected one that works`;
  throw new WebConfigError(`${file}: tls_server_config: ${found}`);
}
