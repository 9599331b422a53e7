import { describe, expect, it } from 'vitest';
import type { Bundle } from '../../src/bundle/bundle.js';
import { USUAL_TIMINGS } from '../../src/simulator/build.js';
import { faster } from '../../src/simulator/live.js';
import { ordinaryWeek } from '../../src/simulator/ordinary-week.js';
import { goSeconds, gotSamples, labelsOf, promtoolError } from '../../src/simulator/promtool-run.js';
import type { Scrape, TargetScrape } from '../../src/simulator/run.js';
import { defineScenario, seconds } from '../../src/simulator/scenario.js';
import { InputSeriesRecorder, inputSeriesOf, openMetricsOf } from '../../src/simulator/series.js';
import {
  type AlertSample,
  episodesOfSamples,
  jobNames,
  pausesOf,
  TimelineError,
} from '../../src/simulator/timeline.js';
import { collected } from './play.js';

describe('what promtool prints', () => {
  it('has durations as Go prints them', () => {
    expect(['45s', '1m30s', '2h0m1.5s', '1d2h', '1w', '', '3x'].map(goSeconds)).toEqual([
      ...[45, 90, 7201.5, 93_600, 604_800, 0, 0],
    ]);
  });

  it('has labels with quotes and escapes', () => {
    expect(labelsOf('{a="b", c_1="d\\"e\\\\", _f="g, h=\\"i\\""}')).toEqual({
      a: 'b',
      c_1: 'd"e\\',
      _f: 'g, h="i"',
    });
    expect(labelsOf('{}')).toEqual({});
  });

  it('has the samples that were not expected', () => {
    const output = `  FAILED:
    expr: "x", time: 30s,
        exp:{a="b"} 1E+00
        got:{__name__="x", a="}"} 2.5E+00, {} NaN, {b="c}, d} \\"e"} 3
    expr: "x", time: 1h0m0s,
        exp:nil
        got:nil
    expr: "y", time: 2m,
      exp: nil
      got: {c="d"} 1
`;
    expect([...gotSamples(output)]).toEqual([
      { at: 30, labels: { __name__: 'x', a: '}' }, value: '2.5E+00' },
      { at: 30, labels: {}, value: 'NaN' },
      { at: 30, labels: { b: 'c}, d} "e' }, value: '3' },
      { at: 120, labels: { c: 'd' }, value: '1' },
    ]);
    expect([...gotSamples('SUCCESS')]).toEqual([]);
  });

  it('has errors of rules and queries', () => {
    expect(
      promtoolError('Unit Testing: x\n  FAILED:\n    rule: A, time: 1m, err: bad\n    err: worse\n'),
    ).toBe('rule: A, time: 1m, err: bad');
    expect(promtoolError('    expr: "x", time: 1m, err: a b\n')).toBe('expr: "x", time: 1m, err: a b');
    expect(promtoolError('  group: g, err: odd')).toBe('group: g, err: odd');
    expect(promtoolError('  err: alone')).toBe('err: alone');
    expect(promtoolError('rule: A, err: at the margin')).toBeUndefined();
    expect(promtoolError('  FAILED:\n    expr: "x", time: 1m,\n')).toBeUndefined();
  });
});

