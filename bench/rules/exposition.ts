import * as exporter from '../../metrics/exporter.js';
import * as gateway from '../../metrics/gateway.js';
import type { MetricDefinition } from '../../src/model/metric.js';
import { bucketOf } from '../../src/promql/histogram.js';

/** A relay key of the usual form for a place from 0. */
export const relayKey = (place: number) => place.toString(16).padStart(64, '0');

const OWNER = 'b'.repeat(64);

class Page {
  readonly #lines: string[] = [];
  family(
    metric: MetricDefinition,
    samples: Iterable<readonly [labels: string, value: number]>,
    series = metric.name,
  ): void {
    this.#lines.push(`# TYPE ${metric.name} ${metric.type}`);
    for (const [labels, value] of samples) this.#lines.push(`${series}${labels} ${value}`);
  }
  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

/**
 * A gateway's page with every series that a relay can have, for all relays. Every `every`-th relay is pending, holds a lease and is
 * served from its replica, so that its counters move; those of the others stand.
 */
export function gatewayPage(relays: number, every: number, now: number, started: number): string {
  const page = new Page();
  const all = Array.from({ length: relays }, (_, place) => ({
    relay: relayKey(place),
    busy: place % every === 0,
  }));
  const seconds = Math.floor(now - started);
  const each = function* (labels: string, value: (busy: boolean) => number) {
    for (const { relay, busy } of all) yield [`{relay="${relay}"${labels}}`, value(busy)] as const;
  };
  page.family(gateway.processStartTime, [['', started - 3600]]);
  page.family(gateway.gatewayActiveSessions, [['', 40]]);
  page.family(gateway.gatewayActivePeers, [['', 20]]);
  page.family(gateway.gatewayBlindPeerActive, [['', 1]]);
  page.family(gateway.gatewayPendingWrites, each('', Number));
  page.family(gateway.gatewayPendingWritePushes, [
    ['{result="success"}', 100 + Math.floor(seconds / 20)],
    ['{result="error"}', 3],
  ]);
  page.family(
    gateway.gatewayEscrowLeaseTimeToExpiry,
    each('', (busy) => (busy ? 600 : 0)),
  );
  page.family(gateway.gatewayEscrowLeasesActive, each('', Number));
  page.family(gateway.gatewayEscrowUnlockRequests, [
    ['{result="success"}', 500 + seconds],
    ['{result="error"}', 2],
    ['{result="policy-rejection"}', 40],
  ]);
  for (const mode of ['read', 'write', 'session']) {
    page.family(
      gateway.gatewayReplicaFallbacks,
      each(`,mode="${mode}"`, (busy) => (busy ? 10 + seconds : 7)),
    );
  }
  page.family(
    gateway.gatewayRelayFallbackReads,
    each(',reason="no-peers"', (busy) => (busy ? 10 + seconds : 7)),
  );
  for (const result of ['accepted', 'rejected', 'readonly', 'error']) {
    const moves = result === 'accepted';
    page.family(
      gateway.gatewayRelayFallbackWrites,
      each(`,result="${result}"`, (busy) => (busy && moves ? 3 + Math.floor(seconds / 15) : 3)),
    );
  }
  page.family(gateway.gatewayRelayReplicaSessions, each('', Number));
  for (const bound of [...(gateway.gatewayPendingWritePushWait.buckets ?? []), '+Inf']) {
    page.family(
      gateway.gatewayPendingWritePushWait,
      each(`,le="${bound}"`, () => 4),
      bucketOf(gateway.gatewayPendingWritePushWait).text,
    );
  }
  for (const metric of [gateway.gatewayBlindPeerMirrorState, gateway.gatewayBlindPeerMirrorLag]) {
    page.family(
      metric,
      all.map(
        ({ relay, busy }) =>
          [`{identifier="${relay}",owner="${OWNER}",type="relay"}`, busy ? 1 : 900] as const,
      ),
    );
  }
  return page.text();
}

/** The page of an exporter whose worker owns a range of relays; those that are pending are so in its file as well. */
export function exporterPage(from: number, to: number, every: number, mtime: number): string {
  const page = new Page();
  const all = Array.from({ length: to - from }, (_, i) => ({
    relay: relayKey(from + i),
    busy: (from + i) % every === 0,
  }));
  const each = function* (
    value: (busy: boolean) => number,
    labels = '',
    which: (busy: boolean) => boolean = () => true,
  ) {
    for (const { relay, busy } of all)
      if (which(busy)) yield [`{relay="${relay}"${labels}}`, value(busy)] as const;
  };
  page.family(exporter.pendingWritesPending, each(Number));
  page.family(
    exporter.pendingWritesPendingSince,
    each(
      () => mtime,
      '',
      (busy) => busy,
    ),
  );
  page.family(
    exporter.pendingWritesLastUpdate,
    each(() => mtime),
  );
  page.family(exporter.pendingWritesLeaseActive, each(Number));
  page.family(
    exporter.pendingWritesLeaseExpiry,
    each(() => mtime + 600),
  );
  page.family(
    exporter.pendingWritesRotationLastStatus,
    each(() => 1, ',status="completed"'),
  );
  page.family(
    exporter.pendingWritesRotationLastAttempts,
    each(() => 2),
  );
  page.family(exporter.pendingWritesStateFileReadSuccess, [['', 1]]);
  page.family(exporter.pendingWritesStateFileMissing, [['', 0]]);
  page.family(exporter.pendingWritesStateFileMtime, [['', mtime]]);
  return page.text();
}
