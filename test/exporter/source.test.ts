import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Compressor, combineCrc32, crc32, gzipStream } from '../../src/exporter/exposition/gzip.js';
import type { ReadResult } from '../../src/exporter/state-file/read.js';
import { StateFileReader } from '../../src/exporter/state-file/read.js';
import { renderStateFile, Source, type SourceOptions } from '../../src/exporter/state-file/source.js';
import { failureReason, MISSING, notification, queueSeries, READ_SUCCESS, samplesOf } from './scrape.js';

const text = (relays: readonly string[], rest: object = {}) =>
  JSON.stringify({ notifications: relays.map((relay) => notification(relay)), rotations: [], ...rest });

/** A source in a world of its own: its clocks, and what it finds in place of the file. */
function world(options: Partial<SourceOptions> = {}) {
  const here = {
    now: 1_767_226_200_000,
    monotonic: 0,
    found: { kind: 'missing' } as ReadResult | Promise<ReadResult>,
    reads: 0,
    pass(milliseconds: number) {
      here.now += milliseconds;
      here.monotonic += milliseconds;
    },
    holds(contents: string) {
      here.found = { kind: 'version', bytes: Buffer.from(contents), mtime: here.now / 1000 };
    },
    async scrape(timeoutMs?: number) {
      return samplesOf((await source.scrape(timeoutMs)).text);
    },
  };
  const source = new Source({
    path: 'made up',
    now: () => here.now,
    monotonic: () => here.monotonic,
    read: async () => {
      here.reads += 1;
      return here.found;
    },
    ...options,
  });
  return { ...here, here, source };
}

const FAILED: ReadResult = { kind: 'failed', reason: 'changing' };
const LAST_GOOD = 'pending_writes_state_file_last_good_read_timestamp_seconds{}';

describe('the last good version', () => {
  it('is served while reads fail, with success 0, and no longer than configured', async () => {
    const { here } = world({ maxStaleMs: 30_000 });
    here.holds(text(['a']));
    const good = await here.scrape();
    here.found = FAILED;
    here.pass(30_000);
    const held = await here.scrape();
    expect(queueSeries(held)).toEqual(queueSeries(good));
    expect([held.get(READ_SUCCESS), failureReason(held)]).toEqual([0, 'changing']);
    expect(held.get(LAST_GOOD)).toBe(1_767_226_200);
    here.pass(1);
    const gone = await here.scrape();
    expect(queueSeries(gone)).toEqual([]);
    expect(gone.get(LAST_GOOD)).toBe(1_767_226_200);
    expect(gone.get('pending_writes_state_file_mtime_timestamp_seconds{}')).toBe(1_767_226_200);
  });

  it('is not served longer or shorter because the clock was set', async () => {
    for (const step of [-86_400_000, 86_400_000]) {
      const { here } = world({ maxStaleMs: 30_000 });
      here.holds(text(['a']));
      await here.scrape();
      here.found = FAILED;
      here.now += step;
      here.monotonic += 29_000;
      expect(queueSeries(await here.scrape())).not.toEqual([]);
      here.monotonic += 2_000;
      expect(queueSeries(await here.scrape())).toEqual([]);
    }
  });

  it('is never served with a limit of 0, as soon as any time has passed', async () => {
    const { here } = world({ maxStaleMs: 0 });
    here.holds(text(['a']));
    await here.scrape();
    here.found = FAILED;
    here.pass(1);
    expect(queueSeries(await here.scrape())).toEqual([]);
  });

  it('is forgotten when the file is missing', async () => {
    const { here } = world();
    here.holds(text(['a']));
    await here.scrape();
    here.found = { kind: 'missing' };
    expect((await here.scrape()).get(MISSING)).toBe(1);
    here.found = FAILED;
    expect(queueSeries(await here.scrape())).toEqual([]);
  });

  it('comes back at once when the file is good again', async () => {
    const { here } = world({ maxStaleMs: 0 });
    here.holds(text(['a']));
    const good = await here.scrape();
    const version = here.found;
    here.found = FAILED;
    here.pass(60_000);
    await here.scrape();
    here.found = version;
    expect(queueSeries(await here.scrape())).toEqual(queueSeries(good));
  });
});

