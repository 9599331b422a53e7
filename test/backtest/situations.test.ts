import { describe, expect, it } from 'vitest';
import { delayOf, sharing, situationsOf } from '../../src/backtest/situations.js';
import { readSide } from '../../src/rule-files/parse.js';
import type { Scenario } from '../../src/simulator/scenario.js';
import type { Episode } from '../../src/simulator/timeline.js';

describe('the situations of a scenario', () => {
  const scenario = {
    relays: 3,
    expect: [
      { alert: 'A', detectableFrom: '2m' },
      { alert: 'A', detectableFrom: '5m', relays: [0, 2] },
      { alert: 'A', detectableFrom: '6m', relays: 'all' },
      { alert: 'A' },
      { alert: 'B', detectableFrom: '1m' },
    ],
    requires: [
      { anyOf: ['A', 'B'], detectableFrom: '7m' },
      { anyOf: ['A'], detectableFrom: '8m' },
      { anyOf: [], detectableFrom: '9m' },
    ],
  } as unknown as Scenario;

  it('are those of some alerts of which it is known from when on they can be found', () => {
    expect(situationsOf(scenario, new Set(['A']))).toEqual([
      { alert: 'A', detectableFrom: 120, identities: 1 },
      { alert: 'A', detectableFrom: 300, identities: 2 },
      { alert: 'A', detectableFrom: 360, identities: 3 },
      { alert: 'A', detectableFrom: 480, identities: 1 },
    ]);
    expect(situationsOf(scenario, new Set(['B', 'C', '']))).toEqual([
      { alert: 'B', detectableFrom: 60, identities: 1 },
    ]);
  });

  it('are of one relay where the scenario names no number', () => {
    const one = { expect: [{ alert: 'A', detectableFrom: '2m', relays: 'all' }] } as unknown as Scenario;
    expect(situationsOf(one, new Set(['A']))).toEqual([{ alert: 'A', detectableFrom: 120, identities: 1 }]);
  });
});

describe('the time until the alert of a situation fires', () => {
  const episode = (side: number, from: number, relay?: string, alert = 'A'): Episode => ({
    alert,
    severity: 'warning',
    labels: { tried_value: String(side), ...(relay === undefined ? {} : { relay }) },
    from,
  });
  const situation = (identities: number) => ({ alert: 'A', detectableFrom: 100, identities });

  it('ends with the first episode of its last identity', () => {
    const episodes = [episode(1, 160, 'a'), episode(1, 220, 'b'), episode(1, 400, 'a'), episode(1, 190, 'c')];
    expect(delayOf(episodes, 1, situation(3))).toBe(120);
    expect(delayOf(episodes, 1, situation(4))).toBeUndefined();
    expect(delayOf([episode(1, 90)], 1, situation(1))).toBe(-10);
    expect(delayOf([episode(1, 150), episode(1, 170)], 1, situation(2))).toBeUndefined();
  });

  it('is that of its alert and its side', () => {
    const episodes = [episode(0, 110, 'a'), episode(1, 160, 'a', 'B'), episode(1, 190, 'a')];
    expect([0, 1, 2].map((side) => delayOf(episodes, side, situation(1)))).toEqual([10, 90, undefined]);
  });
});

describe('sides that are evaluated together', () => {
  const side = (...groups: readonly (readonly object[])[]) =>
    readSide([
      {
        path: 'r.json',
        text: JSON.stringify({ groups: groups.map((rules, i) => ({ name: `g${i}`, rules })) }),
      },
    ]).groups;
  const record = { record: 'r', expr: 'load > 0', labels: { team: 'x' } };
  const alert = (more: object = {}) => ({ alert: 'A', expr: 'r > 1', labels: { severity: 'info' }, ...more });
  const tried = (index: string) => ({ severity: 'info', tried_value: index });

  it('are those with the same records, which are evaluated once', () => {
    const other = { record: 'other', expr: 'up' };
    const shared = sharing(
      [
        side([record, other], [alert(), { alert: 'B', expr: 'other > 1' }]),
        side([record], [alert({ for: '5m' })]),
        side([{ ...record, expr: 'load > 1' }], [alert({ keep_firing_for: '1m' })]),
        side([{ ...record, labels: {} }], [alert()]),
      ],
      new Set(['A']),
    );
    expect(shared.map(({ sides, groups }) => [sides, groups])).toEqual([
      [
        [0, 1],
        [
          { name: '0 0 g0', rules: [record] },
          { name: '0 1 g1', rules: [{ ...alert(), labels: tried('0') }] },
          { name: '1 1 g1', rules: [{ ...alert(), for: '5m', labels: tried('1') }] },
        ],
      ],
      [
        [2],
        [
          { name: '0 0 g0', rules: [{ ...record, expr: 'load > 1' }] },
          { name: '0 1 g1', rules: [{ ...alert(), keep_firing_for: '1m', labels: tried('2') }] },
        ],
      ],
      [
        [3],
        [
          { name: '0 0 g0', rules: [{ ...record, labels: {} }] },
          { name: '0 1 g1', rules: [{ ...alert(), labels: tried('3') }] },
        ],
      ],
    ]);
  });

  it('read what any of them reads', () => {
    const [both, ...more] = sharing(
      [side([alert({ expr: 'a > 1' })]), side([alert({ expr: 'b > 1' }), { alert: 'B', expr: 'c > 1' }])],
      new Set(['A']),
    );
    expect([both?.sides, more]).toEqual([[0, 1], []]);
    expect(['a', 'b', 'c', 'ab'].map((series) => both?.reads(series))).toEqual([true, true, false, false]);
  });
});
