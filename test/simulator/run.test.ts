import { describe, expect, it } from 'vitest';
import {
  pendingWritesPending,
  pendingWritesStateFileLastGoodRead,
  pendingWritesStateFileMissing,
  pendingWritesStateFileMtime,
  pendingWritesStateFileReadSuccess,
} from '../../metrics/exporter.js';
import { gatewayPendingWrites, processStartTime } from '../../metrics/gateway.js';
import { samplesBySeries } from '../../src/prometheus/exposition.js';
import { runScenario, type Scrape } from '../../src/simulator/run.js';
import { type Action, defineScenario, type Scenario } from '../../src/simulator/scenario.js';
import { scenarios } from '../../src/simulator/scenarios/index.js';
import * as pushes from '../../src/simulator/scenarios/pushes.js';
import { shortOutage } from '../../src/simulator/scenarios/worker-away.js';
import { collected } from './play.js';

const scenario = (actions: readonly Action[], setup: Partial<Scenario> = {}) =>
  defineScenario({ name: 'a test', description: '', duration: '20m', expect: [], ...setup, actions });

const scrapesOf = (played: Scenario, interval = 30): Promise<Scrape[]> =>
  collected(runScenario(played, { scrapeIntervalSeconds: interval }));
const target = (scrape: Scrape | undefined, job: string) => scrape?.targets?.find((t) => t.job === job);
const value = (scrape: Scrape | undefined, job: string, name: string) =>
  target(scrape, job)?.exposition?.samples.find(({ series }) => series.split('{')[0] === name)?.value;
const EXPORTER = 'pending-writes-exporter';

