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
    ['1772632200000', '2026-03-04T14:00:00Z', '2026-03-04T13:50:00.000Z', '2026-03-04T14:00:00.000Z'],
  ])('from %s to %s', (from, to, begin, end) => {
    const range = timeRange({ from, to }, NOW);
    expect([range.from, range.to].map((ms) => new Date(ms).toISOString())).toEqual([begin, end]);
  });

  it.each([
    ['yesterday', 'now', '"yesterday"'],
    ['now', 'now-1h', 'expected a beginning before the end'],
  ])('is refused from %s to %s', (from, to, problem) => {
    expect(() => timeRange({ from, to }, NOW)).toThrow(problem);
  });
});
