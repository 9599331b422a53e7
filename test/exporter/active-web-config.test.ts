import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebConfigError } from '../../src/exporter/web/web-config-error.js';
import { loadWebConfig } from '../../src/exporter/web/web-config-file.js';
import { waitFor } from '../../src/processes/process.js';
import { PATIENCE_MS } from '../patience.js';
import { makeCa, makeCertificate } from './certificates.js';
import { type ExporterHere, runHere, startHere, stopExportersHere } from './exporter-here.js';
import { type RunningExporter, startExporter, stopExporters } from './exporter-process.js';
import { get } from './request.js';
import { samplesOf } from './scrape.js';

const RELOADED = 'pending_writes_exporter_web_config_reload_success{}';

let folder: string;
let webConfig: string;
let ca: Buffer;
const read = (name: string) => readFile(join(folder, name));
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pending-writes-'));
  webConfig = join(folder, 'web.yml');
  await makeCa(folder, 'ca');
  await makeCa(folder, 'other-ca');
  await makeCertificate(folder, 'ca', 'server');
  await makeCertificate(folder, 'ca', 'client', 'prometheus.example.org');
  await makeCertificate(folder, 'other-ca', 'stranger');
  ca = await read('ca.crt');
});
afterAll(async () => {
  await stopExportersHere();
  await stopExporters();
  await rm(folder, { recursive: true, force: true });
});

/** Starts an exporter with a web configuration; its state file does not exist, which is fine. */
async function withConfig(text: string): Promise<RunningExporter> {
  await writeFile(webConfig, text);
  return startExporter(['--state-file', join(folder, 'state.json'), '--web.config.file', webConfig]);
}

/** The same in this process: whatever needs no thread for passwords. */
async function hereWith(text: string): Promise<ExporterHere> {
  await writeFile(webConfig, text);
  return startHere(['--state-file', join(folder, 'state.json'), '--web.config.file', webConfig]);
}

/** What comes of a request: the status, or `refused` where TLS ends it. */
const outcome = (exporter: Pick<RunningExporter, 'url'>, options: RequestOptions = {}) =>
  get(`${exporter.url}/metrics`, { ca, ...options }).then(
    ({ status }) => status,
    () => 'refused',
  );

const basic = (user: string, password: string) => ({
  headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
});

const TLS = 'tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n';

describe('passwords', () => {
  let exporter: RunningExporter;
  afterEach(() => exporter.stop());

  it('are required for everything but the health endpoints', async () => {
    exporter = await withConfig(
      `basic_auth_users:\n  prometheus: ${await hash('right', 10)}\n  second: ${await hash('pass:word é', 4)}\n`,
    );
    const answer = await get(`${exporter.url}/metrics`);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Basic realm=/);
    expect(answer.text).not.toContain('pending_writes');
    expect(await outcome(exporter, basic('prometheus', 'right'))).toBe(200);
    expect(await outcome(exporter, basic('second', 'pass:word é'))).toBe(200);
    for (const [user, password] of [
      ['prometheus', 'wrong'],
      ['prometheus', ''],
      ['prometheus', 'pass:word é'],
      ['nobody', 'right'],
      ['', 'right'],
      ['__proto__', 'right'],
    ] as const) {
      expect(await outcome(exporter, basic(user, password))).toBe(401);
      // From memory as well.
      expect(await outcome(exporter, basic(user, password))).toBe(401);
    }
    expect(await outcome(exporter, { headers: { authorization: 'Bearer right' } })).toBe(401);
    expect(await outcome(exporter, { headers: { authorization: 'Basic !!!' } })).toBe(401);
    expect((await get(`${exporter.url}/`)).status).toBe(401);
    expect((await get(`${exporter.url}/-/healthy`)).status).toBe(200);
    expect((await get(`${exporter.url}/-/ready`)).status).toBe(200);
    expect(exporter.log()).toContain('msg="client refused" reason="wrong user name or password"');
    expect(exporter.log()).not.toMatch(/right|pass:word|\$2/);
  });

  it('are exchanged by SIGHUP; a wrong file is told and leaves the old ones in force', async () => {
    const hashes = new Map<string, string>();
    const users = async (password: string) => {
      hashes.set(password, hashes.get(password) ?? (await hash(password, 4)));
      return `basic_auth_users:\n  prometheus: ${hashes.get(password)}\n`;
    };
    exporter = await withConfig(await users('first'));
    expect(await outcome(exporter, basic('prometheus', 'first'))).toBe(200);
    const logged = async (pattern: RegExp) =>
      waitFor(() => pattern.test(exporter.log()), { what: String(pattern), timeoutMs: PATIENCE_MS });

    await writeFile(webConfig, 'basic_auth_users:\n  prometheus: open sesame\n');
    exporter.signal('SIGHUP');
    await logged(
      /level=error msg="web configuration not reloaded, .*basic_auth_users\.prometheus: .*expected a bcrypt hash/,
    );
    expect(exporter.log()).not.toContain('sesame');
    const still = await get(`${exporter.url}/metrics`, basic('prometheus', 'first'));
    expect(samplesOf(still.text).get(RELOADED)).toBe(0);

    await writeFile(webConfig, await users('second'));
    exporter.signal('SIGHUP');
    await logged(/msg="web configuration reloaded"/);
    expect(await outcome(exporter, basic('prometheus', 'first'))).toBe(401);
    const now = await get(`${exporter.url}/metrics`, basic('prometheus', 'second'));
    expect(samplesOf(now.text).get(RELOADED)).toBe(1);

    await writeFile(webConfig, TLS);
    exporter.signal('SIGHUP');
    await logged(/turning TLS on or off needs a restart/);
    expect(await outcome(exporter, basic('prometheus', 'second'))).toBe(200);

    // The hash stays, the user does not.
    const renamed = (await users('second')).replace('prometheus', 'grafana');
    await writeFile(webConfig, renamed);
    exporter.signal('SIGHUP');
    await waitFor(() => exporter.log().match(/web configuration reloaded"/g)?.length === 2, {
      what: 'the second reload',
      timeoutMs: PATIENCE_MS,
    });
    expect(await outcome(exporter, basic('prometheus', 'second'))).toBe(401);
    expect(await outcome(exporter, basic('grafana', 'second'))).toBe(200);
  });
});

