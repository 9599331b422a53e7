import type { Site } from '../model/site.js';
import { closedRange, type Duration, duration, durationOf, durationSeconds } from '../promql/duration.js';
import { matcherText } from '../promql/print.js';
import { PromqlFragment } from '../promql/template.js';
import type { Config } from './schema.js';

/** A matcher with `=` where the value is plain text and `=~` where it is a regular expression. */
function matcher(label: string, value: string): string {
  const operator = /^[\w:./ -]*$/.test(value) && !value.includes('.') ? '=' : '=~';
  return matcherText({ label, operator, value });
}

/** See {@link Site.pushWindow}. */
function pushWindow(config: Pick<Config, 'scrapeInterval'>): Duration {
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
