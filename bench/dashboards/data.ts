import { execFile } from 'node:child_process';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { pendingWritesRelays } from '../../metrics/exporter.js';
import * as gateway from '../../metrics/gateway.js';
import { metrics } from '../../metrics/index.js';
import { recordingRuleGroups } from '../../recording-rules/index.js';
import { parseConfig } from '../../src/config/load.js';
import type { MetricDefinition } from '../../src/model/metric.js';
import { packageRoot } from '../../src/package/root.js';
import { findTool } from '../../src/processes/find.js';
import { relayKey } from '../rules/exposition.js';

export const RELAYS = 10_000;
/** Of them pending, holding a lease and served from their replica. */
export const BUSY = 500;
const WORKERS = 20;
const STEP = 60;
const HOURS = 24;
const BLOCK = 2 * 3_600;
/** The end of the data: a block's border, seconds since the epoch. */
export const END = Math.floor(Date.UTC(2026, 2, 2, 16) / 1000 / BLOCK) * BLOCK;

/** Scraped series of each relay: what the raw forms of the panels' queries read. A busy relay has every family that names a relay. */
export const SERIES_PER_RELAY = 4;

const { jobs } = parseConfig({});
const isBusy = (place: number) => place % (RELAYS / BUSY) === 0;
const GATEWAY = `job="${jobs.gateway}",instance="gateway-1:3000"`;

type Series = readonly [series: string, value: (time: number) => number];

function* series(): Generator<Series> {
  const relays = Array.from({ length: RELAYS }, (_, place) => ({
    relay: relayKey(place),
    busy: isBusy(place),
  }));
  const counted = (busy: boolean) => (time: number) => (busy ? Math.floor((time - END) / 7) + 1e6 : 3);
  const by = (name: string, more = '') =>
    relays.map(({ relay, busy }) => ({ text: `${name}{${GATEWAY},relay="${relay}"${more}}`, busy }));
  for (const { text, busy } of by(gateway.gatewayPendingWrites.name)) yield [text, () => Number(busy)];
  for (const { text, busy } of by(gateway.gatewayEscrowLeasesActive.name)) yield [text, () => Number(busy)];
  for (const { text, busy } of by(gateway.gatewayReplicaFallbacks.name, ',mode="read"'))
    yield [text, counted(busy)];
  for (const { text, busy } of by(gateway.gatewayRelayFallbackWrites.name, ',result="readonly"')) {
    yield [text, counted(busy)];
  }
  // The other families, of the busy relays, as a build has them that exposes everything.
  for (const metric of metrics) {
    if (metric.labels.relay === undefined || metric.origin === 'prometheus') continue;
    if (EVERY_RELAY.includes(metric.name)) continue;
    const busy = relays.filter((one) => one.busy);
    for (const [place, { relay }] of busy.entries()) yield* familyOf(metric, relay, place % WORKERS);
  }
  for (const result of ['success', 'error']) {
    yield [`${gateway.gatewayPendingWritePushes.name}{${GATEWAY},result="${result}"}`, counted(true)];
  }
  yield [`${gateway.gatewayActiveSessions.name}{${GATEWAY}}`, () => 40];
  yield [`up{${GATEWAY}}`, () => 1];
  for (let worker = 0; worker < WORKERS; worker += 1) {
    const labels = `job="${jobs.exporter}",instance="worker-${worker}:9797"`;
    yield [`up{${labels}}`, () => 1];
    yield [`${pendingWritesRelays.name}{${labels},state="pending"}`, () => BUSY / WORKERS];
  }
  // The recorded series as the rules write them: of the busy relays only.
  for (const { record, labels } of recordingRuleGroups.flatMap((group) => group.rules)) {
    const value = (time: number) =>
      /timestamp/.test(record) ? time - 1_800 : /:ratio/.test(record) ? 0.2 : 1;
    const relaysOf = labels.includes('relay')
      ? relays.filter(({ busy }) => busy).map(({ relay }) => relay)
      : [''];
    for (const relay of relaysOf) {
      const pairs = labels.map(
        (label) => `${label}="${{ relay, result: 'success', instance: 'gateway-1:3000' }[label] ?? 'a'}"`,
      );
      yield [`${record}{${pairs.join(',')}}`, value];
    }
  }
}

