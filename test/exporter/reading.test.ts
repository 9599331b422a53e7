import { execFile } from 'node:child_process';
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../../src/processes/process.js';
import { root } from '../cli/command.js';
import { PATIENCE_MS } from '../patience.js';
import { type ExporterHere, startHere, stopExportersHere } from './exporter-here.js';
import { startExporter, stopExporters } from './exporter-process.js';
import { failureReason, MISSING, notification, queueSeries, READ_SUCCESS, scrape } from './scrape.js';

const RELAY = '4045d2ef356c7f670dc70f1d0f6b88efc5722dcff2faafe050d63ad5135ea8c0';
const fixture = (name: string) => join(root, `test/fixtures/pending-writes-state.${name}.json`);
const pendingOf = (relay: string) => `pending_writes_pending{relay=${relay}}`;
const file = (notifications: unknown, rest: object = {}) =>
  JSON.stringify({ notifications, rotations: [], ...rest });

afterAll(async () => {
  await stopExportersHere();
  await stopExporters();
});

/** An exporter for all tests of a block, and an empty place for the state file in each. */
function withExporter(...args: readonly string[]) {
  const here = {} as { exporter: ExporterHere; folder: string; path: string };
  beforeAll(async () => {
    here.folder = await mkdtemp(join(tmpdir(), 'pending-writes-'));
    // Others may look into it: a test runs the exporter as another user.
    await chmod(here.folder, 0o755);
    here.path = join(here.folder, 'pending-writes-state.json');
    here.exporter = await startHere(['--state-file', here.path, ...args]);
  });
  beforeEach(() => rm(here.path, { recursive: true, force: true }));
  afterAll(async () => {
    await here.exporter.stop();
    await rm(here.folder, { recursive: true, force: true });
  });
  return here;
}

