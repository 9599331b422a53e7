import fs, { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseFlags } from '../../src/exporter/flags.js';
import { flagsOfRunning, healthProblem } from '../../src/exporter/health-check.js';
import { listenOnLoopback } from '../../src/processes/process.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { makeCa, makeCertificate } from './certificates.js';
import { runHere, startHere } from './exporter-here.js';

const folder = temporaryFolder('health-check');
const file = (name: string) => join(folder.path, name);
const servers: Server[] = [];
beforeAll(async () => {
  await makeCa(folder.path, 'ca');
  await makeCertificate(folder.path, 'ca', 'server');
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(() => folder.remove());

const listening = (server: Server) => {
  servers.push(server);
  return listenOnLoopback(server);
};
const problemAt = (address: string, ...more: readonly string[]) =>
  healthProblem(parseFlags(['--healthcheck', '--web.listen-address', address, ...more]));

describe('the health of an exporter', () => {
  const asked: string[] = [];
  const answers =
    (status: number): RequestListener =>
    (request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(status).end('body');
    };

  it('is fine where /-/healthy answers with 200, on every interface as well', async () => {
    const port = await listening(createServer(answers(200)));
    for (const host of ['127.0.0.1', '0.0.0.0', '', 'localhost']) {
      expect(await problemAt(`${host}:${port}`)).toBeUndefined();
    }
    expect(new Set(asked)).toEqual(new Set(['GET /-/healthy']));
  });

  it('is a problem with any other status, without an answer, and where nothing listens; the address is as it was typed', async () => {
    // A redirect, a password and an unknown path are answers of another program that has the port.
    for (const status of [204, 302, 401, 404, 500, 503]) {
      const port = await listening(createServer(answers(status)));
      expect(await problemAt(`127.0.0.1:${port}`)).toBe(`127.0.0.1:${port}: status ${status}`);
    }
    const gone = await listening(createServer((request) => void request.socket.destroy()));
    expect(await problemAt(`0.0.0.0:${gone}`)).toBe(`0.0.0.0:${gone}: ECONNRESET`);
    const free = await listening(createServer());
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await problemAt(`:${free}`)).toBe(`:${free}: ECONNREFUSED`);
    expect(await problemAt(`:${free}`, '--web.config.file', 'web.yml')).toBe(`:${free}: ECONNREFUSED`);
  });

  it('is asked with TLS and without where there is a web configuration, and needs no client certificate', async () => {
    const own = { cert: readFileSync(file('server.crt')), key: readFileSync(file('server.key')) };
    const web = ['--web.config.file', 'web.yml'];
    const names: unknown[] = [];
    const server = createTlsServer(own, answers(200));
    server.on('secureConnection', (socket) => names.push((socket as { servername?: unknown }).servername));
    const tls = await listening(server);
    expect(await problemAt(`127.0.0.1:${tls}`, ...web)).toBeUndefined();
    expect(names).toEqual(['pending-writes-exporter.healthcheck']);
    expect(await problemAt(`127.0.0.1:${tls}`)).toBe(`127.0.0.1:${tls}: ECONNRESET`);
    const plain = await listening(createServer(answers(200)));
    expect(await problemAt(`127.0.0.1:${plain}`, ...web)).toBeUndefined();
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      // As the exporter does with a client that has no certificate.
      const strict = createTlsServer({ ...own, maxVersion }, answers(200));
      strict.prependListener('secureConnection', (socket) => void socket.destroy());
      expect(await problemAt(`127.0.0.1:${await listening(strict)}`, ...web)).toBeUndefined();
    }
    const failing = await listening(createTlsServer(own, answers(500)));
    expect(await problemAt(`127.0.0.1:${failing}`, ...web)).not.toBeUndefined();
  });

  it('is asked by the command, which exits with 0 or 1 and says what is wrong', async () => {
    const exporter = await startHere(['--state-file', file('none.json')]);
    const address = ['--web.listen-address', exporter.url.replace('http://', '')];
    expect(await runHere(['--healthcheck', ...address])).toEqual({ code: 0, log: '' });
    expect(await exporter.stop()).toBe(0);
    expect(await runHere(['--healthcheck', ...address])).toEqual({
      code: 1,
      log: `not healthy: ${address[1]}: ECONNREFUSED\n`,
    });
  });
});

