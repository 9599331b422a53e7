import type { ConfigInput } from '../../../src/config/schema.js';
import { labelsOfSeries, type WrittenSeries } from '../../backtest/remote-write.js';

/*
 * A world whose truth is known, because it is written here number by number: no two series that could be taken for each other have the same
 * value. `north` is the installation that is shown; `south`, the gateway process `gateway-2` and relay `z` are not chosen.
 */

/** The moment that is shown, in seconds since the epoch. The world begins two hours before. */
export const SHOWN_AT = Date.parse('2026-03-02T14:00:00Z') / 1000;

const STEP = 60;
const MINUTES = 120;

/** Every threshold differs from every other one, so that none can stand in for another. */
export const SITE: ConfigInput = {
  groupBy: ['cluster'],
  evaluationInterval: '40s',
  thresholds: {
    pendingWrites: {
      infoAfter: '2h',
      warningAfter: '17h',
      criticalAfter: '25h',
      stuckAfter: '11m',
      carryFor: '13h',
      unpushedAfter: '12m',
    },
    pushWait: { slowSeconds: 60, slowShare: 0.4, failedShare: 0.6 },
    leaseExpiry: { expiringWithin: '3m', wantedWithin: '4m', leaseDuration: '20m' },
    replicaFallback: { infoAfter: '5h', warningAfter: '18h', quietAfter: '40m', mirrorLagSeconds: 800 },
    workerQueue: { pendingAfter: '35m', disagreeAfter: '14m' },
    objective: { clearedWithin: '15h', target: 0.98 },
  },
};

/** Seconds before the moment shown, as the point in time that a series carries. */
const ago = (seconds: number) => SHOWN_AT - seconds;
/** A point in time that no longer counts: rules record it where what it stood for has ended. */
const TOMBSTONE = 0;
/** A counter that grows by as much every minute. */
const growing = (perMinute: number) => (minute: number) => perMinute * minute;

/** A series without a value in a minute is not there yet. */
type Value = number | ((minute: number) => number | undefined);
/** A value that came long after the others. */
const lately = (value: number) => (minute: number) => (minute < MINUTES - 30 ? undefined : value);

const gateway = (labels: string, instance = 'gateway-1:3000') =>
  `{cluster="north", job="gateway", instance="${instance}"${labels === '' ? '' : `, ${labels}`}}`;
const worker = (instance: string, labels = '') =>
  `{cluster="north", job="pending-writes-exporter", instance="${instance}"${labels === '' ? '' : `, ${labels}`}}`;
const relay = (name: string, labels = '') => `{cluster="north", relay="${name}"${labels}}`;

const leaseGauge = (name: string, instance = 'gateway-1:3000') =>
  `instance_relay:gateway_escrow_lease_time_to_expiry_seconds:last{cluster="north", instance="${instance}", relay="${name}"}`;

