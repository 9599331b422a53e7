import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Clock } from '../../src/simulator/clock.js';
import { Random } from '../../src/simulator/random.js';

describe('the clock', () => {
  it('lets everything happen in the order of time, and of planning at the same time', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 }), (times) => {
        const clock = new Clock(0);
        const happened: [number, number][] = [];
        times.forEach((time, i) => {
          clock.at(time, () => happened.push([clock.now, i]));
        });
        clock.advanceTo(100);
        const expected = times.map((time, i): [number, number] => [time, i]);
        expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect(happened).toEqual(expected);
        expect(clock.now).toBe(100);
      }),
    );
  });

  it('stops before what lies after the moment asked for', () => {
    const clock = new Clock(1000);
    const happened: string[] = [];
    clock.at(1500, () => happened.push('at the moment'));
    clock.at(1501, () => happened.push('after it'));
    clock.advanceTo(1500);
    expect(happened).toEqual(['at the moment']);
  });

  it('does not let happen what was called off', () => {
    const clock = new Clock(0);
    let happened = false;
    clock
      .after(10, () => {
        happened = true;
      })
      .cancel();
    clock.advanceTo(100);
    expect(happened).toBe(false);
  });

  it('lets what is planned meanwhile happen in its turn', () => {
    const clock = new Clock(0);
    const happened: number[] = [];
    clock.at(10, () => {
      happened.push(10);
      clock.after(5, () => happened.push(15));
      clock.at(3, () => happened.push(clock.now));
    });
    clock.at(12, () => happened.push(12));
    clock.advanceTo(20);
    expect(happened).toEqual([10, 10, 12, 15]);
  });
});

describe('random numbers', () => {
  const first = (random: Random) => Array.from({ length: 5 }, () => random.next());

  it('are the same with the same seed and purpose, and others otherwise', () => {
    expect(first(Random.for(1, 'jitter'))).toEqual(first(Random.for(1, 'jitter')));
    expect(first(Random.for(2, 'jitter'))).not.toEqual(first(Random.for(1, 'jitter')));
    expect(first(Random.for(1, 'traffic'))).not.toEqual(first(Random.for(1, 'jitter')));
  });

  it('are those of mulberry32, on which every world of a seed depends', () => {
    const random = new Random(7);
    expect([random.next(), random.next(), random.next()].map((value) => value * 2 ** 32)).toEqual([
      ...[50_271_532, 266_108_690, 4_195_786_334],
    ]);
    const digits = new Random(7);
    // Sixteen bits of each number.
    expect(digits.hex(8)).toBe('02ff0fdc');
    expect(digits.next() * 2 ** 32).toBe(4_195_786_334);
  });

  it('fill the range from 0 to 1 evenly', () => {
    const random = new Random(7);
    const buckets = new Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++) {
      const value = random.next();
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThan(1);
      buckets[Math.floor(value * 10)] = (buckets[Math.floor(value * 10)] as number) + 1;
    }
    for (const count of buckets) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });

  it('wait for the given mean', () => {
    const random = new Random(7);
    let sum = 0;
    for (let i = 0; i < 20_000; i++) sum += random.waiting(30);
    expect(sum / 20_000).toBeGreaterThan(29);
    expect(sum / 20_000).toBeLessThan(31);
  });

  it('make keys of as many hexadecimal digits as asked for', () => {
    expect(new Random(1).hex(64)).toMatch(/^[0-9a-f]{64}$/);
    expect(new Random(1).hex(6)).toMatch(/^[0-9a-f]{6}$/);
  });
});
