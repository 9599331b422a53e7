import { execFile } from 'node:child_process';
import { createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { gatewayPendingWrites } from '../../metrics/gateway.js';
import { findTool } from '../../src/processes/find.js';
import { startPrometheus } from '../../src/processes/prometheus.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { runScenario, type Scrape } from '../../src/simulator/run.js';
import { stuckJob } from '../../src/simulator/scenarios/pushes.js';
import { InputSeriesRecorder, inputSeriesOf, openMetricsOf } from '../../src/simulator/series.js';
import { collected } from './play.js';

const run = promisify(execFile);
let folder: TemporaryFolder;
beforeAll(() => {
  folder = temporaryFolder('series-test');
});
afterAll(() => folder.remove());

/** One target whose page has one series `x`, with the value given; `down` for a failed scrape, `gone` for no target. */
const scrape = (at: number | undefined | 'down' | 'gone' | 'no prometheus'): Scrape => ({
  time: 0,
  epoch: 0,
  targets:
    at === 'no prometheus'
      ? undefined
      : at === 'gone'
        ? []
        : [
            {
              job: 'j',
              instance: 'i',
              exposition:
                at === 'down'
                  ? undefined
                  : { samples: at === undefined ? [] : [{ series: 'x', value: at }], text: () => '' },
            },
          ],
});
const recorded = (...steps: Parameters<typeof scrape>[0][]): Record<string, string> => {
  const recorder = new InputSeriesRecorder();
  for (const step of steps) recorder.add(scrape(step));
  return Object.fromEntries(recorder.inputSeries().map(({ series, values }) => [series, values]));
};
const X = 'x{job="j",instance="i"}';
const UP = 'up{job="j",instance="i"}';

describe("promtool's input series", () => {
  it('join equal and evenly rising values', () => {
    expect(recorded(1, 1, 1, 1)[X]).toBe('1x3');
    expect(recorded(1, 2, 3, 3, 3)[X]).toBe('1+1x2 3x1');
    expect(recorded(600, 570, 540)[X]).toBe('600-30x2');
    expect(recorded(-3, -3)[X]).toBe('-3x1');
    expect(recorded(0.1, 0.2, 0.3)[X]).toBe('0.1 0.2 0.3');
  });

  it('are absent before their birth', () => {
    expect(recorded(undefined, undefined, 5)[X]).toBe('_x2 5');
  });

  it('become stale when they vanish from a scrape, once', () => {
    expect(recorded(1, undefined, undefined, 1)[X]).toBe('1 stale _ 1');
    expect(recorded(1, undefined)[UP]).toBe('1x1');
  });

  it('become stale when a scrape fails, and up is 0', () => {
    expect(recorded(1, 'down', 'down', 1)).toEqual({ [UP]: '1 0x1 1', [X]: '1 stale _ 1' });
  });

  it('become stale with up when the target leaves service discovery', () => {
    expect(recorded(1, 'gone', 'gone', 1)).toEqual({ [UP]: '1 stale _ 1', [X]: '1 stale _ 1' });
  });

  it('have a gap without a marker while Prometheus is down', () => {
    expect(recorded(1, 'no prometheus', 'no prometheus', 1)).toEqual({ [UP]: '1 _x2 1', [X]: '1 _x2 1' });
  });

  it('mean the same to promtool as the scrapes, whatever their values', async () => {
    const promtool = await findTool('promtool');
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.integer({ min: -3, max: 3 }),
            fc.double({ noNaN: true, noDefaultInfinity: true }),
            fc.constant(undefined),
          ),
          {
            minLength: 1,
            maxLength: 40,
          },
        ),
        async (steps) => {
          const series = Object.entries(recorded(...steps)).map(([name, values]) => ({
            series: name,
            values,
          }));
          const file = join(folder.path, 'property.yaml');
          const tests = {
            evaluation_interval: '30s',
            tests: [
              {
                interval: '30s',
                input_series: series,
                promql_expr_test: steps.map((value, i) => ({
                  expr: 'x',
                  eval_time: `${i * 30}s`,
                  exp_samples: value === undefined ? [] : [{ labels: X, value }],
                })),
              },
            ],
          };
          writeFileSync(file, stringify(tests));
          await run(promtool, ['test', 'rules', file]);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('a whole scenario', () => {
  const scrapes = () => runScenario(stuckJob, { scrapeIntervalSeconds: 30 });
  /** Relays pending at each scrape time, by the model. */
  const pending = async (): Promise<number[]> =>
    (await collected(scrapes())).map(
      ({ targets }) =>
        targets?.[0]?.exposition?.samples.filter(
          ({ series, value }) => series.startsWith(`${gatewayPendingWrites.name}{`) && value === 1,
        ).length ?? 0,
    );

  it('is understood by promtool at every scrape time', async () => {
    const file = join(folder.path, 'scenario.yaml');
    const expected = await pending();
    expect(new Set(expected)).toEqual(new Set([0, 1, 3]));
    const tests = {
      evaluation_interval: '30s',
      tests: [
        {
          interval: '30s',
          input_series: await inputSeriesOf(scrapes()),
          promql_expr_test: expected.map((count, i) => ({
            expr: `count(${gatewayPendingWrites.name} == 1)`,
            eval_time: `${i * 30}s`,
            exp_samples: count === 0 ? [] : [{ labels: '{}', value: count }],
          })),
        },
      ],
    };
    writeFileSync(file, stringify(tests));
    const { stdout } = await run(await findTool('promtool'), ['test', 'rules', file]);
    expect(stdout).toContain('SUCCESS');
  });

  it('can be loaded into a real Prometheus', async () => {
    const start = 1_700_000_000;
    const text = join(folder.path, 'scenario.om');
    const live = runScenario(stuckJob, { scrapeIntervalSeconds: 30, startEpoch: start });
    await pipeline(Readable.from(openMetricsOf(live)), createWriteStream(text));
    const dataFolder = join(folder.path, 'data');
    await run(await findTool('promtool'), ['tsdb', 'create-blocks-from', 'openmetrics', text, dataFolder]);
    const prometheus = await startPrometheus({ dataFolder, flags: ['--storage.tsdb.retention.time=100y'] });
    try {
      const expected = await pending();
      const end = start + (expected.length - 1) * 30;
      const query = `count(${gatewayPendingWrites.name} == 1) or vector(0)`;
      const [series] = await prometheus.client.queryRange(query, start, end, 30);
      expect(series?.points.map(([, value]) => value)).toEqual(expected);
    } finally {
      await prometheus.stop();
    }
  });
});
