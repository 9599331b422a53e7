import { gatewayPendingWritePushes, gatewayPendingWrites } from '../metrics/gateway.js';
import { up } from '../metrics/prometheus.js';
import { increaseSinceBirth } from '../recording-rules/counter-increase.js';
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
import { MIRRORS_FIRST, RELAY, RESTART_SERVICE, VALUE_AS_TIME } from './texts.js';

const overview = (panel: number) => ({ uid: 'gateway-overview', panel });

/** Relays pending for longer than a threshold; the value is the age in seconds. */
const olderThan = (threshold: Duration) => promql`
  time() - (${pendingStart} > 0) > ${durationSeconds(threshold)}
`;

export const pendingWritesWaiting = defineAlert({
  alert: 'GatewayPendingWritesWaiting',
  signal: 'pending-writes',
  severity: 'info',
  runbookSteps: ['confirm-state'],
  situation: 1,
  rationale: 'Pending writes are normal while the worker is away: show them, do not page.',
  labels: ['relay'],
  expr: (site) => olderThan(site.thresholds.pendingWrites.infoAfter),
  summary: `Relay ${RELAY} has had pending writes for {{ $value | humanizeDuration }}.`,
  description:
    'No worker has ingested these writes yet. That is normal while the worker is offline, and nothing is lost. First check the phase of the relay: "worker away" needs no action while the worker is meant to be away.',
  dashboard: overview(2),
});

export const pendingWritesOld = defineAlert({
  alert: 'GatewayPendingWritesOld',
  signal: 'pending-writes',
  severity: 'warning',
  runbookSteps: ['confirm-state', 'clear-stuck-job'],
  situation: 1,
  rationale: 'A worker may be offline for minutes or overnight. Longer than that is a ticket.',
  labels: ['relay'],
  expr: (site) => olderThan(site.thresholds.pendingWrites.warningAfter),
  summary: `Relay ${RELAY} has had pending writes for {{ $value | humanizeDuration }}, longer than an overnight outage.`,
  description: `The data exists only on the gateway and its mirrors. ${MIRRORS_FIRST} Then ask the owner of the worker whether it is meant to be offline. If it runs, ${RESTART_SERVICE}.`,
  dashboard: overview(2),
});

export const pendingWritesOverdue = defineAlert({
  alert: 'GatewayPendingWritesOverdue',
  signal: 'pending-writes',
  severity: 'critical',
  runbookSteps: ['confirm-state', 'clear-stuck-job'],
  situation: 1,
  rationale: "The site's limit for pending writes.",
  labels: ['relay'],
  expr: (site) => olderThan(site.thresholds.pendingWrites.criticalAfter),
  summary: `Relay ${RELAY} has had pending writes for {{ $value | humanizeDuration }}, longer than this site allows.`,
  description: (site) =>
    `The limit is ${site.thresholds.pendingWrites.criticalAfter}. The writes exist only on the gateway and its mirrors. First check that the mirrors of the relay are healthy, because they hold the only other copy. If they are, the worker can wait until its owner is awake. Then bring a worker of the relay online.`,
  dashboard: overview(2),
});

export const pendingWritesStuck = defineAlert({
  alert: 'GatewayPendingWritesStuck',
  signal: 'pending-writes',
  severity: 'critical',
  runbookSteps: ['clear-stuck-job'],
  situation: 3,
  rationale:
    'Pushes are delivered and the relay is never cleared. A failed job is not retried automatically.',
  labels: ['relay'],
  expr: () => promql`${stuck} == 1`,
  // Two evaluations, so that a job that fails and is repeated at once does not page.
  for: () => duration('1m'),
  summary: `The worker of relay ${RELAY} received pending-write pushes but does not ingest the writes.`,
  since: pendingStart,
  description: `The writes exist only on the gateway and its mirrors. A failed job is not retried automatically. First check that the worker is running. Then ${RESTART_SERVICE}. If its host is unknown, check the mirrors: while they are healthy, the rest can wait until its owner is awake.`,
  dashboard: overview(2),
});