describe('episodes', () => {
  const sample = (at: number, name = 'A', more: Record<string, string> = {}): AlertSample => ({
    at,
    labels: {
      __name__: 'ALERTS',
      alertname: name,
      alertstate: 'firing',
      severity: 'info',
      signal: 's',
      ...more,
    },
  });
  const episode = (alert: string, from: number, to?: number, labels = {}) => ({
    ...{ alert, severity: 'info', labels, from, ...(to === undefined ? {} : { to }) },
  });

  it('are times without a break', () => {
    const at = (...times: number[]) =>
      episodesOfSamples(
        times.map((time) => sample(time)),
        30,
        300,
      );
    expect(at(60, 90, 30, 180, 150, 300)).toEqual([
      episode('A', 30, 120),
      episode('A', 150, 210),
      episode('A', 300),
    ]);
    expect(at(270)).toEqual([episode('A', 270, 300)]);
    expect(at(271)).toEqual([episode('A', 271)]);
    expect(at(0, 31)).toEqual([episode('A', 0, 30), episode('A', 31, 61)]);
    expect(at()).toEqual([]);
  });

  it('are told apart by their labels, and sorted by begin, name and labels', () => {
    const samples = [
      ...[
        sample(60, 'B'),
        sample(60, 'A', { relay: 's' }),
        sample(60, 'A', { relay: 'r', x: 'y' }),
        sample(0, 'C'),
      ],
      {
        at: 90,
        labels: Object.fromEntries(Object.entries(sample(90, 'A', { relay: 'r', x: 'y' }).labels).reverse()),
      },
    ];
    expect(episodesOfSamples(samples, 30, 60)).toEqual([
      episode('C', 0, 30),
      episode('A', 60, undefined, { relay: 'r', x: 'y' }),
      episode('A', 60, undefined, { relay: 's' }),
      episode('B', 60),
    ]);
  });

  it('pause while Prometheus is down', () => {
    const scenario = defineScenario({
      ...{ name: 'a test', description: '', duration: '1h', expect: [] },
      actions: [
        { at: '1m', do: 'Prometheus is down', for: '30s' },
        { at: '2m', do: 'a write arrives' },
        { at: '10m', do: 'Prometheus is down', for: '5m' },
      ],
    });
    expect(pausesOf(scenario)).toEqual([
      { from: 60, to: 90 },
      { from: 600, to: 900 },
    ]);
  });

  it('are of jobs that the selectors match', () => {
    const jobs = (gateway: string, exporter: string) =>
      jobNames({ config: { jobs: { gateway, exporter } } } as unknown as Bundle);
    expect(jobs('my-gateway_1', 'x')).toEqual({ gateway: 'my-gateway_1', exporter: 'x' });
    expect(jobs('gate.*', '.*exporter')).toEqual({ gateway: 'gateway', exporter: 'pending-writes-exporter' });
    expect(() => jobs('a|b', 'x')).toThrow(
      new TimelineError(
        'jobs.gateway: found "a|b"; the simulator needs a selector that is plain text or matches "gateway"',
      ),
    );
    expect(() => jobs('x', 'a.b')).toThrow(
      /^jobs\.exporter: found "a\.b"; .* matches "pending-writes-exporter"$/,
    );
  });
});

const target = (value: number | undefined, more: Partial<TargetScrape> = {}, series = 'x'): TargetScrape => ({
  ...{ job: 'j', instance: 'i' },
  exposition: value === undefined ? undefined : { samples: [{ series, value }], text: () => '' },
  ...more,
});
const scrape = (...targets: TargetScrape[]): Scrape => ({ time: 0, epoch: 100, targets });

/** What promtool makes of a list of values: an independent reading of its notation. */
function unfolded(values: string): (number | string)[] {
  return values.split(' ').flatMap((part): (number | string)[] => {
    const repeated = /^(_|stale|-?[\d.e]+)(?:([+-])([\d.e]+))?(?:x(\d+))?$/.exec(part);
    if (repeated === null) throw new Error(`not understood: ${part}`);
    const [, first = '', sign, delta = '0', times] = repeated;
    if (first === '_') return Array.from({ length: Number(times ?? 1) }, () => '_');
    if (first === 'stale') return ['stale'];
    const step = (sign === '-' ? -1 : 1) * Number(delta);
    return Array.from({ length: 1 + Number(times ?? 0) }, (_, i) => Number(first) + i * step);
  });
}

