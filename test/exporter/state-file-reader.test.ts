import { type BigIntStats, constants } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_BYTES, StateFileReader } from '../../src/exporter/state-file/read.js';

/* The reader of the state file, on a file system whose every answer is written here. */

interface Look {
  readonly bytes?: string;
  /** What the file system says after the read; as before it by default. */
  readonly after?: Partial<BigIntStats>;
  readonly before?: Partial<BigIntStats>;
  readonly isFile?: boolean;
  readonly bytesRead?: number;
  /** The code of an error that open() rejects with. */
  readonly error?: string;
}

const PATH = '/srv/worker/state.json';
const NOW_MS = 1_767_226_200_000;
const ns = (ms: number) => BigInt(ms) * 1_000_000n;
/** At rest for so long that its times are trusted. */
const OLD = { mtimeNs: ns(NOW_MS - 60_000), ctimeNs: ns(NOW_MS - 60_000) };

const { open, stat } = fs;
const { setTimeout: sleep } = timers;
/** What open() finds, one after the other; the last one remains. */
let looks: Look[];
let opened: number;
let flags: unknown[];
let closed: number;
/** How long the reader has waited, each time. Milliseconds. */
let waits: number[];
/** What stat() says of a path: a number of links, or the code of an error. */
let folders: Record<string, number | string>;

const failure = (code: string) => Object.assign(new Error(code), { code });
const statsOf = ({ bytes = '', before = {}, isFile = true }: Look, more: Partial<BigIntStats> = {}) => ({
  ino: 1n,
  dev: 1n,
  nlink: 1n,
  size: BigInt(bytes.length),
  ...OLD,
  ...before,
  ...more,
  isFile: () => isFile,
});

beforeEach(() => {
  [looks, opened, flags, closed, waits] = [[], 0, [], 0, []];
  folders = { '/srv/worker': 2, '/srv': 2, '/': 2 };
  const current = () => looks[Math.min(opened, looks.length) - 1] as Look;
  Object.assign(fs, {
    open: async (path: string, flag: number) => {
      opened += 1;
      flags.push([path, flag]);
      const look = current();
      if (look.error !== undefined) throw failure(look.error);
      let wasRead = false;
      return {
        stat: async () => statsOf(look, wasRead ? look.after : {}),
        read: async (room: Buffer, offset: number, length: number) => {
          wasRead = true;
          const bytes = Buffer.from(look.bytes ?? '');
          expect([offset, length]).toEqual([0, bytes.length + 1]);
          expect(room.length).toBeGreaterThanOrEqual(length);
          bytes.copy(room);
          return { bytesRead: look.bytesRead ?? bytes.length };
        },
        close: async () => {
          closed += 1;
          throw failure('EIO');
        },
      };
    },
    stat: async (path: string, options?: { readonly bigint?: boolean }) => {
      if (path === PATH) {
        expect(options).toEqual({ bigint: true });
        const next = looks[Math.min(opened, looks.length - 1)] as Look;
        if (next.error !== undefined) throw failure(next.error);
        return statsOf(next);
      }
      const found = folders[path] ?? 'ENOENT';
      if (typeof found === 'string') throw failure(found);
      return { nlink: found };
    },
  });
  Object.assign(timers, { setTimeout: async (ms: number) => void waits.push(ms) });
  syncBuiltinESMExports();
});
afterEach(() => {
  Object.assign(fs, { open, stat });
  Object.assign(timers, { setTimeout: sleep });
  syncBuiltinESMExports();
});

const readerOf = (maxBytes?: number, now = () => NOW_MS) => new StateFileReader(PATH, maxBytes, now);
/** A version as text. */
async function textOf(reader: StateFileReader): Promise<string> {
  const result = await reader.read();
  return result.kind === 'version' ? result.bytes.toString() : `${result.kind} ${result.reason}`;
}