/** A site without escrow releases no lease, so a relay that is cleared between two scrapes leaves no trace. */
const notIngestedSeverity = (site: Site) => (site.config.escrow === 'off' ? 'info' : 'warning');

export const pushesNotIngested = defineAlert({
  alert: 'GatewayPushesNotIngested',
  signal: 'pending-writes',
  severity: notIngestedSeverity,
  runbookSteps: ['clear-stuck-job'],
  situation: 3,
  rationale:
    'For builds whose push counter has no relay label, and relays without an exporter: pushes are delivered, but no relay is cleared, no lease is released and no state file is written, so the pushes can only be repetitions. The alert names no relay.',
  labels: [],
  expr: (site) => {
    const on = site.by();
    const { stuckAfter } = site.thresholds.pendingWrites;
    return promql`
      ${pendingCount} > 0
        # pushes are delivered, without a pause longer than the back-off
        and on (${on}) (${pushes}{result="success"} > 0)
        # and no relay was cleared in that time, so they can only be repetitions
        and on (${on}) (max_over_time(${clearedCount}[${closedRange(stuckAfter)}]) == 0)
        # not even between two scrapes, where only the release of its lease shows it
        unless on (${on}) (max_over_time(${leasesReleased}[${closedRange(stuckAfter)}]) > 0)
        # nor did a process push that has nothing pending, or 0 where another has 1: it may report that the other's relay is cleared
        unless on (${on}) (
          (${increaseSinceBirth(site, gatewayPendingWritePushes, 'result="success"', stuckAfter)} > 0)
            unless on (${site.by('instance')}) (
              min by (${site.by('instance')}) (${gatewayPendingWrites}{${site.gateway}} and on (${site.by('relay')}) ${pending}) == 1
            )
        )
        # nor did a worker write its file
        unless on (${on}) (${fileWritten} > time() - ${durationSeconds(stuckAfter)})
        # nor did one write within the hour whose exporter does not answer now
        unless on (${on}) (
          (last_over_time(${fileWritten}[${site.memory}]) unless on (${site.by('instance')}) ${fileWritten}) > time() - 3600
        )
        # where the relay is known, GatewayPendingWritesStuck names it
        unless on (${on}) ${deliveredStart}
    `;
  },
  for: (site) => site.thresholds.pendingWrites.stuckAfter,
  summary: 'The gateway delivers pending-write pushes, but no relay is being cleared.',
  description: `Relays pending: {{ printf "%.0f" $value }}. At least one worker receives pushes but does not ingest the writes. The metrics do not show which. ${MIRRORS_FIRST} Then look among the relays that have been pending longest (the runbook page has the query) for one whose worker is online, and ${RESTART_SERVICE}.`,
  dashboard: overview(3),
});

/** A missing gauge is only a fault if the worker was active after the write; otherwise the worker is just away. */
export const pendingWritesForgotten = defineAlert({
  alert: 'GatewayPendingWritesForgotten',
  signal: 'pending-writes',
  severity: 'warning',
  runbookSteps: ['start-pushes'],
  situation: 8,
  rationale:
    'After a gateway restart the gauge is gone and pushes do not resume, although the relay is still pending. While the worker is away this is harmless, so the alert needs evidence that it has been active since.',
  labels: ['relay'],
  expr: (site) => promql`
    time() - (${pendingStart} > 0)
      unless on (${site.by('relay')}) ${pending}
      and on (${site.by()}) (min by (${site.by()}) (${up}{${site.gateway}}) == 1)
      ${workerWasActive(site)}
  `,
  // After a gateway restart the gauges come back one by one, and the worker's file is scraped at another time.
  for: () => duration('5m'),
  summary: `The gateway has lost track of the pending writes of relay ${RELAY}, pending for {{ $value | humanizeDuration }}.`,
  description: `These writes are no longer pushed, so no worker ingests them until there is a new write to the relay. The gateway no longer reports the relay as pending, as after a restart of the gateway, but its worker has been active since and was not pushed to. ${MIRRORS_FIRST} Then trigger a new push: request a lease, then upload a file to the relay.`,
  dashboard: overview(2),
});

