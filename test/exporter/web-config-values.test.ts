import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Log } from '../../src/exporter/log.js';
import { ActiveWebConfig } from '../../src/exporter/web/active-web-config.js';
import { clientRefusal } from '../../src/exporter/web/client-certificate.js';
import type { TlsConfig } from '../../src/exporter/web/tls.js';
import { WebConfigError } from '../../src/exporter/web/web-config-error.js';
import { loadWebConfig } from '../../src/exporter/web/web-config-file.js';
import { makeCa, makeCertificate } from './certificates.js';

/* What a web configuration means once it is read; which ones are accepted is in web-config.test.ts. */

const HASH = '$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG';
const TLS = 'tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n';
const CA = '  client_ca_file: ca.crt\n';

let folder: string;
let path: string;
const read = (name: string) => readFile(join(folder, name), 'utf8');
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pending-writes-web-values-'));
  path = join(folder, 'web.yml');
  await makeCa(folder, 'ca');
  await makeCertificate(folder, 'ca', 'server');
  await makeCertificate(folder, 'ca', 'other');
  const key = createPrivateKey(await read('server.key'));
  const encryption = { cipher: 'aes256', passphrase: 'secret', format: 'pem' } as const;
  await writeFile(join(folder, 'sec1.key'), key.export({ type: 'sec1', ...encryption }));
  await writeFile(join(folder, 'pkcs8.key'), key.export({ type: 'pkcs8', ...encryption }));
  await writeFile(join(folder, 'server.der'), new X509Certificate(await read('server.crt')).raw);
  await writeFile(join(folder, 'empty.crt'), '');
});
afterEach(() => void vi.restoreAllMocks());
afterAll(() => rm(folder, { recursive: true, force: true }));

async function loaded(text: string) {
  await writeFile(path, text);
  return loadWebConfig(path);
}
/** What is wrong, without the file's name in front; with `!` where a file cannot be read. */
async function problem(text: string): Promise<string> {
  const error = await loaded(text).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof WebConfigError)) throw error ?? new Error(`it is accepted: ${text}`);
  const lines = error.message.split('\n').map((line) => {
    expect(line.startsWith(`${path}: `)).toBe(true);
    return line.slice(path.length + 2).replaceAll(folder, '.');
  });
  return `${error.unreadable ? '!' : ''}${lines.join('\n')}`;
}