describe('a file that cannot be read', () => {
  const here = withExporter('--state-file.max-stale', '0', '--state-file.max-bytes', '20000');
  const path = () => here.path;

  it.each([
    ['zero bytes', 'not_json', () => writeFile(path(), '')],
    ['torn', 'not_json', () => writeFile(path(), '{"notifications":[{"relayKey":"a","state":"pen')],
    ['not a state file', 'not_a_state_file', () => writeFile(path(), '[1,2,3]')],
    ['a number', 'not_a_state_file', () => writeFile(path(), '7')],
    ['null', 'not_a_state_file', () => writeFile(path(), 'null')],
    ['another object', 'not_a_state_file', () => writeFile(path(), '{"something":"else"}')],
    ['notifications of null', 'not_a_state_file', () => writeFile(path(), '{"notifications":null}')],
    ['a list in disguise', 'not_a_state_file', () => writeFile(path(), '{"notifications":{"length":3}}')],
    ['invalid UTF-8', 'not_utf8', () => writeFile(path(), Buffer.from([0x7b, 0xff, 0x7d]))],
    ['UTF-16', 'not_utf8', () => writeFile(path(), Buffer.from(`\uFEFF${file([])}`, 'utf16le'))],
    [
      'NUL bytes, as a hole of an overlapping write leaves them',
      'spliced',
      () => writeFile(path(), `${'\0'.repeat(512)}${file([])}`),
    ],
    ['nested 9,000 deep', 'not_a_state_file', () => writeFile(path(), '['.repeat(9000) + ']'.repeat(9000))],
    ['nested and torn', 'not_json', () => writeFile(path(), '{"notifications":'.repeat(1000))],
    ['a directory', 'not_a_file', () => mkdir(path())],
    ['a link to itself', 'not_a_file', () => symlink(path(), path())],
    ['a FIFO', 'not_a_file', () => promisify(execFile)('mkfifo', [path()])],
    ['a device', 'not_a_file', () => symlink('/dev/zero', path())],
    ['over the cap', 'too_large', () => writeFile(path(), file([], { padding: 'x'.repeat(20_000) }))],
  ])('gives no queue series and tells the reason: %s is %s', async (_, reason, make) => {
    await writeFile(here.path, file([notification('a')]));
    expect((await scrape(here.exporter.url)).get(pendingOf('a'))).toBe(1);
    await rm(here.path);
    await make();
    const samples = await scrape(here.exporter.url);
    expect(samples.get(READ_SUCCESS)).toBe(0);
    expect(samples.get(MISSING)).toBe(0);
    expect(failureReason(samples)).toBe(reason);
    expect(queueSeries(samples)).toEqual([]);
    await rm(here.path, { recursive: true, force: true });
    await writeFile(here.path, file([notification('b')]));
    const after = await scrape(here.exporter.url);
    expect([after.get(READ_SUCCESS), after.get(pendingOf('a')), after.get(pendingOf('b'))]).toEqual([
      1,
      undefined,
      1,
    ]);
  });

  it('counts failed reads by reason', async () => {
    const failures = 'pending_writes_state_file_read_failures_total{reason=not_json}';
    const before = (await scrape(here.exporter.url)).get(failures) as number;
    await writeFile(here.path, '{');
    await scrape(here.exporter.url);
    expect((await scrape(here.exporter.url)).get(failures)).toBe(before + 2);
  });

  it('shows the size of a file that is too large', async () => {
    await writeFile(here.path, ' '.repeat(20_001));
    expect((await scrape(here.exporter.url)).get('pending_writes_state_file_size_bytes{}')).toBe(20_001);
  });

  it('logs a change of the condition once, and nothing of the contents', async () => {
    const lines = () => here.exporter.log().split('\n').length;
    await writeFile(here.path, '{"notifications":[{"relayKey":"secret-of-the-file",');
    await scrape(here.exporter.url);
    const once = lines();
    await scrape(here.exporter.url);
    await scrape(here.exporter.url);
    expect(lines()).toBe(once);
    expect(here.exporter.log()).toContain('msg="state file cannot be read" reason=not_json');
    expect(here.exporter.log()).not.toMatch(/secret-of-the-file|notifications/);
  });

  it('tells a missing permission', async () => {
    await writeFile(here.path, file([notification('a')]));
    await chmod(here.path, 0);
    // Root may read everything, so the exporter has to be somebody else.
    const uid = process.getuid?.() === 0 ? 65534 : undefined;
    const other = await startExporter(['--state-file', here.path], uid === undefined ? {} : { uid });
    const samples = await scrape(other.url);
    expect(failureReason(samples)).toBe('permission');
    expect(queueSeries(samples)).toEqual([]);
    await chmod(here.path, 0o644);
    expect((await scrape(other.url)).get(pendingOf('a'))).toBe(1);
    expect(await other.stop()).toBe(0);
  });

  it('is read as nothing but a whole file, torn at any byte', async () => {
    const whole = await readFile(fixture('pending'));
    const torn = join(here.folder, 'torn');
    await mkdir(torn);
    for (let length = 0; length <= whole.length; length += 1) {
      await writeFile(join(torn, String(length)), whole.subarray(0, length));
    }
    // A file at rest is read without waiting; the link brings one after the other to the path.
    await waitFor(async () => Date.now() - (await stat(join(torn, String(whole.length)))).ctimeMs > 1_100, {
      what: 'the files to be at rest',
      timeoutMs: PATIENCE_MS,
    });
    const jsonLength = whole.toString().trimEnd().length;
    for (let length = 0; length <= whole.length; length += 1) {
      await symlink(join(torn, String(length)), `${here.path}.new`);
      await rename(`${here.path}.new`, here.path);
      const samples = await scrape(here.exporter.url);
      const isWhole = length >= jsonLength;
      expect([length, samples.get(READ_SUCCESS)]).toEqual([length, isWhole ? 1 : 0]);
      if (isWhole) expect(samples.get(pendingOf(RELAY))).toBe(1);
      else expect(queueSeries(samples)).toEqual([]);
    }
  });
});

