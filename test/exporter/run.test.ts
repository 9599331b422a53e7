import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { waitFor } from '../../src/processes/process.js';
import { PATIENCE_MS } from '../patience.js';
import { makeCa, makeCertificate } from './certificates.js';
import { runHere, startHere, stopExportersHere } from './exporter-here.js';
import { get } from './request.js';
import { notification, READ_SUCCESS, scrape } from './scrape.js';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pending-writes-run-'));
  path = join(folder, 'state.json');
  await makeCa(folder, 'ca');
  await makeCertificate(folder, 'ca', 'server');
  await writeFile(
    join(folder, 'tls.yml'),
    'tls_server_config: {cert_file: server.crt, key_file: server.key}\n',
  );
});
afterEach(() => rm(path, { force: true }));
afterAll(async () => {
  await stopExportersHere();
  await rm(folder, { recursive: true, force: true });
});

/** The lines of a log without their times. */
const linesOf = (log: string) =>
  log
    .trim()
    .split('\n')
    .map((line) => line.replace(/^ts=\S+ /, ''));
const holds = (...notifications: readonly unknown[]) => writeFile(path, JSON.stringify({ notifications }));

describe('the log of a run', () => {
  it('has its begin, its addresses, every change of the state file once, and its end', async () => {
    const exporter = await startHere(['--state-file', path, '--web.listen-address', '[::1]:0']);
    const { port } = new URL(exporter.url);
    const look = async (...steps: readonly (() => Promise<unknown>)[]) => {
      for (const step of steps) {
        await step();
        await scrape(exporter.url);
        await scrape(exporter.url);
      }
    };
    await look(
      async () => {},
      () => holds(notification('a'), notification('b', { state: 'cleared' })),
      () => writeFile(path, '{'),
      () => writeFile(path, '[]'),
      () => holds(notification('a'), 7, 8),
      () => holds(notification('a'), 7, notification('b', { driveVersion: -1 })),
      () => holds(notification('a'), 7, notification('b', { driveVersion: -2 })),
      () => holds(notification('a')),
      () => holds(notification('a'), 7),
      () => rm(path),
    );
    exporter.hangUp();
    expect(await exporter.stop()).toBe(0);
    const lines = linesOf(exporter.log());
    const leftOut = (invalid: number, badFields: number) =>
      `level=warn msg="parts of the state file are left out" invalid=${invalid} duplicate=0 cap=0 badFields=${badFields}`;
    expect(lines.map((line) => line.replace(/(\[::1\]:)\d+/, '$1PORT'))).toEqual([
      `level=info msg=starting version=dev node=${process.versions.node} stateFile=${path}`,
      `level=info msg=listening address=127.0.0.1:${port} tls=false`,
      'level=info msg=listening address=[::1]:PORT tls=false',
      'level=info msg="state file does not exist"',
      'level=info msg="state file read" shape=persisted relays=2 pending=1',
      'level=warn msg="state file cannot be read" reason=not_json',
      'level=warn msg="state file cannot be read" reason=not_a_state_file',
      'level=info msg="state file read" shape=persisted relays=1 pending=1',
      leftOut(2, 0),
      leftOut(1, 1),
      leftOut(1, 0),
      'level=info msg="state file does not exist"',
      'level=info msg="there is no web configuration to reload" trigger=SIGHUP',
      'level=info msg=stopping signal=SIGTERM',
    ]);
  });

  it('says each time at the level debug that the file was looked at', async () => {
    const exporter = await startHere(['--state-file', path, '--log.level', 'debug']);
    await scrape(exporter.url);
    await holds(notification('a'));
    await scrape(exporter.url);
    await writeFile(path, '[]');
    await scrape(exporter.url);
    await exporter.stop();
    const found = linesOf(exporter.log()).filter((line) => line.includes('looked at'));
    expect(found).toEqual(
      ['missing', 'read', 'not_a_state_file'].map(
        (what) => `level=debug msg="looked at the state file" found=${what}`,
      ),
    );
  });

  it('warns where the folder of the file does not exist', async () => {
    const exporter = await startHere(['--state-file', join(folder, 'nowhere', 's.json')]);
    await scrape(exporter.url);
    await exporter.stop();
    expect(linesOf(exporter.log())).toContain(
      `level=warn msg="the folder of the state file does not exist" folder=${join(folder, 'nowhere')}`,
    );
  });
});

