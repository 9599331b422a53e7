import type { MetricDefinition } from '../src/model/metric.js';
import { escrowMetrics } from './escrow.js';
import { exporterMetrics } from './exporter.js';
import { gatewayMetrics } from './gateway.js';
import { prometheusMetrics } from './prometheus.js';

export * from './escrow.js';
export * from './exporter.js';
export * from './gateway.js';
export * from './prometheus.js';

/** The contract: every metric that rules, panels, the exporter and the simulator may speak of. */
export const metrics: readonly MetricDefinition[] = [
  ...gatewayMetrics,
  ...escrowMetrics,
  ...exporterMetrics,
  ...prometheusMetrics,
];