const RECORDED: Readonly<Record<string, Value>> = {
  // One stuck, two blocked, three unknown.
  ...Object.fromEntries(
    Object.entries({ a: 5, b: 1, c: 6, d: 6, e: 7, f: 7, g: 7, z: 5 }).map(([name, code]) => [
      `relay:gateway_relay_phase:code${relay(name)}`,
      code,
    ]),
  ),
  'gateway:gateway_pending_writes:count{cluster="north"}': 5,
  'gateway:gateway_pending_writes_late:ratio_5m{cluster="north"}': 0.11,
  'gateway:gateway_pending_writes_late:ratio_30m{cluster="north"}': 0.12,
  'gateway:gateway_pending_writes_late:ratio_2h{cluster="north"}': 0.13,
  'gateway:gateway_pending_writes_late:ratio_1h{cluster="north"}': 0.01,
  'gateway:gateway_pending_writes_late:ratio_6h{cluster="north"}': 0.02,
  'gateway:gateway_pending_writes_late:ratio_1d{cluster="north"}': 0.03,
  'gateway:gateway_pending_writes_late:ratio_3d{cluster="north"}': 0.04,
  // Three within the last quarter of an hour, nine before.
  'gateway:gateway_pending_writes_cleared:count{cluster="north"}': (minute) =>
    minute === 110 ? 3 : minute === 60 ? 9 : 0,

  [`relay:gateway_pending_writes:max${relay('a')}`]: 1,
  [`relay:gateway_pending_writes:max${relay('b')}`]: 1,
  [`relay:gateway_pending_writes:max${relay('c')}`]: 1,
  [`relay:gateway_pending_writes:max${relay('z')}`]: 1,
  [`relay:gateway_pending_writes:start_timestamp_seconds${relay('a')}`]: ago(6000),
  [`relay:gateway_pending_writes:start_timestamp_seconds${relay('b')}`]: ago(6600),
  [`relay:gateway_pending_writes:start_timestamp_seconds${relay('c')}`]: TOMBSTONE,
  [`relay:gateway_pending_writes:start_timestamp_seconds${relay('z')}`]: ago(7100),
  [`relay:gateway_pending_writes_stuck:max${relay('a')}`]: 1,
  [`relay:gateway_pending_writes_stuck:max${relay('z')}`]: 1,
  [`relay:gateway_pending_writes_delivered:start_timestamp_seconds${relay('a')}`]: ago(700),
  [`relay:gateway_pending_writes_delivered:start_timestamp_seconds${relay('b')}`]: ago(300),
  [`relay:gateway_pending_writes_delivered:start_timestamp_seconds${relay('c')}`]: TOMBSTONE,
  [`relay:gateway_pending_writes_delivered:start_timestamp_seconds${relay('z')}`]: ago(800),
  [`relay:pending_writes_worker_activity:timestamp_seconds${relay('a')}`]: ago(200),
  [`relay:pending_writes_worker_activity:timestamp_seconds${relay('b')}`]: ago(100),
  [`relay:pending_writes_worker_activity:timestamp_seconds${relay('z')}`]: ago(50),
  // The worker of b says cleared; that of f says pending, which the gateway does not.
  [`relay:pending_writes_pending:max${relay('a')}`]: 1,
  [`relay:pending_writes_pending:max${relay('b')}`]: 0,
  [`relay:pending_writes_pending:max${relay('f')}`]: 1,
  [`relay:pending_writes_pending:max${relay('g')}`]: 1,
  [`relay:pending_writes_pending:min${relay('a')}`]: 1,
  [`relay:pending_writes_pending:min${relay('f')}`]: 1,
  [`relay:pending_writes_rotation_failed:timestamp_seconds${relay('a')}`]: ago(1200),
  [`relay:pending_writes_rotation_failed:timestamp_seconds${relay('b')}`]: TOMBSTONE,
  [`relay:pending_writes_rotation_failed:timestamp_seconds${relay('e')}`]: ago(2400),
  [`relay:pending_writes_rotation_failed:timestamp_seconds${relay('z')}`]: ago(1300),

  'result:gateway_pending_write_pushes:increase{cluster="north", result="success"}': 8,
  'result:gateway_pending_write_pushes:increase{cluster="north", result="error"}': 2,
  [`relay_result:gateway_pending_write_pushes:increase${relay('a', ', result="success"')}`]: 3,
  [`relay_result:gateway_pending_write_pushes:increase${relay('a', ', result="error"')}`]: 4,
  [`relay_result:gateway_pending_write_pushes:increase${relay('b', ', result="success"')}`]: 6,
  [`relay_result:gateway_pending_write_pushes:increase${relay('z', ', result="success"')}`]: 90,
  'gateway:gateway_pending_write_push_wait_slow:ratio{cluster="north"}': 0.25,

  // a ends soon, b and e last, c and d are past their expiry.
  [`relay:gateway_escrow_lease_expiry:timestamp_seconds${relay('a')}`]: ago(-100),
  [`relay:gateway_escrow_lease_expiry:timestamp_seconds${relay('b')}`]: ago(-600),
  [`relay:gateway_escrow_lease_expiry:timestamp_seconds${relay('c')}`]: ago(60),
  [`relay:gateway_escrow_lease_expiry:timestamp_seconds${relay('d')}`]: ago(30),
  [`relay:gateway_escrow_lease_expiry:timestamp_seconds${relay('e')}`]: ago(-1800),
  [`relay:gateway_escrow_lease_expiry:timestamp_seconds${relay('z')}`]: ago(-50),
  // Active as the gateway reports them: that of f ended so long ago that its expiry is no longer recorded; that of i has just been released.
  [leaseGauge('a')]: 620,
  [leaseGauge('d')]: 0,
  [leaseGauge('f')]: 0,
  [leaseGauge('g', 'gateway-2:3000')]: 0,
  [leaseGauge('z')]: 0,
  [leaseGauge('i')]: (minute) => (minute === MINUTES ? -1 : 0),
  'result:gateway_escrow_unlock_requests:increase{cluster="north", result="success"}': 3,
  'result:gateway_escrow_unlock_requests:increase{cluster="north", result="error"}': 1,
  'result:gateway_escrow_unlock_requests:increase{cluster="north", result="policy-rejection"}': 5,

  [`relay:gateway_replica_fallback:rate${relay('a')}`]: 0.5,
  [`relay:gateway_replica_fallback:rate${relay('b')}`]: 0.25,
  [`relay:gateway_replica_fallback:rate${relay('z')}`]: 9,
  [`relay:gateway_replica_fallback:start_timestamp_seconds${relay('a')}`]: ago(3600),
  [`relay:gateway_replica_fallback:start_timestamp_seconds${relay('b')}`]: lately(ago(1800)),
  [`relay:gateway_replica_fallback:start_timestamp_seconds${relay('c')}`]: TOMBSTONE,
  [`relay:gateway_replica_fallback:start_timestamp_seconds${relay('z')}`]: ago(3700),
  [`relay:gateway_relay_fallback_writes_readonly:increase${relay('a')}`]: 7,
  [`relay:gateway_relay_fallback_writes_readonly:increase${relay('c')}`]: 2,
  [`relay:gateway_relay_fallback_writes_readonly:increase${relay('z')}`]: 70,
  [`relay:gateway_relay_fallback_writes_accepted:increase${relay('a')}`]: 4,
  [`relay:gateway_relay_fallback_writes_accepted:increase${relay('b')}`]: 6,
  [`relay:gateway_relay_fallback_writes_accepted:increase${relay('z')}`]: 60,
  [`relay:gateway_relay_fallback_writes_wanted:increase${relay('a')}`]: 4,
  [`relay:gateway_relay_fallback_writes_wanted:increase${relay('b')}`]: 6,
  [`relay:gateway_relay_fallback_writes_wanted:increase${relay('c')}`]: 5,
  [`relay:gateway_relay_fallback_writes_wanted:increase${relay('z')}`]: 60,
};

