import { describe, expect, it } from 'vitest';
import { BinaryEvaluation } from '../../src/backtest/binary.js';
import { Constant, type EvaluationNode, Time } from '../../src/backtest/node.js';
import { operate } from '../../src/backtest/operate.js';
import { OverTime } from '../../src/backtest/over-time.js';
import { Recorded } from '../../src/backtest/recorded.js';
import { type Filter, PastReference, Reference } from '../../src/backtest/references.js';
import { unionOf } from '../../src/backtest/union.js';
import { LabelTable, Mapping, Places, Vector } from '../../src/backtest/vector.js';

type Values = Readonly<Record<number, number>>;

/** What a vector holds, by the number of the label set. */
const valuesOf = (vector: Vector): Values =>
  Object.fromEntries(Array.from({ length: vector.size }, (_, i) => [vector.ids[i], vector.values[i]]));

/** A node that gives what it was given. */
class Given implements EvaluationNode {
  readonly scalar = false;
  readonly out = new Vector();
  version = 1;

  constructor(values: Values) {
    this.give(values);
  }
  give(values: Values): void {
    this.out.clear();
    for (const [id, value] of Object.entries(values)) this.out.push(Number(id), value);
    this.version += 1;
  }
  evaluate(): void {}
}

/** What a node gives at a time. */
const at = (node: EvaluationNode, time: number): Values => {
  node.evaluate(time);
  return valuesOf(node.out);
};

describe('a recorded series as of now', () => {
  it('is what its rule gave last, for five minutes', () => {
    const recorded = new Recorded('r');
    const node = new Reference(recorded, undefined, false);
    const given = new Given({ 1: 10, 2: 20 });
    expect(at(node, 60)).toEqual({});
    recorded.record(60, given, undefined);
    expect(at(node, 60)).toEqual({ 1: 10, 2: 20 });
    given.give({ 2: 21 });
    recorded.record(120, given, undefined);
    expect(at(node, 120)).toEqual({ 2: 21 });
    expect(at(node, 419)).toEqual({ 2: 21 });
    expect(at(node, 420)).toEqual({});
    // Its rule works again, and gives the same.
    recorded.record(480, given, undefined);
    expect(at(node, 480)).toEqual({ 2: 21 });
  });

  it('has another version where it may have changed, and only there', () => {
    const recorded = new Recorded('r');
    const node = new Reference(recorded, undefined, false);
    const given = new Given({ 1: 10 });
    const versionAt = (time: number) => {
      recorded.record(time, given, undefined);
      node.evaluate(time);
      return node.version;
    };
    const first = versionAt(60);
    expect(versionAt(120)).toBe(first);
    expect(recorded.version).toBe(1);
    given.give({ 1: 11 });
    const second = versionAt(180);
    expect(second).toBeGreaterThan(first);
    node.evaluate(1000);
    expect(node.version).toBeGreaterThan(second);
  });

  it('is chosen by its labels, and may be the time at which it was recorded', () => {
    const recorded = new Recorded('r');
    const isTwo: Filter = (id) => id === 2;
    const given = new Given({ 1: 10, 2: 20 });
    const [value, time] = [new Reference(recorded, isTwo, false), new Reference(recorded, isTwo, true)];
    recorded.record(60, given, undefined);
    expect([at(value, 60), at(time, 60)]).toEqual([{ 2: 20 }, { 2: 60 }]);
    recorded.record(120, given, undefined);
    expect([at(value, 120), at(time, 120)]).toEqual([{ 2: 20 }, { 2: 120 }]);
  });

  it('is known from the first result on', () => {
    const [recorded, time] = [new Recorded('r'), new Time()];
    expect(at(time, 60)).toEqual({ 0: 60 });
    recorded.record(60, time, undefined);
    expect(valuesOf(recorded.now)).toEqual({ 0: 60 });
  });

  it('has the labels that its rule adds', () => {
    const table = new LabelTable();
    const [a, b] = [table.intern({ x: 'a' }), table.intern({ x: 'b' })];
    const recorded = new Recorded('r');
    recorded.record(
      60,
      new Given({ [a]: 1, [b]: 2 }),
      new Mapping(table, (labels) => ({ ...labels, team: 't' })),
    );
    expect(valuesOf(recorded.now)).toEqual({
      [table.intern({ x: 'a', team: 't' })]: 1,
      [table.intern({ x: 'b', team: 't' })]: 2,
    });
  });
});