describe('TLS', () => {
  let exporter: ExporterHere | RunningExporter;
  afterEach(() => exporter.stop());

  it('serves with the certificate, headers and versions that the configuration names', async () => {
    exporter = await hereWith(
      `${TLS}  min_version: TLS13\nhttp_server_config:\n  headers:\n    Strict-Transport-Security: max-age=31536000\n    X-Frame-Options: sameorigin\n`,
    );
    expect(exporter.url).toMatch(/^https:/);
    const answer = await get(`${exporter.url}/metrics`, { ca });
    expect(answer.status).toBe(200);
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
    expect(answer.headers['x-frame-options']).toBe('sameorigin');
    expect(await outcome(exporter, { maxVersion: 'TLSv1.2' })).toBe('refused');
    expect(await outcome({ ...exporter, url: exporter.url.replace('https', 'http') })).toBe('refused');
  });

  it('takes a renewed certificate without a signal, and keeps the old one while the files do not fit', async () => {
    await makeCertificate(folder, 'ca', 'renewed');
    await writeFile(join(folder, 'live.crt'), await read('server.crt'));
    await writeFile(join(folder, 'live.key'), await read('server.key'));
    exporter = await withConfig('tls_server_config:\n  cert_file: live.crt\n  key_file: live.key\n');
    const serial = async () => (await get(`${exporter.url}/metrics`, { ca })).serial;
    const before = await serial();
    // Two files cannot be replaced at once.
    await writeFile(join(folder, 'live.crt'), await read('renewed.crt'));
    await waitFor(() => exporter.log().includes('does not belong to cert_file'), {
      what: 'the half of a renewal to be noticed',
      timeoutMs: PATIENCE_MS,
    });
    expect(await serial()).toBe(before);
    await writeFile(join(folder, 'live.key'), await read('renewed.key'));
    await waitFor(async () => (await serial()) !== before, {
      what: 'the renewed certificate',
      timeoutMs: PATIENCE_MS,
    });
    const answer = await get(`${exporter.url}/metrics`, { ca });
    expect(samplesOf(answer.text).get(RELOADED)).toBe(1);
  });

  const client = async (name: string) => ({
    cert: await read(`${name}.crt`),
    key: await read(`${name}.key`),
  });

  it.each([
    // type, no certificate, one of the CA, one of another CA
    ['NoClientCert', '', 200, 200, 200],
    ['RequestClientCert', '', 200, 200, 200],
    ['RequireAnyClientCert', '', 'refused', 200, 200],
    ['VerifyClientCertIfGiven', '  client_ca_file: ca.crt\n', 200, 200, 'refused'],
    ['RequireAndVerifyClientCert', '  client_ca_file: ca.crt\n', 'refused', 200, 'refused'],
  ])('asks clients for certificates: %s', async (type, more, none, known, strange) => {
    exporter = await hereWith(`${TLS}  client_auth_type: ${type}\n${more}`);
    expect([
      await outcome(exporter),
      await outcome(exporter, await client('client')),
      await outcome(exporter, await client('stranger')),
    ]).toEqual([none, known, strange]);
  });

  it.each([
    ['prometheus.example.org', 200],
    ['grafana.example.org', 'refused'],
  ])('lets in clients by their alternative names: %s', async (name, expected) => {
    exporter = await hereWith(
      `${TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n  client_allowed_sans: [${name}]\n`,
    );
    expect(await outcome(exporter, await client('client'))).toBe(expected);
  });
});