describe('input series', () => {
  const listed = (steps: readonly (number | undefined)[]) => {
    const recorder = new InputSeriesRecorder();
    for (const step of steps) recorder.add(scrape(...(step === undefined ? [] : [target(step)])));
    return recorder.inputSeries().find(({ series }) => series.startsWith('x'))?.values ?? '';
  };

  it.each([
    [[1, 2], '1 2'],
    [[1, 2, 4], '1 2 4'],
    [[1, 2, 2], '1 2x1'],
    [[1, 2, 3], '1+1x2'],
    [[1, 2, 3, 5, 7, 9], '1+1x2 5+2x2'],
    [[5, 3, 1], '5-2x2'],
    [[5, 3, 3, 3], '5 3x2'],
    [[0, 0.5, 1], '0 0.5 1'],
    [[0.5, 0.5, 0.5], '0.5x2'],
    [[1, 1, 2, 3], '1x1 2 3'],
    [[1, 1, 2, 3, 4], '1x1 2+1x2'],
    [[undefined, undefined, undefined, 1], '_x3 1'],
    [[1, undefined, undefined, undefined, 1], '1 stale _x2 1'],
    [[1, undefined, 1, undefined], '1 stale 1 stale'],
    [[7, 7, 7, undefined], '7x2 stale'],
    [[-2, -1, 0, 1], '-2+1x3'],
  ])('of %j are %s', (steps, values) => {
    expect(listed(steps)).toBe(values);
  });

  it('mean the values that were scraped', () => {
    // Every list of five steps of four kinds.
    const kinds = [undefined, 0, 1, 3];
    for (let code = 0; code < kinds.length ** 5; code += 1) {
      const steps = Array.from(
        { length: 5 },
        (_, i) => kinds[Math.floor(code / kinds.length ** i) % kinds.length],
      );
      const values = listed(steps);
      const read = values === '' ? [] : unfolded(values);
      const expected = steps.map((step, i) => step ?? (steps[i - 1] === undefined ? '_' : 'stale'));
      while (expected.at(-1) === '_') expected.pop();
      expect(read, JSON.stringify(steps)).toEqual(expected);
    }
  });

  it('have the labels of their target', () => {
    const recorder = new InputSeriesRecorder();
    recorder.add(
      scrape(target(1, { labels: { cluster: 'a"b' } }, 'x{relay="r"}'), target(undefined, { instance: 'k' })),
    );
    recorder.add({ time: 0, epoch: 0, targets: undefined });
    expect(recorder.inputSeries()).toEqual([
      { series: 'up{job="j",instance="i",cluster="a\\"b"}', values: '1' },
      { series: 'x{job="j",instance="i",cluster="a\\"b",relay="r"}', values: '1' },
      { series: 'up{job="j",instance="k"}', values: '0' },
    ]);
  });

  it('are the same as OpenMetrics, with times', async () => {
    expect(await inputSeriesOf(scrapes())).toEqual([
      { series: 'up{job="j",instance="i"}', values: '1 _ 1' },
      { series: 'x{job="j",instance="i"}', values: '1.5 _ stale' },
      { series: 'up{job="j",instance="k"}', values: '0 _ stale' },
      { series: 'x{job="j",instance="i",a="b"}', values: '_x2 2' },
    ]);
    async function* scrapes() {
      yield scrape(target(1.5), target(undefined, { instance: 'k' }));
      yield { time: 0, epoch: 130, targets: undefined };
      yield { ...scrape(target(2, {}, 'x{a="b"}')), epoch: 160 };
    }
    expect(await collected(openMetricsOf(scrapes()))).toEqual([
      'up{job="j",instance="i"} 1 100\nx{job="j",instance="i"} 1.5 100\nup{job="j",instance="k"} 0 100\n',
      '',
      'up{job="j",instance="i"} 1 160\nx{job="j",instance="i",a="b"} 2 160\n',
      '# EOF\n',
    ]);
  });
});

