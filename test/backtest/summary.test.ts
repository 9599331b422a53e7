import { describe, expect, it } from 'vitest';
import type { Backtest } from '../../src/backtest/backtest.js';
import { asText } from '../../src/backtest/print.js';
import type { AlertHistory } from '../../src/backtest/replay.js';
import { type AlertSummary, compared } from '../../src/backtest/summary.js';

const HOUR = 3600;
const WEEK = 7 * 24 * HOUR;

/** One series of an alert that fires from one moment to another, in seconds; to the end without the second one. */
const fires = (relay: string, from: number, to?: number) => ({
  labels: { relay },
  from,
  ...(to === undefined ? {} : { to }),
});

/** The summary of an alert that fired like this within a time; a week of it by default. */
function summaryOf(episodes: AlertHistory['episodes'], start = 0, end = WEEK): AlertSummary {
  const rule = { name: 'GatewayDown', labels: { severity: 'critical' } } as unknown as AlertHistory['rule'];
  const [row, ...others] = compared(
    undefined,
    { alerts: [{ rule, episodes: [...episodes], failures: 0 }], refused: [] },
    start,
    end,
  );
  expect([others, row?.before]).toEqual([[], undefined]);
  return row?.after as AlertSummary;
}

describe('a page in the summary of a backtest', () => {
  it.each([
    ['none where nothing fired', [], 0],
    ['one for one series', [fires('a', 100, 200)], 1],
    ['one for two series at once', [fires('a', 100, 200), fires('b', 100, 200)], 1],
    ['one for a series that joins while another fires', [fires('a', 100, 200), fires('b', 199, 300)], 1],
    ['one where the next begins as the last ends', [fires('a', 100, 200), fires('b', 200, 300)], 1],
    ['two where there is a pause, however short', [fires('a', 100, 200), fires('b', 201, 300)], 2],
    [
      'one for a long series around a short one',
      [fires('a', 100, 900), fires('b', 200, 300), fires('c', 800, 1000)],
      1,
    ],
    ['two for one series that fires twice', [fires('a', 100, 200), fires('a', 5000, 5100)], 2],
    ['one for one that fires to the end', [fires('a', 100), fires('b', 5000, 5100)], 1],
    ['in the order of time, not of the list', [fires('a', 5000, 5100), fires('b', 100, 200)], 2],
  ])('counts as %s', (_, episodes, pages) => {
    expect(summaryOf(episodes).pages).toBe(pages);
  });

  it('is counted per week, however long the time that was replayed', () => {
    const twice = [fires('a', 100, 200), fires('a', 5000, 5100)];
    expect(summaryOf(twice, 0, 2 * WEEK).pages).toBe(1);
    expect(summaryOf(twice, 0, WEEK / 7).pages).toBe(14);
    expect(summaryOf([fires('a', WEEK + 100, WEEK + 200)], WEEK, 2 * WEEK).pages).toBe(1);
  });
});

describe('a flap in the summary of a backtest', () => {
  it.each([
    ['no flap where it fires once', [fires('a', 100, 200)], 0],
    [
      'a flap where it fires again within a quarter of an hour',
      [fires('a', 100, 200), fires('a', 1099, 1200)],
      1,
    ],
    [
      'no flap where it fires again after a quarter of an hour',
      [fires('a', 100, 200), fires('a', 1100, 1200)],
      0,
    ],
    ['no flap where another series begins', [fires('a', 100, 200), fires('b', 300, 400)], 0],
    ['no flap of two series at once', [fires('a', 100, 200), fires('b', 150, 250)], 0],
    [
      'a flap for every return, each counted from the end before',
      [fires('a', 100, 200), fires('a', 300, 400), fires('a', 1200, 1300), fires('a', 2300, 2400)],
      2,
    ],
    [
      'the flaps of all series',
      [fires('a', 100, 200), fires('b', 150, 250), fires('a', 300, 400), fires('b', 350, 450)],
      2,
    ],
  ])('is %s', (_, episodes, flaps) => {
    expect(summaryOf(episodes).flaps).toBe(flaps);
  });
});

describe('the time that an alert fired', () => {
  it('counts a moment once, however many series fire in it', () => {
    const summary = summaryOf([fires('a', 100, 300), fires('b', 200, 400), fires('c', 1000, 1050)]);
    expect(summary.firing).toBe(350);
    expect(summary.episodes).toBe(3);
  });

  it('goes to the end of the replay where it still fires', () => {
    expect(summaryOf([fires('a', WEEK - 60)]).firing).toBe(60);
  });

  it('names the series that fired longest, all its episodes together', () => {
    expect(summaryOf([fires('a', 0, 100), fires('b', 0, 150), fires('a', 5000, 5100)]).worst).toEqual({
      labels: { relay: 'a' },
      firing: 200,
    });
    expect(summaryOf([]).worst).toBeUndefined();
  });
});

describe('the last line of the table of a backtest', () => {
  /** The last line where the alerts fired that many times before and after the change; a side without the alert is undefined. */
  function lastLine(
    ...alerts: readonly (readonly [before: number | undefined, after: number | undefined])[]
  ) {
    const summary = (episodes: number): AlertSummary => ({
      alert: 'GatewayDown',
      severity: 'critical',
      episodes,
      firing: 0,
      flaps: 0,
      pages: 0,
      failures: 0,
    });
    const rows = alerts.map(([before, after]) => ({
      alert: 'GatewayDown',
      ...(before === undefined ? {} : { before: summary(before) }),
      ...(after === undefined ? {} : { after: summary(after) }),
    }));
    const result = { rows, hasBase: true, start: 0, end: 60, refused: [], unread: [] } as unknown as Backtest;
    return asText(result).split('\n').at(-1);
  }

  it.each([
    [
      'two of three never fired',
      [
        [0, 0],
        [2, 0],
        [0, 0],
      ],
      '2 of 3 alerts never fired.',
    ],
    ['the only one never fired', [[0, 0]], '1 of 1 alert never fired.'],
    [
      'one never fired and is gone',
      [
        [0, undefined],
        [1, 1],
      ],
      '1 of 2 alerts never fired.',
    ],
    ['one fired only before the change', [[1, 0]], 'Every alert fired.'],
    ['nothing was replayed', [], 'No alerts were replayed.'],
  ] as const)('says so where %s', (_, alerts, line) => {
    expect(lastLine(...alerts)).toBe(line);
  });
});
