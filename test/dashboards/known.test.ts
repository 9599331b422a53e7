import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningPrometheus, startPrometheus } from '../../src/processes/prometheus.js';
import { remoteWrite } from '../backtest/remote-write.js';
import { gatewayEscrowLeases } from './known/gateway-escrow-leases.js';
import { gatewayOverview } from './known/gateway-overview.js';
import { gatewayPushResync } from './known/gateway-push-resync.js';
import { gatewayRelay } from './known/gateway-relay.js';
import { gatewayReplicaFallback } from './known/gateway-replica-fallback.js';
import { gatewayWorkerQueue } from './known/gateway-worker-queue.js';
import { panelsAt, shownBy } from './known/panels.js';
import { knownWorld, SITE } from './known/world.js';

const KNOWN = {
  'gateway-overview': gatewayOverview,
  'gateway-push-resync': gatewayPushResync,
  'gateway-escrow-leases': gatewayEscrowLeases,
  'gateway-replica-fallback': gatewayReplicaFallback,
  'gateway-worker-queue': gatewayWorkerQueue,
  'gateway-relay': gatewayRelay,
} as const;

/** The color of what is not measured. */
const GREY = '#6b717b';

const deployed = panelsAt(SITE);
const each = Object.entries(KNOWN).flatMap(([uid, panels]) =>
  Object.entries(panels).map(([id, known]) => [uid, Number(id), known.title, known] as const),
);
const panelOf = (uid: string, id: number) => {
  const panel = deployed.get(uid)?.find((one) => one.id === id);
  if (panel === undefined) throw new Error(`${uid} has no panel ${id}`);
  return panel;
};
const relaysOf = (uid: string) => (uid === 'gateway-relay' ? 'a' : 'a|b|c|d|e|f|g|i');

let prometheus: RunningPrometheus;
beforeAll(async () => {
  prometheus = await startPrometheus({
    flags: ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y'],
  });
  await remoteWrite(prometheus.url, knownWorld());
});
afterAll(() => prometheus?.stop());

