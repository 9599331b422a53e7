import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPrometheus } from '../../src/processes/prometheus.js';
import { remoteWrite, type WrittenSeries } from '../../test/backtest/remote-write.js';

/** Relays, days, and seconds between scrapes. */
export interface Size {
  readonly relays: number;
  readonly days: number;
  readonly scrape: number;
}

/** A multiple of every interval, long ago, so that the data can be made once and used again. */
export const EPOCH = 1_700_006_400;

const JOB = { job: 'gateway', instance: '127.0.0.1:9100' };
const relayKey = (i: number) => i.toString(16).padStart(64, '0');

/**
 * What the gateway's gauges and counters of many relays look like over a week: each relay is away once a day, at another
 * time and for a while of its own, holds a lease of ten minutes then, and is written to now and then.
 */
function levelOf(name: string, relay: number, second: number): number {
  const day = 86_400;
  const at = (second + relay * 7919) % day;
  const away = 1800 + ((relay * 104_729) % 14_400);
  const pending = at < away;
  const days = Math.floor((second + relay * 7919) / day);
  switch (name) {
    case 'gateway_pending_writes':
      return Number(pending);
    case 'gateway_escrow_leases_active':
      return Number(pending && at < 3600);
    case 'gateway_escrow_lease_time_to_expiry_seconds':
      return pending && at < 3600 ? 600 : 0;
    case 'gateway_relay_fallback_writes_total':
      return 1 + days * 10 + (pending ? Math.min(10, Math.floor(at / 300)) : 10);
    case 'gateway_replica_fallback_total':
      return 1 + days * 500 + (pending ? Math.min(500, Math.floor(at / 15)) : 500);
    default:
      return 0;
  }
}

const RELAY_METRICS: readonly (readonly [name: string, labels: Readonly<Record<string, string>>])[] = [
  ['gateway_pending_writes', {}],
  ['gateway_escrow_leases_active', {}],
  ['gateway_escrow_lease_time_to_expiry_seconds', {}],
  ['gateway_relay_fallback_writes_total', { result: 'accepted' }],
  ['gateway_replica_fallback_total', { mode: 'read' }],
];

/** Fills a database unless the folder holds one already. Returns the samples written, or undefined where it did. */
export async function makeData(folder: string, { relays, days, scrape }: Size): Promise<number | undefined> {
  const done = join(folder, 'complete');
  if (existsSync(done)) return undefined;
  // What a run left that was stopped: Prometheus takes no older samples than it has.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const prometheus = await startPrometheus({
    dataFolder: folder,
    flags: ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y'],
  });
  let samples = 0;
  try {
    const end = days * 86_400;
    // Each request holds ten minutes of some series: in order, as a scrape would bring them.
    const span = 600;
    for (let from = 0; from < end; from += span) {
      const times = Array.from({ length: span / scrape }, (_, i) => from + i * scrape);
      const written: WrittenSeries[] = [
        {
          labels: { __name__: 'up', ...JOB },
          samples: times.map((time) => [(EPOCH + time) * 1000, 1] as const),
        },
        ...[
          'gateway_active_sessions',
          'gateway_active_peers',
          'gateway_blind_peer_active',
          'process_start_time_seconds',
        ].map(
          (name): WrittenSeries => ({
            labels: { __name__: name, ...JOB },
            samples: times.map((time) => [(EPOCH + time) * 1000, 1] as const),
          }),
        ),
      ];
      for (let relay = 0; relay < relays; relay += 1) {
        for (const [name, labels] of RELAY_METRICS) {
          written.push({
            labels: { __name__: name, ...JOB, ...labels, relay: relayKey(relay) },
            samples: times.map((time) => [(EPOCH + time) * 1000, levelOf(name, relay, time)] as const),
          });
        }
      }
      for (const { samples: some } of written) samples += some.length;
      await remoteWrite(prometheus.url, written);
    }
  } finally {
    await prometheus.stop();
  }
  writeFileSync(done, `${samples} samples\n`);
  return samples;
}