describe('a file that changes its place', () => {
  const here = withExporter('--state-file.max-stale', '1h');

  it('is missing at the start, then made, deleted and made again', async () => {
    const missing = await scrape(here.exporter.url);
    expect([missing.get(READ_SUCCESS), missing.get(MISSING)]).toEqual([1, 1]);
    expect(queueSeries(missing)).toEqual([]);
    await writeFile(here.path, file([notification('a')]));
    expect((await scrape(here.exporter.url)).get(pendingOf('a'))).toBe(1);
    await unlink(here.path);
    const deleted = await scrape(here.exporter.url);
    // Missing is no failure, so the last good version is not served either.
    expect([deleted.get(READ_SUCCESS), deleted.get(MISSING)]).toEqual([1, 1]);
    expect(queueSeries(deleted)).toEqual([]);
    expect(deleted.has('pending_writes_state_file_mtime_timestamp_seconds{}')).toBe(false);
    await writeFile(here.path, file([notification('a', { state: 'cleared' })]));
    expect((await scrape(here.exporter.url)).get(pendingOf('a'))).toBe(0);
  });

  it('is renamed over', async () => {
    for (let i = 0; i < 5; i += 1) {
      await writeFile(`${here.path}.new`, file([notification(`relay-${i}`)]));
      await rename(`${here.path}.new`, here.path);
      const samples = await scrape(here.exporter.url);
      expect(samples.get('pending_writes_relays{state=pending}')).toBe(1);
      expect(samples.get(pendingOf(`relay-${i}`))).toBe(1);
    }
  });

  it('keeps its folder waiting', async () => {
    const late = join(here.folder, 'not-yet');
    const exporter = await startHere(['--state-file', join(late, 'state.json')]);
    expect((await scrape(exporter.url)).get(MISSING)).toBe(1);
    await mkdir(late);
    await writeFile(join(late, 'state.json'), file([notification('a')]));
    expect((await scrape(exporter.url)).get(pendingOf('a'))).toBe(1);
    await exporter.stop();
  });
});

describe('a change that hides', () => {
  const here = withExporter();

  it('is seen where size and mtime stay the same', async () => {
    const time = new Date('2026-01-01T00:00:00Z');
    for (let i = 0; i < 40; i += 1) {
      // pending and cleared are words of the same length.
      const state = i % 2 === 0 ? 'pending' : 'cleared';
      await writeFile(here.path, file([notification('a', { state })]));
      await utimes(here.path, time, time);
      expect((await scrape(here.exporter.url)).get(pendingOf('a'))).toBe(i % 2 === 0 ? 1 : 0);
    }
  });

  it('is seen where the mtime goes back, or lies in the future', async () => {
    const mtime = 'pending_writes_state_file_mtime_timestamp_seconds{}';
    for (const [i, time] of ['2026-01-02', '2025-01-01', '2099-01-01', '1999-01-01'].entries()) {
      await writeFile(here.path, file([notification('a', { driveVersion: i })]));
      await utimes(here.path, new Date(time), new Date(time));
      const samples = await scrape(here.exporter.url);
      expect(samples.get('pending_writes_drive_version{relay=a}')).toBe(i);
      expect(samples.get(mtime)).toBe(new Date(time).getTime() / 1000);
    }
  });

  it('is only one of the times: the same series with the new mtime', async () => {
    await writeFile(here.path, file([notification('a')]));
    const before = await scrape(here.exporter.url);
    await utimes(here.path, new Date(), new Date('2026-02-02'));
    const after = await scrape(here.exporter.url);
    expect(queueSeries(after).map((series) => [series, after.get(series)])).toEqual(
      queueSeries(before).map((series) => [series, before.get(series)]),
    );
    expect(after.get('pending_writes_state_file_mtime_timestamp_seconds{}')).toBe(
      new Date('2026-02-02').getTime() / 1000,
    );
  });
});

