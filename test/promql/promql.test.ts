import { describe, expect, it } from 'vitest';
import { gatewayPendingWritePushWait, gatewayPendingWrites } from '../../metrics/gateway.js';
import {
  bucketOf,
  countOf,
  duration,
  durationOf,
  durationSeconds,
  leBound,
  PromqlFragment,
  promql,
  sumOf,
} from '../../src/promql.js';

describe('the promql tag', () => {
  it('puts names, numbers, durations and fragments in their places', () => {
    expect(
      promql`max by (${new PromqlFragment('a, b')}) (${gatewayPendingWrites}[${duration('5m')}] offset ${duration('1h')}) > ${0.5}`,
    ).toBe('max by (a, b) (gateway_pending_writes[5m] offset 1h) > 0.5');
  });

  it('gives a nested expression parentheses where an operator would tear it apart, and only there', () => {
    const sum = promql`a + b`;
    expect(promql`${sum} * 2`).toBe('(a + b) * 2');
    expect(promql`sum(${sum})`).toBe('sum(a + b)');
    expect(promql`${promql`rate(x[5m])`} * 2`).toBe('rate(x[5m]) * 2');
    expect(promql`${sum}`).toBe('a + b');
  });

  it('removes the indentation of the source and keeps that of the expression', () => {
    const inner = promql`
      a
      or
      b
    `;
    expect(promql`
      sum(
        ${inner}
      ) > 1
    `).toBe('sum(\n  a\n  or\n  b\n) > 1');
  });

  it('keeps comments, and never lets one swallow what follows', () => {
    const commented = promql`
      a # why a
    `;
    expect(promql`${commented} > 1`).toBe('(\n  a # why a\n) > 1');
    expect(promql`sum(${commented})`).toBe('sum((\n  a # why a\n))');
  });

  it.each([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['undefined', undefined],
    ['a half expression', 'sum('],
    ['empty text', ''],
  ])('refuses %s', (_, value) => {
    expect(() => promql`${value as never} > 1`).toThrow(/^promql: found .*, expected /);
  });
});

describe('durations', () => {
  it.each([
    ['30s', 30],
    ['5m', 300],
    ['1h30m', 5400],
    ['1d', 86_400],
    ['2w', 1_209_600],
    ['1y', 31_536_000],
    ['500ms', 0.5],
  ])('%s is %d seconds', (text, seconds) => {
    expect(durationSeconds(duration(text))).toBe(seconds);
  });

  it.each(['', '5', '5 m', '5m30', '30s5m', '-5m', '1.5h', 'm'])('%j is refused', (text) => {
    expect(() => duration(text)).toThrow(RangeError);
  });

  it('are written as short as they can be', () => {
    expect([0, 30, 90, 3600, 90_000].map(durationOf)).toEqual(['0s', '30s', '1m30s', '1h', '1d1h']);
    expect(() => durationOf(0.5)).toThrow(RangeError);
  });
});

describe('histograms', () => {
  it('have their parts, and other metrics have none', () => {
    expect(
      [bucketOf, sumOf, countOf].map((part) => part(gatewayPendingWritePushWait).text.replace(/.*_/, '')),
    ).toEqual(['bucket', 'sum', 'count']);
    expect(() => bucketOf(gatewayPendingWrites)).toThrow(
      'gateway_pending_writes is a gauge; only a histogram has a _bucket series',
    );
  });

  it('pin a bound as Prometheus 2 and as Prometheus 3 write it, and no other', () => {
    const pattern = new RegExp(
      `^(?:${JSON.parse(leBound(gatewayPendingWritePushWait, 60).text.replace('le=~', '')) as string})$`,
    );
    expect(['60', '60.0', '600', '6.0', '60x0'].filter((le) => pattern.test(le))).toEqual(['60', '60.0']);
    expect(() => leBound(gatewayPendingWritePushWait, 61)).toThrow(RangeError);
  });
});
