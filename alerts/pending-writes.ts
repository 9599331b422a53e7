import { up } from '../metrics/prometheus.js';
import { lateRatios } from '../recording-rules/objective.js';
import { clearedCount, pending, pendingCount, pendingStart } from '../recording-rules/pending-writes.js';
import { pushes, relayPushes } from '../recording-rules/push-wait.js';
import { leasesReleased, notMarked } from '../recording-rules/replica-fallback.js';
import { fileWritten } from '../recording-rules/state-file.js';
import { deliveredStart, stuck, workerPending } from '../recording-rules/worker-queue.js';
import { type AlertDefinition, defineAlert } from '../src/model/rules.js';
import type { Site } from '../src/model/site.js';
import { closedRange, type Duration, duration, durationOf, durationSeconds } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';

import { workerWasActive } from './evidence.js';
import { counted } from './texts.js';

const overview = (panel: number) => ({ uid: 'gateway-overview', panel });

/** Relays pending for longer than a threshold; the value is the age in seconds. */
const olderThan = (threshold: Duration) => promql`
  time() - (${pendingStart} > 0) > ${durationSeconds(threshold)}
`;

export const pendingWritesWaiting = defineAlert({
  alert: 'GatewayPendingWritesWaiting',
  signal: 'pending-writes',
  severity: 'info',
  runbookSteps: ['1'],
  situation: 1,
  rationale: 'A worker that is away with writes pending is normal: show it, do not page.',
  labels: ['relay'],
  expr: (site) => olderThan(site.thresholds.pendingWrites.infoAfter),
  summary:
    'Relay {{ $labels.relay }} has had writes waiting for its worker for {{ $value | humanizeDuration }}.',
  description:
    'The gateway holds writes that no worker has ingested yet. That is normal while the worker is offline, and nothing is lost. Look at the phase panel to see whether the worker is away.',
  dashboard: overview(2),
});

export const pendingWritesOld = defineAlert({
  alert: 'GatewayPendingWritesOld',
  signal: 'pending-writes',
  severity: 'warning',
  runbookSteps: ['1', '4'],
  situation: 1,
  rationale: 'A worker may be offline for minutes or overnight. Longer than that is a ticket.',
  labels: ['relay'],
  expr: (site) => olderThan(site.thresholds.pendingWrites.warningAfter),
  summary:
    'Writes to relay {{ $labels.relay }} have waited for {{ $value | humanizeDuration }}, longer than any night.',
  description:
    "The data is on the gateway and its mirrors only; the relay's worker has not ingested it. First find out from the worker's owner whether it is meant to be offline. If it runs, follow the runbook from step 4.",
  dashboard: overview(2),
});

export const pendingWritesOverdue = defineAlert({
  alert: 'GatewayPendingWritesOverdue',
  signal: 'pending-writes',
  severity: 'critical',
  runbookSteps: ['1', '4'],
  situation: 1,
  rationale: "The site's limit for pending writes.",
  labels: ['relay'],
  expr: (site) => olderThan(site.thresholds.pendingWrites.criticalAfter),
  summary:
    "Writes to relay {{ $labels.relay }} have waited for {{ $value | humanizeDuration }}, beyond this site's limit.",
  description:
    'The data is on the gateway and its mirrors only. Check first that the mirrors of the relay are healthy (runbook step 1.3), so that nothing can be lost, then bring a worker of the relay back or follow the runbook from step 4.',
  dashboard: overview(2),
});

export const pendingWritesStuck = defineAlert({
  alert: 'GatewayPendingWritesStuck',
  signal: 'pending-writes',
  severity: 'critical',
  runbookSteps: ['4'],
  situation: 3,
  rationale:
    'Pushes are delivered and the relay is never cleared. A failed job is not retried automatically.',
  labels: ['relay'],
  expr: () => promql`${stuck} == 1`,
  // Two evaluations, so that a job that failed and is redone at once does not page.
  for: () => duration('1m'),
  summary: 'The worker of relay {{ $labels.relay }} was told of pending writes and does not ingest them.',
  description:
    'Pushes reach the worker, but the writes are still pending: its job has failed or hangs, and it is not retried by itself. The data is on the gateway only. Restart the gateway service of that worker (runbook step 4.1) and watch the relay clear.',
  dashboard: overview(2),
});

/** A site without escrow releases no lease, so a relay that is cleared between two scrapes leaves no trace. */
const notIngestedSeverity = (site: Site) => (site.config.escrow === 'off' ? 'info' : 'warning');

