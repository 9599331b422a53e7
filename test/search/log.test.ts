import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Log, type LoggedWorld } from './log.js';

const folder = mkdtempSync(join(tmpdir(), 'search-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

const subject = { prometheus: '2.42.0', rules: 'a', texts: 't', simulator: 'b', size: 'small' };
const world = (seed: number): LoggedWorld => ({
  seed,
  site: 'default',
  relays: 2,
  seconds: 3600,
  faults: ['jobs fail'],
  overlap: 1,
  violations: [],
  excused: [],
  delays: [],
  right: {},
  compared: {},
});

describe('the log of a search', () => {
  it('gives a later run the worlds that an earlier one played', () => {
    const file = join(folder, 'resumed.jsonl');
    new Log(file, subject).add(world(1));
    const later = new Log(file, subject);
    later.add(world(2));
    expect([...new Log(file, subject).worlds.keys()]).toEqual([1, 2]);
  });

  it('leaves out a last line that was cut off, and goes on after it', () => {
    const file = join(folder, 'cut-off.jsonl');
    new Log(file, subject).add(world(1));
    appendFileSync(file, JSON.stringify(world(2)).slice(0, 40));
    const later = new Log(file, subject);
    expect([...later.worlds.keys()]).toEqual([1]);
    later.add(world(2));
    expect([...new Log(file, subject).worlds.keys()]).toEqual([1, 2]);
  });

  it('is not continued by a search of other rules', () => {
    const file = join(folder, 'other.jsonl');
    new Log(file, subject).add(world(1));
    expect(() => new Log(file, { ...subject, rules: 'c' })).toThrow(
      `${file}: is the log of {"prometheus":"2.42.0","rules":"a","texts":"t","simulator":"b","size":"small"}, expected {"prometheus":"2.42.0","rules":"c","texts":"t","simulator":"b","size":"small"}; name another file`,
    );
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2);
  });
});