/** Families of which all relays have a series. */
const EVERY_RELAY: readonly string[] = [
  gateway.gatewayPendingWrites.name,
  gateway.gatewayEscrowLeasesActive.name,
  // Counted for the whole gateway, as the observed build does.
  gateway.gatewayPendingWritePushes.name,
];

/** The series of a relay in one family, of those label values that occur together. */
function* familyOf(metric: MetricDefinition, relay: string, worker: number): Generator<Series> {
  const target =
    metric.origin === 'exporter' ? `job="${jobs.exporter}",instance="worker-${worker}:9797"` : GATEWAY;
  const labels = Object.entries(metric.labels)
    .filter(([label]) => label !== 'relay')
    .map(([label, { values = ['a'] }]) => values.map((value) => `,${label}="${value}"`))
    .reduce<string[]>((all, some) => all.flatMap((one) => some.map((other) => one + other)), ['']);
  const count = (time: number) => Math.floor((time - END) / 300) + 1_000;
  for (const more of labels) {
    const own = `{${target},relay="${relay}"${more}`;
    if (metric.type === 'histogram') {
      for (const le of [...(metric.buckets ?? []), '+Inf'])
        yield [`${metric.name}_bucket${own},le="${le}"}`, count];
      yield [`${metric.name}_count${own}}`, count];
      yield [`${metric.name}_sum${own}}`, (time) => 20 * count(time)];
      continue;
    }
    const value = (time: number) => (/timestamp/.test(metric.name) ? time - 1_800 : 1);
    const isRead = metric.name === gateway.gatewayReplicaFallbacks.name && more === ',mode="read"';
    const isReadonly =
      metric.name === gateway.gatewayRelayFallbackWrites.name && more === ',result="readonly"';
    // Those two are there already, of all relays.
    if (!isRead && !isReadonly) yield [`${metric.name}${own}}`, metric.type === 'counter' ? count : value];
  }
}

function* openMetrics(all: readonly Series[], from: number): Generator<string> {
  let family = '';
  for (const [text, value] of all) {
    const name = text.slice(0, text.indexOf('{'));
    if (name !== family) yield `# TYPE ${name} unknown\n`;
    family = name;
    let lines = '';
    for (let time = from; time < from + BLOCK; time += STEP) lines += `${text} ${value(time)} ${time}\n`;
    yield lines;
  }
  yield '# EOF\n';
}

/** The folder with 24 hours of data and the number of their series; made at the first call, which takes some minutes, and reused. */
export async function benchData(): Promise<{ readonly folder: string; readonly series: number }> {
  const folder = join(packageRoot, '.cache', 'bench-dashboards', `${RELAYS}-${SERIES_PER_RELAY}-all-${END}`);
  const done = join(folder, 'complete');
  if (existsSync(done)) return { folder: join(folder, 'data'), series: Number(readFileSync(done, 'utf8')) };
  rmSync(folder, { recursive: true, force: true });
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const promtool = await findTool('promtool');
  const all = [...series()];
  console.log(`making 24 hours of ${all.length} series, once; this takes some minutes`);
  for (let from = END - HOURS * 3_600; from < END; from += BLOCK) {
    const file = join(folder, 'block.txt');
    await pipeline(Readable.from(openMetrics(all, from)), createWriteStream(file));
    await promisify(execFile)(
      promtool,
      ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', file, data],
      {
        maxBuffer: 1 << 26,
      },
    );
    rmSync(file);
    console.log(`  ${(END - from - BLOCK) / 3_600} hours to go`);
  }
  writeFileSync(`${done}.part`, String(all.length));
  renameSync(`${done}.part`, done);
  return { folder: data, series: all.length };
}