export const pushesNotIngested = defineAlert({
  alert: 'GatewayPushesNotIngested',
  signal: 'pending-writes',
  severity: notIngestedSeverity,
  runbookSteps: ['4'],
  situation: 3,
  rationale:
    'For builds whose pushes have no relay label and relays without an exporter: pushes are delivered, and no relay is cleared, no lease released and no state file written, so the pushes can only be repetitions. Names no relay.',
  labels: [],
  expr: (site) => {
    const on = site.by();
    const { stuckAfter } = site.thresholds.pendingWrites;
    return promql`
      ${pendingCount} > 0
        # pushes are delivered, without a pause longer than the back-off
        and on (${on}) (${pushes}{result="success"} > 0)
        # and no relay was cleared in the meantime, so they can only be repetitions
        and on (${on}) (max_over_time(${clearedCount}[${closedRange(stuckAfter)}]) == 0)
        # nor between two scrapes, which only the release of its lease shows
        unless on (${on}) (max_over_time(${leasesReleased}[${closedRange(stuckAfter)}]) > 0)
        # nor by a worker that writes its file
        unless on (${on}) (${fileWritten} > time() - ${durationSeconds(stuckAfter)})
        # where the relay is known, GatewayPendingWritesStuck names it
        unless on (${on}) ${deliveredStart}
    `;
  },
  for: (site) => site.thresholds.pendingWrites.stuckAfter,
  summary: 'The gateway delivers pushes of pending writes, but no relay is ever cleared.',
  description: `${counted('relay')} pending. Pushes of pending writes reach a worker, yet no relay has been cleared for as long. This build does not show which relay the pushes are for: look in the list of pending relays for those whose worker is online, and continue with runbook step 4.`,
  dashboard: overview(3),
});

/** A worker that is away explains everything; only one that was active since the write makes its absence a fault. */
export const pendingWritesForgotten = defineAlert({
  alert: 'GatewayPendingWritesForgotten',
  signal: 'pending-writes',
  severity: 'warning',
  runbookSteps: ['4.2'],
  situation: 8,
  rationale:
    'After a gateway restart the gauge is gone and nothing resumes the pushes, although the relay is still pending. While the worker is away nothing is late; the alert needs evidence that it was active since.',
  labels: ['relay'],
  expr: (site) => promql`
    time() - (${pendingStart} > 0)
      unless on (${site.by('relay')}) ${pending}
      and on (${site.by()}) (min by (${site.by()}) (${up}{${site.gateway}}) == 1)
      ${workerWasActive(site)}
      # a worker that has it in its queue needs no push
      unless on (${site.by('relay')}) (${workerPending} == 1)
  `,
  // The gauges of a gateway come back one by one after a restart, and a worker's file is scraped at another moment.
  for: () => duration('5m'),
  summary: 'The gateway has lost track of pending writes for relay {{ $labels.relay }}.',
  description:
    'The relay has been pending for {{ $value | humanizeDuration }} and was never cleared, but its gauge is gone, as after a gateway restart, and a worker of the relay has been active since. Nothing pushes these writes any more. A new write to the relay starts the pushes: request a lease, then upload a file.',
  dashboard: overview(2),
});

export const pendingWritesNotPushed = defineAlert({
  alert: 'GatewayPendingWritesNotPushed',
  signal: 'pending-writes',
  severity: 'warning',
  runbookSteps: ['4.2'],
  situation: 8,
  rationale:
    'A registration that expired or was overwritten over HTTP ends the pushes while the gauge stays 1; a worker may also refuse them. Both look the same on a build without pushes by relay, and so does a worker that is away: the alert needs evidence that the worker was active since the write, or the declaration of the site. Pushes of other relays do not matter.',
  labels: ['relay'],
  expr: (site) => promql`
    time() - (${pendingStart} > 0) > ${durationSeconds(site.thresholds.pendingWrites.unpushedAfter)}
      and on (${site.by('relay')}) ${pending}
      ${workerWasActive(site, 'or pushed to')}
      # a worker has it in its queue; where a file says cleared, WorkerMissedPendingWrites fires
      unless on (${site.by('relay')}) ${workerPending}
      # a push was delivered within the longest back-off, where the build counts pushes by relay
      unless on (${site.by('relay')}) (${relayPushes}{result="success"} > 0)
  `,
  // A worker that has just come back gets its push within the back-off, and its file shows it two scrapes later. Longer
  // than the window of the pushes, so that a laptop that was closed during a push is over by then.
  for: (site) => durationOf(durationSeconds(site.pushWindow) + 180),
  summary:
    'Pending writes of relay {{ $labels.relay }} do not reach its worker, although the worker has been active.',
  description:
    'Pending for {{ $value | humanizeDuration }}. A worker of the relay should be online, but no push has reached it: the registration of the relay has expired or was overwritten, or the worker refuses pushes. A new write to the relay starts the pushes (request a lease, then upload a file); if the push counter then shows errors, the worker refuses them.',
  dashboard: overview(2),
});

