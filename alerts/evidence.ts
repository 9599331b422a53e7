import { up } from '../metrics/prometheus.js';
import { pendingStart } from '../recording-rules/pending-writes.js';
import { relayPushes } from '../recording-rules/push-wait.js';
import { lastSeenState, workerActivity } from '../recording-rules/worker-queue.js';
import type { Site } from '../src/model/site.js';
import { durationSeconds } from '../src/promql/duration.js';
import { PromqlFragment } from '../src/promql/template.js';

/**
 * The condition of alerts that say that a relay's worker was not notified: the worker was active after the write became pending,
 * or the site declares that it is always on, and no worker had the relay in its queue when its file was last seen. Also read by
 * the alerts of the worker queue.
 *
 * @param errors `or pushed to` where a failed push of the relay counts as well: the gateway pushes to online workers only
 */
export const workerWasActive = (site: Site, errors?: 'or pushed to'): PromqlFragment => {
  const on = site.by('relay').text;
  const notQueued = [
    '# no worker had it in its queue when its file was last seen',
    `  unless on (${on}) (${lastSeenState.record} == 1)`,
  ].join('\n');
  if (site.config.workers.alwaysOn) {
    return new PromqlFragment(
      [
        '# the site declares its workers always on',
        `  and on (${site.by().text}) (${up.name}{${site.exporter.text}} == 1)`,
        '  # except relays in a state file that cannot be read',
        `  unless on (${on}) (${workerActivity.record} == 0)`,
        `  ${notQueued}`,
      ].join('\n'),
    );
  }
  // One scrape after the write was seen: two clocks are compared, and a service writes its file once more when it stops.
  const margin = durationSeconds(site.config.scrapeInterval);
  const since = `(${workerActivity.record} > on (${on}) ${pendingStart.record} + ${margin})`;
  return new PromqlFragment(
    [
      '# a worker of the relay was active after the write',
      errors === undefined
        ? `  and on (${on}) ${since}`
        : `  and on (${on}) (${since} or on (${on}) (${relayPushes.record}{result="error"} > 0))`,
      `  ${notQueued}`,
    ].join('\n'),
  );
};
