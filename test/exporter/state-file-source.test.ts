import { writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Exporter, type ExporterOptions } from '../../src/exporter/exporter.js';
import { gzipped } from '../../src/exporter/exposition/gzip.js';
import type { ReadResult } from '../../src/exporter/state-file/read.js';
import { StateFileReader } from '../../src/exporter/state-file/read.js';
import { failureReason, MISSING, notification, queueSeries, READ_SUCCESS, samplesOf } from './scrape.js';

const text = (relays: readonly string[], rest: object = {}) =>
  JSON.stringify({ notifications: relays.map((relay) => notification(relay)), rotations: [], ...rest });

/** An exporter with clocks and a file of its own. */
function world(options: Partial<ExporterOptions> = {}) {
  const here = {
    now: 1_767_226_200_000,
    // An hour after the start of the process.
    monotonic: 3_600_000,
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
      return scrapeOf(exporter, timeoutMs);
    },
  };
  const exporter = new Exporter({
    path: 'made up',
    now: () => here.now,
    monotonic: () => here.monotonic,
    read: async () => {
      here.reads += 1;
      return here.found;
    },
    ...options,
  });
  return { ...here, here, exporter };
}

async function scrapeOf(exporter: Exporter, timeoutMs?: number) {
  const scrape = await exporter.scrape(timeoutMs);
  return samplesOf(Buffer.concat(await scrape.body('text', false)).toString());
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

describe('a read that may have seen half of a rewrite', () => {
  const fresh = (contents: string): ReadResult => ({
    kind: 'version',
    bytes: Buffer.from(contents),
    mtime: 1,
    fresh: true,
  });
  const rows = (count: number) => ({
    rotations: Array.from({ length: count }, (_, i) => ({
      relayKey: 'a',
      status: 'failed',
      startedAt: i + 1,
    })),
  });
  const AT_REST = { fresh: false };

  it('is repeated once, and what is found then is shown', async () => {
    const cases: readonly (readonly [what: string, before: string, now: ReadResult, reads: number])[] = [
      ['fewer relays', text(['a', 'b']), fresh(text(['a'])), 2],
      ['fewer rotations', text(['a'], rows(2)), fresh(text(['a'], rows(1))), 2],
      ['two records of a relay', text(['a']), fresh(text(['a', 'a'])), 2],
      ['torn', text(['a']), fresh('{"notif'), 2],
      ['spliced', text(['a']), fresh(`${text(['a'])}}`), 2],
      ['not UTF-8', text(['a']), { ...fresh(''), bytes: Buffer.from([0xff]) } as ReadResult, 1],
      ['something else', text(['a']), fresh('[]'), 1],
      ['as many', text(['a', 'b'], rows(2)), fresh(text(['b', 'c'], rows(2))), 1],
      ['more', text(['a']), fresh(text(['a', 'b'], rows(1))), 1],
      ['fewer, but at rest', text(['a', 'b']), { ...fresh(text(['a'])), ...AT_REST } as ReadResult, 1],
      ['torn, but at rest', text(['a']), { ...fresh('{"notif'), ...AT_REST } as ReadResult, 1],
      ['missing', text(['a']), { kind: 'missing' }, 1],
      ['failed', text(['a']), FAILED, 1],
    ];
    // Together, because each second look waits.
    const found = await Promise.all(
      cases.map(async ([what, before, now]) => {
        const { here } = world();
        here.holds(before);
        await here.scrape();
        const reads = here.reads;
        here.found = now;
        const scrape = here.scrape();
        // What is there at the second look.
        await Promise.resolve();
        here.holds(text(['last']));
        const samples = await scrape;
        return [what, here.reads - reads, samples.has('pending_writes_pending{relay=last}')];
      }),
    );
    expect(found).toEqual(cases.map(([what, , , reads]) => [what, reads, reads === 2]));
  });
});

describe('a reading', () => {
  it('counts failures by reason, keeps the size that was seen last, and has the time of the last good read', async () => {
    const { here, exporter } = world();
    const reading = async (found: ReadResult) => {
      here.found = found;
      here.pass(1_000);
      return (await exporter.scrape()).reading;
    };
    const begin = 1_767_226_200;
    expect(await reading({ kind: 'failed', reason: 'io' })).toEqual({
      state: undefined,
      failure: 'io',
      missing: false,
      mtime: undefined,
      size: undefined,
      lastGoodRead: undefined,
      failures: new Map([['io', 1]]),
    });
    const good = await reading({ kind: 'version', bytes: Buffer.from('{}'), mtime: 7 });
    expect(good).toMatchObject({
      failure: undefined,
      missing: false,
      mtime: 7,
      size: 2,
      lastGoodRead: begin + 2,
    });
    const later = await reading({ kind: 'failed', reason: 'io' });
    expect(later).toMatchObject({ failure: 'io', mtime: 7, size: 2, lastGoodRead: begin + 2 });
    expect(later.state).toBe(good.state);
    const large = await reading({ kind: 'failed', reason: 'too_large', size: 99 });
    expect(large).toMatchObject({ size: 99, mtime: 7 });
    expect(await reading({ kind: 'version', bytes: Buffer.from('{'), mtime: 8 })).toMatchObject({
      failure: 'not_json',
      size: 1,
      mtime: 7,
    });
    expect(await reading({ kind: 'missing' })).toEqual({
      state: undefined,
      failure: undefined,
      missing: true,
      mtime: undefined,
      size: undefined,
      lastGoodRead: begin + 6,
      failures: new Map([
        ['io', 2],
        ['too_large', 1],
        ['not_json', 1],
      ]),
    });
    // A reading does not change afterwards.
    expect(large.failures.get('not_json')).toBeUndefined();
  });

  it('is a timeout after eight seconds where Prometheus says nothing, and the read goes on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { here, exporter } = world();
      here.found = new Promise(() => {});
      let failure: string | undefined;
      const ended = exporter.scrape().then(({ reading }) => {
        failure = reading.failure;
      });
      expect(exporter.source.isReading).toBe(true);
      await vi.advanceTimersByTimeAsync(7_999);
      expect(failure).toBeUndefined();
      await vi.advanceTimersByTimeAsync(1);
      await ended;
      expect([failure, exporter.source.isReading]).toEqual(['timeout', true]);
    } finally {
      vi.useRealTimers();
    }
    const { exporter } = world();
    await exporter.scrape();
    expect(exporter.source.isReading).toBe(false);
  });

  it('serves the last good version for a minute when nothing else is configured', async () => {
    const { here } = world();
    here.holds(text(['a']));
    await here.scrape();
    here.found = FAILED;
    here.pass(60_000);
    expect(queueSeries(await here.scrape())).not.toEqual([]);
    here.pass(1);
    expect(queueSeries(await here.scrape())).toEqual([]);
  });

  it('is passed on, with every scrape', async () => {
    const seen: (string | undefined)[] = [];
    const { here } = world({ onReading: ({ failure }) => void seen.push(failure) });
    await here.scrape();
    here.found = FAILED;
    await here.scrape();
    expect(seen).toEqual([undefined, 'changing']);
  });

  it('has no series for relays beyond the number that is configured', async () => {
    const { here } = world({ maxRelays: 1 });
    here.holds(text(['a', 'b']));
    const samples = await here.scrape();
    expect([...samples.keys()].filter((series) => series.startsWith('pending_writes_pending{'))).toHaveLength(
      1,
    );
  });
});