const alert = (name: string, severity: string, about: string, state = 'firing', signal = 'pending-writes') =>
  `ALERTS{alertname="${name}", alertstate="${state}", severity="${severity}", signal="${signal}"${about}}`;

const ALERTS: Readonly<Record<string, Value>> = {
  [alert('GatewayPendingWritesStuck', 'critical', ', cluster="north", relay="a"')]: 1,
  [alert('GatewayPendingWritesOld', 'warning', ', cluster="north", relay="b"')]: 1,
  [alert('GatewayPendingWritesWaiting', 'info', ', cluster="north", relay="c"')]: 1,
  [alert('GatewayPushWaitHigh', 'warning', ', cluster="north"', 'pending')]: 1,
  // No series it could be measured by is left, so it has no cluster.
  [alert('GatewayMissing', 'critical', '', 'firing', 'gateway')]: 1,
  [alert('GatewayPendingWritesOld', 'warning', ', cluster="south", relay="a"')]: 1,
  // Another bundle's.
  'ALERTS{alertname="HighCpu", alertstate="firing", severity="critical", cluster="north"}': 1,
};

const since = (name: string, severity: string, about: string) =>
  `ALERTS_FOR_STATE{alertname="${name}", severity="${severity}", signal="pending-writes"${about}}`;

const ALERTS_SINCE: Readonly<Record<string, Value>> = {
  [since('GatewayPendingWritesStuck', 'critical', ', cluster="north", relay="a"')]: ago(1500),
  [since('GatewayPendingWritesOld', 'warning', ', cluster="north", relay="b"')]: ago(2500),
  // It does not fire yet.
  [since('GatewayPushWaitHigh', 'warning', ', cluster="north"')]: ago(20),
  [since('GatewayPendingWritesOld', 'warning', ', cluster="south", relay="a"')]: ago(3500),
};

