import { defineMetric, type MetricDefinition } from '../src/model/metric.js';

export const up = defineMetric({
  name: 'up',
  type: 'gauge',
  unit: 'none',
  help: 'Whether the last scrape of the target succeeded: 1 or 0.',
  labels: {},
  presence: 'always',
  trap: 'Absent, not 0, when the target is not configured or was dropped by service discovery.',
  origin: 'prometheus',
});

export const alerts = defineMetric({
  name: 'ALERTS',
  type: 'gauge',
  unit: 'none',
  help: 'Pending and firing alerts as Prometheus records them; always 1.',
  labels: {
    alertname: { help: 'Name of the alerting rule.' },
    alertstate: { help: 'State.', values: ['pending', 'firing'] },
    severity: { help: 'Severity label of the alerting rule.', values: ['critical', 'warning', 'info'] },
    signal: { help: 'Signal label of the alerting rule.' },
    relay: { help: 'Relay that the alert is about, if it is about a single relay.', optional: true },
  },
  presence: 'always',
  origin: 'prometheus',
});

export const alertsForState = defineMetric({
  name: 'ALERTS_FOR_STATE',
  type: 'gauge',
  unit: 'seconds',
  help: 'When the condition of a pending or firing alert began to hold, in seconds since the Unix epoch.',
  labels: {
    alertname: { help: 'Name of the alerting rule.' },
    severity: { help: 'Severity label of the alerting rule.', values: ['critical', 'warning', 'info'] },
    signal: { help: 'Signal label of the alerting rule.' },
    relay: { help: 'Relay that the alert is about, if it is about a single relay.', optional: true },
  },
  presence: 'always',
  trap: 'The beginning of the condition, which is earlier than the notification by the time that the rule waits (`for`).',
  origin: 'prometheus',
});

/** What Prometheus itself writes for every target and alert. */
export const prometheusMetrics: readonly MetricDefinition[] = [up, alerts, alertsForState];
