import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import type { SecureVersion, TlsOptions } from 'node:tls';
import * as z from 'zod/mini';
import { flag, list, oneOf, optional, text } from './scalars.js';
import { handshakeProblem } from './tls-probe.js';
import { readNamed, type TlsConfig, WebConfigError } from './web-config.js';

const table = (text: string) =>
  new Map(
    text
      .trim()
      .split(/\s+/)
      .map((pair) => pair.split('=') as [string, string]),
  );

/** OpenSSL's names by Go's names: of Go's `tls.CipherSuites()`, and of two that it counted among them before Go 1.22. */
const CIPHER_SUITES = table(`
  TLS_AES_128_GCM_SHA256=TLS_AES_128_GCM_SHA256
  TLS_AES_256_GCM_SHA384=TLS_AES_256_GCM_SHA384
  TLS_CHACHA20_POLY1305_SHA256=TLS_CHACHA20_POLY1305_SHA256
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256=ECDHE-ECDSA-AES128-GCM-SHA256
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256=ECDHE-RSA-AES128-GCM-SHA256
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384=ECDHE-ECDSA-AES256-GCM-SHA384
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384=ECDHE-RSA-AES256-GCM-SHA384
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256=ECDHE-ECDSA-CHACHA20-POLY1305
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256=ECDHE-RSA-CHACHA20-POLY1305
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA=ECDHE-ECDSA-AES128-SHA
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA=ECDHE-RSA-AES128-SHA
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA=ECDHE-ECDSA-AES256-SHA
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA=ECDHE-RSA-AES256-SHA
  TLS_RSA_WITH_AES_128_GCM_SHA256=AES128-GCM-SHA256
  TLS_RSA_WITH_AES_256_GCM_SHA384=AES256-GCM-SHA384
`);

/** The earliest first. */
const VERSIONS = table('TLS10=TLSv1 TLS11=TLSv1.1 TLS12=TLSv1.2 TLS13=TLSv1.3');
const CURVES = table('X25519=X25519 CurveP256=P-256 CurveP384=P-384 CurveP521=P-521');
/** The toolkit accepts the second spelling of RequireAnyClientCert as well. */
const CLIENT_AUTH_TYPES =
  'NoClientCert RequestClientCert RequireAnyClientCert RequireClientCert VerifyClientCertIfGiven RequireAndVerifyClientCert'.split(
    ' ',
  );

/** The section `tls_server_config`. */
export const tlsSection = z.strictObject({
  cert: optional(text),
  key: optional(text),
  client_ca: optional(text),
  cert_file: optional(text),
  key_file: optional(text),
  client_ca_file: optional(text),
  client_auth_type: optional(oneOf(['', ...CLIENT_AUTH_TYPES])),
  client_allowed_sans: list(text),
  min_version: optional(oneOf([...VERSIONS.keys()])),
  max_version: optional(oneOf([...VERSIONS.keys()])),
  cipher_suites: list(oneOf([...CIPHER_SUITES.keys()])),
  prefer_server_cipher_suites: optional(flag),
  curve_preferences: list(oneOf([...CURVES.keys()])),
});

const CERTIFICATE =
  /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (TRUSTED |X509 )?CERTIFICATE-----/g;
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/** A PEM text, the field it comes from, and where it is found. */
interface Pem {
  readonly text: string;
  readonly field: string;
  readonly where: string;
}

/**
 * Loads the certificates of a section, and makes sure that clients can connect. Undefined where the section does not ask for TLS.
 *
 * @param file the web configuration: paths are relative to it
 * @throws {WebConfigError}
 */