/** Records values each 60 s from 60 on: of each evaluation what was given, or nothing where the rule failed. */
function recordedWith(
  nodes: (recorded: Recorded) => EvaluationNode,
  values: readonly (Values | undefined)[],
) {
  const recorded = new Recorded('r');
  const node = nodes(recorded);
  const given = new Given({});
  for (const [i, one] of values.entries()) {
    if (one === undefined) continue;
    given.give(one);
    recorded.record(60 * (i + 1), given, undefined);
  }
  return { recorded, node };
}

describe('a recorded series as it was', () => {
  const values = [{ 1: 10, 2: 20 }, { 1: 11 }, undefined, { 2: 23 }, {}];
  const past = (filter?: Filter) =>
    recordedWith((recorded) => new PastReference(recorded, filter, 120), values);

  it('is the result at that time, or the one before, for five minutes', () => {
    const { node } = past();
    expect([179, 180, 239, 240, 300, 360, 419, 420].map((time) => at(node, time))).toEqual([
      {},
      { 1: 10, 2: 20 },
      { 1: 10, 2: 20 },
      { 1: 11 },
      // At 180 its rule failed.
      { 1: 11 },
      { 2: 23 },
      { 2: 23 },
      {},
    ]);
  });

  it('is known for as long as it is asked for', () => {
    const { node, recorded } = recordedWith((one) => new PastReference(one, undefined, 120), [{ 1: 10 }]);
    expect(recorded.retention).toBe(420);
    expect([at(node, 479), at(node, 480)]).toEqual([{ 1: 10 }, {}]);
    // Nothing is dropped while it may be asked for.
    recorded.record(540, new Given({ 2: 5 }), undefined);
    expect(at(node, 660)).toEqual({ 2: 5 });
    expect([...recorded.past.keys()]).toEqual([2]);
  });

  it('is chosen by its labels', () => {
    expect(at(past((id) => id === 2).node, 180)).toEqual({ 2: 20 });
  });

  it('has another version where it may have changed, and only there', () => {
    const { node } = past();
    const versions = [100, 120, 180, 200, 240, 300].map((time) => {
      node.evaluate(time);
      return node.version;
    });
    expect(versions.map((version) => version - (versions[0] as number))).toEqual([0, 0, 1, 1, 2, 2]);
  });
});

