import { describe, expect, it } from 'vitest';
import type { AlertHistory } from '../../src/backtest/replay.js';
import { mostSensitive, rowOf, type TrialRow, warningsOf } from '../../src/backtest/trial.js';

const WEEK = 604_800;
const DAY = 86_400;

/** What decides between values, and nothing else of a row. */
const row = (value: string, more: Partial<TrialRow> = {}) =>
  ({ value, missed: 0, detection: undefined, firing: 0, episodes: 10, ...more }) as TrialRow;

describe('the most sensitive value', () => {
  it.each<[string, readonly TrialRow[], string | undefined]>([
    ['none', [], undefined],
    [
      'misses the fewest situations',
      [row('a', { missed: 2, detection: 1 }), row('b', { missed: 1, detection: 9 })],
      'b',
    ],
    [
      'is the fastest of these',
      [row('a', { detection: 60 }), row('b', { detection: 30 }), row('c', { detection: 90 })],
      'b',
    ],
    ['is faster than one that finds nothing', [row('a', { firing: 9 }), row('b', { detection: 30 })], 'b'],
    [
      'fires longest of those alike',
      [row('a', { firing: 1 }), row('b', { firing: 3 }), row('c', { firing: 2 })],
      'b',
    ],
    [
      'fires longest of those as fast',
      [row('a', { detection: 30, firing: 1 }), row('b', { detection: 30, firing: 3 })],
      'b',
    ],
    [
      'has the most episodes of those',
      [row('a', { episodes: 1 }), row('b', { episodes: 3 }), row('c', { episodes: 2 })],
      'b',
    ],
    ['is the first of those', [row('a'), row('b')], 'a'],
  ])('%s', (_, rows, value) => {
    expect(mostSensitive(rows)?.value).toBe(value);
  });
});

describe('the row of a value', () => {
  const history = (name: string, episodes: AlertHistory['episodes']) =>
    ({ rule: { name, labels: {} }, episodes, failures: 0 }) as unknown as AlertHistory;
  const detection = (delay: number | undefined) => ({ scenario: 's', alert: 'A', delay });

  it('sums up its alerts, and has the longest time of its situations', () => {
    const side = {
      alerts: [
        history('A', [
          { labels: {}, from: 0, to: 60 },
          { labels: {}, from: 100, to: 200 },
        ]),
        history('B', [{ labels: {}, from: 0 }]),
      ],
      refused: [],
    };
    const detections = [detection(30), detection(90), detection(undefined), detection(60)];
    expect(rowOf('5m', side, detections, 0, WEEK)).toMatchObject({
      value: '5m',
      episodes: 3,
      firing: 160 + WEEK,
      flaps: 1,
      pages: 3,
      detections,
      detection: 90,
      missed: 1,
    });
    expect(rowOf('5m', side, [detection(undefined)], 0, WEEK)).toMatchObject({
      detection: undefined,
      missed: 1,
    });
    expect(rowOf('5m', side, [], 0, WEEK)).toMatchObject({ detection: undefined, missed: 0, detections: [] });
  });
});

describe('warnings', () => {
  const LATE = /^The first sample that these alerts read is from /;
  const SHORT = /^The history is shorter than a week/;
  const FEW = /^No value has more than 4 episodes/;
  const BUDGET = /^The budget allows/;
  const warned = (
    firstSample: number | undefined,
    { end = 2 * WEEK, budget, episodes = 5 }: { end?: number; budget?: number; episodes?: number } = {},
  ) =>
    warningsOf(
      [row('a', { episodes: 1 }), row('b', { episodes })],
      { firstSample },
      { start: 0, end, ...(budget === undefined ? {} : { budget }) },
    );

  it.each<[string, readonly string[], readonly RegExp[]]>([
    ['two weeks', warned(0), []],
    ['a sample an hour after the start', warned(3600), []],
    ['a sample later than that', warned(3601), [LATE]],
    ['a week', warned(0, { end: WEEK }), []],
    ['less than a week', warned(0, { end: WEEK - 1 }), [SHORT]],
    ['less than a week with samples', warned(WEEK + 1), [LATE, SHORT]],
    ['no sample', warned(undefined), [/^The history has no sample/, SHORT]],
    ['few episodes', warned(0, { episodes: 4 }), [FEW]],
    ['a budget of five pages', warned(0, { budget: 2.5 }), []],
    ['a budget of fewer pages', warned(0, { budget: 2.4 }), [BUDGET]],
  ])('of %s', (_, warnings, expected) => {
    expect(warnings).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });

  it('name their numbers', () => {
    expect(warned(WEEK + DAY / 4, { budget: 0.26, episodes: 1 })).toEqual([
      'The first sample that these alerts read is from 1970-01-08T06:00Z, so the history covers 6.8 days of 14 days: pages per week are too low by as much.',
      'The history is shorter than a week (6.8 days): pages per week are extrapolated, and weekends may be missing.',
      'No value has more than 1 episode: too few to choose between the values. Use a longer --since.',
      'The budget allows 0.2 pages in this history: too few to judge whether a value keeps it. Use --since 20w or more.',
    ]);
    expect(warned(0, { end: DAY })[0]).toContain('(1 day)');
    expect(warned(0, { end: DAY - 60 })[0]).toContain('(23h 59m)');
    // A sample after the end is none.
    expect(warned(20 * DAY, { end: DAY })[1]).toContain('(0s)');
  });
});