const GATEWAY: Readonly<Record<string, Value>> = {
  [`process_start_time_seconds${gateway('')}`]: ago(9000),
  [`process_start_time_seconds${gateway('', 'gateway-2:3000')}`]: ago(9500),
  [`gateway_active_sessions${gateway('')}`]: 31,
  [`gateway_active_sessions${gateway('', 'gateway-2:3000')}`]: 32,
  [`gateway_active_peers${gateway('')}`]: 33,
  [`gateway_active_peers${gateway('', 'gateway-2:3000')}`]: 34,
  [`up${gateway('')}`]: 1,
  [`up${gateway('', 'gateway-2:3000')}`]: 0,
  [`gateway_blind_peer_active${gateway('')}`]: 1,
  [`gateway_blind_peer_active${gateway('', 'gateway-2:3000')}`]: 0,
  [`gateway_pending_writes${gateway('relay="a"')}`]: 1,
  [`gateway_pending_writes${gateway('relay="b"')}`]: 0,
  [`gateway_escrow_leases_active${gateway('relay="a"')}`]: 1,
  [`gateway_escrow_leases_active${gateway('relay="b"')}`]: 0,
  // Of c and d the gateway says one thing, its lease and the worker another.
  [`gateway_pending_writes${gateway('relay="c"')}`]: 1,
  [`gateway_escrow_leases_active${gateway('relay="c"')}`]: 0,
  [`gateway_pending_writes${gateway('relay="d"')}`]: 0,
  [`gateway_escrow_leases_active${gateway('relay="d"')}`]: 1,
  // Idle for more than an hour.
  [`gateway_pending_writes${gateway('relay="h"')}`]: 0,
  [`gateway_escrow_leases_active${gateway('relay="f"')}`]: 1,
  [`gateway_escrow_lease_time_to_expiry_seconds${gateway('relay="a"')}`]: 620,
  [`gateway_escrow_lease_time_to_expiry_seconds${gateway('relay="b"')}`]: 630,
  [`gateway_relay_replica_sessions${gateway('relay="a"')}`]: 2,
  [`gateway_relay_replica_sessions${gateway('relay="b"')}`]: 3,
  [`gateway_relay_replica_sessions${gateway('relay="z"')}`]: 40,
  [`gateway_blind_peer_mirror_lag_ms${gateway('identifier="a", owner="o1", type="relay"')}`]: 45_000,
  [`gateway_blind_peer_mirror_lag_ms${gateway('identifier="a", owner="o2", type="relay"')}`]: 90_000,
  [`gateway_blind_peer_mirror_lag_ms${gateway('identifier="drive-1", owner="o1", type="drive"')}`]: 120_000,
  [`gateway_blind_peer_mirror_lag_ms${gateway('identifier="z", owner="o1", type="relay"')}`]: 500_000,
  [`gateway_blind_peer_mirror_state${gateway('identifier="a", owner="o1", type="relay"')}`]: 0,
  [`gateway_blind_peer_mirror_state${gateway('identifier="a", owner="o2", type="relay"')}`]: 1,
  [`gateway_blind_peer_mirror_state${gateway('identifier="b", owner="o1", type="relay"')}`]: 1,
  [`gateway_blind_peer_mirror_state${gateway('identifier="z", owner="o1", type="relay"')}`]: 1,
  [`gateway_blind_peer_mirror_state${gateway('identifier="c", owner="o1", type="relay"')}`]: 0,
  [`gateway_blind_peer_mirror_state${gateway('identifier="drive-1", owner="o1", type="drive"')}`]: 0,
  [`gateway_pending_write_push_total${gateway('result="success"')}`]: growing(6),
  [`gateway_pending_write_push_total${gateway('result="error"')}`]: growing(12),
  [`gateway_pending_write_push_total${gateway('result="success"', 'gateway-2:3000')}`]: growing(600),
  // The reasons of refusals are not those of rotations.
  [`gateway_escrow_policy_rejections_total${gateway('reason="mirror-too-stale"')}`]: growing(2),
  [`gateway_escrow_policy_rejections_total${gateway('reason="peers-still-healthy"')}`]: growing(4),
  [`gateway_escrow_rotation_total${gateway('reason="lease-issued", result="success"')}`]: growing(3),
  [`gateway_escrow_rotation_total${gateway('reason="peer-healthy", result="released"')}`]: growing(2),
  [`gateway_replica_fallback_total${gateway('relay="a", mode="read"')}`]: growing(30),
  [`gateway_replica_fallback_total${gateway('relay="a", mode="write"')}`]: growing(54),
  [`gateway_replica_fallback_total${gateway('relay="a", mode="session"')}`]: growing(60),
  [`gateway_replica_fallback_total${gateway('relay="b", mode="read"')}`]: growing(66),
  [`gateway_relay_fallback_reads_total${gateway('relay="a", reason="replica"')}`]: growing(72),
  [`gateway_relay_fallback_writes_total${gateway('relay="a", result="accepted"')}`]: growing(12),
  [`gateway_relay_fallback_writes_total${gateway('relay="a", result="readonly"')}`]: growing(18),
  [`gateway_relay_fallback_writes_total${gateway('relay="b", result="accepted"')}`]: growing(24),
  [`gateway_pending_write_push_wait_seconds_bucket${gateway('relay="a", le="30"')}`]: growing(1),
  [`gateway_pending_write_push_wait_seconds_bucket${gateway('relay="a", le="+Inf"')}`]: growing(2),
  [`gateway_pending_write_push_wait_seconds_bucket${gateway('relay="b", le="30"')}`]: growing(10),
  [`gateway_escrow_lease_lag_seconds_bucket${gateway('relay="a", reason="peer-healthy", le="600"')}`]:
    growing(3),
  [`gateway_escrow_lease_lag_seconds_bucket${gateway('relay="a", reason="worker-resync", le="600"')}`]:
    growing(1),
  [`gateway_escrow_lease_lag_seconds_bucket${gateway('relay="b", reason="peer-healthy", le="600"')}`]:
    growing(10),
};