describe('a function of the past', () => {
  const values: readonly Values[] = [
    { 1: 4 },
    { 1: 2, 2: 7 },
    { 1: 2 },
    { 1: Number.NaN },
    { 1: Number.NaN },
    { 1: 9 },
  ];
  const over = (
    name: string,
    range: number,
    { leftOpen = false, offset = 0, filter = undefined as Filter | undefined } = {},
  ) => recordedWith((recorded) => new OverTime(name, recorded, filter, range, leftOpen, offset), values).node;

  it.each<[string, number, Values, object?]>([
    ['count_over_time', 120, { 1: 3 }],
    ['count_over_time', 119, { 1: 2 }],
    ['count_over_time', 240, { 1: 5, 2: 1 }],
    ['count_over_time', 240, { 1: 4 }, { leftOpen: true }],
    ['count_over_time', 241, { 1: 5, 2: 1 }, { leftOpen: true }],
    ['last_over_time', 240, { 1: 9, 2: 7 }],
    ['last_over_time', 240, { 1: 9 }, { leftOpen: true }],
    ['last_over_time', 120, { 1: 2, 2: 7 }, { offset: 180 }],
    ['last_over_time', 120, { 1: 9 }, { filter: (id: number) => id === 1 }],
    ['count_over_time', 120, { 1: 3, 2: 1 }, { offset: 180 }],
    ['count_over_time', 60, { 1: 2 }, { offset: 120 }],
    ['changes', 300, { 1: 3, 2: 0 }],
    ['min_over_time', 300, { 1: 2, 2: 7 }],
    ['max_over_time', 300, { 1: 9, 2: 7 }],
    ['sum_over_time', 120, { 1: 8, 2: 7 }, { offset: 180 }],
    ['avg_over_time', 60, { 1: 2, 2: 7 }, { offset: 180 }],
    ['present_over_time', 300, { 1: 1, 2: 1 }],
  ])('%s of %i s', (name, range, expected, more = {}) => {
    expect(at(over(name, range, more), 360)).toEqual(expected);
  });

  it('forgets series that are older than all that is asked for', () => {
    const { node, recorded } = recordedWith(
      (one) => new OverTime('count_over_time', one, undefined, 120, false),
      values,
    );
    expect(recorded.retention).toBe(120);
    expect([...recorded.past.keys()]).toEqual([1, 2]);
    const version = node.version;
    expect(at(node, 360)).toEqual({ 1: 3 });
    expect([...recorded.past.keys()]).toEqual([1]);
    expect(node.version).toBeGreaterThan(version);
    expect(at(node, 480)).toEqual({ 1: 1 });
    expect(at(node, 481)).toEqual({});
    expect(recorded.past.size).toBe(0);
  });

  it('ends where its own range ends, although others ask for more', () => {
    const { node } = recordedWith((recorded) => {
      new OverTime('changes', recorded, undefined, 300, false);
      return new OverTime('last_over_time', recorded, undefined, 120, false);
    }, values);
    expect(at(node, 360)).toEqual({ 1: 9 });
  });

  it('has what lies at the very begin of its range, although another no longer asks for it', () => {
    const recorded = new Recorded('r');
    const past = new PastReference(recorded, undefined, 120);
    const over = new OverTime('count_over_time', recorded, undefined, 420, false);
    const given = new Given({ 1: 10 });
    recorded.record(60, given, undefined);
    given.give({ 2: 5 });
    recorded.record(360, given, undefined);
    expect([at(past, 480), at(over, 480)]).toEqual([{ 2: 5 }, { 1: 1, 2: 1 }]);
  });

  it('is known from the longest of several ranges', () => {
    const recorded = new Recorded('r');
    for (const [range, offset] of [
      [60, 0],
      [300, 60],
      [120, 0],
    ] as const)
      new OverTime('changes', recorded, undefined, range, false, offset);
    expect(recorded.retention).toBe(360);
  });

  it('keeps no more than it needs of a long past', () => {
    const recorded = new Recorded('r');
    const node = new OverTime('sum_over_time', recorded, undefined, 100, false);
    const lengths = new Map<number, number>();
    const given = new Given({});
    for (let time = 1; time <= 600; time += 1) {
      given.give({ 1: time });
      recorded.record(time, given, undefined);
      lengths.set(time, recorded.past.get(1)?.times.length ?? 0);
      expect(recorded.times.length).toBe(Math.min(time, 101));
    }
    // The first 257 are dropped at once.
    expect([357, 358, 359, 600].map((time) => lengths.get(time))).toEqual([357, 101, 102, 343]);
    expect(recorded.past.get(1)?.values.length).toBe(343);
    // 500 + 501 + … + 600
    expect(at(node, 600)).toEqual({ 1: 55_550 });
  });

  it('is not kept where no rule asks for it', () => {
    const recorded = new Recorded('r');
    recorded.record(60, new Given({ 1: 1 }), undefined);
    expect([recorded.past.size, recorded.times.length, recorded.time]).toEqual([0, 0, 60]);
  });
});

