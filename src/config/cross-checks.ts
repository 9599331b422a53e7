import { type Duration, durationSeconds } from '../promql/duration.js';
import { matchesPattern } from '../promql/regexp.js';
import type { ConfigProblem } from './error.js';
import type { Config } from './schema.js';

/** How far Prometheus looks back for a series' last sample unless a range says otherwise. */
const LOOKBACK_SECONDS = 300;

/** Faults that no single key shows: values that do not go together. */
export function crossChecks(config: Config): ConfigProblem[] {
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