describe('work that is not done twice', () => {
  it('parses and renders a version once, and compresses it once', async () => {
    const { exporter, here } = world();
    here.holds(text(['a']));
    const first = await exporter.scrape();
    const second = await exporter.scrape();
    expect(second.page).toBe(first.page);
    const [compressed] = await first.body('openmetrics', true);
    expect((await second.body('text', true))[0]).toBe(compressed);
  });

  it('keeps the bytes of every family whose lines did not change', async () => {
    const { exporter, here } = world();
    here.holds(text(['a', 'b']));
    const first = await exporter.scrape();
    here.holds(text(['a', 'b']).replace('"driveVersion":1', '"driveVersion":2'));
    const second = await exporter.scrape();
    const changed = second.page.families
      .filter((family) => !first.page.families.includes(family))
      .map(String);
    // The rotations and totals have bytes of their own in every version.
    const ofRelays = changed.filter((text) => !/rotation|state_file/.test(text));
    expect(ofRelays).toEqual([expect.stringContaining('pending_writes_drive_version{relay="a"} 2\n')]);
  });

  it('shows what is wanted now, and not what was wanted before', async () => {
    const { here } = world();
    const wanted = async (...types: readonly string[]) => {
      here.holds(JSON.stringify({ notifications: [notification('a', { types })] }));
      return [...(await here.scrape()).keys()].filter((series) =>
        series.startsWith('pending_writes_wanted{'),
      );
    };
    expect(await wanted('drive')).toEqual(['pending_writes_wanted{relay=a,type=drive}']);
    expect(await wanted()).toEqual([]);
    expect(await wanted('event')).toEqual(['pending_writes_wanted{relay=a,type=event}']);
  });
});

