import { pushes, slowAcknowledgements } from '../recording-rules/push-wait.js';
import { type AlertDefinition, defineAlert } from '../src/model/rules.js';
import type { Site } from '../src/model/site.js';
import { closedRange, duration, durationOf, durationSeconds } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';
import { MIRRORS_FIRST } from './texts.js';

export const pushWaitHigh = defineAlert({
  alert: 'GatewayPushWaitHigh',
  signal: 'push-wait',
  severity: 'warning',
  runbookSteps: ['confirm-state', 'watch-resync'],
  rationale:
    'Needs a build that records acknowledgements. A quantile cannot exceed the top bucket (600 s), so the share of slow acknowledgements is used.',
  labels: [],
  expr: (site) => promql`${slowAcknowledgements} > ${site.thresholds.pushWait.slowShare}`,
  // Longer than the 15 minutes of the ratio, so that workers that come back together do not fire it.
  for: () => duration('20m'),
  summary: (site) =>
    `Workers are slow to acknowledge pushes: {{ $value | humanizePercentage }} of them took longer than ${site.thresholds.pushWait.slowSeconds} s.`,
  description:
    'Writes stay pending for longer than necessary; no data is at risk. Can wait until the morning. The share covers the last 15 minutes and excludes workers that had been away. First check which relays wait longest, and the load of their workers.',
  dashboard: { uid: 'gateway-overview', panel: 5 },
});

/** A relay whose pushes are refused fails one in every window of the back-off. */
const failingFor = (site: Site) => durationOf(2 * durationSeconds(site.pushWindow) + 60);

export const pushesFailing = defineAlert({
  alert: 'GatewayPushesFailing',
  signal: 'push-wait',
  severity: 'warning',
  runbookSteps: ['watch-resync', 'clear-stuck-job'],
  situation: 4,
  rationale:
    'A refusal by the worker (403, 500) counts as error; the first sample of a counter is already 1. Names no relay: the counter is for the whole gateway, and GatewayPendingWritesNotPushed names the relay where there is evidence.',
  labels: [],
  expr: (site) => {
    const on = site.by();
    return promql`
      # without any push this is 0 / 0, and NaN exceeds no threshold
      (${pushes}{result="error"} / on (${on}) sum by (${on}) (${pushes}))
        and on (${on}) (
          ${pushes}{result="error"} / on (${on}) sum by (${on}) (${pushes}) > ${site.thresholds.pushWait.failedShare}
          or on (${on})
          # successful pushes of other relays must not hide failures that do not stop
          min_over_time(${pushes}{result="error"}[${closedRange(failingFor(site))}]) > 0.5
        )
    `;
  },
  // Slightly more than two windows: a laptop that is closed during a push fails at most two pushes, and so does a worker
  // that restarts.
  for: failingFor,
  summary:
    '{{ $value | humanizePercentage }} of pending-write pushes fail: workers refuse them or cannot be reached.',
  description: `Writes stay pending although a worker is online. The push counter covers the whole gateway, so the alert names no relay. ${MIRRORS_FIRST} Then find the host of the gateway process with the query on the runbook page, and search the gateway log there for push errors: the log names the relay. A 403 points to a wrong shared secret. For a 500, search the worker log for "[PendingWrites] Job failed".`,
  dashboard: { uid: 'gateway-overview', panel: 4 },
});

export const pushWaitAlerts: readonly AlertDefinition[] = [pushWaitHigh, pushesFailing];
