import { gatewayPendingWritePushWait } from '../../metrics/gateway.js';
import type { ConfigProblem } from '../config/error.js';
import type { Config } from '../config/schema.js';
import { suggestion } from '../config/suggestion.js';
import type { MetricDefinition } from '../model/metric.js';
import type { AlertDefinition } from '../model/rules.js';

/** The problems of a configuration that only show against the definitions: metrics that do not fit and unknown alerts. */
export function validateConfig(
  config: Config,
  metrics: readonly MetricDefinition[],
  alerts: readonly Pick<AlertDefinition, 'alert' | 'labels'>[],
): ConfigProblem[] {
  return [
    ...unfitBucketBounds(config, metrics),
    ...groupingByMetricLabels(config, metrics),
    ...unknownAlerts(config, alerts),
    ...labelsThatHide(config, alerts),
  ];
}

function unfitBucketBounds(config: Config, metrics: readonly MetricDefinition[]): ConfigProblem[] {
  const { slowSeconds } = config.thresholds.pushWait;
  const histogram = metrics.find(({ name }) => name === gatewayPendingWritePushWait.name);
  if (histogram === undefined) return [];
  const bounds = histogram.buckets ?? [];
  // A share of slow acknowledgements needs a bucket above the bound.
  const usable = bounds.slice(0, -1);
  if (usable.includes(slowSeconds)) return [];
  const top = bounds.at(-1) as number;
  const where = slowSeconds >= top ? `, which is not below the top bucket of ${top}` : '';
  return [
    {
      field: 'thresholds.pushWait.slowSeconds',
      message: `found ${slowSeconds}${where}; expected a bucket bound of ${histogram.name}: ${usable.join(', ')}`,
    },
  ];
}

function groupingByMetricLabels(config: Config, metrics: readonly MetricDefinition[]): ConfigProblem[] {
  return config.groupBy.flatMap((name, i) => {
    const metric = metrics.find(({ labels }) => Object.hasOwn(labels, name));
    if (metric === undefined) return [];
    return [
      {
        field: `groupBy.${i}`,
        message: `found "${name}", which is a label of ${metric.name} itself; expected a label that every target has`,
      },
    ];
  });
}

function unknownAlerts(config: Config, alerts: readonly Pick<AlertDefinition, 'alert'>[]): ConfigProblem[] {
  const names = alerts.map(({ alert }) => alert);
  return Object.keys(config.alerts)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      field: `alerts.${name}`,
      message: `no alert has this name${suggestion(name, names)}`,
    }));
}

/** Added labels that would overwrite what an alert's expression measures. */
function labelsThatHide(
  config: Config,
  alerts: readonly Pick<AlertDefinition, 'alert' | 'labels'>[],
): ConfigProblem[] {
  return alerts.flatMap(({ alert, labels }) => {
    const own = Object.keys(config.alerts[alert]?.labels ?? {});
    const fields = [
      ...own
        .filter((name) => labels.includes(name) || config.groupBy.includes(name))
        .map((name) => `alerts.${alert}.labels.${name}`),
      ...Object.keys(config.labels)
        .filter((name) => labels.includes(name))
        .map((name) => `labels.${name}`),
    ];
    return fields.map((field) => ({
      field,
      message: `is a label that ${alert} carries from its expression; a fixed value would hide the measured one`,
    }));
  });
}