describe('gzip of a page and the rest', () => {
  it('is one stream of both, whatever their length', async () => {
    for (const [first, second] of [
      [0, 0],
      [0, 10],
      [10, 0],
      [3_000, 1],
      [65_536, 65_535],
      [3_000_000, 4_000],
      [77, 65_535],
    ] as const) {
      const page = Buffer.from(Array.from({ length: first }, (_, i) => (i * i) % 253));
      const rest = Buffer.from(Array.from({ length: second }, (_, i) => (i * 7) % 251));
      const middle = Math.floor(first / 3);
      const families = [page.subarray(0, middle), page.subarray(middle)];
      const stream = Buffer.concat(gzipped({ families }, rest));
      expect(gunzipSync(stream).equals(Buffer.concat([page, rest]))).toBe(true);
    }
    // A rest of a few kilobytes is expected, which fits into one block; a longer one is refused instead of cut.
    expect(() => gzipped({ families: [] }, Buffer.alloc(65_536))).toThrow(RangeError);
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

  /** A reader that calls back before each of its reads, as its clock. */
  const interrupted = (before: (read: number) => void) => {
    let reads = 0;
    return new StateFileReader(path, undefined, () => {
      reads += 1;
      before(reads);
      return Date.now();
    });
  };

  it('takes the second of two versions when the file changes between the reads', async () => {
    await writeFile(path, 'first');
    // Of the same length, so that only the bytes differ.
    const reader = interrupted((read) => {
      if (read === 2) writeFileSync(path, 'other');
    });
    const result = await reader.read();
    expect(result.kind === 'version' && result.bytes.toString()).toBe('other');
  });

  it('gives up on a file that changes at every read', async () => {
    let isWriting = true;
    const reader = interrupted((read) => {
      if (isWriting) writeFileSync(path, String(read));
    });
    expect(await reader.read()).toEqual({ kind: 'failed', reason: 'changing' });
    isWriting = false;
    expect((await reader.read()).kind).toBe('version');
  });

  it('does not trust times that a second write within the same tick would leave as they are', async () => {
    await writeFile(path, 'a');
    let now = Date.now();
    const reader = new StateFileReader(path, undefined, () => now);
    const first = await reader.read();
    expect(first).toMatchObject({ kind: 'version', bytes: Buffer.from('a') });
    // By this clock the file is from the future, so no later look proves anything.
    now -= 3_600_000;
    const second = await reader.read();
    if (first.kind === 'version') expect(second).toHaveProperty('bytes', first.bytes);
    await writeFile(path, 'b');
    expect(await reader.read()).toMatchObject({ kind: 'version', bytes: Buffer.from('b') });
  });

  /** An exporter whose file is written step by step, as by a worker that starts: it is whole after the look of that number. */
  function finishedAfter(look: number, whole: string): Exporter {
    const begin = Date.now();
    // By a clock that stands still every version is fresh, however busy the machine is.
    const reader = new StateFileReader(path, undefined, () => begin);
    let looks = 0;
    const read = async () => {
      const result = await reader.read();
      looks += 1;
      if (looks === look) await writeFile(path, whole);
      return result;
    };
    return new Exporter({ path, read });
  }

  it('looks a second time at a set that shrinks right after a rewrite', async () => {
    await writeFile(path, text(['a', 'b', 'c']));
    const exporter = finishedAfter(2, text(['a', 'b', 'c', 'd']));
    expect((await scrapeOf(exporter)).get('pending_writes_state_file_relays{}')).toBe(3);
    await writeFile(path, text(['a']));
    const samples = await scrapeOf(exporter);
    expect(samples.get('pending_writes_state_file_relays{}')).toBe(4);
  });

  it('believes a set that has shrunk and stays so', async () => {
    await writeFile(path, text(['a', 'b', 'c']));
    const exporter = new Exporter({ path });
    await exporter.scrape();
    await writeFile(path, text(['a']));
    const samples = await scrapeOf(exporter);
    expect([samples.get(READ_SUCCESS), samples.get('pending_writes_state_file_relays{}')]).toEqual([1, 1]);
    // By the clock of the process.
    expect(samples.get('pending_writes_exporter_scrape_duration_seconds{}')).toBeGreaterThan(0);
  });

  it('looks a second time at a torn file, which is whole a moment later', async () => {
    const exporter = finishedAfter(1, text(['a']));
    await writeFile(path, text(['a']).slice(0, -20));
    const samples = await scrapeOf(exporter);
    expect(samples.get('pending_writes_pending{relay=a}')).toBe(1);
  });
});
