import { pushes, slowAcknowledgements } from '../recording-rules/push-wait.js';
import { type AlertDefinition, defineAlert } from '../src/model/rules.js';
import { duration } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';

export const pushWaitHigh = defineAlert({
  alert: 'GatewayPushWaitHigh',
  signal: 'push-wait',
  severity: 'warning',
  runbookSteps: ['1', '3'],
  rationale:
    'A later build may feed the histogram. A quantile cannot exceed the top bucket (600 s), so the share of slow acknowledgements is used.',
  labels: [],
  expr: (site) => promql`${slowAcknowledgements} > ${site.thresholds.pushWait.slowShare}`,
  // Longer than the 15 minutes of the ratio: workers that come back together once are over by then.
  for: () => duration('20m'),
  summary: 'Workers are slow to acknowledge pending writes: {{ $value | humanizePercentage }} take too long.',
  description:
    'This share of the acknowledgements of the last 15 minutes, not counting workers that had been away, took longer than this site allows. Writes stay pending for longer than they need to. Look at the push panel for the relays concerned and at the load of their workers (runbook step 3).',
  dashboard: { uid: 'gateway-overview', panel: 5 },
});

export const pushesFailing = defineAlert({
  alert: 'GatewayPushesFailing',
  signal: 'push-wait',
  severity: 'warning',
  runbookSteps: ['3', '4'],
  situation: 4,
  rationale:
    'A refusal by the worker (403, 500) counts as error; the first sample of a counter is already 1.',
  labels: [],
  expr: (site) => promql`
    # no push at all gives 0 / 0, which is over no threshold
    ${pushes}{result="error"} / on (${site.by()}) sum by (${site.by()}) (${pushes})
      > ${site.thresholds.pushWait.failedShare}
  `,
  // A worker that restarts refuses for a moment; the second attempt comes after 30 s, the fourth within 4 minutes.
  for: () => duration('5m'),
  summary:
    'Workers refuse pushes of pending writes, or cannot be reached: {{ $value | humanizePercentage }} fail.',
  description:
    'The gateway has workers to push to, but most pushes end in an error, so writes stay pending although a worker is there. Search the worker logs for [PendingWrites] and the gateway logs for the push error; a 403 points to a wrong shared secret (runbook steps 3 and 4).',
  dashboard: { uid: 'gateway-overview', panel: 4 },
});

export const pushWaitAlerts: readonly AlertDefinition[] = [pushWaitHigh, pushesFailing];
