import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../src/package/version.js';
import { waitFor } from '../../src/processes/process.js';
import { PATIENCE_MS } from '../patience.js';
import { makeCa, makeCertificate } from './certificates.js';
import { type ExporterHere, startHere, stopExportersHere } from './exporter-here.js';
import { builtExporter, type RunningExporter, startExporter, stopExporters } from './exporter-process.js';
import { get } from './request.js';
import { runNode } from './run-node.js';

let folder: string;
let webConfig: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pending-writes-'));
  webConfig = join(folder, 'web.yml');
  await makeCa(folder, 'ca');
  await makeCa(folder, 'other-ca');
  await makeCertificate(folder, 'ca', 'server');
});
afterAll(async () => {
  await stopExportersHere();
  await stopExporters();
  await rm(folder, { recursive: true, force: true });
});

async function withConfig(text: string, ...flags: readonly string[]): Promise<RunningExporter> {
  await writeFile(webConfig, text);
  return startExporter([
    '--state-file',
    join(folder, 'state.json'),
    '--web.config.file',
    webConfig,
    ...flags,
  ]);
}

/** The same in this process: whatever needs no thread for passwords. */
async function hereWith(text: string): Promise<ExporterHere> {
  await writeFile(webConfig, text);
  return startHere(['--state-file', join(folder, 'state.json'), '--web.config.file', webConfig]);
}

const basic = (user: string, password: string) => ({
  headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
});

describe('a flood of wrong passwords', () => {
  it.each(['prometheus', 'x'])(
    'delays itself: the right one is answered before those queued earlier (user %s)',
    async (user) => {
      const exporter = await withConfig(
        `basic_auth_users:\n  prometheus: ${await hash('right', 6)}\n`,
        '--web.max-requests',
        '20',
      );
      const url = `${exporter.url}/metrics`;
      const statuses: number[] = [];
      let isFlooding = true;
      let sent = 0;
      const flood = Array.from({ length: 60 }, async () => {
        while (isFlooding) {
          sent += 1;
          const { status } = await get(url, basic(user, `wrong ${sent}`));
          statuses.push(status);
        }
      });
      const flooding = Promise.allSettled(flood);
      await waitFor(() => statuses.length > 2, { what: 'the flood', timeoutMs: PATIENCE_MS });
      for (let i = 0; i < 10; i += 1) {
        const before = { sent, answered: statuses.length };
        expect((await get(url, basic('prometheus', 'right'))).status).toBe(200);
        // Sixty were waiting when the right one came, and at most a few were answered before it.
        expect(before.sent - before.answered).toBe(60);
        if (i > 0) expect(statuses.length - before.answered).toBeLessThan(30);
        expect((await get(`${exporter.url}/-/healthy`)).status).toBe(200);
        expect((await get(`${exporter.url}/-/ready`)).status).toBe(200);
      }
      isFlooding = false;
      expect(new Set(statuses)).toEqual(new Set([401]));
      expect(exporter.log()).toMatch(/level=warn msg="client refused" reason="wrong user name or password"/);
      expect(exporter.log().match(/wrong user name/g)?.length).toBeLessThan(10);
      await exporter.stop();
      await flooding;
    },
  );
});

describe('a request whose password is being verified', () => {
  it('is answered when the exporter is asked to stop', async () => {
    const exporter = await withConfig(`basic_auth_users:\n  prometheus: ${await hash('right', 11)}\n`);
    const passwords = ['wrong 1', 'right', 'wrong 2'];
    const answers = passwords.map((password) =>
      get(`${exporter.url}/metrics`, basic('prometheus', password)),
    );
    // The health endpoint is asked later: when it answers, the others have been accepted.
    expect((await get(`${exporter.url}/-/healthy`)).status).toBe(200);
    const ended = exporter.stop();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([401, 200, 401]);
    expect(await ended).toBe(0);
  });
});

describe('a rate limit', () => {
  it('refuses what is beyond it with 429, and never the health endpoints', async () => {
    const exporter = await hereWith('rate_limit: {interval: 1h, burst: 3}\n');
    const statuses: number[] = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await get(`${exporter.url}/metrics`)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    for (let i = 0; i < 5; i += 1) expect((await get(`${exporter.url}/-/healthy`)).status).toBe(200);
    await exporter.stop();
  });
});

