import { defineMetric, type LabelDefinition, type MetricDefinition } from '../src/model/metric.js';

/** The relay a series is about: 64 hex characters, `public-gateway:hyperbee` or `unknown`. */
const relay: LabelDefinition = {
  help: 'Relay key (64 hex characters), `public-gateway:hyperbee` or `unknown`.',
};

export const processStartTime = defineMetric({
  name: 'process_start_time_seconds',
  type: 'gauge',
  unit: 'seconds',
  help: 'Start time of the gateway process since the Unix epoch.',
  labels: {},
  presence: 'always',
  trap: 'Shows a restart: pending gauges, leases and counters of the previous process are gone.',
  origin: 'gateway',
});

export const gatewayActiveSessions = defineMetric({
  name: 'gateway_active_sessions',
  type: 'gauge',
  unit: 'none',
  help: 'Client sessions open on this gateway process.',
  labels: {},
  presence: 'always',
  origin: 'gateway',
});

export const gatewayActivePeers = defineMetric({
  name: 'gateway_active_peers',
  type: 'gauge',
  unit: 'none',
  help: 'Workers connected to this gateway process.',
  labels: {},
  presence: 'always',
  trap: 'Counts workers of all relays; it does not show for which relay a worker is online.',
  origin: 'gateway',
});

export const gatewayPendingWrites = defineMetric({
  name: 'gateway_pending_writes',
  type: 'gauge',
  unit: 'none',
  help: 'Whether the relay has writes that no worker has ingested yet: 1 pending, 0 clear.',
  labels: { relay },
  presence: 'always',
  trap: 'Not a count. Set on a marked write and on resync-complete only: a write that is accepted after the registration of the relay has expired is not marked. Stays 1 when the registration expires, although pushes stop. After a gateway restart, the series is missing until the next write, although the relay is still pending. With several gateway processes, only the one that answered resync-complete goes back to 0.',
  origin: 'gateway',
});

export const gatewayPendingWritePushes = defineMetric({
  name: 'gateway_pending_write_push_total',
  type: 'counter',
  unit: 'none',
  help: 'Pushes of a pending or cleared state to a worker, one per peer and attempt.',
  labels: {
    result: { help: 'Result of the push.', values: ['success', 'error'] },
    relay: { ...relay, optional: true },
  },
  presence: 'always',
  trap: 'success means delivered, not ingested; a refusal by the worker counts as error. While no worker is online, nothing is sent or counted. The observed build has no relay label, so the counter covers the whole gateway. Its first sample is already 1.',
  origin: 'gateway',
});

export const gatewayPendingWritePushWait = defineMetric({
  name: 'gateway_pending_write_push_wait_seconds',
  type: 'histogram',
  unit: 'seconds',
  help: 'Time from the first pending write to the first acknowledgement by a worker.',
  labels: { relay },
  buckets: [5, 15, 30, 60, 120, 300, 600],
  presence: 'always',
  trap: 'The observed build never records the acknowledgement, so the histogram gets no sample. A quantile cannot exceed 600.',
  origin: 'gateway',
});

export const gatewayEscrowLeaseTimeToExpiry = defineMetric({
  name: 'gateway_escrow_lease_time_to_expiry_seconds',
  type: 'gauge',
  unit: 'seconds',
  help: 'Remaining time of the escrow lease when the gauge was last written; 0 means no active lease.',
  labels: { relay },
  presence: 'always',
  trap: 'Written only when a lease is issued or released or a pending write is marked; it does not count down in between. After the expiry, it keeps its value until the next pending write sets it to 0. A renewal may leave the value unchanged.',
  origin: 'gateway',
});

export const gatewayEscrowLeasesActive = defineMetric({
  name: 'gateway_escrow_leases_active',
  type: 'gauge',
  unit: 'none',
  help: 'Whether the relay has an escrow lease that was issued and not released: 1 or 0.',
  labels: { relay },
  presence: 'always',
  trap: 'Stays 1 after the lease has expired.',
  origin: 'gateway',
});

export const gatewayEscrowLeaseLag = defineMetric({
  name: 'gateway_escrow_lease_lag_seconds',
  type: 'histogram',
  unit: 'seconds',
  help: 'Time from the issue of an escrow lease to its release, observed at the release.',
  labels: { relay, reason: { help: 'Why the lease was released; free text from the API.' } },
  buckets: [1, 5, 10, 30, 60, 120, 300, 600, 1200],
  presence: 'always',
  trap: 'Nothing is observed while a lease is held.',
  origin: 'gateway',
});

export const gatewayEscrowRotations = defineMetric({
  name: 'gateway_escrow_rotation_total',
  type: 'counter',
  unit: 'none',
  help: 'Escrow leases issued and released.',
  labels: {
    reason: { help: '`lease-issued`, or why the lease was released.' },
    result: { help: 'What happened to the lease.', values: ['success', 'released'] },
  },
  presence: 'always',
  origin: 'gateway',
});

export const gatewayEscrowUnlockRequests = defineMetric({
  name: 'gateway_escrow_unlock_requests_total',
  type: 'counter',
  unit: 'none',
  help: 'Requests for an escrow lease by outcome.',
  labels: { result: { help: 'Outcome.', values: ['success', 'error', 'policy-rejection'] } },
  presence: 'always',
  trap: 'A policy rejection while peers are healthy is expected, not a fault.',
  origin: 'gateway',
});