describe('a configuration', () => {
  it('of nothing asks for nothing', async () => {
    for (const text of [
      '',
      '{}',
      'basic_auth_users: {}\nrate_limit: {interval: 0s, burst: 0x5}\ntls_server_config:\n',
    ]) {
      const nothing = { tls: undefined, headers: {}, users: undefined, rateLimit: undefined, warnings: [] };
      expect(await loaded(text)).toEqual(nothing);
    }
  });

  it('has users, headers in lower case, and a warning for TLS without a certificate', async () => {
    const config = await loaded(
      `basic_auth_users: {a: ${HASH}, "é b": '${HASH}'}\nhttp_server_config:\n  http2: true\n  headers: {Strict-Transport-Security: max-age=1, X-Frame-Options: deny, X-XSS-Protection: "", X-Content-Type-Options: nosniff, Content-Security-Policy: " a\\n b é\\r"}\ntls_server_config: {min_version: TLS13}\n`,
    );
    expect(config).toEqual({
      tls: undefined,
      users: new Map([
        ['a', HASH],
        ['é b', HASH],
      ]),
      headers: {
        'strict-transport-security': 'max-age=1',
        'x-frame-options': 'deny',
        'x-content-type-options': 'nosniff',
        'content-security-policy': 'a  b Ã©',
      },
      rateLimit: undefined,
      warnings: [`${path}: tls_server_config: found no certificate, so TLS is off`],
    });
    const early = HASH.replace('$2y$', '$2$');
    expect((await loaded(`basic_auth_users: {a: ${early}}`)).users).toEqual(new Map([['a', early]]));
    const named = await loaded('http_server_config: {headers: {X-XSS-Protection: __proto__}}');
    expect(named.headers).toEqual({ 'x-xss-protection': '__proto__' });
    const csp = await loaded('http_server_config: {headers: {Content-Security-Policy: "x\\r\\ny\\n"}}');
    expect(csp.headers).toEqual({ 'content-security-policy': 'x  y' });
  });

  it.each([
    ['1s', 1_000],
    ['+1s', 1_000],
    ['"1s"', 1_000],
    ['1m30s', 90_000],
    ['1h2m3s4ms', 3_723_004],
    ['2h', 7_200_000],
    ['1.5s', 1_500],
    ['.5s', 500],
    ['1.s', 1_000],
    ['.25s', 250],
    ['.25e6', 0.25],
    ['1e10', 10_000],
    ['250ms', 250],
    ['250us', 0.25],
    ['250µs', 0.25],
    ['250μs', 0.25],
    ['250000ns', 0.25],
    ['1000000', 1],
    ['+1000000', 1],
    ['1_000_000', 1],
    ['1.5e6', 1.5],
    ['0x10', 0.000016],
    ['0b11', 0.000003],
    ['0o17', 0.000015],
    ['017', 0.000015],
    ['08', 0.000008],
  ])('has a rate limit whose interval of %s is %d ms', async (interval, intervalMs) => {
    const { rateLimit } = await loaded(`rate_limit: {interval: ${interval}, burst: 5}`);
    expect(rateLimit?.burst).toBe(5);
    expect(rateLimit?.intervalMs).toBeCloseTo(intervalMs, 9);
  });

  it.each([
    ['1', 1],
    ['1_000', 1000],
    ['0x1F', 31],
    ['010', 8],
    ['019', 19],
    ['5.9', 5],
    ['10.9', 10],
    ['1e3', 1000],
    ['1e+1', 10],
    ['9007199254740991', 9_007_199_254_740_991],
  ])('has a rate limit of %s requests at a time, which is %d', async (burst, expected) => {
    expect((await loaded(`rate_limit: {interval: 1s, burst: ${burst}}`)).rateLimit).toEqual({
      intervalMs: 1000,
      burst: expected,
    });
  });

  it.each([
    [
      'rate_limit: {interval: 1s, burst: 0.5}',
      'rate_limit.burst: found something else, expected a whole number, 1 or greater',
    ],
    [
      'rate_limit: {interval: 1s, burst: 9007199254740992}',
      'rate_limit.burst: found something else, expected a whole number, 1 or greater',
    ],
    [
      'rate_limit: {interval: 1s, burst: 1x}',
      'rate_limit.burst: found something else, expected a whole number, 1 or greater',
    ],
    [
      'rate_limit: {interval: 1s, burst: 0b12x}',
      'rate_limit.burst: found something else, expected a whole number, 1 or greater',
    ],
    [
      'rate_limit: {interval: 1s, burst: 1+1}',
      'rate_limit.burst: found something else, expected a whole number, 1 or greater',
    ],
    ...['-5', '1s5'].map((interval): [string, string] => [
      `rate_limit: {interval: ${interval}, burst: 1}`,
      'rate_limit.interval: found something else, expected a duration such as 1s, 500ms or 1m30s',
    ]),
    ...['casino', 'nope'].map((word): [string, string] => [
      `http_server_config: {http2: ${word}}`,
      'http_server_config.http2: found something else, expected true or false',
    ]),
    [
      `basic_auth_users: {a: 'x${HASH}'}`,
      'basic_auth_users.a: found something else, expected a bcrypt hash of cost 4 to 31, such as $2y$10$...',
    ],
    [
      'rate_limit: {interval: 1s}',
      'rate_limit.burst: found nothing, expected 1 or more: no request would be answered',
    ],
    [
      'rate_limit: {interval: 1, burst: 1}\nrate_limit: {}',
      'line 2: found something that is not valid YAML (DUPLICATE_KEY)',
    ],
    [
      'rate_limit: {interval: "1", burst: 1}',
      'rate_limit.interval: found something else, expected a duration such as 1s, 500ms or 1m30s',
    ],
    [
      'rate_limit: {interval: 1 s, burst: 1}',
      'rate_limit.interval: found something else, expected a duration such as 1s, 500ms or 1m30s',
    ],
    [
      'rate_limit: {interval: [1s], burst: 1}',
      'rate_limit.interval: found something else, expected a duration such as 1s, 500ms or 1m30s',
    ],
    [
      'http_server_config: {http2: 1}',
      'http_server_config.http2: found something else, expected true or false',
    ],
    [
      'http_server_config: {http2: truely}',
      'http_server_config.http2: found something else, expected true or false',
    ],
    [
      'http_server_config: {http2: "true"}',
      'http_server_config.http2: found something else, expected true or false',
    ],
    ['http_server_config: [x]', 'http_server_config: found something else, expected type object'],
    ['- a', 'the file: found something else, expected type object'],
    [
      'a: 1\nb: 2',
      'the file: found the unknown key "a", "b", expected keys of exporter-toolkit\'s web configuration',
    ],
    [
      'rate_limit: {Burst: 1}',
      'rate_limit: found the unknown key "Burst", expected keys of exporter-toolkit\'s web configuration',
    ],
    ['a:\n  - b\n c', 'line 3: found something that is not valid YAML (BAD_INDENT)'],
    [
      'http_server_config: *a',
      'the file: found an alias without its anchor, or too many aliases, expected valid YAML',
    ],
    ['basic_auth_users: {__proto__: x}', 'the file: found the key __proto__, expected another one'],
    [
      'basic_auth_users: {"a:b": x}',
      'basic_auth_users.a:b: found a user name with a colon, expected one without',
    ],
    [
      'basic_auth_users: {a: secret}',
      'basic_auth_users.a: found something else, expected a bcrypt hash of cost 4 to 31, such as $2y$10$...',
    ],
    [
      'http_server_config: {headers: {X-Frame-Options: x}}',
      'http_server_config.headers.X-Frame-Options: found something else, expected one of deny, sameorigin',
    ],
    [
      'http_server_config: {headers: {X-XSS-Protection: "a\\tb\\u0001"}}',
      'http_server_config.headers.X-XSS-Protection: found something else, expected a header value without control characters',
    ],
    [
      'tls_server_config: {min_version: TLS14, max_version: x}',
      'tls_server_config.min_version: found something else, expected one of TLS10, TLS11, TLS12, TLS13\ntls_server_config.max_version: found something else, expected one of TLS10, TLS11, TLS12, TLS13',
    ],
    [
      'tls_server_config: {curve_preferences: [x]}',
      'tls_server_config.curve_preferences.0: found something else, expected one of X25519, CurveP256, CurveP384, CurveP521',
    ],
    [
      'tls_server_config: {cert_file: [x]}',
      'tls_server_config.cert_file: found something else, expected text',
    ],
    [
      'tls_server_config: {key_file: server.key}',
      'tls_server_config.cert_file: found nothing, expected a certificate, here or in cert',
    ],
    [
      'tls_server_config: {client_ca_file: ca.crt}',
      'tls_server_config.cert_file: found nothing, expected a certificate, here or in cert',
    ],
    [
      'tls_server_config: {client_auth_type: NoClientCert}',
      'tls_server_config.cert_file: found nothing, expected a certificate, here or in cert',
    ],
    [
      'tls_server_config: {cert_file: server.crt}',
      "tls_server_config.key_file: found nothing, expected the certificate's private key, here or in key",
    ],
    [
      'tls_server_config: {cert: x, key: y}',
      'tls_server_config.cert: found no certificate in the configuration, expected a valid one in PEM form',
    ],
    [
      'tls_server_config: {cert_file: empty.crt, key_file: server.key}',
      'tls_server_config.cert_file: found no certificate in "./empty.crt", expected a valid one in PEM form',
    ],
    [
      'tls_server_config: {cert_file: server.der, key_file: server.key}',
      'tls_server_config.cert_file: found DER in "./server.der", expected a certificate in PEM form',
    ],
    [
      'tls_server_config: {cert_file: server.crt, key_file: server.crt}',
      'tls_server_config.key_file: found no private key in "./server.crt", expected a valid one in PEM form',
    ],
    [
      'tls_server_config: {cert_file: server.crt, key_file: server.der}',
      'tls_server_config.key_file: found DER in "./server.der", expected a private key in PEM form',
    ],
    [
      'tls_server_config: {cert_file: server.crt, key_file: sec1.key}',
      'tls_server_config.key_file: found an encrypted private key in "./sec1.key", expected one without a passphrase',
    ],
    [
      'tls_server_config: {cert_file: server.crt, key_file: pkcs8.key}',
      'tls_server_config.key_file: found an encrypted private key in "./pkcs8.key", expected one without a passphrase',
    ],
    [
      'tls_server_config: {cert_file: server.crt, key_file: other.key}',
      'tls_server_config.key_file: found a private key in "./other.key" that does not belong to cert_file, expected its own key',
    ],
    [
      'tls_server_config: {cert_file: none.crt, key_file: server.key}',
      '!tls_server_config.cert_file: found "./none.crt", which cannot be read (ENOENT); expected a readable file',
    ],
    [
      `${TLS}  client_ca_file: none.crt\n  client_auth_type: RequireAndVerifyClientCert`,
      '!tls_server_config.client_ca_file: found "./none.crt", which cannot be read (ENOENT); expected a readable file',
    ],
    [
      `${TLS}${CA}`,
      'tls_server_config.client_auth_type: found NoClientCert, expected another type, since client_ca_file is given',
    ],
    [
      `${TLS}  client_ca: x\n  client_auth_type: RequireAnyClientCert`,
      'tls_server_config.client_ca: found no certificate in the configuration, expected a valid one in PEM form',
    ],
    [
      `${TLS}  client_auth_type: VerifyClientCertIfGiven`,
      'tls_server_config.client_ca_file: found nothing, expected the CA of clients, since client_auth_type is VerifyClientCertIfGiven',
    ],
    [
      `${TLS}  client_auth_type: Verify`,
      'tls_server_config.client_auth_type: found something else, expected one of , NoClientCert, RequestClientCert, RequireAnyClientCert, RequireClientCert, VerifyClientCertIfGiven, RequireAndVerifyClientCert',
    ],
    [
      `${TLS}  client_allowed_sans: []`,
      'tls_server_config.client_allowed_sans: found an empty list, expected a name: no client could connect',
    ],
    [
      `${TLS}  min_version: TLS13\n  max_version: TLS12`,
      'tls_server_config.min_version: found TLS13, expected no later version than max_version (TLS12)',
    ],
    [
      `${TLS}  min_version: TLS10\n  max_version: TLS11`,
      'tls_server_config.max_version: found TLS11, expected TLS12 or TLS13: OpenSSL no longer accepts earlier versions',
    ],
  ])(
    'that is wrong is refused with file, field, what was found and what is expected: %s',
    async (text, expected) => {
      expect(await problem(text)).toBe(expected);
    },
  );

  it('that names no suite is refused with those that there are', async () => {
    expect(await problem(`${TLS}  cipher_suites: [""]`)).toMatch(
      /^tls_server_config\.cipher_suites\.0: found something else, expected one of TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, /,
    );
  });

  it('that no client could use is refused with the reason of OpenSSL', async () => {
    const said = await problem(
      `${TLS}  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]`,
    );
    expect(said).toMatch(
      /^tls_server_config: found a combination of certificate, versions, cipher_suites and curve_preferences that no client can use \(ERR_SSL_NO_SHARED_CIPHER\), expected one that works$/,
    );
  });

  it('that cannot be read is refused as such', async () => {
    await rm(path, { force: true });
    await expect(loadWebConfig(path)).rejects.toMatchObject({
      message: `--web.config.file: found ${JSON.stringify(path)}, which cannot be read (ENOENT); expected a readable file`,
      unreadable: true,
    });
  });
});

