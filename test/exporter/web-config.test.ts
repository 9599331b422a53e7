import { execFile } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebConfigError } from '../../src/exporter/web/web-config-error.js';
import { loadWebConfig } from '../../src/exporter/web/web-config-file.js';
import { findTool } from '../../src/processes/find.js';
import { makeCa, makeCertificate } from './certificates.js';

/*
 * Every row is a web configuration: what we say, what promtool 3.16 says and what promtool 2.42 says (+ accepted, - refused). The test runs
 * whichever promtool there is, and compares it with its column. Where we differ from 3.16, the row names the deviation of docs/exporter.md.
 */

const TLS = 'tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n';
const HASH = '$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG';
const header = (name: string, value: string) => `http_server_config:\n  headers:\n    ${name}: ${value}\n`;

type Row = readonly [text: string, verdicts: string, deviation?: string];

const ROWS: readonly Row[] = [
  // Empty sections, YAML 1.1
  ['', '+++'],
  ['# nothing\n', '+++'],
  ['{}', '+++'],
  ['tls_server_config:\n', '+++'],
  ['tls_server_config: {}\n', '+++'],
  ['basic_auth_users:\n', '+++'],
  ['http_server_config:\n', '+++'],
  ['http_server_config:\n  headers:\n', '+++'],
  ['http_server_config: {http2: no}\n', '+++'],
  ['http_server_config: {http2: OFF}\n', '+++'],
  ['http_server_config: {http2: y}\n', '+++'],
  ['http_server_config: {http2: ~}\n', '+++'],
  ['http_server_config: {http2: "no"}\n', '---'],
  ['http_server_config: {http2: !!str no}\n', '---'],
  ['http_server_config: {http2: !!bool no}\n', '+++'],
  ['http_server_config: {http2: 1}\n', '---'],
  ['http_server_config: {http2: maybe}\n', '---'],
  ['http_server_config: [http2]\n', '---'],
  ['tls_server_config: text\n', '---'],
  ['[]', '---'],
  ['text', '---'],
  ['tls_server_config: {', '---'],
  ['tls_config: {}', '---'],
  ['TLS_server_config: {}', '---'],
  ['http_server_config: {http2: true}\nhttp_server_config: {http2: true}\n', '---'],
  ['a: &a {http2: false}\nhttp_server_config: *a\n', '---'],
  ['http_server_config: &a {http2: false}\n', '+++'],
  ['http_server_config: *nowhere\n', '---'],
  [`http_server_config:\n  headers: {X-XSS-Protection: 0}\n---\nnonsense: 1\n`, '+++'],
  // Headers
  [header('X-XSS-Protection', '0'), '+++'],
  [header('X-XSS-Protection', '1; mode=block'), '+++'],
  [header('X-XSS-Protection', 'true'), '+++'],
  [header('Strict-Transport-Security', 'max-age=31536000'), '+++'],
  [header('Strict-Transport-Security', ''), '+++'],
  [header('Content-Security-Policy', "|\n      default-src 'self';\n      frame-ancestors 'none'"), '+++'],
  [header('Content-Security-Policy', '"a\\nb"'), '+++'],
  [header('Content-Security-Policy', '"é 漢"'), '+++'],
  [header('Content-Security-Policy', '"a\\u0001b"'), '-++', 'control characters'],
  [header('Content-Security-Policy', '[a]'), '---'],
  [header('X-Frame-Options', 'deny'), '+++'],
  [header('X-Frame-Options', 'sameorigin'), '+++'],
  [header('X-Frame-Options', 'DENY'), '---'],
  [header('X-Frame-Options', ''), '---'],
  [header('X-Content-Type-Options', 'nosniff'), '+++'],
  [header('X-Content-Type-Options', 'sniff'), '---'],
  [header('x-frame-options', 'deny'), '---'],
  [header('X-Own', 'x'), '---'],
  // Users
  [`basic_auth_users: {a: ${HASH}}\n`, '+++'],
  [`basic_auth_users: {a: "${HASH}"}\n`, '+++'],
  [`basic_auth_users: {7: ${HASH}}\n`, '+++'],
  [`basic_auth_users: {"": ${HASH}}\n`, '+++'],
  [`basic_auth_users: {a: ${HASH.replace('2y', '2a')}, b: ${HASH.replace('2y', '2b')}}\n`, '+++'],
  [`basic_auth_users: {a: ${HASH.replace('$10$', '$04$')}}\n`, '+++'],
  [`basic_auth_users: {a: ${HASH.replace('$10$', '$31$')}}\n`, '+++'],
  [`basic_auth_users: {a: ${HASH.replace('$10$', '$03$')}}\n`, '---'],
  [`basic_auth_users: {a: ${HASH.replace('$10$', '$32$')}}\n`, '---'],
  [`basic_auth_users: {a: ${HASH.replace('$10$', '$99$')}}\n`, '---'],
  [`basic_auth_users: {a: ${HASH.replace('$10$', '$xx$')}}\n`, '---'],
  [`basic_auth_users: {a: ${HASH.slice(0, -1)}}\n`, '-++', 'hashes that never match'],
  [`basic_auth_users: {a: ${HASH.slice(0, -2)}}\n`, '---'],
  ['basic_auth_users: {a: }\n', '---'],
  ['basic_auth_users: {a: plain}\n', '---'],
  ['basic_auth_users: [a]\n', '---'],
  [`basic_auth_users: {a: ${HASH}, a: ${HASH}}\n`, '---'],
  [`basic_auth_users: {a: ${HASH}x}\n`, '-++', 'hashes that never match'],
  [`basic_auth_users: {a: ${HASH.replace('zoub', 'z!ub')}}\n`, '-++', 'hashes that never match'],
  [`basic_auth_users: {a: ${HASH.replace('2y', '2x')}}\n`, '-++', 'hashes that never match'],
  [`basic_auth_users: {"a:b": ${HASH}}\n`, '-++', 'user names with a colon'],
  [`basic_auth_users: {__proto__: ${HASH}}\n`, '-++', 'the user name `__proto__`'],
  ['basic_auth_users: {__proto__: plain}\n', '---'],
  [`basic_auth_users: {constructor: ${HASH}}\n`, '+++'],
  // Rate limit
  ['rate_limit: {interval: 1s, burst: 5}\n', '++-'],
  ['rate_limit: {interval: 1m30.5s, burst: 5}\n', '++-'],
  ['rate_limit: {interval: 250ms, burst: 1}\n', '++-'],
  ['rate_limit: {interval: 1000000, burst: 1}\n', '++-'],
  ['rate_limit: {interval: 0, burst: 5}\n', '++-'],
  ['rate_limit: {interval: "0", burst: 5}\n', '++-'],
  ['rate_limit: {interval: 0x10, burst: 0x10}\n', '++-'],
  ['rate_limit: {interval: 1_000, burst: 1_000}\n', '++-'],
  ['rate_limit: {interval: 1.5e3, burst: 5.7}\n', '++-'],
  ['rate_limit: {interval: 0b11, burst: 0o17}\n', '++-'],
  ['rate_limit: {interval: 1s, burst: 99999999999}\n', '++-'],
  ['rate_limit: {interval: 1s, burst: "5"}\n', '---'],
  ['rate_limit: {interval: 1s, burst: !!str 5}\n', '---'],
  ['rate_limit: {interval: 1\u00b5s, burst: 1}\n', '++-'],
  ['rate_limit: {interval: 1\u03bcs, burst: 1}\n', '++-'],
  ['rate_limit: {interval: 2562047h, burst: 1}\n', '++-'],
  ['rate_limit: {interval: 2562048h, burst: 1}\n', '---'],
  ['rate_limit: {interval: 9223372036854775808ns, burst: 1}\n', '---'],
  ['rate_limit: {interval: 1s, burst: -1}\n', '-+-', 'a rate limit that rejects every request'],
  ['rate_limit: {interval: 0s}\n', '++-'],
  ['rate_limit:\n', '++-'],
  ['rate_limit: {burst: 5}\n', '++-'],
  ['rate_limit: {interval: 1d, burst: 5}\n', '---'],
  ['rate_limit: {interval: soon, burst: 5}\n', '---'],
  ['rate_limit: {interval: 1s, burst: many}\n', '---'],
  ['rate_limit: {interval: 1s, burst: 5, more: 1}\n', '---'],
  ['rate_limit: {interval: 1s}\n', '-+-', 'a rate limit that rejects every request'],
  ['rate_limit: {interval: 1s, burst: 0}\n', '-+-', 'a rate limit that rejects every request'],
  ['rate_limit: {interval: -1s, burst: 1}\n', '-+-', 'a rate limit that rejects every request'],
  // Certificates
  [TLS, '+++'],
  [`${TLS}  client_auth_type: NoClientCert\n`, '+++'],
  [`${TLS}  client_auth_type: ""\n`, '+++'],
  [`${TLS}  client_auth_type: RequireClientCert\n`, '+++'],
  [`${TLS}  client_auth_type: Maybe\n`, '---'],
  [`${TLS}  client_ca_file: ca.crt\n`, '---'],
  [`${TLS}  client_ca_file: nowhere.crt\n  client_auth_type: RequireAndVerifyClientCert\n`, '---'],
  [`${TLS}  client_ca_file: ca.crt\n  client_auth_type: RequireAndVerifyClientCert\n`, '+++'],
  [`${TLS}  client_ca_file: ca.crt\n  client_auth_type: RequestClientCert\n`, '+++'],
  [`${TLS}  client_auth_type: RequireAndVerifyClientCert\n`, '-++', 'verification without a CA'],
  [
    `${TLS}  client_ca_file: ca.der\n  client_auth_type: RequireAndVerifyClientCert\n`,
    '-++',
    'a CA that is not PEM',
  ],
  [`${TLS}  client_allowed_sans: [a]\n`, '++-'],
  [`${TLS}  client_allowed_sans: [a]\n  client_auth_type: RequestClientCert\n`, '++-'],
  [`${TLS}  client_allowed_sans:\n`, '++-'],
  [`${TLS}  client_allowed_sans: a\n`, '---'],
  [`${TLS}  client_allowed_sans: []\n`, '-+-', 'no allowed name'],
  ['tls_server_config: {cert_file: server.crt}\n', '---'],
  ['tls_server_config: {key_file: server.key}\n', '---'],
  ['tls_server_config: {cert_file: "", key_file: ""}\n', '+++'],
  ['tls_server_config: {min_version: TLS13}\n', '+++'],
  ['tls_server_config: {client_auth_type: RequireAnyClientCert}\n', '---'],
  ['tls_server_config: {cert_file: nowhere.crt, key_file: server.key}\n', '---'],
  ['tls_server_config: {cert_file: server.key, key_file: server.key}\n', '---'],
  ['tls_server_config: {cert_file: server.crt, key_file: client.key}\n', '---'],
  ['tls_server_config: {cert_file: server.crt, key_file: encrypted.key}\n', '---'],
  ['tls_server_config: {cert_file: server.crt, key_file: encrypted8.key}\n', '---'],
  ['tls_server_config: {cert_file: server.der, key_file: server.key}\n', '---'],
  ['tls_server_config: {cert_file: server.crt, key_file: server.key, cert: x}\n', '++-'],
  ['INLINE', '++-'],
  // Versions, suites, curves
  [`${TLS}  min_version: TLS13\n`, '+++'],
  [`${TLS}  min_version: TLS10\n`, '+++'],
  [`${TLS}  max_version: TLS12\n`, '+++'],
  [`${TLS}  min_version: SSL3\n`, '---'],
  [`${TLS}  min_version: TLS10\n  max_version: TLS11\n`, '-++', 'TLS 1.0 and 1.1'],
  [
    `${TLS}  min_version: TLS13\n  max_version: TLS12\n`,
    '-++',
    'versions, suites and curves that no client can use',
  ],
  [`${TLS}  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]\n`, '+++'],
  [`${TLS}  cipher_suites: [TLS_AES_128_GCM_SHA256]\n`, '+++'],
  [`${TLS}  cipher_suites: []\n`, '+++'],
  [`${TLS}  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256]\n`, '---'],
  [`${TLS}  cipher_suites: [ROT13]\n`, '---'],
  [`${TLS}  cipher_suites: TLS_AES_128_GCM_SHA256\n`, '---'],
  [
    `${TLS}  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n`,
    '-++',
    'versions, suites and curves that no client can use',
  ],
  [`${TLS}  curve_preferences: [CurveP256, X25519]\n`, '+++'],
  [`${TLS}  curve_preferences: [X25519, X25519]\n`, '+++'],
  [`${TLS}  curve_preferences: [P-256]\n`, '---'],
  [`${TLS}  prefer_server_cipher_suites: off\n`, '+++'],
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pending-writes-web-config-'));
  await makeCa(folder, 'ca');
  await makeCertificate(folder, 'ca', 'server');
  await makeCertificate(folder, 'ca', 'client');
  for (const name of ['server', 'ca']) {
    const { raw } = new X509Certificate(await readFile(join(folder, `${name}.crt`)));
    await writeFile(join(folder, `${name}.der`), raw);
  }
  const key = createPrivateKey(await readFile(join(folder, 'server.key')));
  const encryption = { cipher: 'aes256', passphrase: 'secret', format: 'pem' } as const;
  // OpenSSL's older form, and that of PKCS #8.
  await writeFile(join(folder, 'encrypted.key'), key.export({ type: 'sec1', ...encryption }));
  await writeFile(join(folder, 'encrypted8.key'), key.export({ type: 'pkcs8', ...encryption }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const files = async () => {
  const indented = async (name: string) =>
    (await readFile(join(folder, name), 'utf8')).replaceAll('\n', '\n    ');
  const inline = `tls_server_config:\n  cert: |\n    ${await indented('server.crt')}\n  key: |\n    ${await indented('server.key')}\n  client_ca: |\n    ${await indented('ca.crt')}\n  client_auth_type: RequireAndVerifyClientCert\n`;
  return Promise.all(
    ROWS.map(async ([text, ...rest], i) => {
      const path = join(folder, `${i}.yml`);
      const content = text === 'INLINE' ? inline : text;
      await writeFile(path, content);
      return { path, content, rest };
    }),
  );
};

describe('the web configuration', () => {
  it('is accepted or refused as the table says, and a refusal names the file and quotes no secret', async () => {
    const wrong: string[] = [];
    for (const { path, content, rest } of await files()) {
      const error = await loadWebConfig(path).then(
        () => undefined,
        (error: unknown) => error,
      );
      const verdict = error === undefined ? '+' : '-';
      if (verdict !== rest[0]?.[0]) wrong.push(`${content}: ${verdict} ${error}`);
      if (error === undefined) continue;
      if (!(error instanceof WebConfigError)) wrong.push(`${content}: ${error}`);
      const { message } = error as Error;
      if (!message.includes(path) || message.includes(HASH.slice(8, 20)))
        wrong.push(`${content}: ${message}`);
      if (!/found .*(?:expected|valid YAML)/.test(message)) wrong.push(`${content}: ${message}`);
    }
    expect(wrong).toEqual([]);
  });

  it('is judged by promtool as the table says', async () => {
    const promtool = await findTool('promtool');
    const { stdout, stderr } = await promisify(execFile)(promtool, ['--version']);
    // Builds without a version in them are newer than Debian's.
    const column = /promtool, version 2\./.test(stdout + stderr) ? 2 : 1;
    const wrong: string[] = [];
    for (const { path, content, rest } of await files()) {
      const verdict = await promisify(execFile)(promtool, ['check', 'web-config', path]).then(
        () => '+',
        () => '-',
      );
      if (verdict !== rest[0]?.[column]) wrong.push(`${content}: ${verdict}`);
    }
    expect(wrong).toEqual([]);
    // A process per row.
  });

  it('differs from promtool 3.16 only where docs/exporter.md says so', async () => {
    const root = join(import.meta.dirname as string, '../..');
    const docs = await readFile(join(root, 'docs/exporter.md'), 'utf8');
    const section = /### Differences from exporter-toolkit\n([\s\S]*?)\n#/.exec(docs)?.[1] ?? '';
    for (const [text, verdicts, deviation] of ROWS) {
      expect([text, verdicts[0] !== verdicts[1]]).toEqual([text, deviation !== undefined]);
      if (deviation !== undefined) expect(section).toContain(`**${deviation}**`);
    }
  });
});