export const pendingWritesNotPushed = defineAlert({
  alert: 'GatewayPendingWritesNotPushed',
  signal: 'pending-writes',
  severity: 'warning',
  runbookSteps: ['start-pushes'],
  situation: 8,
  rationale:
    'A registration that expired or was overwritten over HTTP ends the pushes while the gauge stays 1; a worker may also refuse them. Both look the same on a build without pushes by relay, and so does a worker that is away, so the alert needs evidence that the worker was active after the write, or workers.alwaysOn. Pushes of other relays do not count.',
  labels: ['relay'],
  expr: (site) => promql`
    time() - (${pendingStart} > 0) > ${durationSeconds(site.thresholds.pendingWrites.unpushedAfter)}
      and on (${site.by('relay')}) ${pending}
      ${workerWasActive(site, 'or pushed to')}
      # where a file says cleared, WorkerMissedPendingWrites fires
      unless on (${site.by('relay')}) ${workerPending}
      # a push was delivered within the longest back-off, where the build counts pushes by relay
      unless on (${site.by('relay')}) (${relayPushes}{result="success"} > 0)
  `,
  // A worker that has just come back gets its push within the back-off, and its file shows it two scrapes later. Longer
  // than the window of the pushes, so that a laptop that was closed during a push does not fire it.
  for: (site) => durationOf(durationSeconds(site.pushWindow) + 180),
  summary: `No push is known to have reached the worker of relay ${RELAY}, which has been pending for {{ $value | humanizeDuration }}.`,
  description: `The worker has been active in that time. Either the registration of the relay expired or was overwritten, or the worker refuses pushes. If its exporter is down or its state file is broken, it may also have received a push and hang. ${MIRRORS_FIRST} Then trigger a new push: request a lease, then upload a file to the relay. If the push counter then shows errors, the worker refuses them.`,
  dashboard: overview(2),
});

export const writesNotMarkedPending = defineAlert({
  alert: 'GatewayWritesNotMarkedPending',
  signal: 'pending-writes',
  severity: 'warning',
  runbookSteps: ['confirm-state'],
  situation: 10,
  rationale:
    'Accepted writes without a pending gauge and without a released lease. A session that stays in replica mode after the worker is back is pushed and cleared between two scrapes, but then its lease is released. A warning, not a page, because the mirrors hold the data.',
  labels: ['relay'],
  expr: () => promql`${notMarked} > 0`,
  summary: `The gateway accepted writes for relay ${RELAY} but never marked them as pending, most recently at ${VALUE_AS_TIME}.`,
  description: `No push is sent, so these writes reach a worker only by chance and may be lost. The mirrors normally hold them as well. ${MIRRORS_FIRST} Then search the gateway log around that time. Either the registration of the relay had expired or the registration store failed; the metrics do not show which.`,
  dashboard: overview(8),
});

/** The error budget as a percentage. */
const budget = (site: Site) => `${Number(((1 - site.thresholds.objective.target) * 100).toPrecision(4))} %`;

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
  summary: 'Pending writes miss the objective at a rate that uses up the error budget within days.',
  description: (site) =>
    `Relays were pending beyond the objective of ${site.thresholds.objective.clearedWithin} for {{ $value | humanizePercentage }} of their pending time; ${budget(site)} is allowed. Many workers are away for too long, or stuck. Can wait until the morning. First sort the pending relays by age and start with the oldest.`,
  dashboard: { uid: 'gateway-push-resync', panel: 11 },
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
  summary: 'Pending writes miss the objective often enough to use up the error budget.',
  description: (site) =>
    `Relays were pending beyond the objective of ${site.thresholds.objective.clearedWithin} for {{ $value | humanizePercentage }} of their pending time; ${budget(site)} is allowed. Not urgent. First look for workers that are away for days or are no longer used.`,
  dashboard: { uid: 'gateway-push-resync', panel: 11 },
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