describe('contents that are odd', () => {
  const here = withExporter('--state-file.max-relays', '3');
  const read = async (text: string | Buffer) => {
    await writeFile(here.path, text);
    const samples = await scrape(here.exporter.url);
    expect(samples.get(READ_SUCCESS)).toBe(1);
    return samples;
  };
  const leftOut = (samples: ReadonlyMap<string, number>, reason: string) =>
    samples.get(`pending_writes_records_left_out{reason=${reason}}`);

  it('has a byte order mark', async () => {
    expect((await read(`\uFEFF${file([notification('a')])}`)).get(pendingOf('a'))).toBe(1);
  });

  it('is {}', async () => {
    const samples = await read('{}');
    expect(samples.get('pending_writes_relays{state=pending}')).toBe(0);
    expect(samples.get('pending_writes_state_file_shape{shape=empty}')).toBe(1);
  });

  it('names a relay twice: the record updated last is shown, the other counted', async () => {
    const samples = await read(
      file([
        notification('a', { state: 'cleared', updatedAt: 1767226300000 }),
        notification('a', { state: 'pending', updatedAt: 1767226200000 }),
      ]),
    );
    expect(samples.get(pendingOf('a'))).toBe(0);
    expect(leftOut(samples, 'duplicate')).toBe(1);
    expect(samples.get('pending_writes_state_file_relays{}')).toBe(1);
  });

  it.each([null, 7, -1, true, 'text', '', [], {}, [null], { a: 1 }, 1e308, -0.5, 1e-300])(
    'has %j in every field in turn: that field is left out, the rest is served',
    async (value) => {
      const good = notification('good');
      const fields = Object.keys(good).filter((field) => field !== 'relayKey' && field !== 'state');
      for (const field of fields) {
        const samples = await read(
          file([good, notification('bad', { [field]: value })], {
            rotations: [{ relayKey: 'bad', status: 'failed', [field]: value }],
          }),
        );
        expect(samples.get(pendingOf('good'))).toBe(1);
        expect(samples.get('pending_writes_drive_version{relay=good}')).toBe(1);
        expect(samples.get(pendingOf('bad'))).toBe(1);
        for (const [series, number] of samples) {
          if (series.includes('timestamp')) expect(number).toBeGreaterThan(0);
          expect(Number.isFinite(number)).toBe(true);
        }
      }
      for (const field of ['relayKey', 'state']) {
        const odd = typeof value === 'string' && value !== '' ? `${value}-${field}` : value;
        const samples = await read(file([good, notification('bad', { [field]: odd })]));
        expect(samples.get(pendingOf('good'))).toBe(1);
        expect(samples.has(pendingOf('bad'))).toBe(false);
        const isKey = field === 'relayKey' && typeof odd === 'string' && odd !== '';
        expect(leftOut(samples, 'invalid')).toBe(isKey ? 0 : 1);
      }
    },
  );

  it('has times that are huge, negative or text: no series for them, and they are counted', async () => {
    const samples = await read(
      file([
        notification('a', {
          pendingSince: -1,
          updatedAt: 1e300,
          lease: { expiresAt: '1767226800000', issuedAt: 8.64e15, version: -3 },
          leaseVersion: null,
          driveVersion: 1.5e300,
        }),
      ]),
    );
    expect([...samples.keys()].filter((series) => series.includes('relay=a'))).toEqual([
      pendingOf('a'),
      'pending_writes_lease_active{relay=a}',
      'pending_writes_wanted{relay=a,type=drive}',
    ]);
    expect(samples.get('pending_writes_fields_left_out{}')).toBe(6);
  });

  it('has relays with quotes, newlines, backslashes, braces and letters of all kinds', async () => {
    for (const relay of [
      '"',
      '\\',
      '\n',
      'a"} 1\nb{c="',
      '\\n',
      '\\"',
      'é',
      '漢字',
      '😀',
      ' ',
      '\t',
      '# EOF',
    ]) {
      const samples = await read(file([notification(relay)]));
      expect(samples.get(pendingOf(relay))).toBe(1);
    }
  });

  it('has relays that cannot be exposed: they are counted', async () => {
    const samples = await read(
      `{"notifications":[{"relayKey":"\\ud800","state":"pending"},{"relayKey":"a\\u0000b","state":"pending"},{"relayKey":"${'x'.repeat(257)}","state":"pending"}]}`,
    );
    expect(samples.get('pending_writes_relays{state=pending}')).toBe(0);
    expect(leftOut(samples, 'invalid')).toBe(3);
  });

  it('talks of __proto__, constructor and the like', async () => {
    const samples = await read(
      `{"__proto__":{"relays":[{"relayKey":"evil","status":"error"}]},"constructor":{"x":1},"notifications":[{"relayKey":"__proto__","state":"pending","__proto__":{"leaseActive":true}},{"relayKey":"constructor","state":"cleared"},{"__proto__":{"relayKey":"heir","state":"pending"}}],"rotations":[{"relayKey":"__proto__","status":"toString","startedAt":1767226200000}]}`,
    );
    expect([...samples].filter(([series]) => series.includes('relay='))).toEqual([
      ['pending_writes_pending{relay=__proto__}', 1],
      ['pending_writes_pending{relay=constructor}', 0],
      ['pending_writes_rotation_last_status{relay=__proto__,status=other}', 1],
      ['pending_writes_rotation_last_start_timestamp_seconds{relay=__proto__}', 1767226200],
    ]);
    expect(leftOut(samples, 'invalid')).toBe(1);
  });

  it('has deep nesting in a field that nobody knows', async () => {
    const deep = '['.repeat(5000) + ']'.repeat(5000);
    const samples = await read(`{"notifications":[{"relayKey":"a","state":"pending","novel":${deep}}]}`);
    expect(samples.get(pendingOf('a'))).toBe(1);
  });

  it('has more relays than the cap: pending ones first, the others counted, the totals whole', async () => {
    const samples = await read(
      file(
        ['a', 'b', 'c', 'd', 'e'].map((relay, i) =>
          notification(relay, { state: i < 3 ? 'cleared' : 'pending' }),
        ),
        {
          rotations: [
            { relayKey: 'f', status: 'failed' },
            { relayKey: 'e', status: 'failed' },
          ],
        },
      ),
    );
    const shown = [...samples.keys()].filter((series) => series.startsWith('pending_writes_pending{'));
    expect(shown).toEqual(['a', 'd', 'e'].map(pendingOf));
    expect(leftOut(samples, 'cap')).toBe(3);
    expect(samples.get('pending_writes_relays{state=cleared}')).toBe(3);
    expect(samples.get('pending_writes_state_file_relays{}')).toBe(5);
    expect(
      [...samples.keys()].filter((series) => series.startsWith('pending_writes_rotation_last_s')),
    ).toEqual(['pending_writes_rotation_last_status{relay=e,status=failed}']);
    expect(samples.get('pending_writes_relays_rotation_last_status{status=failed}')).toBe(2);
  });
});