describe('idle connections', () => {
  it('beyond the limit make room for new ones, and the limit is logged', async () => {
    const exporter = await startExporter(['--state-file', join(folder, 'state.json')]);
    const { hostname, port } = new URL(exporter.url);
    const sockets: Socket[] = [];
    for (let i = 0; i < 600; i += 1) {
      const socket = connect(Number(port), hostname).on('error', () => {});
      await once(socket, 'connect');
      sockets.push(socket);
    }
    expect((await get(`${exporter.url}/metrics`)).status).toBe(200);
    expect((await get(`${exporter.url}/-/healthy`)).status).toBe(200);
    expect(exporter.log()).toMatch(
      /level=warn msg="connection limit reached" reason="idle connection closed" limit=512/,
    );
    for (const socket of sockets) socket.destroy();
    await exporter.stop();
  });
});

describe('client certificates', () => {
  const TLS = 'tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n';
  const read = (name: string) => readFile(join(folder, name));
  const client = async (name: string) => ({
    cert: await read(`${name}.crt`),
    key: await read(`${name}.key`),
  });
  const outcome = async (exporter: ExporterHere, options: object = {}) =>
    get(`${exporter.url}/metrics`, { ca: await read('ca.crt'), ...options }).then(
      ({ status }) => status,
      () => 'refused',
    );

  it.each([
    ['DNS:prometheus.example.org', 'prometheus.example.org'],
    ['email:prometheus@example.org', 'prometheus@example.org'],
    ['URI:spiffe://example.org/prometheus', 'spiffe://example.org/prometheus'],
    ['IP:192.0.2.7', '192.0.2.7'],
    ['IP:192.0.2.7', '::ffff:192.0.2.7'],
    ['IP:2001:db8::1', '2001:db8::1'],
    ['IP:2001:db8::1', '2001:0DB8:0:0::1'],
    ['IP:::ffff:192.0.2.9', '192.0.2.9'],
  ])('are matched by their names: %s with %s', async (san, allowed) => {
    const name = `client-${san.replace(/\W/g, '-')}`;
    await makeCertificate(folder, 'ca', name, san);
    const exporter = await hereWith(
      `${TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n  client_allowed_sans: ["other.example", "${allowed}"]\n`,
    );
    expect(await outcome(exporter, await client(name))).toBe(200);
    await writeFile(webConfig, (await readFile(webConfig, 'utf8')).replace(allowed, 'different.example'));
    exporter.hangUp();
    await waitFor(() => exporter.log().includes('reloaded'), { what: 'the reload', timeoutMs: PATIENCE_MS });
    expect(await outcome(exporter, await client(name))).toBe('refused');
    const line =
      /level=warn msg="TLS client refused" reason="client certificate without an allowed name" client=127\.0\.0\.1/;
    await waitFor(() => line.test(exporter.log()), { what: 'the line', timeoutMs: PATIENCE_MS });
    await exporter.stop();
  });

  it.each([
    // type, without a certificate, with an allowed name, of another CA with an allowed name, with another name
    ['RequestClientCert', 200, 200, 200, 'refused'],
    ['RequireAnyClientCert', 'refused', 200, 200, 'refused'],
    ['VerifyClientCertIfGiven', 200, 200, 'refused', 'refused'],
    ['RequireAndVerifyClientCert', 'refused', 200, 'refused', 'refused'],
  ])('are matched by their names with every type: %s', async (type, none, known, stranger, other) => {
    await makeCertificate(folder, 'ca', 'known', 'DNS:allowed.example');
    await makeCertificate(folder, 'other-ca', 'stranger', 'DNS:allowed.example');
    await makeCertificate(folder, 'ca', 'other', 'DNS:other.example');
    const ca = type.includes('Verify') ? '  client_ca_file: ca.crt\n' : '';
    const exporter = await hereWith(
      `${TLS}${ca}  client_auth_type: ${type}\n  client_allowed_sans: [allowed.example]\n`,
    );
    const outcomes = [await outcome(exporter)];
    for (const name of ['known', 'stranger', 'other'])
      outcomes.push(await outcome(exporter, await client(name)));
    expect(outcomes).toEqual([none, known, stranger, other]);
    await exporter.stop();
  });

  it('and plain clients that TLS refuses leave a line in the log', async () => {
    const exporter = await hereWith(`${TLS}  min_version: TLS13\n`);
    expect(await outcome(exporter, { maxVersion: 'TLSv1.2' })).toBe('refused');
    await waitFor(() => /level=warn msg="TLS client refused" reason=ERR_SSL_\w+/.test(exporter.log()), {
      what: 'the line',
      timeoutMs: PATIENCE_MS,
    });
    await exporter.stop();
  });

  it('and keys may stand in the configuration itself', async () => {
    const indented = async (name: string) =>
      (await readFile(join(folder, name), 'utf8')).replaceAll('\n', '\n    ');
    await makeCertificate(folder, 'ca', 'inline', 'DNS:inline.example');
    const exporter = await hereWith(
      `tls_server_config:\n  cert: |\n    ${await indented('server.crt')}\n  key: |\n    ${await indented('server.key')}\n  client_ca: |\n    ${await indented('ca.crt')}\n  client_auth_type: RequireAndVerifyClientCert\n`,
    );
    expect(await outcome(exporter)).toBe('refused');
    expect(await outcome(exporter, await client('inline'))).toBe(200);
    await exporter.stop();
  });
});