describe('a run', () => {
  it('has the limits of its flags', async () => {
    const limits = [
      '--state-file.max-bytes',
      '100',
      '--state-file.max-relays',
      '1',
      '--state-file.max-stale',
      '0',
    ];
    const exporter = await startHere(['--state-file', path, ...limits, '--no-relay-labels']);
    await writeFile(path, '{"notifications":[{"relayKey":"a","state":"pending"}]}');
    const good = await scrape(exporter.url);
    expect([...good.keys()].some((series) => series.includes('relay='))).toBe(false);
    expect(good.get('pending_writes_relays{state=pending}')).toBe(1);
    await writeFile(
      path,
      '{"notifications":[{"relayKey":"a","state":"pending"},{"relayKey":"b","state":"pending"}]}',
    );
    expect((await scrape(exporter.url)).get('pending_writes_records_left_out{reason=cap}')).toBe(1);
    await writeFile(path, ' '.repeat(101));
    const bad = await scrape(exporter.url);
    expect([bad.get(READ_SUCCESS), bad.has('pending_writes_relays{state=pending}')]).toEqual([0, false]);
    expect([...bad.keys()].some((series) => series.startsWith('process_'))).toBe(false);
    await exporter.stop();
    // A minute of a stale version, by default.
    const patient = await startHere(['--state-file', path, '--collector.process']);
    await holds(notification('a'));
    await scrape(patient.url);
    await writeFile(path, '[]');
    const stale = await scrape(patient.url);
    expect([stale.get(READ_SUCCESS), stale.get('pending_writes_pending{relay=a}')]).toEqual([0, 1]);
    expect(stale.has('process_resident_memory_bytes{}')).toBe(true);
    await patient.stop();
  });

  it.each([
    ['a minute by default', [], 30, 61],
    ['as long as its flag says, 0 s', ['--state-file.max-stale', '0s'], 0, 1],
    ['as long as its flag says, 1h30m', ['--state-file.max-stale', '1h30m'], 5_350, 5_401],
  ])('serves a stale version for %s', async (_, flags, servedAfter, goneAfter) => {
    // The clock is set on: nothing here waits.
    const now = performance.now.bind(performance);
    let passed = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + passed * 1000);
    const exporter = await startHere(['--state-file', path, ...flags]);
    try {
      const pending = async () => (await scrape(exporter.url)).get('pending_writes_pending{relay=a}');
      await holds(notification('a'));
      expect(await pending()).toBe(1);
      await writeFile(path, '[]');
      passed = servedAfter;
      if (servedAfter > 0) expect(await pending()).toBe(1);
      passed = goneAfter;
      expect(await pending()).toBeUndefined();
    } finally {
      await exporter.stop();
      clock.mockRestore();
    }
  });

  it('speaks TLS with a certificate, and shows whether its configuration could be read again', async () => {
    const web = join(folder, 'tls.yml');
    const exporter = await startHere(['--state-file', path, '--web.config.file', web]);
    expect(exporter.url).toMatch(/^https:/);
    const reloaded = async () =>
      /web_config_reload_success (\d)/.exec(
        (await get(`${exporter.url}/metrics`, { rejectUnauthorized: false })).text,
      )?.[1];
    expect(await reloaded()).toBe('1');
    expect(linesOf(exporter.log()).at(-1)).not.toContain('tls=false');
    const text = 'tls_server_config: {cert_file: server.crt, key_file: server.key}\n';
    await writeFile(web, 'nonsense: 1\n');
    exporter.hangUp();
    await waitFor(() => exporter.log().includes('not reloaded'), {
      what: 'the refusal',
      timeoutMs: PATIENCE_MS,
      everyMs: 5,
    });
    expect(await reloaded()).toBe('0');
    await writeFile(web, text);
    await exporter.stop();
  });

  it('ends with 0 after --help and --version, and after a check of what is valid', async () => {
    const help = await runHere(['--help']);
    expect(help.code).toBe(0);
    expect((await runHere(['--version'])).code).toBe(0);
    const { code, log } = await runHere(['--config.check', '--web.config.file', join(folder, 'tls.yml')]);
    expect([code, linesOf(log)]).toEqual([
      0,
      ['level=info msg="the flags and the web configuration are valid"'],
    ]);
  });

  it('ends with 1 for a configuration that is wrong, and a line for each problem', async () => {
    const web = join(folder, 'wrong.yml');
    await writeFile(web, 'tls_server_config: {min_version: x, max_version: y}\n');
    const { code, log } = await runHere(['--state-file', path, '--web.config.file', web]);
    expect([code, linesOf(log).map((line) => /level=error msg="\S+ (\S+):/.exec(line)?.[1])]).toEqual([
      1,
      ['tls_server_config.min_version', 'tls_server_config.max_version'],
    ]);
  });

  it('ends with 2 for a configuration that cannot be read, and an address that cannot be used', async () => {
    const unreadable = await runHere(['--state-file', path, '--web.config.file', join(folder, 'none.yml')]);
    expect(unreadable.code).toBe(2);
    const { code, log } = await runHere(['--state-file', path, '--web.listen-address', '192.0.2.1:0']);
    expect([code, linesOf(log).at(-1)]).toEqual([
      2,
      'level=error msg="cannot listen on 192.0.2.1:0" reason=EADDRNOTAVAIL',
    ]);
  });
});
