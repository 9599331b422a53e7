import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package/root.js';
import { falsePagesSentence, type SearchRun } from '../../src/renderers/docs/search.js';
import { rulesHash, searchRun } from '../../src/simulator/detection.js';
import { type LoggedWorld, simulatorHash } from './log.js';
import { runOf, withSentence } from './results.js';
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

  it('replace the sentence in the README, and add it where there is none', () => {
    const sentence = (relays: string) =>
      `In 2,000 random worlds, no page was false: at most 1 false page a week per ${relays} relays, and this is long, with 95 % confidence.`;
    const wanted = `Text.

In 2,000 random worlds, no page was false: at most 1 false page a week per 1,000 relays, and this is long, with 95 %
confidence.

Apache-2.0, see.
`;
    const without = 'Text.\n\nApache-2.0, see.\n';
    expect(withSentence(without, sentence('1,000'))).toBe(wanted);
    expect(withSentence(withSentence(without, sentence('7')), sentence('1,000'))).toBe(wanted);
  });

  const page = (name: string) => oneLine(readFileSync(join(packageRoot, name), 'utf8'));
  const run = searchRun() as SearchRun;

  it('are stated on the detection page', () => {
    expect(page('generated/docs/detection.md')).toContain(falsePagesSentence(run));
  });

  it('are stated in the README while they are of the rules and the simulator as they are now, and not otherwise', () => {
    const isCurrent = run.rules === rulesHash() && run.simulator === simulatorHash();
    const stated = /In [\d,]+ random worlds.*?confidence\./.exec(page('README.md'))?.[0];
    expect(stated).toBe(isCurrent ? falsePagesSentence(run) : undefined);
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
