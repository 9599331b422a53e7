import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLog, LOG_LEVELS } from '../../src/exporter/log.js';

/* The log, on a standard error that is made here. */

const { fstatSync, writeSync } = fs;
const write = process.stderr.write;
let lines: string[];
let kind: 'file' | 'pipe' | 'socket' | 'closed';
/** The code of an error that writing to a file throws, or a number of bytes written. */
let result: string | number | undefined;
let waiting: number;

beforeEach(() => {
  [lines, kind, result, waiting] = [[], 'file', undefined, 0];
  Object.assign(fs, {
    fstatSync: (fd: number) => {
      expect(fd).toBe(2);
      if (kind === 'closed') throw new Error('EBADF');
      return { isFIFO: () => kind === 'pipe', isSocket: () => kind === 'socket' };
    },
    writeSync: (fd: number, line: string) => {
      expect(fd).toBe(2);
      if (typeof result === 'string') throw Object.assign(new Error(result), { code: result });
      if (result === undefined) lines.push(line);
      return result ?? line.length;
    },
  });
  syncBuiltinESMExports();
  process.stderr.write = (line: string | Uint8Array) => {
    lines.push(`stream: ${line}`);
    // Its buffer is full, but the line will be written.
    return false;
  };
  Object.defineProperty(process.stderr, 'writableLength', { configurable: true, get: () => waiting });
});
afterEach(() => {
  Object.assign(fs, { fstatSync, writeSync });
  syncBuiltinESMExports();
  process.stderr.write = write;
  Reflect.deleteProperty(process.stderr, 'writableLength');
  vi.restoreAllMocks();
});

const TIME = /^ts=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /;
/** Without the times. */
const logged = () => lines.map((line) => line.replace(TIME, ''));

describe('a line', () => {
  it('has a time, the level, the message and the fields, quoted where a reader could misread them', () => {
    createLog('logfmt', 'info').info('two words', {
      plain: 'a-b/c:d',
      number: 7,
      space: 'a b',
      equals: 'a=b',
      quote: 'a"b',
      empty: '',
      line: 'a\nb',
      letters: 'é',
      first: '!',
      last: '~',
      absent: undefined,
    });
    expect(lines[0]).toMatch(TIME);
    expect(logged()).toEqual([
      'level=info msg="two words" plain=a-b/c:d number=7 space="a b" equals="a=b" quote="a\\"b" empty="" line="a\\nb" letters="é" first=! last=~\n',
    ]);
  });

  it('is an object in JSON', () => {
    createLog('json', 'info').warn('two words', { number: 7, text: 'a b', absent: undefined });
    const { ts, ...rest } = JSON.parse(lines[0] as string);
    expect(ts).toMatch(/^\d{4}-.*Z$/);
    expect(rest).toEqual({ level: 'warn', msg: 'two words', number: 7, text: 'a b' });
    expect(lines[0]?.endsWith('}\n')).toBe(true);
  });

  it('is written from the level on that was asked for', () => {
    const written = LOG_LEVELS.map((least) => {
      lines = [];
      const log = createLog('logfmt', least);
      for (const level of LOG_LEVELS) log[level]('m');
      return logged().map((line) => /level=(\w+)/.exec(line)?.[1]);
    });
    expect(written).toEqual([
      ['debug', 'info', 'warn', 'error'],
      ['info', 'warn', 'error'],
      ['warn', 'error'],
      ['error'],
    ]);
  });
});

describe('standard error', () => {
  it('that is full is no error, and the next line that can be written has the number of those that were not', () => {
    const log = createLog('logfmt', 'info');
    log.info('fine');
    for (const full of ['ENOSPC', 0, 'EAGAIN'] as const) {
      result = full;
      log.info('lost');
    }
    result = undefined;
    log.info('again');
    log.info('and again');
    expect(logged()).toEqual([
      'level=info msg=fine\n',
      'level=warn msg="log lines could not be written" dropped=3\n',
      'level=info msg=again\n',
      'level=info msg="and again"\n',
    ]);
  });

  it('that is closed is no error', () => {
    kind = 'closed';
    createLog('logfmt', 'info').info('lost');
    expect(lines).toEqual([]);
  });

  it.each(['pipe', 'socket'] as const)(
    'is not waited for where it is a %s: what exceeds 1 MiB is dropped',
    (stream) => {
      const log = createLog('logfmt', 'info');
      kind = stream;
      waiting = 1_048_576;
      log.info('fits');
      waiting += 1;
      log.info('lost');
      waiting = 0;
      log.info('again');
      expect(lines.map((line) => line.replace(/ts=\S+ /, ''))).toEqual([
        'stream: level=info msg=fits\n',
        'stream: level=warn msg="log lines could not be written" dropped=1\n',
        'stream: level=info msg=again\n',
      ]);
    },
  );
});

describe('a warning that clients can cause', () => {
  it('is written every ten seconds for each message and reason, with the number of those in between', () => {
    let now = 50_000;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const { warnLimited } = createLog('logfmt', 'info');
    const warn = (message: string, reason: string) => warnLimited(message, { reason });
    warn('m', 'r');
    for (now of [50_000, 55_000, 59_999]) warn('m', 'r');
    warn('m', 'other');
    warn('other', 'r');
    now = 60_000;
    warn('m', 'r');
    warn('m', 'r');
    now = 70_000;
    warn('m', 'r');
    now = 90_000;
    warn('m', 'r');
    expect(logged()).toEqual([
      'level=warn msg=m reason=r\n',
      'level=warn msg=m reason=other\n',
      'level=warn msg=other reason=r\n',
      'level=warn msg=m reason=r suppressed=3\n',
      'level=warn msg=m reason=r suppressed=1\n',
      'level=warn msg=m reason=r\n',
    ]);
  });
});