const oneOf = (states: readonly string[], state: string, name: (state: string) => string) =>
  Object.fromEntries(states.map((one) => [name(one), one === state ? 1 : 0]));
const JOBS = ['idle', 'queued', 'in-progress', 'completed', 'error', 'cleared'];
const ROTATIONS = ['pending', 'completed', 'failed', 'other'];
const job = (instance: string, of: string, state: string) =>
  oneOf(
    JOBS,
    state,
    (one) => `pending_writes_job_status${worker(instance, `relay="${of}", status="${one}"`)}`,
  );
const rotation = (instance: string, of: string, state: string) =>
  oneOf(
    ROTATIONS,
    state,
    (one) => `pending_writes_rotation_last_status${worker(instance, `relay="${of}", status="${one}"`)}`,
  );

const EXPORTERS: Readonly<Record<string, Value>> = {
  [`up${worker('w1')}`]: 1,
  [`up${worker('w2')}`]: 1,
  [`up${worker('w3')}`]: 1,
  [`up${worker('w4')}`]: 0,
  [`pending_writes_state_file_read_success${worker('w1')}`]: 1,
  [`pending_writes_state_file_read_success${worker('w2')}`]: 0,
  // It was unreadable for a while.
  [`pending_writes_state_file_read_success${worker('w3')}`]: (minute) => (minute === 90 ? 0 : 1),
  [`pending_writes_relays${worker('w1', 'state="pending"')}`]: 4,
  [`pending_writes_relays${worker('w1', 'state="cleared"')}`]: 6,
  [`pending_writes_relays${worker('w2', 'state="pending"')}`]: 0,
  [`pending_writes_relays${worker('w2', 'state="cleared"')}`]: 3,
  [`pending_writes_oldest_pending_since_timestamp_seconds${worker('w1')}`]: ago(2200),
  [`pending_writes_oldest_pending_since_timestamp_seconds${worker('w2')}`]: ago(4200),
  [`pending_writes_relays_wanted${worker('w1', 'type="event"')}`]: 2,
  [`pending_writes_relays_wanted${worker('w2', 'type="event"')}`]: 1,
  [`pending_writes_relays_wanted${worker('w1', 'type="drive-upload"')}`]: 4,
  [`pending_writes_relays_wanted${worker('w1', 'type="http-join"')}`]: 0,
  [`pending_writes_queue_size${worker('w1')}`]: 13,
  [`pending_writes_queue_size${worker('w2')}`]: 1,
  [`pending_writes_inflight_size${worker('w1')}`]: 2,
  [`pending_writes_relays_job_status${worker('w1', 'status="error"')}`]: 1,
  [`pending_writes_relays_job_status${worker('w1', 'status="completed"')}`]: 5,
  [`pending_writes_relays_job_status${worker('w1', 'status="queued"')}`]: 9,
  [`pending_writes_relays_rotation_last_status${worker('w1', 'status="completed"')}`]: 6,
  [`pending_writes_relays_rotation_last_status${worker('w2', 'status="completed"')}`]: 8,
  [`pending_writes_relays_rotation_last_status${worker('w1', 'status="failed"')}`]: 2,
  [`pending_writes_relays_rotation_last_status${worker('w1', 'status="pending"')}`]: 1,
  [`pending_writes_state_file_read_failures_total${worker('w2', 'reason="spliced"')}`]: growing(1),
  [`pending_writes_state_file_read_failures_total${worker('w2', 'reason="permission"')}`]: 7,
  [`pending_writes_records_left_out${worker('w1', 'reason="invalid"')}`]: 2,
  [`pending_writes_records_left_out${worker('w1', 'reason="duplicate"')}`]: 3,
  [`pending_writes_fields_left_out${worker('w1')}`]: 5,
  [`pending_writes_state_file_mtime_timestamp_seconds${worker('w1')}`]: ago(90),
  [`pending_writes_state_file_mtime_timestamp_seconds${worker('w2')}`]: ago(1000),
  [`pending_writes_exporter_build_info${worker('w1', 'version="0.2.0", node="24.1.0"')}`]: 1,
  [`pending_writes_exporter_build_info${worker('w2', 'version="0.2.0", node="24.1.0"')}`]: 1,
  [`pending_writes_exporter_build_info${worker('w3', 'version="0.1.0", node="22.1.0"')}`]: 1,
  [`pending_writes_exporter_scrape_duration_seconds${worker('w1')}`]: 0.005,
  [`pending_writes_exporter_scrape_duration_seconds${worker('w2')}`]: 0.007,
  [`pending_writes_pending${worker('w1', 'relay="a"')}`]: 1,
  [`pending_writes_pending${worker('w1', 'relay="b"')}`]: 0,
  [`pending_writes_pending${worker('w1', 'relay="c"')}`]: 0,
  [`pending_writes_pending${worker('w1', 'relay="d"')}`]: 0,
  [`pending_writes_last_update_timestamp_seconds${worker('w1', 'relay="a"')}`]: ago(310),
  [`pending_writes_last_update_timestamp_seconds${worker('w1', 'relay="b"')}`]: ago(320),
  [`pending_writes_drive_version${worker('w1', 'relay="a"')}`]: 42,
  [`pending_writes_lease_version${worker('w1', 'relay="a"')}`]: 14,
  [`pending_writes_wanted${worker('w1', 'relay="a", type="event"')}`]: 1,
  [`pending_writes_wanted${worker('w1', 'relay="a", type="drive-upload"')}`]: 0,
  [`pending_writes_wanted${worker('w1', 'relay="b", type="http-join"')}`]: 1,
  [`pending_writes_lease_active${worker('w1', 'relay="a"')}`]: 1,
  [`pending_writes_lease_active${worker('w2', 'relay="a"')}`]: 1,
  // Released: it says nothing about the lease that the gateway holds now.
  [`pending_writes_lease_active${worker('w3', 'relay="a"')}`]: 0,
  [`pending_writes_lease_expiry_timestamp_seconds${worker('w3', 'relay="a"')}`]: ago(-240),
  [`pending_writes_lease_expiry_timestamp_seconds${worker('w1', 'relay="a"')}`]: ago(-120),
  // Ended more than an hour ago.
  [`pending_writes_lease_expiry_timestamp_seconds${worker('w2', 'relay="a"')}`]: ago(4200),
  ...job('w1', 'a', 'queued'),
  ...job('w2', 'a', 'in-progress'),
  ...job('w1', 'b', 'completed'),
  ...job('w2', 'b', 'error'),
  ...rotation('w1', 'a', 'failed'),
  ...rotation('w2', 'a', 'pending'),
  ...rotation('w1', 'b', 'completed'),
  [`pending_writes_rotation_last_start_timestamp_seconds${worker('w1', 'relay="a"')}`]: ago(730),
  [`pending_writes_rotation_last_end_timestamp_seconds${worker('w1', 'relay="a"')}`]: ago(640),
  [`pending_writes_rotation_last_attempts${worker('w1', 'relay="a"')}`]: 3,
};

