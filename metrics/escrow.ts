import { defineMetric, type MetricDefinition } from '../src/model/metric.js';

const trap = "The observed build does not expose it on /metrics; use the gateway's counterpart.";

export const escrowUnlocks = defineMetric({
  name: 'escrow_unlock_total',
  type: 'counter',
  unit: 'none',
  help: 'Unlock requests answered by the escrow service, by result.',
  labels: { result: { help: 'Result.', values: ['success', 'rejected', 'error'] } },
  presence: 'optional',
  trap,
  origin: 'escrow',
});

export const escrowPolicyRejections = defineMetric({
  name: 'escrow_policy_rejections_total',
  type: 'counter',
  unit: 'none',
  help: 'Unlock requests rejected by the escrow policy, by reason.',
  labels: { reason: { help: 'Reason for the rejection.' } },
  presence: 'optional',
  trap,
  origin: 'escrow',
});

export const escrowActiveLeases = defineMetric({
  name: 'escrow_active_leases',
  type: 'gauge',
  unit: 'none',
  help: 'Active leases according to the escrow service.',
  labels: {},
  presence: 'optional',
  trap,
  origin: 'escrow',
});

export const escrowUnlockDuration = defineMetric({
  name: 'escrow_unlock_duration_seconds',
  type: 'histogram',
  unit: 'seconds',
  help: 'Time the escrow service took to answer an unlock request.',
  labels: {},
  buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5],
  presence: 'optional',
  trap,
  origin: 'escrow',
});

/** Metrics of the escrow service; every one optional. */
export const escrowMetrics: readonly MetricDefinition[] = [
  escrowUnlocks,
  escrowPolicyRejections,
  escrowActiveLeases,
  escrowUnlockDuration,
];