describe('a read that fails', () => {
  it.each([
    ['EACCES', 'permission'],
    ['EPERM', 'permission'],
    ['EISDIR', 'not_a_file'],
    ['ELOOP', 'not_a_file'],
    ['ENOTDIR', 'not_a_file'],
    ['ENXIO', 'not_a_file'],
    ['EIO', 'io'],
    ['ESTALE', 'io'],
    ['EMFILE', 'io'],
  ])('has a reason for the error of the operating system: %s is %s', async (error, reason) => {
    looks = [{ error }];
    expect(await readerOf().read()).toEqual({ kind: 'failed', reason, size: undefined });
    expect(opened).toBe(1);
  });

  it('is not repeated for an error, also where there was a version before', async () => {
    const reader = readerOf();
    looks = [{ bytes: 'a' }];
    expect(await textOf(reader)).toBe('a');
    looks = [{ error: 'EACCES' }];
    opened = 0;
    expect(await textOf(reader)).toBe('failed permission');
    expect(opened).toBe(1);
  });

  it.each<[string, typeof folders, string]>([
    ['in a folder that exists', {}, 'missing'],
    ['in a folder that was deleted and is still mounted', { '/srv/worker': 0 }, 'unlinked'],
    ['in a folder that does not exist yet', { '/srv/worker': 'ENOENT' }, 'missing'],
    ['below a folder that was deleted', { '/srv/worker': 'ENOENT', '/srv': 0 }, 'unlinked'],
    ['below nothing', { '/srv/worker': 'ENOENT', '/srv': 'ENOENT', '/': 'ENOENT' }, 'missing'],
    ['in a folder that cannot be looked at', { '/srv/worker': 'EACCES', '/srv': 0 }, 'missing'],
  ])('is distinguished from a file that is missing %s', async (_, more, expected) => {
    looks = [{ error: 'ENOENT' }];
    Object.assign(folders, more);
    const result = await readerOf().read();
    expect(result.kind === 'failed' ? result.reason : result.kind).toBe(expected);
    expect(opened).toBe(expected === 'missing' ? 1 : 3);
  });

  it('says that a file is too large beyond the limit, not at it', async () => {
    looks = [{ bytes: '12345' }];
    expect(await textOf(readerOf(5))).toBe('12345');
    expect(await readerOf(4).read()).toEqual({ kind: 'failed', reason: 'too_large', size: 5 });
    looks = [{ bytes: '1', before: { size: BigInt(MAX_BYTES) + 1n } }];
    expect(await readerOf().read()).toEqual({ kind: 'failed', reason: 'too_large', size: 67_108_865 });
  });

  it('says what is no file, and what was deleted', async () => {
    looks = [{ isFile: false }];
    expect(await readerOf().read()).toEqual({ kind: 'failed', reason: 'not_a_file' });
    looks = [{ before: { nlink: 0n } }];
    opened = 0;
    expect(await readerOf().read()).toEqual({ kind: 'failed', reason: 'unlinked' });
    // It may be renamed over in between, so it is looked at three times.
    expect(opened).toBe(3);
  });

  it.each<[string, Look]>([
    ['its size', { bytes: 'ab', after: { size: 3n } }],
    ['its time', { bytes: 'ab', after: { mtimeNs: 1n } }],
    ['its time of change alone', { bytes: 'ab', after: { ctimeNs: 1n } }],
    ['its inode', { bytes: 'ab', after: { ino: 9n } }],
    ['its device', { bytes: 'ab', after: { dev: 9n } }],
    ['more bytes than it has', { bytes: 'ab', bytesRead: 3 }],
    ['fewer bytes than it has', { bytes: 'ab', bytesRead: 1 }],
  ])('gives up after sixteen looks at a file that changes meanwhile: %s', async (_, look) => {
    looks = [look];
    expect(await readerOf().read()).toEqual({ kind: 'failed', reason: 'changing' });
    expect(opened).toBe(16);
    expect(closed).toBe(16);
  });

  it('is followed by the version that is there afterwards, whatever came before', async () => {
    const reader = readerOf();
    looks = [{ bytes: 'one' }];
    expect(await textOf(reader)).toBe('one');
    // Deleted and written again: the first two looks find nothing.
    looks = [
      { bytes: 'one' },
      { error: 'ENOENT' },
      { error: 'ENOENT' },
      { bytes: 'two', before: { ino: 2n } },
    ];
    opened = 1;
    expect(await textOf(reader)).toBe('two');
    // Gone for good: believed at the third look, and from then on at the first.
    looks = [{ error: 'ENOENT' }];
    opened = 0;
    expect(await textOf(reader)).toBe('missing undefined');
    expect(opened).toBe(3);
    expect(await textOf(reader)).toBe('missing undefined');
    expect(opened).toBe(4);
  });
});