describe('an ordinary week', () => {
  const HOUR = 3600;
  const DAY = 24 * HOUR;
  const { actions } = ordinaryWeek;
  type Any = Readonly<Record<string, unknown>> & { readonly at: string; readonly do: string };
  const of = (what: string) => (actions as readonly Any[]).filter((action) => action.do === what);
  const at = (action: Any) => seconds(action.at);
  const absences = of('worker goes offline');

  it('has three workers with two relays each, for seven days', () => {
    expect(ordinaryWeek).toMatchObject({
      ...{
        name: 'an ordinary week',
        duration: '7d',
        relays: 6,
        seededCounters: true,
        expect: [],
        requires: [],
      },
      workers: [
        [0, 1],
        [2, 3],
        [4, 5],
      ],
    });
    expect(ordinaryWeek.description).toContain('29 times in the week');
  });

  it('has 29 short outages of the network, in working hours', () => {
    const short = absences.filter(({ how }) => how === 'network');
    expect(short).toHaveLength(29);
    const perDay = Array.from({ length: 7 }, (_, day) =>
      short.filter((one) => Math.floor(at(one) / DAY) === day),
    );
    expect(perDay.map((all) => all.length)).toEqual([5, 5, 5, 5, 5, 2, 2]);
    for (const all of perDay) {
      all.forEach((one, i) => {
        const hour = (at(one) % DAY) / HOUR;
        expect(hour).toBeGreaterThanOrEqual(8 + 2 * i);
        expect(hour).toBeLessThanOrEqual(9.5 + 2 * i);
        expect(seconds(one.for as string)).toBeGreaterThanOrEqual(150);
        expect(seconds(one.for as string)).toBeLessThanOrEqual(700);
      });
    }
    expect(new Set(short.map(({ workers }) => JSON.stringify(workers)))).toEqual(new Set(['[0]', '[1]']));
    // At any minute of the hour, and at other times on each day.
    expect(new Set(short.map((one) => Math.floor((at(one) % HOUR) / 60))).size).toBeGreaterThan(15);
    expect(new Set(perDay.map(([first]) => at(first as Any) % DAY)).size).toBe(7);
  });

  it('has a laptop that is closed at night and over the weekend', () => {
    const closed = absences.filter(({ how }) => how === 'asleep');
    expect(closed.map((one) => [at(one), one.for, one.workers])).toEqual(
      [0, 1, 2, 3, 4].map((day) => [day * DAY + 19 * HOUR, day === 4 ? '187200s' : '45000s', [2]]),
    );
    expect(absences).toHaveLength(34);
  });

  it('has leases and writes while a worker is away, after the gateway has noticed it', () => {
    const [leases, writes] = [of('lease is requested'), of('writes arrive')];
    expect([leases.length, writes.length]).toEqual([34, 34]);
    absences.forEach((absence, i) => {
      const [worker] = absence.workers as [number];
      const relays = [2 * worker, 2 * worker + 1];
      const begin = at(absence);
      expect(leases[i]).toEqual({ at: `${begin + 130}s`, do: 'lease is requested', relays });
      expect(writes[i]).toMatchObject({ at: `${begin + 135}s`, perMinute: 6, relays });
      const length = seconds((writes[i] as Any).for as string);
      expect(length).toBeGreaterThanOrEqual(120);
      const away = seconds(absence.for as string);
      expect(length).toBeLessThanOrEqual(away > 740 ? 600 : Math.max(130, away - 140));
    });
  });

  it('has restarts and reads', () => {
    const restarts = of('worker restarts');
    expect(restarts[0]).toEqual({ at: '1m', do: 'worker restarts' });
    expect(restarts.slice(1).map(at)).toEqual([0, 1, 2, 3, 4, 5].map((day) => day * DAY + 3 * HOUR));
    expect(
      restarts.slice(1).every(({ workers }) => [0, 1].includes((workers as number[])[0] as number)),
    ).toBe(true);
    expect(of('gateway restarts')).toEqual([{ at: `${59 * HOUR}s`, do: 'gateway restarts', downFor: '40s' }]);
    expect(of('reads arrive')).toEqual([{ at: '2m', do: 'reads arrive', perMinute: 1, for: '167h' }]);
  });
});

it('a faster scenario has all lengths divided, and no length of nothing', () => {
  const slow = defineScenario({
    ...{ name: 'a test', description: '', duration: '1h', expect: [] },
    actions: [
      { at: '0s', do: 'gateway restarts', downFor: '10s' },
      { at: '1m', do: 'reads arrive', perMinute: 3, for: '2m' },
    ],
  });
  expect(faster(slow, 1)).toBe(slow);
  const { actions, duration, timings, name } = faster(slow, 10);
  expect([name, duration]).toEqual(['a test', '360000ms']);
  expect(actions).toEqual([
    { at: '1ms', do: 'gateway restarts', downFor: '1000ms' },
    { at: '6000ms', do: 'reads arrive', perMinute: 30, for: '12000ms' },
  ]);
  expect(timings).toMatchObject({ lookAgain: 1.5, pushDelays: [3, 6, 12, 24, 30], pushJitter: 0.2 });
  expect(Object.keys(timings ?? {})).toEqual(Object.keys(USUAL_TIMINGS));
});