describe('the flags of the running exporter', () => {
  const { readdirSync, readlinkSync, realpathSync } = fs;
  const read = fs.readFileSync;
  const program = process.argv[1] as string;
  afterEach(() => {
    Object.assign(fs, { readdirSync, readFileSync: read, readlinkSync, realpathSync });
    process.argv[1] = program;
    syncBuiltinESMExports();
  });

  /** Processes by their id: their words, or undefined for one that may not be looked at. */
  function processes(all: Readonly<Record<string, readonly string[] | undefined>>): void {
    process.argv[1] = '/usr/bin/pending-writes-exporter';
    const links: Readonly<Record<string, string>> = {
      '/usr/bin/pending-writes-exporter': '/opt/exporter.cjs',
    };
    Object.assign(fs, {
      readdirSync: (path: string) =>
        path === '/proc' ? ['self', 'cpuinfo', '0', ...Object.keys(all).reverse()] : [],
      readFileSync: (path: string, encoding: string) => {
        if (encoding !== 'utf8') throw new Error('no text');
        const words = all[/^\/proc\/(\d+)\/cmdline$/.exec(path)?.[1] ?? ''];
        if (words === undefined) throw new Error('EACCES');
        return words.map((word) => `${word}\0`).join('');
      },
      readlinkSync: (path: string) => (/^\/proc\/\d+\/cwd$/.test(path) ? '/opt' : ''),
      realpathSync: (path: string) => links[path] ?? path,
    });
    syncBuiltinESMExports();
  }
  const flags = (port: number) => ['--web.listen-address', `:${port}`];
  const portOf = () => flagsOfRunning()?.['web.listenAddress'][0]?.port;
  const EXPORTER = '/opt/exporter.cjs';

  it.each<[string, Readonly<Record<string, readonly string[] | undefined>>, number | undefined]>([
    ['no other process', {}, undefined],
    ['the exporter', { 7: ['node', EXPORTER, '--state-file', 's', ...flags(1)] }, 1],
    [
      'its program',
      { 7: ['/usr/bin/node', '/usr/bin/pending-writes-exporter', '--state-file', 's', ...flags(1)] },
      1,
    ],
    ['a relative path', { 7: ['node', './exporter.cjs', '--state-file', 's', ...flags(1)] }, 1],
    ['flags of Node.js', { 7: ['node', '--a', '-b', EXPORTER, '--state-file', 's', ...flags(1)] }, 1],
    [
      'an init in front',
      { 1: ['tini', '--', '/usr/bin/node', EXPORTER, '--state-file', 's', ...flags(1)] },
      1,
    ],
    [
      'the lowest id of several',
      {
        10: ['node', EXPORTER, '--state-file', 's', ...flags(10)],
        9: ['node', EXPORTER, '--state-file', 's', ...flags(9)],
      },
      9,
    ],
    ['another program', { 7: ['node', '/opt/other.cjs', '--state-file', 's', ...flags(1)] }, undefined],
    ['no Node.js', { 7: ['cat', EXPORTER], 8: ['nodes', EXPORTER], 9: [] }, undefined],
    ['the program alone', { 7: [EXPORTER, '--state-file', 's', ...flags(1)] }, undefined],
    ['Node.js alone', { 7: ['node'], 8: ['node', '--version'] }, undefined],
    ['another health check', { 7: ['node', EXPORTER, '--healthcheck'] }, undefined],
    [
      'one that may not be looked at, then the exporter',
      { 3: undefined, 7: ['node', EXPORTER, '--state-file', 's', ...flags(1)] },
      1,
    ],
    [
      'this process alone',
      { [process.pid]: ['node', EXPORTER, '--state-file', 's', ...flags(1)] },
      undefined,
    ],
  ])('are found among the processes: %s', (_, all, port) => {
    processes(all);
    expect(portOf()).toBe(port);
  });

  it('are what the command uses without other flags', async () => {
    processes({});
    expect(await runHere(['--healthcheck'])).toEqual({
      code: 1,
      log: 'not healthy: no running exporter was found\n',
    });
  });
});
