import { execFile } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { metrics } from '../../metrics/index.js';
import { recordingRuleGroups } from '../../recording-rules/index.js';
import { parseConfig } from '../../src/config/load.js';
import type { MetricDefinition } from '../../src/model/metric.js';
import { findTool } from '../../src/processes/find.js';
import { type RunningPrometheus, startPrometheus } from '../../src/processes/prometheus.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { PrometheusClient } from '../../src/prometheus/client.js';
import { PATIENCE_MS, PATIENT_QUERIES } from '../patience.js';
import { ask, dashboards, NOW } from './worlds.js';

const RELAYS = 10_000;
const WORKERS = 200;
const config = parseConfig({});

const relays = Array.from({ length: RELAYS }, (_, i) => `relay-${String(i).padStart(5, '0')}`);
const workers = Array.from({ length: WORKERS }, (_, i) => `worker-${i}:9797`);

type Labels = Readonly<Record<string, string>>;

/** Every combination of labels and values. */
function combinations(labels: readonly (readonly [string, readonly string[]])[]): Labels[] {
  return labels.reduce<Labels[]>(
    (all, [label, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [label]: value }))),
    [{}],
  );
}

const valuesOf = (label: string, known: readonly string[] | undefined): readonly string[] =>
  label === 'relay' || label === 'identifier' ? relays : (known ?? ['a']);

/** The series of a metric as a site of that size has them. Histograms are left out: only one relay's are shown. */
function seriesOf(metric: MetricDefinition): Labels[] {
  const labels = Object.entries(metric.labels)
    .filter(([, { optional }]) => optional !== true)
    .map(([label, { values }]) => [label, valuesOf(label, values)] as const);
  const perRelay = labels.some(([, values]) => values === relays);
  if (metric.origin === 'exporter') {
    // A worker has its relays, and its totals.
    return perRelay
      ? combinations(labels).map((one) => ({
          ...one,
          job: config.jobs.exporter,
          instance: workers[0] as string,
        }))
      : workers.flatMap((instance) =>
          combinations(labels).map((one) => ({ ...one, job: config.jobs.exporter, instance })),
        );
  }
  return combinations(labels).map((one) => ({
    ...one,
    job: config.jobs.gateway,
    instance: 'gateway-1:3000',
  }));
}

const text = (labels: Labels) =>
  Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',');

// A value of 1 is pending, stuck, down and up all at once where it is a code; a time is an hour ago, or at hand.
function sampleOf(name: string, at: number): number {
  if (/lease_expiry/.test(name)) return at + 60;
  return /timestamp/.test(name) ? at - 3_600 : 1;
}

function* openMetrics(): Generator<string> {
  // Two samples, so that rates and ranges have something to work with.
  const times = [NOW / 1000 - 60, NOW / 1000 - 30, NOW / 1000];
  const family = function* (name: string, all: readonly Labels[]): Generator<string> {
    yield `# TYPE ${name} unknown\n`;
    for (const labels of all) {
      const series = `${name}{${text(labels)}}`;
      yield times
        .map((time, i) => `${series} ${sampleOf(name, time) + (name.endsWith('_total') ? i : 0)} ${time}\n`)
        .join('');
    }
  };
  for (const metric of metrics) {
    if (metric.type === 'histogram' || metric.origin === 'prometheus') continue;
    yield* family(metric.name, seriesOf(metric));
  }
  for (const { record, labels } of recordingRuleGroups.flatMap((group) => group.rules)) {
    const known: Record<string, readonly string[]> = {
      result: ['success', 'error'],
      instance: ['gateway-1:3000'],
    };
    yield* family(record, combinations(labels.map((label) => [label, valuesOf(label, known[label])])));
  }
  yield* family('up', [
    { job: config.jobs.gateway, instance: 'gateway-1:3000' },
    ...workers.map((instance) => ({ job: config.jobs.exporter, instance })),
  ]);
  yield* family(
    'ALERTS',
    relays.map((relay, i) => ({
      alertname: 'GatewayPendingWritesStuck',
      alertstate: 'firing',
      severity: ['critical', 'warning', 'info'][i % 3] as string,
      signal: 'pending-writes',
      relay,
    })),
  );
  yield '# EOF\n';
}

let prometheus: RunningPrometheus;
const files = temporaryFolder('many-relays');
beforeAll(async () => {
  const data = join(files.path, 'data');
  mkdirSync(data);
  const file = join(files.path, 'series.txt');
  await pipeline(Readable.from(openMetrics()), createWriteStream(file));
  const promtool = await findTool('promtool');
  await promisify(execFile)(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', file, data]);
  prometheus = await startPrometheus({
    dataFolder: data,
    flags: ['--storage.tsdb.retention.time=100y', ...PATIENT_QUERIES],
  });
});
afterAll(async () => {
  await prometheus?.stop();
  files.remove();
});

it.each(dashboards.map((dashboard) => [dashboard.uid, dashboard] as const))(
  'shows at most a hundred series in a panel of %s when all of 10,000 relays and 200 workers have something to show',
  async (uid, dashboard) => {
    const { panels, variables } = await ask(
      new PrometheusClient(prometheus.url, PATIENCE_MS),
      dashboard,
      relays[7] as string,
    );
    const counts = Object.entries(panels).map(([id, { queries }]) => ({
      panel: `${uid} ${id}`,
      series: queries.reduce((sum, { series }) => sum + series, 0),
    }));
    expect(counts.filter(({ series }) => series > 100)).toEqual([]);
    expect(counts.some(({ series }) => series >= (uid === 'gateway-relay' ? 1 : 10))).toBe(true);
    const offered = variables.find(({ name }) => name === 'relay')?.values ?? [];
    expect(uid === 'gateway-relay' ? offered : new Set(offered).size).toEqual(
      uid === 'gateway-relay' ? [relays[7]] : RELAYS,
    );
  },
);