export const gatewayEscrowPolicyRejections = defineMetric({
  name: 'gateway_escrow_policy_rejections_total',
  type: 'counter',
  unit: 'none',
  help: 'Lease requests rejected by the escrow policy.',
  labels: {
    reason: {
      help: 'Reason for the rejection.',
      values: [
        'peers-still-healthy',
        'peer-timeout-not-reached',
        'mirror-too-stale',
        'mirror-window-expired',
        'registration-flag-missing',
        'record-revoked',
        'record-expired',
        'unknown',
      ],
    },
  },
  presence: 'always',
  trap: 'The observed build always uses `unknown`, once per request.',
  origin: 'gateway',
});

export const gatewayReplicaFallbacks = defineMetric({
  name: 'gateway_replica_fallback_total',
  type: 'counter',
  unit: 'none',
  help: 'Requests served from the blind-peer replica instead of a worker.',
  labels: { relay, mode: { help: 'Kind of request.', values: ['read', 'write', 'session'] } },
  presence: 'always',
  trap: '`session` counts a websocket session once, when it enters replica mode; `write` includes refused and failed ones; drive uploads are not counted.',
  origin: 'gateway',
});

export const gatewayRelayFallbackReads = defineMetric({
  name: 'gateway_relay_fallback_reads_total',
  type: 'counter',
  unit: 'none',
  help: 'Reads of a relay served from its replica.',
  labels: { relay, reason: { help: 'Reason for the fallback; always `replica` in the observed build.' } },
  presence: 'always',
  origin: 'gateway',
});

export const gatewayRelayFallbackWrites = defineMetric({
  name: 'gateway_relay_fallback_writes_total',
  type: 'counter',
  unit: 'none',
  help: 'Websocket writes to a relay in replica mode, by result.',
  labels: {
    relay,
    result: { help: 'Result.', values: ['accepted', 'rejected', 'readonly', 'error'] },
  },
  presence: 'always',
  trap: '`readonly` is a write rejected because there is no lease; with escrow off every websocket write is read-only. No fallback counter includes drive uploads, and an upload refused with HTTP 425 is in no metric at all.',
  origin: 'gateway',
});

export const gatewayRelayReplicaSessions = defineMetric({
  name: 'gateway_relay_replica_sessions',
  type: 'gauge',
  unit: 'none',
  help: 'Websocket sessions of the relay in replica mode.',
  labels: { relay },
  presence: 'always',
  trap: 'A session stays in replica mode until its socket closes, even after the worker is back.',
  origin: 'gateway',
});

export const gatewayRelayFallbackDuration = defineMetric({
  name: 'gateway_relay_fallback_duration_seconds',
  type: 'histogram',
  unit: 'seconds',
  help: 'Time that a session spent in replica mode, observed when it leaves.',
  labels: { relay },
  buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120],
  presence: 'always',
  trap: 'Nothing is observed while a session is in replica mode. A quantile cannot exceed 120.',
  origin: 'gateway',
});

export const gatewayBlindPeerActive = defineMetric({
  name: 'gateway_blind_peer_active',
  type: 'gauge',
  unit: 'none',
  help: 'Whether the mirror (blind-peer) service runs: 1 or 0.',
  labels: {},
  presence: 'always',
  origin: 'gateway',
});

const mirrorLabels: Record<string, LabelDefinition> = {
  identifier: { help: 'Mirrored relay or drive; may differ from the relay key.' },
  owner: {
    help: 'Key of the peer that owns the mirror.',
    confidential: 'a peer key, which must not leave the host',
  },
  type: { help: 'Kind of mirror.', values: ['relay', 'drive'] },
};

export const gatewayBlindPeerMirrorState = defineMetric({
  name: 'gateway_blind_peer_mirror_state',
  type: 'gauge',
  unit: 'none',
  help: 'Whether the mirror was active in the last 10 minutes: 1 or 0.',
  labels: mirrorLabels,
  presence: 'always',
  trap: '0 is normal for a quiet relay. The whole set is rebuilt every 30 s.',
  origin: 'gateway',
});

export const gatewayBlindPeerMirrorLag = defineMetric({
  name: 'gateway_blind_peer_mirror_lag_ms',
  type: 'gauge',
  unit: 'milliseconds',
  help: 'Milliseconds since the mirror was last active.',
  labels: mirrorLabels,
  presence: 'always',
  trap: 'In milliseconds; 0 also means that the lag is unknown.',
  origin: 'gateway',
});

/** Every metric of the gateway job. */
export const gatewayMetrics: readonly MetricDefinition[] = [
  processStartTime,
  gatewayActiveSessions,
  gatewayActivePeers,
  gatewayPendingWrites,
  gatewayPendingWritePushes,
  gatewayPendingWritePushWait,
  gatewayEscrowLeaseTimeToExpiry,
  gatewayEscrowLeasesActive,
  gatewayEscrowLeaseLag,
  gatewayEscrowRotations,
  gatewayEscrowUnlockRequests,
  gatewayEscrowPolicyRejections,
  gatewayReplicaFallbacks,
  gatewayRelayFallbackReads,
  gatewayRelayFallbackWrites,
  gatewayRelayReplicaSessions,
  gatewayRelayFallbackDuration,
  gatewayBlindPeerActive,
  gatewayBlindPeerMirrorState,
  gatewayBlindPeerMirrorLag,
];