const NORTH: Readonly<Record<string, Value>> = { ...RECORDED, ...GATEWAY, ...EXPORTERS };

const elsewhere = (value: number) => (value > 1e9 ? value - 11 : value * 7 + 1);
/** The same series at the other installation, with other values; a point in time lies elsewhere. */
const south = (value: Value): Value => {
  if (typeof value === 'number') return elsewhere(value);
  return (minute) => {
    const here = value(minute);
    return here === undefined ? undefined : elsewhere(here);
  };
};

/** All series of the world, to be written into a Prometheus. */
export function knownWorld(): WrittenSeries[] {
  const all = {
    ...NORTH,
    ...ALERTS,
    ...ALERTS_SINCE,
    ...Object.fromEntries(
      Object.entries(NORTH).map(([series, value]) => [
        series.replace('cluster="north"', 'cluster="south"').replace(/instance="(\w)/, 'instance="s-$1'),
        south(value),
      ]),
    ),
  };
  return Object.entries(all).map(([series, value]) => ({
    labels: labelsOfSeries(series),
    samples: Array.from({ length: MINUTES + 1 }, (_, minute) => [
      (SHOWN_AT - (MINUTES - minute) * STEP) * 1000,
      typeof value === 'function' ? value(minute) : value,
    ]),
  }));
}
