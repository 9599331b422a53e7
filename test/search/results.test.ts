import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package/root.js';
import { falsePagesSentence, type SearchRun } from '../../src/renderers/docs/search.js';
import { searchRun } from '../../src/simulator/detection.js';
import type { LoggedWorld } from './log.js';
import { runOf } from './results.js';
import { poissonBound } from './summary.js';
import { humanSeconds } from './texts.js';

const subject = { prometheus: '2.42.0', rules: 'a', texts: 't', simulator: 'b', size: 'small' };
const WEEK = 7 * 86_400;
const world = (seed: number, changed: Partial<LoggedWorld> = {}): LoggedWorld => ({
  seed,
  site: 'default',
  relays: 10,
  seconds: WEEK,
  faults: ['jobs fail', 'jobs hang'],
  overlap: 2,
  violations: [],
  excused: [],
  delays: [],
  right: {},
  compared: { age: 3 },
  ...changed,
});
const falsePage = {
  property: 'false alarm',
  subject: 'GatewayPendingWritesStuck',
  relay: 0,
  time: 60,
  detail: '',
} as const;
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ');

describe('the results of a search', () => {
  it('bound the false pages by what may have been missed with a chance of 5 %', () => {
    // Values of the Poisson distribution, from tables.
    expect(poissonBound(0)).toBeCloseTo(2.9957, 3);
    expect(poissonBound(1)).toBeCloseTo(4.7439, 3);
    expect(poissonBound(10)).toBeCloseTo(16.9622, 3);
  });

  it('count false pages, also excused ones, and no other violations', () => {
    const warning = { ...falsePage, subject: 'WorkerRotationFailed' };
    const missed = { ...falsePage, property: 'missed' } as const;
    const run = runOf(subject, [
      world(1, { violations: [falsePage, warning, missed] }),
      world(2, { excused: [{ ...falsePage, subject: 'GatewayPendingWritesOverdue', excuse: 'a-pair' }] }),
    ]);
    expect(run).toMatchObject({
      seeds: [1, 2],
      worlds: 2,
      relayWeeks: 20,
      violations: 1,
      excused: { 'a-pair': 1 },
      falsePages: 2,
      falsePagesAtMost: 310,
      compared: { age: 6 },
    });
    expect(run.kinds['jobs fail']).toBe(2);
    expect(run.kinds['jobs hang']).toBe(2);
    expect(run.kinds['host off']).toBe(0);
  });

  it('are stated in the README and on the detection page', () => {
    const run = searchRun() as SearchRun;
    for (const page of ['README.md', 'generated/docs/detection.md'])
      expect(oneLine(readFileSync(join(packageRoot, page), 'utf8'))).toContain(falsePagesSentence(run));
  });
});

describe('a duration in a text', () => {
  it.each([
    ['1h 2m 3s', 3723],
    ['1d 0h 0m 30s', 86_430],
    ['12m 0s', 720],
    ['45.5s', 45.5],
  ])('%s', (text, seconds) => {
    expect(humanSeconds(text)).toBe(seconds);
  });
});