describe('the health check', () => {
  const TLS = 'tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n';
  const check = async (...flags: readonly string[]) =>
    runNode([await builtExporter(), '--healthcheck', ...flags]);

  it.each([
    ['plain HTTP', ''],
    ['TLS', TLS],
    [
      'TLS and a password',
      `${TLS}basic_auth_users:\n  a: $2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG\n`,
    ],
    ['a password', 'basic_auth_users:\n  a: $2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG\n'],
    [
      'client certificates',
      `${TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n`,
    ],
    [
      'client certificates and TLS 1.2',
      `${TLS}  max_version: TLS12\n  client_auth_type: RequireAnyClientCert\n`,
    ],
  ])('knows the flags of the running exporter: %s', async (_, text) => {
    await writeFile(webConfig, text);
    const { port } = new URL((await startExporter(['--state-file', join(folder, 'state.json')])).url);
    await stopExporters();
    const state = join(folder, 'state.json');
    // Relative, and with a flag of Node.js.
    const exporter = await startExporter(['--state-file', state, '--web.config.file', 'web.yml'], {
      cwd: folder,
      nodeFlags: ['--max-semi-space-size=1'],
      address: `127.0.0.1:${port}`,
    });
    expect(await check()).toEqual({ code: 0, output: '' });
    expect(exporter.log()).not.toContain('level=warn');
    expect(await check('--web.listen-address', `:${port}`, '--web.config.file', webConfig)).toEqual({
      code: 0,
      output: '',
    });
    expect(await exporter.stop()).toBe(0);
    expect(await check()).toEqual({ code: 1, output: 'not healthy: no running exporter was found\n' });
    expect((await check('--web.listen-address', `127.0.0.1:${port}`)).code).toBe(1);
  });
  it('finds an exporter that was started as a program, with the flags of Node.js that save memory', async () => {
    await stopExporters();
    const exporter = await startExporter(['--state-file', join(folder, 'state.json')], { isProgram: true });
    const words = (await readFile(`/proc/${exporter.pid}/cmdline`, 'utf8')).split('\0');
    expect(words.slice(0, 3)).toEqual(['node', '--max-semi-space-size=1', '--optimize-for-size']);
    // The file that is built has the version of the package.
    expect(exporter.log()).toContain(`msg=starting version=${version} `);
    const { port } = new URL(exporter.url);
    expect(await check('--web.listen-address', `127.0.0.1:${port}`)).toEqual({ code: 0, output: '' });
    expect(await exporter.stop()).toBe(0);
  });
});