describe('a read that succeeds', () => {
  it('opens without waiting for a writer, closes what it opened, and has the time in microseconds', async () => {
    looks = [{ bytes: 'a', before: { mtimeNs: 1_767_226_100_123_456_789n } }];
    const result = await readerOf().read();
    expect(result).toMatchObject({ kind: 'version', mtime: 1_767_226_100.123456, fresh: false });
    expect(flags[0]).toEqual([PATH, constants.O_RDONLY | constants.O_NONBLOCK]);
    expect([opened, closed]).toEqual([2, 2]);
  });

  it('believes bytes that two reads agree on: not the first of equal length and different bytes', async () => {
    looks = [{ bytes: 'aaaa' }, { bytes: 'bbbb' }, { bytes: 'bbbb' }];
    expect(await textOf(readerOf())).toBe('bbbb');
    expect(opened).toBe(3);
    opened = 0;
    looks = [{ bytes: 'aaaa' }, { bytes: 'bbbb' }, { bytes: 'aaaa' }, { bytes: 'aaaa' }];
    expect(await textOf(readerOf())).toBe('aaaa');
    expect(opened).toBe(4);
  });

  it.each([
    [199, [2]],
    [200, []],
    [-1, [2]],
  ])('waits between the two where the file was changed %d ms ago: %j', async (age, expected) => {
    looks = [{ bytes: 'a', before: { mtimeNs: ns(NOW_MS - age) } }];
    expect(await textOf(readerOf())).toBe('a');
    expect([opened, waits]).toEqual([2, expected]);
  });

  it('waits a little longer after a read during which the file changed', async () => {
    looks = [{ bytes: 'a', after: { mtimeNs: 1n } }, { bytes: 'b' }];
    expect(await textOf(readerOf())).toBe('b');
    expect([opened, waits]).toEqual([3, [5]]);
  });

  it('does not take up what was read before a change that was noticed', async () => {
    looks = [{ bytes: 'a' }, { bytes: 'b', after: { mtimeNs: 1n } }, { bytes: 'a' }, { bytes: 'a' }];
    expect(await textOf(readerOf())).toBe('a');
    expect(opened).toBe(4);
  });

  it('passes on what may become the next version before it is read again, and only that', async () => {
    const candidates: string[] = [];
    const reader = new StateFileReader(
      PATH,
      undefined,
      () => NOW_MS,
      (bytes) => candidates.push(`${bytes} at look ${opened}`),
    );
    looks = [{ bytes: 'a' }];
    await reader.read();
    looks = [{ bytes: 'a' }, { bytes: 'b', before: { ino: 2n } }];
    opened = 1;
    await reader.read();
    expect(candidates).toEqual(['a at look 1', 'b at look 2']);
  });

  it('is not repeated while nothing about the file changes', async () => {
    const reader = readerOf();
    looks = [{ bytes: 'a' }];
    const first = await reader.read();
    const again = await reader.read();
    expect(opened).toBe(2);
    expect(again).toEqual({ kind: 'version', bytes: Buffer.from('a'), mtime: (NOW_MS - 60_000) / 1000 });
    expect(again.kind === 'version' && first.kind === 'version' && again.bytes === first.bytes).toBe(true);
  });

  it.each<[string, Partial<BigIntStats>]>([
    ['another inode', { ino: 2n }],
    ['another device', { dev: 2n }],
    ['another time', { mtimeNs: 5n }],
    ['times restored after a rewrite, which the time of change shows', { ctimeNs: ns(NOW_MS - 59_999) }],
  ])('is repeated, for bytes of the same length, where there is %s', async (_, before) => {
    const reader = readerOf();
    looks = [{ bytes: 'pending' }];
    await reader.read();
    looks = [{ bytes: 'pending' }, { bytes: 'cleared', before }];
    opened = 1;
    expect(await textOf(reader)).toBe('cleared');
  });

  it('is repeated where the times are so young that another write could leave them as they are', async () => {
    for (const [age, reads] of [
      [3_000, 2],
      [2_999, 3],
      [0, 3],
      [-5_000, 3],
    ] as const) {
      const young = { ctimeNs: ns(NOW_MS - age), mtimeNs: 1n };
      opened = 0;
      looks = [{ bytes: 'pending', before: young }];
      const reader = readerOf();
      await reader.read();
      await reader.read();
      expect([age, opened]).toEqual([age, reads]);
    }
    // The times are restored to the very same, as cp -p does within one tick of the clock.
    opened = 0;
    const same = { before: { ctimeNs: ns(NOW_MS - 2_999), mtimeNs: 1n } };
    looks = [
      { bytes: 'pending', ...same },
      { bytes: 'pending', ...same },
      { bytes: 'cleared', ...same },
    ];
    const reader = readerOf();
    expect(await textOf(reader)).toBe('pending');
    expect(await textOf(reader)).toBe('cleared');
  });

  it.each([
    [999, true],
    [1_000, false],
    [-1, true],
  ])('is fresh for a second after the later of the two times: %d ms is %s', async (age, fresh) => {
    for (const before of [
      { mtimeNs: ns(NOW_MS - age), ctimeNs: 1n },
      { mtimeNs: 1n, ctimeNs: ns(NOW_MS - age) },
    ]) {
      looks = [{ bytes: 'a', before }];
      expect(await readerOf().read()).toHaveProperty('fresh', fresh);
    }
  });

  it('never changes the bytes of an earlier version, and knows them again', async () => {
    const reader = readerOf();
    const texts = ['long text', 'short', 'short', 'long text', '', 'x', 'longer than all', 'short'];
    const seen: { readonly bytes: Buffer; readonly text: string }[] = [];
    for (const [i, text] of texts.entries()) {
      looks = [{ bytes: text, before: { ino: BigInt(i) } }];
      const result = await reader.read();
      if (result.kind === 'version') seen.push({ bytes: result.bytes, text });
      expect(seen.map(({ bytes }) => bytes.toString())).toEqual(texts.slice(0, i + 1));
    }
    expect(seen[2]?.bytes).toBe(seen[1]?.bytes);
  });
});