describe('playing a scenario', () => {
  it('gives the same scrapes every time, and others with another seed', async () => {
    const texts = async (played: Scenario) =>
      (await scrapesOf(played)).map(({ targets }) =>
        targets?.map(({ exposition }) => exposition?.text()).join(),
      );
    const first = await texts(shortOutage);
    expect(await texts(shortOutage)).toEqual(first);
    expect(await texts({ ...shortOutage, seed: 99 })).not.toEqual(first);
  });

  it('scrapes at the begin, at every interval and at the end', async () => {
    const scrapes = await scrapesOf(scenario([], { duration: '2m' }));
    expect(scrapes.map(({ time }) => time)).toEqual([0, 30, 60, 90, 120]);
  });

  it("lets the real exporter read the worker's file", async () => {
    const scrapes = await scrapesOf(
      scenario([
        { at: '1m', do: 'worker goes offline' },
        { at: '2m', do: 'lease is requested' },
        { at: '3m', do: 'a write arrives' },
        { at: '3m10s', do: 'jobs fail' },
        { at: '5m', do: 'worker comes back' },
      ]),
    );
    expect(value(scrapes[0], EXPORTER, pendingWritesStateFileMissing.name)).toBe(1);
    expect(value(scrapes[0], EXPORTER, pendingWritesPending.name)).toBeUndefined();
    expect(value(scrapes[40], EXPORTER, pendingWritesPending.name)).toBe(1);
    expect(value(scrapes[40], 'gateway', gatewayPendingWrites.name)).toBe(1);
    // By the clock of its host, a fifth of the interval before the gateway is scraped.
    expect(value(scrapes[40], EXPORTER, pendingWritesStateFileLastGoodRead.name)).toBe(1194);
    const written = value(scrapes[40], EXPORTER, pendingWritesStateFileMtime.name);
    expect(written).toBeGreaterThan(300);
    expect(written).toBeLessThan(330);
    const exposition = target(scrapes[40], EXPORTER)?.exposition;
    expect(samplesBySeries(exposition?.text() ?? '')).toEqual(exposition?.samples);
  });

  it('reads the exporters within the interval before the gateways, each at a time of its own', async () => {
    const scrapes = await scrapesOf(
      scenario(
        [
          { at: '1m', do: 'worker restarts' },
          // 14 seconds before a scrape.
          { at: '14m46s', do: 'state file is torn', for: '4m' },
        ],
        { relays: 3, workers: [[0], [1], [2]] },
      ),
    );
    const success = (scrape: Scrape | undefined) =>
      scrape?.targets
        ?.filter(({ job }) => job === EXPORTER)
        .map(({ instance, exposition }) => [
          instance,
          exposition?.samples.find(({ series }) => series === pendingWritesStateFileReadSuccess.name)?.value,
        ]);
    const [first, second, third] = ['worker-2:9786', 'worker-3:9786', 'worker-1:9786'];
    expect(success(scrapes[30])).toEqual([
      [first, 1],
      [second, 0],
      [third, 0],
    ]);
    expect(success(scrapes[31])).toEqual([
      [first, 0],
      [second, 0],
      [third, 0],
    ]);
  });

  it('shows a torn file as one that cannot be read, without inventing queue series', async () => {
    const scrapes = await scrapesOf(
      scenario([
        { at: '1m', do: 'worker restarts' },
        { at: '10m', do: 'state file is torn', for: '5m' },
      ]),
    );
    const success = (minute: number) =>
      value(scrapes[minute * 2], EXPORTER, pendingWritesStateFileReadSuccess.name);
    expect([success(9), success(12), success(16)]).toEqual([1, 0, 1]);
    const names = target(scrapes[24], EXPORTER)?.exposition?.samples.map(
      ({ series }) => series.split('{')[0],
    );
    expect(names).toContain(pendingWritesStateFileReadSuccess.name);
    // What is left tells of the file and the exporter: two minutes after, the last good version is not served any more.
    expect(names?.filter((name) => !/^pending_writes_(state_file|exporter)_/.test(name ?? ''))).toEqual([]);
  });

  it('never scrapes the two jobs at the same moment', async () => {
    // The gauge of the gateway goes to 0 within the seconds before a scrape time, when the exporter was read before.
    const scrapes = await scrapesOf(
      scenario(
        [
          { at: '10s', do: 'worker goes offline' },
          { at: '1m', do: 'lease is requested' },
          { at: '2m', do: 'a write arrives' },
          { at: '3m', do: 'worker comes back' },
        ],
        { timings: { reconnect: [1, 1], resync: [10, 10], lookAgain: 15 } },
      ),
      5,
    );
    const differ = scrapes.filter(
      (scrape) =>
        value(scrape, 'gateway', gatewayPendingWrites.name) === 0 &&
        value(scrape, EXPORTER, pendingWritesPending.name) === 1,
    );
    expect(differ).toHaveLength(1);
  });

  it('has no targets while Prometheus is down, and none that service discovery has lost', async () => {
    const scrapes = await scrapesOf(
      scenario([
        { at: '2m', do: 'Prometheus is down', for: '2m' },
        { at: '6m', do: 'gateway leaves service discovery', for: '2m' },
        { at: '10m', do: 'gateway is not scraped', for: '2m' },
        { at: '10m', do: 'exporter stops', for: '2m' },
        { at: '14m', do: 'exporter leaves service discovery', for: '2m' },
      ]),
    );
    const at = (minute: number) => scrapes[minute * 2];
    expect(scrapes.map(({ time }) => time)).toEqual(Array.from({ length: 41 }, (_, i) => i * 30));
    // Down from 2:00, and scraped again after the first evaluation, which comes before.
    expect(scrapes.flatMap(({ targets, time }) => (targets === undefined ? [time] : []))).toEqual([
      ...[120, 150, 180, 210, 240],
    ]);
    expect(at(7)?.targets?.map(({ job }) => job)).toEqual([EXPORTER]);
    expect(at(11)?.targets?.map(({ exposition }) => exposition)).toEqual([undefined, undefined]);
    expect(at(15)?.targets?.map(({ job }) => job)).toEqual(['gateway']);
    expect(at(18)?.targets?.every(({ exposition }) => exposition !== undefined)).toBe(true);
  });

  it('takes job names and the begin from the caller', async () => {
    const [first] = await collected(
      runScenario(scenario([]), {
        scrapeIntervalSeconds: 60,
        startEpoch: 1_700_000_000,
        jobs: { gateway: 'gw', exporter: 'workers' },
      }),
    );
    expect(first?.epoch).toBe(1_700_000_000);
    expect(first?.targets?.map(({ job }) => job)).toEqual(['gw', 'workers']);
    // It has been running for three days.
    expect(value(first, 'gw', processStartTime.name)).toBe(1_700_000_000 - 3 * 86_400);
  });
});