describe('rotations', () => {
  const here = withExporter();
  const last = async (rotations: readonly object[]) => {
    await writeFile(here.path, file([], { rotations: rotations.map((row) => ({ relayKey: 'a', ...row })) }));
    const samples = await scrape(here.exporter.url);
    const [status] = [...samples.keys()].flatMap(
      (series) => /^pending_writes_rotation_last_status\{relay=a,status=(.*)\}$/.exec(series)?.[1] ?? [],
    );
    return [status, samples.get('pending_writes_rotation_last_start_timestamp_seconds{relay=a}')];
  };
  const row = (status: string, startedAt: number, rotationId = 'rotation-1') => ({
    rotationId,
    status,
    startedAt: startedAt * 1000,
    completedAt: status === 'pending' ? null : startedAt * 1000 + 5,
  });

  it('are told apart by their start, since ids count from 1 again', async () => {
    expect(
      await last([row('pending', 1767226300), row('failed', 1767226200), row('pending', 1767226200)]),
    ).toEqual(['pending', 1767226300]);
  });

  it('show the one that began last, also where an earlier one ended after that', async () => {
    expect(
      await last([
        row('failed', 1767226200),
        row('completed', 1767226300),
        row('pending', 1767226300),
        row('pending', 1767226200),
      ]),
    ).toEqual(['completed', 1767226300]);
  });

  it('show the one that began last where the clock was set back in between', async () => {
    expect(
      await last([
        row('failed', 1767220000),
        row('pending', 1767220000),
        row('completed', 1767226300),
        row('pending', 1767226300),
      ]),
    ).toEqual(['failed', 1767220000]);
  });

  it('take one whose beginning was pushed out of the file for the older one', async () => {
    expect(
      await last([row('failed', 1767226200), row('completed', 1767226300), row('pending', 1767226300)]),
    ).toEqual(['completed', 1767226300]);
    expect(await last([row('completed', 1767226200), row('failed', 1767226300)])).toEqual([
      'failed',
      1767226300,
    ]);
  });
});

describe('parallel scrapes', () => {
  const here = withExporter();

  it('all get the same version, ten at a time', async () => {
    await copyFile(fixture('40-relays-mid-resync'), here.path);
    const texts = await Promise.all(
      Array.from({ length: 10 }, async () => (await fetch(`${here.exporter.url}/metrics`)).text()),
    );
    // All but what differs from one scrape to the next.
    const pages = texts.map((text) =>
      text.replaceAll(/^\w+_(?:scrape_duration|last_good_read_timestamp)_seconds .*$/gm, ''),
    );
    expect(new Set(pages).size).toBe(1);
    expect(pages[0]).toContain('pending_writes_relays{state="cleared"} 20');
  });
});

describe('without relay labels', () => {
  const here = withExporter('--no-relay-labels');

  it('gives aggregates alone', async () => {
    await copyFile(fixture('40-relays-mid-resync'), here.path);
    const text = await (await fetch(`${here.exporter.url}/metrics`)).text();
    expect(text).not.toContain('relay="');
    expect(text).toContain('pending_writes_relays{state="pending"} 1');
  });
});
