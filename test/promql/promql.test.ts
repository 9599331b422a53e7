import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  gatewayPendingWritePushWait,
  gatewayPendingWrites,
  gatewayRelayFallbackDuration,
} from '../../metrics/gateway.js';
import { defineRecordingRule } from '../../src/model/rules.js';
import { chosen, chosenOrNone } from '../../src/promql/dashboard-matchers.js';
import { closedRange, duration, durationOf, durationSeconds } from '../../src/promql/duration.js';
import { bucketOf, countOf, leBound, sumOf } from '../../src/promql/histogram.js';
import { PromqlFragment, promql } from '../../src/promql/template.js';

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

  it('writes a recording rule as the series it records', () => {
    const rule = defineRecordingRule({
      record: 'relay:x:max',
      help: 'X.',
      unit: 'none',
      labels: ['relay'],
      rationale: 'Several gateway processes may report the same relay.',
      expr: () => promql`x`,
    });
    expect(promql`${rule} == ${1}`).toBe('relay:x:max == 1');
  });

  it.each([
    [1e21, '1e+21'],
    [1e-7, '1e-7'],
    [-0.5, '-0.5'],
    [0, '0'],
  ])('writes the number %d as PromQL reads it', (value, text) => {
    expect(promql`x > ${value}`).toBe(`x > ${text}`);
  });

  it('keeps the sign of a number with the number', () => {
    expect(promql`${-2} ^ 2`).toBe('(-2) ^ 2');
    expect(promql`${-2}^ 2`).toBe('(-2)^ 2');
    expect(promql`2 ^ ${-2}`).toBe('2 ^ -2');
    expect(promql`${-2} + 2 ^ 2`).toBe('-2 + 2 ^ 2');
    expect([promql`${2} ^ 2`, promql`${0} ^ 2`]).toEqual(['2 ^ 2', '0 ^ 2']);
  });

  it('leaves an expression as it is where it stands alone between parentheses or binds tightly', () => {
    const or = promql`a or b`;
    for (const [made, text] of [
      [promql`max by (relay) (${or})`, 'max by (relay) (a or b)'],
      [promql`(${or})`, '(a or b)'],
      [promql`sum(c * ${or})`, 'sum(c * (a or b))'],
      [promql`${new PromqlFragment('sum')} ${or}`, 'sum (a or b)'],
      [
        promql`
          ${or}
        `,
        'a or b',
      ],
      [promql`${promql`rate(a[\${__range}])`} * 2`, 'rate(a[${__range}]) * 2'],
      [promql`clamp_max(${or}, 5)`, 'clamp_max((a or b), 5)'],
      [promql`${promql`sum by (relay) (a)`} > 1`, 'sum by (relay) (a) > 1'],
      [promql`${promql`a{relay="x"}`} > 1`, 'a{relay="x"} > 1'],
      [promql`rate(${promql`a`}[5m])`, 'rate(a[5m])'],
      [promql`${promql`(a)`} * 2`, '(a) * 2'],
      [promql`${promql`-a`} ^ 2`, '(-a) ^ 2'],
      [promql`${promql`a > 1`} offset 5m`, '(a > 1) offset 5m'],
    ] as const) {
      expect(made).toBe(text);
    }
  });

  it('keeps backslashes of a template as the source writes them in a string', () => {
    expect(promql`a{x=~"1\\.5"}`).toBe('a{x=~"1\\.5"}');
  });

  it('gives an expression of several lines lines of its own, one step further in', () => {
    const inner = promql`
      a
      or
      b
    `;
    expect(promql`
      c
      and on (relay)
      ${inner}
    `).toBe('c\nand on (relay)\n(\n  a\n  or\n  b\n)');
    expect(promql`
      sum(
        c and ${inner}
      )
    `).toBe('sum(\n  c and (\n    a\n    or\n    b\n  )\n)');
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
    expect(promql`
      ${promql`a`}
        or b
    `).toBe('a\n  or b');
  });

  it('keeps comments, and never lets one swallow what follows', () => {
    const commented = promql`
      a # why a
    `;
    expect(promql`${commented} > 1`).toBe('(\n  a # why a\n) > 1');
    expect(promql`sum(${commented})`).toBe('sum((\n  a # why a\n))');
    expect(promql`
      sum(
        ${commented}
      )
    `).toBe('sum(\n  a # why a\n)');
    expect(promql`
      sum(
        ${commented})
      > 1
    `).toBe('sum(\n  (\n    a # why a\n  ))\n> 1');
    expect(promql`
      sum(
        ${promql`
          a or b # why b
        `}
        * c
      )
    `).toBe('sum(\n  (\n    a or b # why b\n  )\n  * c\n)');
  });

  it('keeps a comment that stands alone, first or last', () => {
    const commented = promql`
      # why a
      a
      # the end
    `;
    expect(commented).toBe('# why a\na\n# the end');
    expect(promql`${commented} and b`).toBe('(\n  # why a\n  a\n  # the end\n) and b');
    expect(promql`${commented}`).toBe(commented);
  });

  it.each([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['undefined', undefined],
    ['null', null],
    ['true', true],
    ['a list', ['relay']],
    ['an alert', { kind: 'alert', alert: 'GatewayDown' }],
    ['a half expression', 'sum('],
    ['a list of labels as text', 'relay, reason'],
    ['a matcher as text', 'relay="x"'],
    ['empty text', ''],
    ['a comment alone', '# nothing'],
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
    for (const wrong of [0.5, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => durationOf(wrong)).toThrow(`found ${wrong}, expected a whole number of seconds`);
    }
  });

  it('say what was found and what is expected', () => {
    expect(() => duration('5')).toThrow('found "5", expected a Prometheus duration such as 30s, 5m or 1h30m');
  });

  it.each([
    ['5m', '5m1ms'],
    ['1h30m', '1h30m1ms'],
    ['999ms', '1000ms'],
    ['10s1ms', '10s2ms'],
  ])('as a range that includes its start, %s is %s', (window, range) => {
    expect(closedRange(duration(window))).toBe(range);
  });

  it('keep their length on the way to text and back', () => {
    fc.assert(
      fc.property(fc.nat({ max: 400_000_000 }), (seconds) => {
        expect(durationSeconds(durationOf(seconds))).toBe(seconds);
      }),
    );
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
  });

  it('pin a bound that is no whole number as both versions write it', () => {
    expect(leBound(gatewayRelayFallbackDuration, 0.5).text).toBe('le=~"0\\\\.5"');
    expect(leBound(gatewayRelayFallbackDuration, 5).text).toBe('le=~"5(\\\\.0)?"');
  });

  it('refuse a bound that does not exist, and say which do', () => {
    expect(() => leBound(gatewayPendingWritePushWait, 61)).toThrow(
      'gateway_pending_write_push_wait_seconds has no bucket bound 61, expected one of 5, 15, 30, 60, 120, 300, 600',
    );
    expect(() => leBound(gatewayPendingWrites, 1)).toThrow(
      'gateway_pending_writes is a gauge; only a histogram has bucket bounds',
    );
  });
});

describe('the matchers of a dashboard', () => {
  it('select what is chosen in the variable of the same name, where wanted also series without the label', () => {
    expect([chosen('relay'), chosenOrNone('cluster')]).toEqual(['relay=~"$relay"', 'cluster=~"$cluster|"']);
  });
});