describe('--config.check', () => {
  const check = async (text: string) => {
    await writeFile(webConfig, text);
    const { code, log } = await runHere(['--config.check', '--web.config.file', webConfig]);
    return `ended with ${code}: ${log}`;
  };

  it('ends with 0 where all is well, with 1 for a wrong file, with 2 for one that cannot be read', async () => {
    expect(await check(TLS)).toMatch(/ended with 0: .*are valid/);
    expect(await check('tls_config: {}')).toMatch(
      /ended with 1: .*level=error msg=".*web\.yml: the file: found/,
    );
    expect(await check('tls_server_config: {cert_file: nowhere.crt, key_file: server.key}')).toMatch(
      /ended with 2: .*nowhere\.crt/,
    );
  });

  it('accepts what the format allows', async () => {
    const users = `basic_auth_users:\n  prometheus: ${await hash('right', 4)}\n`;
    for (const text of [
      '',
      users,
      `${TLS}${users}http_server_config: {http2: false}\n`,
      `${TLS}  min_version: TLS12\n  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]\n  curve_preferences: [CurveP256, X25519]\n`,
    ]) {
      await writeFile(webConfig, text);
      await expect(loadWebConfig(webConfig)).resolves.toHaveProperty('headers', {});
    }
  });

  it.each([
    ['tls_server_config: {', 1, /line 1: found something that is not valid YAML/],
    ['tls_config: {}', 1, /the file: found the unknown key "tls_config"/],
    ['[]', 1, /the file: .*expected type object/],
    ['tls_server_config: {cert_file: server.crt}', 1, /tls_server_config\.key_file: found nothing, expected/],
    [`${TLS}  min_version: SSL3\n`, 1, /min_version: .*expected one of TLS10, TLS11, TLS12, TLS13/],
    [
      `${TLS}  min_version: TLS13\n  max_version: TLS12\n`,
      1,
      /min_version: found TLS13, expected no later version/,
    ],
    [`${TLS}  client_auth_type: Maybe\n`, 1, /client_auth_type: .*NoClientCert/],
    [
      `${TLS}  client_auth_type: RequireAndVerifyClientCert\n`,
      1,
      /client_ca_file: found nothing, expected the CA/,
    ],
    [`${TLS}  client_ca_file: ca.crt\n`, 1, /client_auth_type: found NoClientCert/],
    [`${TLS}  client_allowed_sans: []\n`, 1, /client_allowed_sans: found an empty list/],
    [`${TLS}  cipher_suites: [ROT13]\n`, 1, /cipher_suites\.0: .*expected one of/],
    [
      'tls_server_config: {cert_file: server.crt, key_file: client.key}',
      1,
      /key_file: found a private key .* that does not belong to cert_file/,
    ],
    [
      'tls_server_config: {cert_file: server.key, key_file: server.key}',
      1,
      /cert_file: found no certificate/,
    ],
    [
      'tls_server_config: {cert_file: nowhere.crt, key_file: server.key}',
      2,
      /cert_file: found .*nowhere\.crt.*cannot be read \(ENOENT\)/,
    ],
    ['basic_auth_users: {a: plain}', 1, /basic_auth_users\.a: .*expected a bcrypt hash/],
    ['http_server_config: {headers: {X-Frame-Options: maybe}}', 1, /X-Frame-Options: .*expected one of deny/],
    [
      'http_server_config: {headers: {X-Own: maybe}}',
      1,
      /http_server_config\.headers: found the unknown key/,
    ],
  ])('tells what is wrong with %j', async (text, code, message) => {
    await writeFile(webConfig, text);
    const error = await loadWebConfig(webConfig).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(WebConfigError);
    const { message: said, unreadable } = error as WebConfigError;
    expect(unreadable).toBe(code === 2);
    expect(said).toMatch(message);
    expect(said).toContain('web.yml');
    expect(said).not.toContain('plain');
  });
});