describe('in a world whose truth is known', () => {
  it('every panel is known', () => {
    const all = [...deployed].flatMap(([uid, panels]) => panels.map(({ id }) => `${uid} ${id}`));
    expect(all.sort()).toEqual(each.map(([uid, id]) => `${uid} ${id}`).sort());
  });

  it.each(each)('%s %i shows the truth: %s', async (uid, id, _, known) => {
    expect(await shownBy(prometheus.client, panelOf(uid, id), relaysOf(uid))).toEqual(known);
  });

  // The world has fewer lines than a panel shows at most, so each choice is cut to one or two: which ones it keeps is the truth.
  it.each<readonly [uid: string, id: number, most: number, keeps: readonly string[]]>([
    // The relay with the greatest need.
    ['gateway-overview', 15, 1, ['a', 'GatewayPendingWritesStuck a']],
    // The leases that end first; of the others the gateway reports the end no longer.
    ['gateway-overview', 6, 1, ['c', 'f: expired over 1 h ago, not released']],
    ['gateway-escrow-leases', 3, 1, ['c', 'f: expired over 1 h ago, not released']],
    ['gateway-escrow-leases', 4, 1, ['c', 'f']],
    // The one pending longest and written to most, and the lease that ends first.
    ['gateway-escrow-leases', 5, 1, ['a', 'c']],
    ['gateway-push-resync', 5, 1, ['success b']],
    // The one that was there longest.
    ['gateway-replica-fallback', 4, 1, ['a']],
    ['gateway-replica-fallback', 5, 1, ['a']],
    ['gateway-replica-fallback', 7, 1, ['z relay']],
    // Of a worker's files: the most pending relays, the one that waits longest, the one written last, the slowest scrape.
    ['gateway-worker-queue', 5, 1, ['w1']],
    ['gateway-worker-queue', 6, 1, ['w2']],
    ['gateway-worker-queue', 13, 1, ['w1']],
    ['gateway-worker-queue', 14, 1, ['w2']],
    // The failure seen last.
    ['gateway-escrow-leases', 10, 1, ['a']],
    ['gateway-worker-queue', 10, 1, ['a']],
  ])('%s %i keeps those that matter most when it shows %i', async (uid, id, most, keeps) => {
    const panel = panelOf(uid, id);
    const targets = panel.targets?.map((target) => ({
      ...target,
      expr: target.expr.replace(/\b(topk|bottomk)\(\d+,/g, `$1(${most},`),
    }));
    expect(targets).not.toEqual(panel.targets);
    const { shows, columns } = await shownBy(
      prometheus.client,
      { ...panel, targets: targets ?? [] },
      relaysOf(uid),
    );
    const names = columns === undefined ? [shows ?? {}] : Object.values(columns).map(({ rows }) => rows);
    // Columns beside the first have rows of the same relays, or none.
    expect([...new Set(names.flatMap(Object.keys))].sort()).toEqual([...keeps].sort());
  });

  it.each([
    ['b', 17, { w1: 3, w2: 4 }],
    ['b', 23, { w1: 2 }],
    ['b', 25, { 'gateway clear': 1, 'worker clear': 1, 'lease released': 1, 'rotation completed': 1 }],
    ['c', 25, { 'gateway clear': 0, 'worker clear': 1, 'lease released': 1, 'rotation completed': -1 }],
    ['d', 25, { 'gateway clear': 1, 'worker clear': 1, 'lease released': 0, 'rotation completed': -1 }],
    ['c', 9, { 'gateway gateway-1:3000': 1, 'worker w1': 0 }],
    ['c', 15, { 'lease on gateway-1:3000': 0, 'pending on gateway-1:3000': 1 }],
    ['f', 10, { 'expired over 1 h ago, not released': -60 }],
    // The gateway reports it as not pending: idle, without a lease, not on its replica.
    ['h', 1, { phase: 0 }],
    ['h', 2, { 'pending for': 0 }],
    ['h', 3, { 'lease left': 1e9 }],
    ['h', 5, { 'on replica': 0 }],
    // No one knows the relay: nothing about it is good.
    ['nobody', 1, {}],
    ['nobody', 2, {}],
    ['nobody', 3, {}],
    ['nobody', 4, {}],
    ['nobody', 5, {}],
    ['nobody', 6, {}],
  ])('of relay %s panel %i shows what differs from relay a', async (relay, id, shows) => {
    expect((await shownBy(prometheus.client, panelOf('gateway-relay', id), relay)).shows).toEqual(shows);
  });
});

describe('colours show', () => {
  const panels = [...deployed.values()].flat();
  const hasColors = ({ fieldConfig }: (typeof panels)[number]) =>
    fieldConfig?.defaults.mappings !== undefined ||
    (fieldConfig?.defaults.thresholds?.steps.some(({ color }) => color !== GREY) ?? false) ||
    (fieldConfig?.overrides ?? []).some(({ properties }) => properties.some(({ id }) => id === 'thresholds'));

  it('as the background of a single value that has a colour, and nowhere else', () => {
    const stats = panels.filter(({ type }) => type === 'stat');
    expect(stats.filter(hasColors).length).toBeGreaterThan(8);
    for (const stat of stats) {
      expect(stat.options?.colorMode, stat.title).toBe(hasColors(stat) ? 'background' : 'none');
    }
  });

  it('as dashed lines across a time series that has thresholds', () => {
    const series = panels.filter(({ type }) => type === 'timeseries');
    expect(series.filter(hasColors).length).toBeGreaterThan(8);
    for (const { title, fieldConfig } of series) {
      const { thresholds, custom } = fieldConfig?.defaults ?? {};
      expect(custom?.thresholdsStyle?.mode, title).toBe(thresholds === undefined ? undefined : 'dashed');
    }
  });

  it('in the bars of a timeline and in the cells of a table', () => {
    const timelines = panels.filter(({ type }) => type === 'state-timeline');
    expect(timelines.map(({ fieldConfig }) => fieldConfig?.defaults.color?.mode)).toEqual(
      timelines.map(() => 'thresholds'),
    );
    const cells = panels
      .filter(({ type }) => type === 'table')
      .flatMap(({ fieldConfig }) => fieldConfig?.overrides ?? [])
      .map(({ properties }) => new Map(properties.map(({ id, value }) => [id, value])))
      .filter((properties) => properties.has('thresholds'));
    expect(cells.length).toBeGreaterThan(12);
    expect(cells.map((cell) => cell.get('custom.cellOptions'))).toEqual(
      cells.map(() => ({ type: 'color-background', mode: 'basic' })),
    );
  });
});
