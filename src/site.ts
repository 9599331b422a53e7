import type { Config } from './config.js';
import {
  closedRange,
  type Duration,
  duration,
  durationOf,
  durationSeconds,
  PromqlFragment,
} from './promql.js';

/**
 * What a definition may ask of the place it is deployed to: the site's jobs, labels, intervals and thresholds.
 * Definitions are functions of a site, so that one definition serves every site.
 */
export interface Site {
  readonly config: Config;
  readonly thresholds: Config['thresholds'];
  /** Label matchers that select the gateway's targets. */
  readonly gateway: PromqlFragment;
  /** Label matchers that select the targets of the exporters beside the workers. */
  readonly exporter: PromqlFragment;
  /**
   * How far a rule that carries a point in time looks for its own last value. It bridges a Prometheus that was down
   * for less than this; it does not bound how long a value is carried, since every evaluation writes it anew.
   */
  readonly memory: Duration;
  /**
   * The longest time between two pushes to a worker that is online: a back-off of 5 minutes and 20 % jitter, and
   * two scrapes to see it. No push for longer than this means that no worker is being pushed to.
   */
  readonly pushWindow: Duration;
  /** The window of `rate` and `increase` everywhere. */
  readonly rateWindow: Duration;
  /** A list of labels for `by ()` or `on ()`: the site's own grouping labels, then those given. */
  by(...labels: string[]): PromqlFragment;
  /** A fraction or multiple of a duration, in whole seconds, at least one evaluation interval. */
  times(length: Duration, factor: number): Duration;
}

/** A matcher with `=` where the value is plain text and `=~` where it is a regular expression. */
export function matcher(label: string, value: string): string {
  const operator = /^[\w:./ -]*$/.test(value) && !value.includes('.') ? '=' : '=~';
  return `${label}${operator}${JSON.stringify(value)}`;
}

/** See {@link Site.pushWindow}. */
export function pushWindow(config: Pick<Config, 'scrapeInterval'>): Duration {
  return durationOf(360 + 2 * Math.ceil(durationSeconds(config.scrapeInterval)));
}

/** The site that a configuration describes. */
export function siteOf(config: Config): Site {
  const interval = durationSeconds(config.evaluationInterval);
  return {
    config,
    thresholds: config.thresholds,
    gateway: new PromqlFragment(matcher('job', config.jobs.gateway)),
    exporter: new PromqlFragment(matcher('job', config.jobs.exporter)),
    memory: closedRange(duration('1h')),
    pushWindow: pushWindow(config),
    rateWindow: config.rateWindow,
    by: (...labels) => new PromqlFragment([...config.groupBy, ...labels].join(', ')),
    times: (length, factor) => durationOf(Math.max(interval, Math.round(durationSeconds(length) * factor))),
  };
}