describe('a node', () => {
  const table = new LabelTable();
  const [x, y] = [table.intern({ a: 'x' }), table.intern({ a: 'y' })];
  const matching = { on: false, labels: [], include: [] };
  const sumOf = (left: EvaluationNode, right: EvaluationNode, own: object = {}) =>
    new BinaryEvaluation('+', false, left, right, { ...matching, ...own }, table);

  it('is calculated again only where an operand has changed', () => {
    const [left, right] = [new Given({ [x]: 1 }), new Given({ [x]: 10, [y]: 20 })];
    const node = sumOf(left, right);
    expect(at(node, 0)).toEqual({ [x]: 11 });
    const { version } = node;
    expect(at(node, 60)).toEqual({ [x]: 11 });
    expect(node.version).toBe(version);
    right.give({ [x]: 30 });
    expect(at(node, 120)).toEqual({ [x]: 31 });
    expect(node.version).toBeGreaterThan(version);
    left.give({});
    expect(at(node, 180)).toEqual({});
  });

  it('fails again while its operands are the same, and not after', () => {
    const left = new Given({ [x]: 1, [y]: 2 });
    const node = sumOf(left, new Given({ [x]: 5 }), { on: true, labels: [] });
    for (const time of [0, 60]) expect(() => node.evaluate(time)).toThrow('multiple matches for labels');
    left.give({ [x]: 1 });
    expect(at(node, 120)).toEqual({ [table.intern({})]: 6 });
  });

  it('of the time changes with it', () => {
    const node = new Time();
    const versions = [0, 0, 60, 60].map((time) => {
      expect(at(node, time)).toEqual({ 0: time });
      return node.version;
    });
    expect(versions.map((version) => version - (versions[0] as number))).toEqual([0, 0, 1, 1]);
    expect(at(new Constant(7), 0)).toEqual({ 0: 7 });
  });

  it('of several has the series of the first that has it', () => {
    const [one, other] = [new Given({ 1: 10 }), new Given({ 1: 11, 2: 12 })];
    expect(at(unionOf([one, other]), 0)).toEqual({ 1: 10, 2: 12 });
    expect(unionOf([one])).toBe(one);
    expect(at(unionOf([]), 0)).toEqual({});
  });

  it('knows no operator but those of PromQL', () => {
    expect(() => operate('xor', 1, 2)).toThrow('the operator xor is not replayed');
  });
});

describe('label sets', () => {
  it('are the same where they have the same labels, without a name and empty ones', () => {
    const table = new LabelTable();
    const id = table.intern({ b: '2', a: '1' });
    expect(table.intern({ a: '1', b: '2', c: '', __name__: 'x' })).toBe(id);
    expect(table.labels(id)).toEqual({ a: '1', b: '2' });
    expect(table.intern({ a: '1b\u00002' })).not.toBe(id);
    expect(table.intern({ a: '1' })).not.toBe(id);
    expect(table.size).toBe(3);
  });

  it('are mapped once each, however many there are', () => {
    const table = new LabelTable();
    const ids = Array.from({ length: 3000 }, (_, i) => table.intern({ n: String(i), half: String(i >> 1) }));
    const mapped: string[] = [];
    const mapping = new Mapping(table, ({ half = '' }) => {
      mapped.push(half);
      return { half };
    });
    const all = ids.map((id) => mapping.of(id));
    expect(all.map((id) => table.labels(id).half)).toEqual(ids.map((_, i) => String(i >> 1)));
    expect(ids.map((id) => mapping.of(id))).toEqual(all);
    expect(mapped).toHaveLength(3000);
    // One that maps to the first of all, and a table that grew since.
    const first = new Mapping(table, () => ({ n: '0', half: '0' }));
    expect([first.of(ids[5] as number), first.of(table.intern({ z: '9' }))]).toEqual([ids[0], ids[0]]);
    let calls = 0;
    const toFirst = new Mapping(table, () => {
      calls += 1;
      return { n: '0', half: '0' };
    });
    toFirst.of(7);
    toFirst.of(7);
    expect(calls).toBe(1);
  });

  it('have a place in a vector, until it is cleared', () => {
    const places = new Places();
    places.delete(5);
    places.clear();
    expect(places.get(5)).toBe(-1);
    for (const id of [0, 1023, 1024, 5000, 5]) places.set(id, id + 1);
    expect([0, 5, 1023, 1024, 5000, 1, 4999, 20_000].map((id) => places.get(id))).toEqual([
      ...[1, 6, 1024, 1025, 5001],
      ...[-1, -1, -1],
    ]);
    places.delete(1024);
    places.delete(20_000);
    expect([1023, 1024].map((id) => places.get(id))).toEqual([1024, -1]);
    places.clear();
    expect([0, 5000].map((id) => places.get(id))).toEqual([-1, -1]);
  });

  it('are copied with their values', () => {
    const [from, to] = [new Vector(), new Vector()];
    for (let i = 0; i < 40; i += 1) from.push(i, i / 2);
    to.push(7, 7);
    to.copy(from);
    expect(valuesOf(to)).toEqual(valuesOf(from));
    const few = new Vector();
    few.push(3, 4);
    to.copy(few);
    expect(valuesOf(to)).toEqual({ 3: 4 });
  });
});