export const writesNotMarkedPending = defineAlert({
  alert: 'GatewayWritesNotMarkedPending',
  signal: 'pending-writes',
  severity: 'warning',
  runbookSteps: ['1'],
  situation: 10,
  rationale:
    'Accepted writes without a pending gauge and without a released lease. A session that stays in replica mode after the worker is back is pushed and cleared between two scrapes, but then its lease is released. A warning, not a page: the data is on the mirrors, and no worker will be pushed to.',
  labels: ['relay'],
  expr: () => promql`${notMarked} > 0`,
  summary: 'The gateway accepted writes for relay {{ $labels.relay }} but never marked them as pending.',
  description:
    'Last seen {{ $value | humanizeTimestamp }}. No worker is pushed to, so these writes reach one only by chance and may be lost. The metrics do not show why: the registration of the relay had expired, or the registration store failed; search the gateway log for that time. Check that the mirrors hold the writes, then write to the relay again once its worker is registered and see whether its gauge becomes 1.',
  dashboard: overview(8),
});

const burning = (
  site: Site,
  short: keyof typeof lateRatios,
  long: keyof typeof lateRatios,
  factor: number,
) => {
  // Rounded, so that 1 - 0.99 does not appear as 0.010000000000000009 in the rule.
  const budget = Number((factor * (1 - site.thresholds.objective.target)).toPrecision(6));
  return promql`
    ${lateRatios[long]} > ${Math.min(budget, 1)}
      and on (${site.by()}) ${lateRatios[short]} > ${Math.min(budget, 1)}
  `;
};

export const objectiveFastBurn = defineAlert({
  alert: 'GatewayPendingWritesObjectiveFastBurn',
  signal: 'pending-writes',
  severity: 'warning',
  rationale:
    'The objective: pending writes cleared within thresholds.objective.clearedWithin. Windows of 1 h and 5 min at 14.4 times the budget, of 6 h and 30 min at 6 times.',
  labels: [],
  expr: (site) => promql`
    ${burning(site, '5m', '1h', 14.4)}
    or
    ${burning(site, '30m', '6h', 6)}
  `,
  summary:
    'Relays are left pending beyond the objective, at a rate that uses up the error budget within days.',
  description:
    '{{ $value | humanizePercentage }} of the relay-minutes pending lie beyond the time in which writes should be cleared. Many workers are away for too long, or stuck: sort the list of pending relays by age and start with the oldest (runbook step 4).',
  dashboard: overview(3),
});

export const objectiveSlowBurn = defineAlert({
  alert: 'GatewayPendingWritesObjectiveSlowBurn',
  signal: 'pending-writes',
  severity: 'info',
  rationale:
    'The objective: pending writes cleared within thresholds.objective.clearedWithin. Windows of 1 d and 2 h at 3 times the budget, of 3 d and 6 h at the budget.',
  labels: [],
  expr: (site) => promql`
    ${burning(site, '2h', '1d', 3)}
    or
    ${burning(site, '6h', '3d', 1)}
  `,
  summary: 'Relays are left pending beyond the objective often enough to use up the error budget.',
  description:
    '{{ $value | humanizePercentage }} of the relay-minutes pending lie beyond the time in which writes should be cleared. Nothing is urgent; look for workers that are away for days or that nobody owns any more.',
  dashboard: overview(3),
});

export const pendingWritesAlerts: readonly AlertDefinition[] = [
  pendingWritesWaiting,
  pendingWritesOld,
  pendingWritesOverdue,
  pendingWritesStuck,
  pushesNotIngested,
  pendingWritesForgotten,
  pendingWritesNotPushed,
  writesNotMarkedPending,
  objectiveFastBurn,
  objectiveSlowBurn,
];