export async function loadTls(
  file: string,
  section: z.infer<typeof tlsSection>,
): Promise<{ readonly tls: TlsConfig; readonly files: readonly string[] } | undefined> {
  const fail = (field: string, found: string, expected: string): never => {
    throw new WebConfigError(`${file}: tls_server_config.${field}: found ${found}, expected ${expected}`);
  };
  const files: string[] = [];
  const pem = async (field: 'cert' | 'key' | 'client_ca'): Promise<Pem | undefined> => {
    const name = section[`${field}_file`];
    const inline = section[field];
    if (!name) return inline ? { text: inline, field, where: 'the configuration' } : undefined;
    const path = resolve(dirname(file), name);
    files.push(path);
    const text = await readNamed(`${file}: tls_server_config.${field}_file`, path);
    return { text, field: `${field}_file`, where: JSON.stringify(path) };
  };
  /** All certificates of a text. */
  const certificates = ({ text, field, where }: Pem): readonly X509Certificate[] => {
    const blocks = text.match(CERTIFICATE) ?? [];
    // DER begins with the tag and the length of a long sequence.
    const found = text.startsWith('0\x82') ? 'a certificate in DER form' : 'no certificate';
    if (blocks.length === 0) fail(field, `${found} in ${where}`, 'one in PEM form');
    try {
      return blocks.map((block) => new X509Certificate(block));
    } catch {
      return fail(field, `a certificate that is not valid in ${where}`, 'valid PEM');
    }
  };
  const privateKey = ({ text, field, where }: Pem): KeyObject => {
    if (ENCRYPTED.test(text)) fail(field, `an encrypted private key in ${where}`, 'one without a passphrase');
    try {
      return createPrivateKey(text);
    } catch {
      return fail(field, `no private key in ${where}`, 'one in PEM form');
    }
  };
  const cert = await pem('cert');
  const key = await pem('key');
  const ca = await pem('client_ca');
  if (cert === undefined && key === undefined && ca === undefined && !section.client_auth_type)
    return undefined;
  if (cert === undefined) return fail('cert_file', 'nothing', 'a certificate, here or in cert');
  if (key === undefined) return fail('key_file', 'nothing', "the certificate's private key, here or in key");
  if (certificates(cert)[0]?.checkPrivateKey(privateKey(key)) !== true) {
    fail(key.field, `a private key in ${key.where} that does not belong to ${cert.field}`, 'its own key');
  }

  const clientAuth = section.client_auth_type || 'NoClientCert';
  if (ca !== undefined) certificates(ca);
  if (ca !== undefined && clientAuth === 'NoClientCert') {
    fail('client_auth_type', 'NoClientCert', `another type, since ${ca.field} is given`);
  }
  if (ca === undefined && clientAuth.includes('Verify')) {
    fail(
      'client_ca_file',
      'nothing',
      `the CA of client certificates, since client_auth_type is ${clientAuth}`,
    );
  }
  const allowedSans = section.client_allowed_sans ?? undefined;
  if (allowedSans?.length === 0)
    fail('client_allowed_sans', 'an empty list', 'a name: no client could connect');

  const [min, max] = [section.min_version ?? 'TLS12', section.max_version ?? 'TLS13'];
  // The names sort by age.
  if (min > max) fail('min_version', min, `no later version than max_version (${max})`);
  if (max < 'TLS12') fail('max_version', max, 'TLS12 or TLS13: OpenSSL no longer accepts earlier versions');
  const named = (names: readonly string[] | null | undefined, table: ReadonlyMap<string, string>) =>
    names?.map((name) => table.get(name)).join(':') || undefined;
  const [ciphers, ecdhCurve] = [
    named(section.cipher_suites, CIPHER_SUITES),
    named(section.curve_preferences, CURVES),
  ];
  const options: TlsOptions = {
    cert: cert.text,
    key: key.text,
    ...(ca === undefined ? {} : { ca: ca.text }),
    minVersion: VERSIONS.get(min < 'TLS12' ? 'TLS12' : min) as SecureVersion,
    maxVersion: VERSIONS.get(max) as SecureVersion,
    honorCipherOrder: section.prefer_server_cipher_suites ?? true,
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(ecdhCurve === undefined ? {} : { ecdhCurve }),
    requestCert: clientAuth !== 'NoClientCert',
    // Clients are judged after the handshake, so that a refusal can be logged.
    rejectUnauthorized: false,
  };
  const problem = await handshakeProblem(options);
  if (problem !== undefined) {
    const combination = 'a combination of certificate, versions, cipher_suites and curve_preferences';
    throw new WebConfigError(
      `${file}: tls_server_config: found ${combination} that no client can use (${problem}), expected one that works`,
    );
  }
  return { tls: { options, clientAuth, allowedSans }, files };
}
