import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createSecureContext, type SecureVersion, type TlsOptions } from 'node:tls';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';

/*
 * The file of `--web.config.file`, in the format of Prometheus's exporter-toolkit, so that one file serves all exporters of a host.
 */

/** The web configuration is wrong or cannot be read. The message names the file, the field, what was found and what is expected. */
export class WebConfigError extends Error {
  override readonly name = 'WebConfigError';

  constructor(
    message: string,
    /** True when a file could not be read, false when its contents are wrong. */
    readonly unreadable = false,
  ) {
    super(message);
  }
}

/** OpenSSL's names of the suites that Go names; TLS 1.3 suites are not configurable there. */
const CIPHER_SUITES: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
};

const VERSIONS: Readonly<Record<string, SecureVersion>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
};

const CURVES: Readonly<Record<string, string>> = {
  X25519: 'X25519',
  CurveP256: 'P-256',
  CurveP384: 'P-384',
  CurveP521: 'P-521',
};

export const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;
export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number];

const names = (of: Readonly<Record<string, unknown>>) => Object.keys(of) as [string, ...string[]];

const schema = z
  .strictObject({
    tls_server_config: z
      .strictObject({
        cert_file: z.string().min(1),
        key_file: z.string().min(1),
        // The toolkit knows this older spelling as well.
        client_auth_type: z.enum([...CLIENT_AUTH_TYPES, 'RequireClientCert']).default('NoClientCert'),
        client_ca_file: z.string().min(1).optional(),
        client_allowed_sans: z.array(z.string().min(1)).min(1).optional(),
        min_version: z.enum(names(VERSIONS)).default('TLS12'),
        max_version: z.enum(names(VERSIONS)).default('TLS13'),
        cipher_suites: z
          .array(z.enum(names(CIPHER_SUITES)))
          .min(1)
          .optional(),
        prefer_server_cipher_suites: z.boolean().default(true),
        curve_preferences: z
          .array(z.enum(names(CURVES)))
          .min(1)
          .optional(),
      })
      .optional(),
    http_server_config: z
      .strictObject({
        // Taken and without effect: only HTTP/1.1 is served, which every client of HTTP/2 speaks.
        http2: z.boolean().default(true),
        headers: z
          .strictObject({
            'Strict-Transport-Security': z.string().optional(),
            'X-Frame-Options': z.enum(['deny', 'sameorigin', 'DENY', 'SAMEORIGIN']).optional(),
            'X-Content-Type-Options': z.enum(['nosniff']).optional(),
            'X-XSS-Protection': z.string().optional(),
            'Content-Security-Policy': z.string().optional(),
          })
          .default({}),
      })
      .optional(),
    basic_auth_users: z
      .record(
        z
          .string()
          .min(1)
          .regex(/^[^:]*$/, 'a user name without a colon'),
        z.string().regex(/^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/, 'a bcrypt hash such as $2y$10$...'),
      )
      .optional(),
  })
  .nullable();

/** What the web server needs of the web configuration. */
export interface WebConfig {
  /** Undefined: plain HTTP. */
  readonly tls?: {
    readonly options: TlsOptions;
    readonly clientAuth: ClientAuthType;
    readonly allowedSans: readonly string[] | undefined;
  };
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bcrypt hashes by user name; undefined: no password is asked for. */
  readonly users: ReadonlyMap<string, string> | undefined;
  /** Files whose change makes a reload necessary. */
  readonly files: readonly string[];
}

async function contents(file: string, field: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new WebConfigError(
      `${field}: found ${JSON.stringify(file)}, which cannot be read (${code ?? 'unknown error'}); expected a readable file`,
      true,
    );
  }
}

/** Describes what is wrong without quoting it: a password hash may stand there. */
function explain(file: string, issues: readonly z.core.$ZodIssue[]): string {
  return issues
    .map((issue) => {
      const field = issue.path.length === 0 ? 'the file' : issue.path.join('.');
      switch (issue.code) {
        case 'unrecognized_keys':
          return `${file}: ${field}: found the unknown key ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}, expected keys of exporter-toolkit's web configuration`;
        case 'invalid_value':
          return `${file}: ${field}: expected one of ${issue.values.join(', ')}`;
        case 'invalid_format':
          return `${file}: ${field}: expected ${issue.message}`;
        case 'invalid_key':
          return `${file}: ${field}: expected ${issue.issues[0]?.message ?? 'a user name'}`;
        default:
          return `${file}: ${field}: ${issue.message.replace(/^Invalid input: /, '')}`;
      }
    })
    .join('\n');
}

