import { up } from '../metrics/prometheus.js';
import { lateRatios } from '../recording-rules/objective.js';
import { clearedCount, pending, pendingCount, pendingStart } from '../recording-rules/pending-writes.js';
import { pushes, relayPushes } from '../recording-rules/push-wait.js';
import { stuck, told, workerActivity, workerPending } from '../recording-rules/worker-queue.js';
import { type AlertDefinition, defineAlert } from '../src/model/rules.js';
import type { Site } from '../src/model/site.js';
import { closedRange, type Duration, duration, durationSeconds } from '../src/promql/duration.js';
import { PromqlFragment, promql } from '../src/promql/template.js';

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

export const pushesNotIngested = defineAlert({
  alert: 'GatewayPushesNotIngested',
  signal: 'pending-writes',
  severity: 'warning',
  runbookSteps: ['4'],
  situation: 3,
  rationale:
    'For builds whose pushes have no relay label and relays without an exporter: pushes are delivered and no relay is cleared, so the pushes can only be repetitions.',
  labels: [],
  expr: (site) => promql`
    ${pendingCount} > 0
      # pushes are delivered, without a pause longer than the back-off
      and on (${site.by()}) (${pushes}{result="success"} > 0)
      # and no relay was cleared in the meantime, so they can only be repetitions
      and on (${site.by()}) (max_over_time(${clearedCount}[${closedRange(site.thresholds.pendingWrites.stuckAfter)}]) == 0)
      # where the relay is known, GatewayPendingWritesStuck names it
      unless on (${site.by()}) ${told}
  `,
  for: (site) => site.thresholds.pendingWrites.stuckAfter,
  summary: 'The gateway delivers pushes, but none of its {{ $value }} pending relays is ever cleared.',
  description:
    'Pushes of pending writes reach a worker, yet no relay has been cleared for as long. This build does not say which relay the pushes are for: look in the list of pending relays for those whose worker is online, and continue with runbook step 4.',
  dashboard: overview(3),
});

export const pendingWritesForgotten = defineAlert({
  alert: 'GatewayPendingWritesForgotten',
  signal: 'pending-writes',
  severity: 'warning',
  runbookSteps: ['4.2'],
  situation: 8,
  rationale:
    'After a gateway restart the gauge is gone and nothing resumes the pushes, although the relay is still pending.',
  labels: ['relay'],
  expr: (site) => promql`
    time() - (${pendingStart} > 0)
      unless on (${site.by('relay')}) ${pending}
      and on (${site.by()}) (min by (${site.by()}) (${up}{${site.gateway}}) == 1)
  `,
  // Two scrapes: the gauges of a gateway come back one by one after a restart.
  for: () => duration('2m'),
  summary: 'The gateway has forgotten that relay {{ $labels.relay }} has pending writes.',
  description:
    'The relay was pending {{ $value | humanizeDuration }} ago and was never cleared, but its gauge is gone, as after a gateway restart. Nobody will tell its worker until somebody writes to the relay again. Make the gateway push anew (runbook step 4.2).',
  dashboard: overview(2),
});

/** A worker that is away gets no pushes either; only one that is at work makes their absence a fault. */
const workerAtWork = (site: Site): PromqlFragment =>
  new PromqlFragment(
    site.config.workers.alwaysOn
      ? `# the site declares its workers always on\n  and on (${site.by().text}) (${up.name}{${site.exporter.text}} == 1)`
      : `# a worker of the relay has been at work since it became pending\n  and on (${site.by('relay').text}) (${workerActivity.record} > on (${site.by('relay').text}) ${pendingStart.record})`,
  );

export const pendingWritesNotPushed = defineAlert({
  alert: 'GatewayPendingWritesNotPushed',
  signal: 'pending-writes',
  severity: 'warning',
  runbookSteps: ['4.2'],
  situation: 8,
  rationale:
    'A registration that expired, or was overwritten over HTTP, ends the pushes while the gauge stays 1. A worker that is away looks the same, so the worker must have been active.',
  labels: ['relay'],
  expr: (site) => promql`
    time() - (${pendingStart} > 0) > ${durationSeconds(site.thresholds.pendingWrites.unpushedAfter)}
      and on (${site.by('relay')}) ${pending}
      ${workerAtWork(site)}
      # where its file says cleared, WorkerMissedPendingWrites says so
      unless on (${site.by('relay')}) (${workerPending} == 0)
      # no push of this relay within the longest back-off, where the build says so per relay
      unless on (${site.by('relay')}) (${relayPushes} > 0)
      # else no push at all
      unless on (${site.by()}) (
        (${pushes} > 0) unless on (${site.by()}) ${relayPushes}
      )
  `,
  // A worker that has just come back is pushed to within seconds; two scrapes later that shows.
  for: () => duration('5m'),
  summary:
    'Relay {{ $labels.relay }} is pending and its worker is at work, but the gateway no longer pushes to it.',
  description:
    'Pending for {{ $value | humanizeDuration }}, without a push although a worker of the relay has been active: its registration has expired or was overwritten. The worker does not know of the writes. Make the gateway push anew (runbook step 4.2).',
  dashboard: overview(2),
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
  objectiveFastBurn,
  objectiveSlowBurn,
];