describe('declaring a scenario', () => {
  const wrong: [string, Partial<Scenario>, string][] = [
    [
      'a time that is none',
      { actions: [{ at: 'soon', do: 'worker goes offline' }] },
      'found "soon", expected a Prometheus duration',
    ],
    [
      'an action after the end',
      { actions: [{ at: '2h', do: 'worker goes offline' }] },
      'scenario "a test": 2h: worker goes offline: is after the end, 20m',
    ],
    [
      'a relay that does not exist',
      { relays: 2, actions: [{ at: '1m', do: 'jobs fail', relays: [2] }] },
      '1m: jobs fail: relays names 2, expected a place from 0 to 1',
    ],
    [
      'a worker that does not exist',
      { actions: [{ at: '1m', do: 'worker restarts', workers: [1] }] },
      'workers names 1, expected a place from 0 to 0',
    ],
    [
      'a relay before the first',
      { actions: [{ at: '1m', do: 'jobs fail', relays: [-1] }] },
      'relays names -1, expected a place from 0 to 0',
    ],
    [
      'a relay between two',
      { relays: 2, actions: [{ at: '1m', do: 'jobs fail', relays: [0.5] }] },
      'relays names 0.5, expected a place from 0 to 1',
    ],
    [
      'a worker of a relay that does not exist',
      { workers: [[0, 1]] },
      'workers own relay 1, expected a place from 0 to 0',
    ],
    ['a worker of a relay before the first', { workers: [[-1]] }, 'workers own relay -1'],
    [
      'an alert of a relay before the first',
      { expect: [{ alert: 'X', by: '1s', relays: [-1] }] },
      'expects X of relay -1, of 1',
    ],
    [
      'an alert after the end',
      { expect: [{ alert: 'X', by: '20m1s' }] },
      'expects X by 20m1s, which is after the end, 20m',
    ],
    [
      'an alert of a relay that does not exist',
      { expect: [{ alert: 'X', by: '1s', relays: [1] }] },
      'expects X of relay 1, of 1',
    ],
    [
      'an interval that is no duration',
      { actions: [{ at: '1m', do: 'lease is requested', every: 'often' }] },
      'found "often", expected a Prometheus duration',
    ],
    [
      'a requirement after the end',
      { requires: [{ anyOf: ['X', 'Y'], detectableFrom: '1m', by: '1h' }] },
      'expects X or Y by 1h, which is after the end, 20m',
    ],
    [
      'a requirement before it is detectable',
      { requires: [{ anyOf: ['X'], detectableFrom: '2m', by: '1m' }] },
      'expects X before it is detectable',
    ],
    [
      'a permission for a relay that does not exist',
      { requires: [], allows: [{ alert: 'X', relays: [3] }] },
      'expects X of relay 3, of 1',
    ],
    ['permissions beside exact alerts', { allows: [{ alert: 'X' }] }, 'has allows without requires'],
  ];
  it.each(wrong)('refuses %s', (_, setup, message) => {
    expect(() => scenario(setup.actions ?? [], setup)).toThrow(message);
  });

  it('takes what happens at its end, and an alert at the moment from which it is detectable', () => {
    const last = [{ at: '20m', do: 'worker restarts' }] as const;
    const { expect: expected } = scenario(last, {
      expect: [{ alert: 'X', by: '20m', detectableFrom: '20m' }],
    });
    expect(expected).toHaveLength(1);
  });

  it('puts it among the scenarios of its file, by their names', () => {
    const own: Readonly<Record<string, Scenario>> = pushes;
    const inOrder = Object.keys(own)
      .sort()
      .map((name) => own[name]);
    expect(scenarios.filter((one) => inOrder.includes(one))).toEqual(inOrder);
  });
});