describe('a read that takes long', () => {
  it('is waited for no longer than the scrape allows, and not started again', async () => {
    const { here } = world();
    here.holds(text(['a']));
    await here.scrape();
    let finish: (result: ReadResult) => void = () => {};
    here.found = new Promise((resolve) => {
      finish = resolve;
    });
    const reads = here.reads;
    const late = await here.scrape(20);
    expect([late.get(READ_SUCCESS), failureReason(late)]).toEqual([0, 'timeout']);
    expect(queueSeries(late)).not.toEqual([]);
    await here.scrape(20);
    expect(here.reads).toBe(reads + 1);
    const waiting = here.scrape(5_000);
    finish({ kind: 'version', bytes: Buffer.from(text(['b'])), mtime: 1 });
    expect((await waiting).get('pending_writes_pending{relay=b}')).toBe(1);
  });

  it('serves all scrapes that arrive meanwhile', async () => {
    const { here } = world();
    here.holds(text(['a']));
    const scrapes = await Promise.all(Array.from({ length: 10 }, () => here.scrape()));
    expect(here.reads).toBe(1);
    expect(new Set(scrapes.map((samples) => JSON.stringify([...samples]))).size).toBe(1);
  });
});

describe('work that is not done twice', () => {
  it('parses and renders a version once, and compresses it once', async () => {
    const { source, here } = world();
    here.holds(text(['a']));
    const first = await source.scrape();
    const second = await source.scrape();
    expect(second.page).toBe(first.page);
    await first.body('openmetrics', true);
    const pieces = await second.body('openmetrics', true);
    const again = await second.body('openmetrics', true);
    // The compressed page, before the end.
    expect(again.at(-2)).toBe(pieces.at(-2));
  });

  it('tells of changes of the condition only', async () => {
    const events: string[] = [];
    const { here } = world({ onEvent: ({ kind }) => events.push(kind) });
    for (const found of [FAILED, FAILED, { kind: 'missing' } as const, FAILED]) {
      here.found = found;
      await here.scrape();
    }
    here.holds(text(['a']));
    await here.scrape();
    here.holds(text(['b']));
    await here.scrape();
    expect(events).toEqual(['failed', 'missing', 'failed', 'good']);
  });
});

describe('gzip of two parts', () => {
  it('is one stream of both, whatever their length', async () => {
    for (const [first, second] of [
      [0, 0],
      [0, 10],
      [10, 0],
      [3_000, 1],
      [65_535, 65_536],
      [65_536, 3_000_000],
      [200_000, 77],
    ] as const) {
      const head = Buffer.from(Array.from({ length: first }, (_, i) => (i * 7) % 251));
      const body = Buffer.from(Array.from({ length: second }, (_, i) => (i * i) % 253));
      const middle = Math.floor(second / 3);
      const parts = [
        { name: 'a', bytes: body.subarray(0, middle) },
        { name: 'b', bytes: body.subarray(middle) },
      ];
      const stream = Buffer.concat(gzipStream(head, await new Compressor().compress(parts)));
      expect(gunzipSync(stream).equals(Buffer.concat([head, body]))).toBe(true);
      expect(combineCrc32(crc32(head), crc32(body), body.length)).toBe(crc32(Buffer.concat([head, body])));
    }
  });
});

describe('gzip of one version after the other', () => {
  it('compresses anew what has changed, and gives the version it was asked for', async () => {
    const compressor = new Compressor();
    const version = (values: readonly number[]) =>
      values.map((value, i) => ({
        name: String(i),
        bytes: Buffer.from(`family ${i}\n${`line ${value}\n`.repeat(20_000 + value)}`),
      }));
    let before: readonly Buffer[] = [];
    for (const [values, isReused] of [
      [[1, 1, 1], false],
      [[1, 2, 1], true],
      [[3, 2, 1], true],
      [[3, 2, 1], true],
      [[4, 5, 6], false],
      [[4, 5], true],
      [[], false],
    ] as const) {
      const parts = version(values);
      const compressed = await compressor.compress(parts);
      const stream = Buffer.concat(gzipStream(Buffer.from('head\n'), compressed));
      expect(gunzipSync(stream).toString()).toBe(`head\n${parts.map(({ bytes }) => bytes).join('')}`);
      expect(compressed.blocks.some((block) => before.includes(block))).toBe(isReused);
      before = compressed.blocks;
    }
  });
});