/**
 * Reads and checks a web configuration with the certificates it names; relative paths are relative to the file, as in exporter-toolkit.
 *
 * @throws {WebConfigError}
 */
export async function loadWebConfig(file: string): Promise<WebConfig> {
  const text = (await contents(file, '--web.config.file')).toString();
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    const where = error instanceof YAMLParseError ? `line ${error.linePos?.[0].line ?? '?'}` : 'the file';
    throw new WebConfigError(`${file}: ${where}: found something else than YAML (${(error as Error).name})`);
  }
  const result = schema.safeParse(value);
  if (!result.success) throw new WebConfigError(explain(file, result.error.issues));
  const { tls_server_config: tls, http_server_config: http, basic_auth_users: users } = result.data ?? {};

  const headers = Object.fromEntries(
    Object.entries(http?.headers ?? {}).flatMap(([name, text]) =>
      text === undefined ? [] : [[name.toLowerCase(), text] as const],
    ),
  );
  // As in exporter-toolkit, an empty list of users asks nobody for a password.
  const byName = new Map(Object.entries(users ?? {}));
  const base = { headers, users: byName.size === 0 ? undefined : byName };
  if (tls === undefined) return { ...base, files: [file] };

  const path = (name: string) => resolve(dirname(file), name);
  const at = (field: string) => `${file}: tls_server_config.${field}`;
  const certFile = path(tls.cert_file);
  const keyFile = path(tls.key_file);
  const caFile = tls.client_ca_file === undefined ? undefined : path(tls.client_ca_file);
  const clientAuth: ClientAuthType =
    tls.client_auth_type === 'RequireClientCert' ? 'RequireAnyClientCert' : tls.client_auth_type;
  const verifies = clientAuth === 'VerifyClientCertIfGiven' || clientAuth === 'RequireAndVerifyClientCert';
  if (verifies && caFile === undefined) {
    throw new WebConfigError(
      `${at('client_ca_file')}: is missing, expected the CA that client certificates are verified with (client_auth_type is ${clientAuth})`,
    );
  }
  if (caFile !== undefined && clientAuth === 'NoClientCert') {
    throw new WebConfigError(
      `${at('client_auth_type')}: found NoClientCert, expected another type, since client_ca_file is given`,
    );
  }
  if (tls.client_allowed_sans !== undefined && !verifies) {
    throw new WebConfigError(
      `${at('client_allowed_sans')}: found names that are never verified, expected client_auth_type RequireAndVerifyClientCert or VerifyClientCertIfGiven`,
    );
  }
  if (names(VERSIONS).indexOf(tls.min_version) > names(VERSIONS).indexOf(tls.max_version)) {
    throw new WebConfigError(
      `${at('min_version')}: found ${tls.min_version}, expected no later version than max_version (${tls.max_version})`,
    );
  }
  const [cert, key, ca] = await Promise.all([
    contents(certFile, at('cert_file')),
    contents(keyFile, at('key_file')),
    caFile === undefined ? undefined : contents(caFile, at('client_ca_file')),
  ]);
  for (const [field, name, pem] of [
    ['cert_file', certFile, cert],
    ['client_ca_file', caFile, ca],
  ] as const) {
    if (pem === undefined) continue;
    try {
      new X509Certificate(pem);
    } catch {
      throw new WebConfigError(
        `${at(field)}: found no certificate in ${JSON.stringify(name)}, expected one in PEM form`,
      );
    }
  }
  const options: TlsOptions = {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    minVersion: VERSIONS[tls.min_version] as SecureVersion,
    maxVersion: VERSIONS[tls.max_version] as SecureVersion,
    honorCipherOrder: tls.prefer_server_cipher_suites,
    ...(tls.cipher_suites === undefined
      ? {}
      : { ciphers: tls.cipher_suites.map((suite) => CIPHER_SUITES[suite]).join(':') }),
    ...(tls.curve_preferences === undefined
      ? {}
      : { ecdhCurve: tls.curve_preferences.map((curve) => CURVES[curve]).join(':') }),
    requestCert: clientAuth !== 'NoClientCert',
    // The other types are judged by us after the handshake: Node.js knows only this one.
    rejectUnauthorized: clientAuth === 'RequireAndVerifyClientCert',
  };
  try {
    createSecureContext(options);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new WebConfigError(
      `${at('key_file')}: found a key in ${JSON.stringify(keyFile)} that does not fit cert_file or is no PEM key (${code ?? 'unknown error'}); expected the certificate's key`,
    );
  }
  return {
    ...base,
    tls: { options, clientAuth, allowedSans: tls.client_allowed_sans },
    files: [file, certFile, keyFile, ...(caFile === undefined ? [] : [caFile])],
  };
}
