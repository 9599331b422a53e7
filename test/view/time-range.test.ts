import { describe, expect, it } from 'vitest';
import { intervalMs, intervalText, rateIntervalMs, stepMs, timeRange } from '../../src/view/time-range.js';

const hours = (n: number) => ({ from: 0, to: n * 3_600_000 });

describe('the step of a range query', () => {
  it('is never below the scrape interval', () => {
    expect(stepMs(hours(1), 1200, 30_000)).toBe(30_000);
    expect(stepMs(hours(1), 1200, 1_000)).toBe(2_000);
  });

  it('grows with the range and shrinks with the width of the panel, in round numbers', () => {
    expect(stepMs(hours(6), 1264, 15_000)).toBe(15_000);
    expect(stepMs(hours(6), 416, 15_000)).toBe(60_000);
    expect(stepMs(hours(24 * 7), 1264, 15_000)).toBe(600_000);
  });

  it('keeps within the 11,000 points that Prometheus answers', () => {
    const week = hours(24 * 7);
    expect((week.to - week.from) / stepMs(week, 1_000_000, 1_000)).toBeLessThanOrEqual(11_000);
  });
});

describe('an exact step', () => {
  /** What Grafana draws with where the exact step is just below the next number: milliseconds up to an hour, hours, days. */
  const HOUR = 3_600_000;
  const DAY = 24 * HOUR;
  it.each([
    [9, 1],
    [14, 10],
    [34, 20],
    [74, 50],
    [149, 100],
    [349, 200],
    [749, 500],
    [1_499, 1_000],
    [3_499, 2_000],
    [7_499, 5_000],
    [12_499, 10_000],
    [17_499, 15_000],
    [24_999, 20_000],
    [44_999, 30_000],
    [89_999, 60_000],
    [209_999, 120_000],
    [449_999, 300_000],
    [749_999, 600_000],
    [1_049_999, 900_000],
    [1_499_999, 1_200_000],
    [2_699_999, 1_800_000],
    [1.5 * HOUR - 1, HOUR],
    [2.5 * HOUR - 1, 2 * HOUR],
    [4.5 * HOUR - 1, 3 * HOUR],
    [9 * HOUR - 1, 6 * HOUR],
    [DAY - 1, 12 * HOUR],
    [7 * DAY - 1, DAY],
    [21 * DAY - 1, 7 * DAY],
    [42 * DAY - 1, 30 * DAY],
    [42 * DAY, 365 * DAY],
  ])('of %i ms becomes %i ms', (exact, step) => {
    expect(stepMs({ from: 0, to: 1000 * exact }, 1000, 1)).toBe(step);
  });
});

describe('the interval for rates', () => {
  it('takes in four scrapes, or one more than the step', () => {
    expect(rateIntervalMs(30_000, 30_000)).toBe(120_000);
    expect(rateIntervalMs(600_000, 30_000)).toBe(630_000);
  });
});

describe('intervals', () => {
  it('are written in the largest unit that fits', () => {
    expect([500, 15_000, 60_000, 90_000, 3_600_000, 86_400_000].map(intervalText)).toEqual([
      '500ms',
      '15s',
      '1m',
      '90s',
      '1h',
      '1d',
    ]);
  });

  it('are refused where they are none', () => {
    expect(() => intervalMs('soon')).toThrow('"soon", expected an interval');
    expect(() => intervalMs('in 5m')).toThrow('expected an interval');
    expect(() => intervalMs('5m ago')).toThrow('expected an interval');
  });

  it('may have decimals', () => {
    expect(['0.25s', '1.5m', '500ms', '1h', '1d', '1w', '1M', '1y'].map(intervalMs)).toEqual([
      250, 90_000, 500, 3_600_000, 86_400_000, 604_800_000, 2_592_000_000, 31_536_000_000,
    ]);
  });
});

describe('the range of a dashboard', () => {
  it('ends at the fixed moment', () => {
    expect(timeRange({ from: 'now-6h', to: 'now' }, 30_000_000)).toEqual({ from: 8_400_000, to: 30_000_000 });
  });

  const NOW = Date.parse('2026-03-04T14:50:10Z');
  it.each([
    ['now-1d/d', 'now-1d/d', '2026-03-03T00:00:00.000Z', '2026-03-03T23:59:59.999Z'],
    ['now/w', 'now/w', '2026-03-02T00:00:00.000Z', '2026-03-08T23:59:59.999Z'],
    ['now/M', 'now', '2026-03-01T00:00:00.000Z', '2026-03-04T14:50:10.000Z'],
    ['now-1h-30m', 'now', '2026-03-04T13:20:10.000Z', '2026-03-04T14:50:10.000Z'],
    ['now/M', 'now/M', '2026-03-01T00:00:00.000Z', '2026-03-31T23:59:59.999Z'],
    ['now/y', 'now/y', '2026-01-01T00:00:00.000Z', '2026-12-31T23:59:59.999Z'],
    ['now/h', 'now+2h/h', '2026-03-04T14:00:00.000Z', '2026-03-04T16:59:59.999Z'],
    ['1772632200000', '2026-03-04T14:00:00Z', '2026-03-04T13:50:00.000Z', '2026-03-04T14:00:00.000Z'],
  ])('from %s to %s', (from, to, begin, end) => {
    const range = timeRange({ from, to }, NOW);
    expect([range.from, range.to].map((ms) => new Date(ms).toISOString())).toEqual([begin, end]);
  });

  it.each([
    ['yesterday', 'now', '"yesterday"'],
    ['now', 'now-1h', 'expected a beginning before the end'],
    ['now', 'now', 'expected a beginning before the end'],
    ['March 2, 2026', 'now', '"March 2, 2026"'],
    ['on 2026-03-02', 'now', '"on 2026-03-02"'],
    ['at 1772632200000', 'now', '"at 1772632200000"'],
    ['1772632200000 ms', 'now', '"1772632200000 ms"'],
    ['2026-99-99', 'now', '"2026-99-99"'],
    ['from now', 'now', '"from now"'],
    ['now-1h or so', 'now', '"now-1h or so"'],
  ])('is refused from %s to %s', (from, to, problem) => {
    expect(() => timeRange({ from, to }, NOW)).toThrow(problem);
  });
});