describe('reading twice', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pending-writes-'));
    path = join(folder, 'state.json');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('takes the second of two versions when the file changes between the reads', async () => {
    await writeFile(path, 'first');
    const reader = new StateFileReader(path);
    const seen: string[] = [];
    let changed: Promise<void> | undefined;
    const result = await reader.read((bytes) => {
      seen.push(bytes.toString());
      // Of the same length, so that only the bytes tell.
      changed = writeFile(path, 'other');
    });
    await changed;
    expect(seen).toEqual(['first']);
    expect(result).toMatchObject({ kind: 'version', wasCandidate: false });
    expect(result.kind === 'version' && result.bytes.toString()).toBe('other');
  });

  it('gives up on a file that changes at every read', async () => {
    await writeFile(path, '0');
    // Long enough for the writer to get its turn on a busy machine.
    const reader = new StateFileReader(path, { attempts: 4, settleMs: 100 });
    let writing = true;
    const writer = (async () => {
      for (let i = 1; writing; i += 1) await writeFile(path, String(i));
    })();
    const result = await reader.read();
    writing = false;
    await writer;
    expect(result).toEqual({ kind: 'failed', reason: 'changing' });
    expect((await reader.read()).kind).toBe('version');
  });

  it('does not trust times that a second write within the same tick would leave as they are', async () => {
    await writeFile(path, 'a');
    let now = Date.now();
    const reader = new StateFileReader(path, { now: () => now });
    expect((await reader.read()).kind).toBe('version');
    // By this clock the file is from the future, so no later look proves anything.
    now -= 3_600_000;
    expect((await reader.read()).kind).toBe('unchanged');
    await writeFile(path, 'b');
    expect((await reader.read()).kind).toBe('version');
  });

  it('looks a second time at a set that shrinks right after a rewrite', async () => {
    await writeFile(path, text(['a', 'b', 'c']));
    const source = new Source({ path });
    expect(samplesOf((await source.scrape()).text).get('pending_writes_state_file_relays{}')).toBe(3);
    // As a worker that starts does: first a part, a little later the whole.
    await writeFile(path, text(['a']));
    const later = new Promise<void>((resolve, reject) => {
      setTimeout(() => writeFile(path, text(['a', 'b', 'c', 'd'])).then(resolve, reject), 60);
    });
    const samples = samplesOf((await source.scrape()).text);
    await later;
    expect(samples.get('pending_writes_state_file_relays{}')).toBe(4);
  });

  it('believes a set that has shrunk and stays so', async () => {
    await writeFile(path, text(['a', 'b', 'c']));
    const source = new Source({ path });
    await source.scrape();
    await writeFile(path, text(['a']));
    const samples = samplesOf((await source.scrape()).text);
    expect([samples.get(READ_SUCCESS), samples.get('pending_writes_state_file_relays{}')]).toEqual([1, 1]);
  });

  it('looks a second time at a torn file, which is whole a moment later', async () => {
    const source = new Source({ path });
    await writeFile(path, text(['a']).slice(0, -20));
    const later = new Promise<void>((resolve, reject) => {
      setTimeout(() => writeFile(path, text(['a'])).then(resolve, reject), 60);
    });
    const samples = samplesOf((await source.scrape()).text);
    await later;
    expect(samples.get('pending_writes_pending{relay=a}')).toBe(1);
  });
});

describe('one file without memory', () => {
  it('gives what a scrape at that time shows', async () => {
    const samples = samplesOf(
      await renderStateFile(Buffer.from(text(['a'])), { nowMs: 5_000, mtimeMs: 3_000 }),
    );
    expect(samples.get('pending_writes_pending{relay=a}')).toBe(1);
    expect(samples.get(LAST_GOOD)).toBe(5);
    expect(samples.get('pending_writes_state_file_mtime_timestamp_seconds{}')).toBe(3);
    expect(samples.get('pending_writes_exporter_scrape_duration_seconds{}')).toBe(0);
  });
});