describe('TLS', () => {
  const options = async (text: string) => (await loaded(TLS + text)).tls?.options;

  it('has by default TLS 1.2 and 1.3, the suites of Node.js, and no client certificates', async () => {
    expect((await loaded(TLS)).tls).toEqual({
      clientAuth: 'NoClientCert',
      allowedSans: undefined,
      options: {
        cert: await read('server.crt'),
        key: await read('server.key'),
        minVersion: 'TLSv1.2',
        maxVersion: 'TLSv1.3',
        honorCipherOrder: true,
        requestCert: false,
        rejectUnauthorized: false,
      },
    });
  });

  it('may stand in the configuration itself, which files come before', async () => {
    const indented = async (name: string) => (await read(name)).trim().replaceAll('\n', '\n    ');
    const text = `tls_server_config:\n  cert: |\n    ${await indented('server.crt')}\n  key: |\n    ${await indented('server.key')}\n  client_ca: |\n    ${await indented('ca.crt')}\n  client_auth_type: RequireAnyClientCert\n`;
    const { tls } = await loaded(text);
    expect(tls?.options).toMatchObject({
      cert: await read('server.crt'),
      ca: await read('ca.crt'),
      requestCert: true,
    });
    expect(await problem(`${text}  key_file: other.key\n`)).toContain(
      'key_file: found a private key in "./other.key"',
    );
  });

  it.each([
    ['min_version: TLS13', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' }],
    ['min_version: TLS10\n  max_version: TLS12', { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }],
    ['min_version: TLS12\n  max_version: TLS12', { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }],
    ['prefer_server_cipher_suites: false', { honorCipherOrder: false }],
    ['prefer_server_cipher_suites: ON', { honorCipherOrder: true }],
    [
      'curve_preferences: [CurveP256, X25519, CurveP384, CurveP521, X25519]',
      { ecdhCurve: 'P-256:X25519:P-384:P-521' },
    ],
    [
      `cipher_suites:
    - TLS_AES_128_GCM_SHA256
    - TLS_AES_256_GCM_SHA384
    - TLS_CHACHA20_POLY1305_SHA256
    - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
    - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
    - TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
    - TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
    - TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA
    - TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA
    - TLS_RSA_WITH_AES_128_GCM_SHA256`,
      {
        // As `openssl ciphers -V` names them.
        ciphers:
          'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES256-SHA:AES128-GCM-SHA256',
      },
    ],
    ['client_auth_type: RequestClientCert', { requestCert: true, rejectUnauthorized: false }],
  ])('is given to Node.js as it means it: %s', async (text, expected) => {
    expect(await options(`  ${text}\n`)).toMatchObject(expected);
  });

  it('accepts only versions, suites and curves that work together', async () => {
    expect(await options('  cipher_suites: []\n')).not.toHaveProperty('ciphers');
    const only =
      '  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]\n  curve_preferences: [CurveP521]\n';
    expect(await options(only)).toMatchObject({
      ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256',
      ecdhCurve: 'P-521',
    });
  });
});

describe('a client certificate', () => {
  /** Why a client is refused. */
  const refusal = (
    clientAuth: string,
    names: string | undefined | null,
    { authorized = true, allowed }: { authorized?: boolean; allowed?: readonly string[] } = {},
  ) => {
    const certificate = names === null ? undefined : { subjectAltName: names };
    const socket = {
      authorized,
      authorizationError: 'CERT_HAS_EXPIRED',
      getPeerX509Certificate: () => certificate,
    };
    return clientRefusal(
      socket as unknown as TLSSocket,
      { clientAuth, allowedSans: allowed } as unknown as TlsConfig,
    );
  };
  const NONE = 'no client certificate';
  const INVALID = 'client certificate not valid (CERT_HAS_EXPIRED)';

  it.each([
    // type, without one, with one of another CA
    ['NoClientCert', undefined, undefined],
    ['RequestClientCert', undefined, undefined],
    ['RequireAnyClientCert', NONE, undefined],
    ['RequireClientCert', NONE, undefined],
    ['VerifyClientCertIfGiven', undefined, INVALID],
    ['RequireAndVerifyClientCert', NONE, INVALID],
  ])('is judged as its type asks: %s', (type, without, stranger) => {
    expect(refusal(type, null)).toBe(without);
    expect(refusal(type, 'DNS:a', { authorized: false })).toBe(stranger);
    expect(refusal(type, 'DNS:a')).toBeUndefined();
  });

  it.each<[string | undefined, string, boolean]>([
    ['DNS:a.example', 'a.example', true],
    ['DNS:b.example, DNS:a.example', 'a.example', true],
    ['DNS:a.example.org', 'a.example', false],
    ['DNS:xa.example', 'a.example', false],
    ['dirName:a.example', 'a.example', false],
    ['email:a@b', 'a@b', true],
    ['URI:spiffe://a/b', 'spiffe://a/b', true],
    ['DNS:"a, DNS:evil"', 'evil', false],
    ['DNS:"a, DNS:evil"', 'a, DNS:evil', true],
    ['DNS:"a\\"b", DNS:c', 'a"b', true],
    ['DNS:"a\\"b", DNS:c', 'c', true],
    ['IP Address:192.0.2.7', '192.0.2.7', true],
    ['IP Address:192.0.2.7', '::ffff:192.0.2.7', true],
    ['IP Address:0:0:0:0:0:FFFF:C000:207', '192.0.2.7', true],
    ['IP Address:2001:DB8:0:0:0:0:0:1', '2001:db8::1', true],
    ['IP Address:2001:DB8:0:0:0:0:0:1', '2001:db8::2', false],
    ['DNS:fe80::1%eth0', 'fe80::1%eth0', true],
    ['', '', false],
    [undefined, 'a', false],
  ])('with the names %s is allowed by %s: %s', (names, allowed, expected) => {
    const found = refusal('RequireAnyClientCert', names, { allowed: ['other', allowed] });
    expect(found).toBe(expected ? undefined : 'client certificate without an allowed name');
  });
});

describe('the configuration in force', () => {
  function keptLog() {
    const lines: unknown[][] = [];
    const at =
      (level: string) =>
      (...line: unknown[]) =>
        void lines.push([level, ...line]);
    return { lines, log: { info: at('info'), warn: at('warn'), error: at('error') } as unknown as Log };
  }
  const users = (name: string) => `basic_auth_users: {${name}: ${HASH}}\n`;

  it('is nothing without a file, which a reload says', async () => {
    const { lines, log } = keptLog();
    const access = await ActiveWebConfig.open(undefined, log);
    expect([access.config, access.reloadSuccess()]).toEqual([{}, true]);
    await access.reload('SIGHUP');
    expect(lines).toEqual([['info', 'there is no web configuration to reload', { trigger: 'SIGHUP' }]]);
    for (let i = 0; i < 100; i += 1) expect(access.isWithinRateLimit()).toBe(true);
  });

  it('is the new one where the file has changed, and the earlier one where it is wrong', async () => {
    const { lines, log } = keptLog();
    const every = vi.spyOn(globalThis, 'setInterval').mockReturnValue({ unref: () => {} } as never);
    await writeFile(path, users('first'));
    const access = await ActiveWebConfig.open(path, log);
    expect(every.mock.calls.map(([, ms]) => ms)).toEqual([5_000]);
    const names = () => [...(access.config.users?.keys() ?? [])];
    const { config } = access;
    expect(names()).toEqual(['first']);
    const linesOf = async (trigger: 'SIGHUP' | 'a file changed') => {
      lines.length = 0;
      await access.reload(trigger);
      return [...lines];
    };
    // Nothing has changed: the same object, and no line unless it was asked for.
    expect(await linesOf('a file changed')).toEqual([]);
    expect(await linesOf('SIGHUP')).toEqual([['info', 'web configuration reloaded', { trigger: 'SIGHUP' }]]);
    expect(access.config).toBe(config);

    await writeFile(path, 'nonsense: 1\n');
    const reason = `${path}: the file: found the unknown key "nonsense", expected keys of exporter-toolkit's web configuration`;
    const refused = (trigger: string) => [
      ['error', 'web configuration not reloaded, the earlier one stays in force', { trigger, reason }],
    ];
    expect(await linesOf('a file changed')).toEqual(refused('a file changed'));
    expect([access.reloadSuccess(), names()]).toEqual([false, ['first']]);
    // The same problem is logged once, or when it was asked for.
    expect(await linesOf('a file changed')).toEqual([]);
    expect(await linesOf('SIGHUP')).toEqual(refused('SIGHUP'));
    expect(access.reloadSuccess()).toBe(false);

    // Right again, and as it was.
    await writeFile(path, users('first'));
    expect(await linesOf('a file changed')).toEqual([
      ['info', 'web configuration reloaded', { trigger: 'a file changed' }],
    ]);
    expect([access.reloadSuccess(), access.config === config]).toEqual([true, true]);

    await writeFile(path, `${users('second')}tls_server_config: {min_version: TLS13}\n`);
    expect(await linesOf('a file changed')).toEqual([
      ['warn', `${path}: tls_server_config: found no certificate, so TLS is off`],
      ['info', 'web configuration reloaded', { trigger: 'a file changed' }],
    ]);
    expect(names()).toEqual(['second']);
    // What the timer calls.
    await unlink(path);
    lines.length = 0;
    const [[reload] = []] = every.mock.calls;
    (reload as () => void)();
    await access.reload('SIGHUP');
    expect(lines.map(([, , fields]) => (fields as { trigger: string }).trigger)).toEqual([
      'a file changed',
      'SIGHUP',
    ]);
  });

  it.each([
    ['', TLS, 'turning TLS on or off needs a restart'],
    [TLS, '', 'turning TLS on or off needs a restart'],
    [TLS, `${TLS}  client_auth_type: RequestClientCert\n`, 'another client_auth_type needs a restart'],
  ])('stays where a restart is needed: from %j to %j', async (before, after, expected) => {
    const { lines, log } = keptLog();
    vi.spyOn(globalThis, 'setInterval').mockReturnValue({ unref: () => {} } as never);
    await writeFile(path, before);
    const access = await ActiveWebConfig.open(path, log);
    const { config } = access;
    await writeFile(path, after);
    await access.reload('SIGHUP');
    const [[, , fields] = []] = lines;
    expect(fields).toEqual({ trigger: 'SIGHUP', reason: `${path}: ${expected}` });
    expect([access.config === config, access.reloadSuccess()]).toEqual([true, false]);
  });

  it('lets so many requests pass at a time, and one more for each interval', async () => {
    vi.spyOn(globalThis, 'setInterval').mockReturnValue({ unref: () => {} } as never);
    let now = 1_000;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    await writeFile(path, 'rate_limit: {interval: 100ms, burst: 3}\n');
    const access = await ActiveWebConfig.open(path, keptLog().log);
    const asked = (times: number) => Array.from({ length: times }, () => access.isWithinRateLimit());
    expect(asked(5)).toEqual([true, true, true, false, false]);
    now += 99;
    expect(asked(1)).toEqual([false]);
    now += 1;
    expect(asked(2)).toEqual([true, false]);
    now += 250;
    expect(asked(3)).toEqual([true, true, false]);
    now += 50;
    expect(asked(2)).toEqual([true, false]);
    now += 10_000;
    expect(asked(4)).toEqual([true, true, true, false]);
  });
});
