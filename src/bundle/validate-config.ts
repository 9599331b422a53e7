import { gatewayPendingWritePushWait } from '../../metrics/gateway.js';
import type { ConfigProblem } from '../config/error.js';
import type { Config } from '../config/schema.js';
import { suggestion } from '../config/suggestion.js';
import type { MetricDefinition } from '../model/metric.js';
import type { AlertDefinition } from '../model/rules.js';
import { type Duration, durationSeconds } from '../promql/duration.js';
import { matchesPattern } from '../promql/regexp.js';

/** Everything wrong with a configuration that no single key shows: values against each other and against the definitions. */
export function validateConfig(
  config: Config,
  metrics: readonly MetricDefinition[],
  alerts: readonly Pick<AlertDefinition, 'alert' | 'labels'>[],
): ConfigProblem[] {
  return [
    ...durationsOutOfOrder(config),
    ...intervalsBeyondLookback(config),
    ...durationsTooShort(config),
    ...overlappingJobs(config),
    ...labelsThatAreGroupedBy(config),
    ...labelsThatAreExternal(config),
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
      message: `is a label that the expression of ${alert} returns; a fixed value would hide it`,
    }));
  });
}

/** How far Prometheus looks back for a series' last sample unless a range says otherwise. */
const LOOKBACK_SECONDS = 300;

/** The duration at a dotted path. */
const durationAt = (config: Config, path: string): Duration =>
  path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], config) as Duration;

/** Durations of which the first must be shorter than the second, and why. */
const ORDERED: readonly (readonly [earlier: string, later: string, why: string])[] = [
  ...['pendingWrites', 'replicaFallback'].map(
    (signal) =>
      [
        `thresholds.${signal}.infoAfter`,
        `thresholds.${signal}.warningAfter`,
        'info must come before the warning',
      ] as const,
  ),
  [
    'thresholds.pendingWrites.warningAfter',
    'thresholds.pendingWrites.criticalAfter',
    'the warning must come before the critical alert',
  ],
  [
    'thresholds.leaseExpiry.expiringWithin',
    'thresholds.leaseExpiry.leaseDuration',
    'otherwise every lease counts as about to expire from its first second',
  ],
];

function durationsOutOfOrder(config: Config): ConfigProblem[] {
  return ORDERED.flatMap(([earlier, later, why]) => {
    const [first, second] = [durationAt(config, earlier), durationAt(config, later)];
    if (durationSeconds(first) < durationSeconds(second)) return [];
    return [{ field: earlier, message: `found ${first}, expected less than ${later} (${second}): ${why}` }];
  });
}

function intervalsBeyondLookback(config: Config): ConfigProblem[] {
  return (['scrapeInterval', 'evaluationInterval'] as const)
    .filter((field) => durationSeconds(config[field]) >= LOOKBACK_SECONDS)
    .map((field) => ({
      field,
      message: `found ${config[field]}, expected less than 5m: Prometheus does not look further back for the last sample`,
    }));
}

/** Durations that are too short for the site's scrape interval. */
function durationsTooShort(config: Config): ConfigProblem[] {
  const scrape = durationSeconds(config.scrapeInterval);
  const four = 'a range must contain at least four scrapes, or one missed scrape makes it empty';
  const pushes =
    'pushes are up to 6 minutes apart, and a push for an earlier write must have left the window';
  const betweenPushes = 360 + 2 * scrape;
  const least: readonly (readonly [field: string, seconds: number, why: string])[] = [
    ['rateWindow', 4 * scrape, four],
    ['thresholds.leaseExpiry.wantedWithin', 4 * scrape, four],
    ['thresholds.replicaFallback.quietAfter', 4 * scrape, four],
    [
      'thresholds.leaseExpiry.expiringWithin',
      2 * scrape,
      'within less than two scrapes, it can go unnoticed',
    ],
    ['thresholds.workerQueue.disagreeAfter', 2 * scrape, 'two jobs are never scraped at the same time'],
    ['thresholds.pendingWrites.stuckAfter', betweenPushes + scrape, pushes],
    ['thresholds.pendingWrites.unpushedAfter', betweenPushes + scrape, pushes],
  ];
  return least.flatMap(([field, seconds, why]) => {
    const found = durationAt(config, field);
    if (durationSeconds(found) >= seconds) return [];
    return [{ field, message: `found ${found}, expected at least ${seconds}s: ${why}` }];
  });
}

function overlappingJobs({ jobs: { gateway, exporter } }: Config): ConfigProblem[] {
  if (!matchesPattern(gateway, exporter) && !matchesPattern(exporter, gateway)) return [];
  return [
    {
      field: 'jobs.exporter',
      message: `found ${JSON.stringify(exporter)}, which selects targets of jobs.gateway (${JSON.stringify(gateway)}) as well; expected another job`,
    },
  ];
}

/** Prometheus keeps the label of an alert where it has one already, so the external label would be lost. */
function labelsThatAreExternal(config: Config): ConfigProblem[] {
  const all = [
    ...Object.keys(config.labels).map((name) => ({ name, field: `labels.${name}` })),
    ...Object.entries(config.alerts).flatMap(([alert, { labels }]) =>
      Object.keys(labels).map((name) => ({ name, field: `alerts.${alert}.labels.${name}` })),
    ),
  ];
  return all
    .filter(({ name }) => Object.hasOwn(config.externalLabels, name))
    .map(({ field }) => ({
      field,
      message: 'is also in externalLabels, which it would replace; expected it in one of the two',
    }));
}

function labelsThatAreGroupedBy(config: Config): ConfigProblem[] {
  return Object.keys(config.labels)
    .filter((name) => config.groupBy.includes(name))
    .map((name) => ({
      field: `labels.${name}`,
      message: 'is also in groupBy; a fixed value would hide the measured one',
    }));
}
