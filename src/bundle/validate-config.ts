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
    ...crossChecks(config),
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

/** How far Prometheus looks back for a series' last sample unless a range says otherwise. */
const LOOKBACK_SECONDS = 300;

/** Faults that no single key shows: values that do not go together. */
function crossChecks(config: Config): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const at = (path: string): Duration =>
    path
      .split('.')
      .reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], config) as Duration;
  const before = (earlier: string, later: string, why: string) => {
    if (durationSeconds(at(earlier)) >= durationSeconds(at(later))) {
      problems.push({
        field: earlier,
        message: `found ${at(earlier)}, expected less than ${later} (${at(later)}): ${why}`,
      });
    }
  };
  const atLeast = (field: string, seconds: number, why: string) => {
    if (durationSeconds(at(field)) < seconds) {
      problems.push({ field, message: `found ${at(field)}, expected at least ${seconds}s: ${why}` });
    }
  };

  for (const signal of ['pendingWrites', 'replicaFallback']) {
    before(
      `thresholds.${signal}.infoAfter`,
      `thresholds.${signal}.warningAfter`,
      'information comes before the warning',
    );
  }
  before(
    'thresholds.pendingWrites.warningAfter',
    'thresholds.pendingWrites.criticalAfter',
    'the warning comes before the page',
  );
  before(
    'thresholds.leaseExpiry.expiringWithin',
    'thresholds.leaseExpiry.leaseDuration',
    'or every lease is about to expire from its first second',
  );
  for (const field of ['scrapeInterval', 'evaluationInterval']) {
    if (durationSeconds(at(field)) >= LOOKBACK_SECONDS) {
      problems.push({
        field,
        message: `found ${at(field)}, expected less than 5m: Prometheus looks no further back for the last sample`,
      });
    }
  }
  const scrape = durationSeconds(config.scrapeInterval);
  const four = 'a range holds at least four scrapes, or one missed scrape makes it blind';
  atLeast('rateWindow', 4 * scrape, four);
  for (const field of ['thresholds.leaseExpiry.wantedWithin', 'thresholds.replicaFallback.quietAfter']) {
    atLeast(field, 4 * scrape, four);
  }
  atLeast(
    'thresholds.leaseExpiry.expiringWithin',
    2 * scrape,
    'shorter than two scrapes, it can pass unseen',
  );
  atLeast(
    'thresholds.workerQueue.disagreeAfter',
    2 * scrape,
    'two jobs are never scraped at the same moment',
  );
  const betweenPushes = 360 + 2 * scrape;
  for (const field of ['thresholds.pendingWrites.stuckAfter', 'thresholds.pendingWrites.unpushedAfter']) {
    atLeast(
      field,
      betweenPushes + scrape,
      'pushes come up to 6 minutes apart, and a push of an earlier write must have left the window',
    );
  }

  const { gateway, exporter } = config.jobs;
  if (matchesPattern(gateway, exporter) || matchesPattern(exporter, gateway)) {
    problems.push({
      field: 'jobs.exporter',
      message: `found ${JSON.stringify(exporter)}, which selects targets of jobs.gateway (${JSON.stringify(gateway)}) as well; expected another job`,
    });
  }
  for (const name of Object.keys(config.labels)) {
    if (config.groupBy.includes(name)) {
      problems.push({
        field: `labels.${name}`,
        message: 'is in groupBy as well; a fixed value would hide the measured one',
      });
    }
  }
  return problems;
}
