import {
  pendingWritesJobStatus,
  pendingWritesLastUpdate,
  pendingWritesPending,
} from '../../metrics/exporter.js';
import {
  gatewayActivePeers,
  gatewayEscrowLeaseLag,
  gatewayEscrowLeasesActive,
  gatewayPendingWritePushWait,
  gatewayPendingWrites,
} from '../../metrics/gateway.js';
import { expiryReset, heldFromBefore, leaseIssued, leaseRequested, rotated } from './escrow-evidence.js';
import {
  changeEvidence,
  earliest,
  first,
  isNotPending,
  pendingAt,
  processOf,
  relayChange,
  relaySeries,
  timeOf,
  WHOLE_GATEWAY,
} from './evidence.js';
import { pushSeen, workerQueue } from './push-evidence.js';
import type { DrillFacts, Reaction, Sighting } from './reaction.js';

const DONE_JOBS = new Set(['completed', 'cleared']);

const noExporter = ({ system }: DrillFacts) =>
  system.exporterConfigured
    ? undefined
    : 'this Prometheus scrapes no worker exporter: check the worker itself ([watch the resync](runbook:watch-resync))';

function notPendingAtStart({ history, relay, start }: DrillFacts): Sighting | undefined {
  const since = [
    start,
    ...history.changes({ metric: gatewayPendingWrites, labels: { relay } }, start).map(({ time }) => time),
  ];
  for (const time of since) {
    const gauges = pendingAt({ history, relay }, time);
    if (!isNotPending(gauges)) continue;
    const says =
      gauges.length === 0 ? 'has no series of the relay, which is normal before its first write' : 'is 0';
    return { time, by: `${gatewayPendingWrites.name} ${says}` };
  }
  return undefined;
}

const pendingRaised = (facts: DrillFacts): Sighting | undefined =>
  relayChange(facts, gatewayPendingWrites, facts.notPendingSince, ({ to }) => to === 1);

function peerGone(facts: DrillFacts): Sighting | undefined {
  const { history, notPendingSince } = facts;
  if (notPendingSince === undefined) return undefined;
  const metric = gatewayActivePeers;
  // Not what was seen so far: the write is looked for after this, in the same samples.
  const raised = pendingRaised(facts)?.time ?? Number.POSITIVE_INFINITY;
  const fall = first(
    history
      .changes({ metric }, notPendingSince)
      .filter(({ from, to, time }) => from !== undefined && to < from && time <= raised),
  );
  return fall && changeEvidence(fall, metric, WHOLE_GATEWAY);
}

function acknowledged(facts: DrillFacts): Sighting | undefined {
  const raised = timeOf(facts, 'pending-raised');
  if (raised === undefined) return undefined;
  const count = first(
    facts.history.counts({ metric: gatewayPendingWritePushWait, labels: { relay: facts.relay } }, raised),
  );
  return count && changeEvidence(count, gatewayPendingWritePushWait);
}

function resynced(facts: DrillFacts): Sighting | undefined {
  const raised = timeOf(facts, 'pending-raised');
  if (raised === undefined) return undefined;
  const lag = first(
    facts.history.counts({ metric: gatewayEscrowLeaseLag, labels: { relay: facts.relay } }, raised),
  );
  return earliest(
    lag && changeEvidence(lag, gatewayEscrowLeaseLag),
    relayChange(facts, gatewayEscrowLeasesActive, raised, ({ from, to }) => from === 1 && to === 0),
    relayChange(facts, gatewayPendingWrites, raised, ({ to }) => to === 0),
    relayChange(
      facts,
      pendingWritesJobStatus,
      raised,
      ({ labels, to }) => labels.status === 'completed' && to === 1,
    ),
  );
}

function workerCleared(facts: DrillFacts): Sighting | undefined {
  const { history } = facts;
  const raised = timeOf(facts, 'pending-raised');
  const update =
    raised === undefined
      ? undefined
      : first(
          history.changes(relaySeries(facts, pendingWritesLastUpdate), raised).filter(({ time, labels }) => {
            const own = relaySeries(facts, pendingWritesPending, processOf(labels));
            return history.at(own, time).some(({ value }) => value === 0);
          }),
        );
  return earliest(
    relayChange(facts, pendingWritesPending, raised, ({ from, to }) => from === 1 && to === 0),
    update && changeEvidence(update, pendingWritesLastUpdate, ', and it is not pending'),
    relayChange(
      facts,
      pendingWritesJobStatus,
      raised,
      ({ labels, to }) => DONE_JOBS.has(labels.status ?? '') && to === 1,
    ),
  );
}

/** Every reaction, in the order of {@link REACTIONS}. */
export const reactions: readonly Reaction[] = [
  {
    id: 'not-pending',
    title: 'The relay is not pending before the drill',
    within: 600,
    look: 'an earlier write is still pending: check whether a worker is online and read its log ([watch the resync](runbook:watch-resync)), or clear the stuck job ([clear a stuck job](runbook:clear-stuck-job))',
    alert: 'GatewayPendingWritesStuck',
    evidence: notPendingAtStart,
  },
  {
    id: 'worker-away',
    title: 'A worker went offline',
    within: 600,
    after: ['not-pending'],
    hint: 'counted for the whole gateway: another worker may have connected at the same time',
    look: 'the gateway log; no metric says per relay whether a worker is online',
    alert: 'GatewayPendingWritesWaiting',
    evidence: peerGone,
  },
  {
    id: 'lease-requested',
    title: 'Escrow lease requested',
    within: 900,
    after: ['not-pending'],
    look: 'the answer to POST /api/escrow/leases/:relayKey/request and the gateway log; the observed build does not request leases automatically, and refuses within 45 s of the last healthy peer or if mirrors are stale ([check the mirrors](runbook:check-mirrors))',
    alert: 'GatewayEscrowUnlocksRefused',
    evidence: leaseRequested,
    fromBefore: heldFromBefore,
  },
  {
    id: 'lease-issued',
    title: 'Escrow lease issued',
    within: 120,
    after: ['lease-requested'],
    look: 'whether the request was for this relay and reached this gateway; GET /api/escrow/leases/query lists the leases',
    alert: 'GatewayEscrowUnlocksFailing',
    evidence: leaseIssued,
    fromBefore: heldFromBefore,
  },
  {
    id: 'pending-raised',
    title: 'Pending writes raised on the gateway',
    within: 900,
    after: ['not-pending', 'lease-issued'],
    look: 'the answer to the upload (HTTP 425: no lease, and no metric counts it) and the gateway log for "Stored drive upload" and "marking pending writes" ([upload a file through the gateway](runbook:upload-file)); with a worker online, the write goes to the worker instead',
    alert: 'GatewayWritesTurnedAway',
    evidence: pendingRaised,
  },
  {
    id: 'push-seen',
    title: 'Push delivered to a worker',
    within: 1800,
    after: ['pending-raised'],
    look: 'whether the worker is connected, and whether pushes end in an error ([watch the resync](runbook:watch-resync)); after a gateway restart or an expired registration pushes have stopped: request a lease and write to the relay again. Toggling gatewayPendingWrites or registering again ([discard the state file](runbook:discard-state-file)) does not start a push in the observed build',
    alert: 'GatewayPendingWritesNotPushed',
    evidence: pushSeen,
  },
  {
    id: 'push-acknowledged',
    title: 'First acknowledgement recorded',
    within: 300,
    after: ['push-seen'],
    look: 'the gateway log: pushes of other relays are acknowledged',
    alert: 'GatewayPushWaitHigh',
    evidence: acknowledged,
    // A worker that has finished has acknowledged before: from then on nothing more is to come.
    notServed: ({ system, seen }, overdue) =>
      system.acknowledgementsServed || !(overdue || seen.has('gateway-cleared'))
        ? undefined
        : `not exposed by this build: ${gatewayPendingWritePushWait.name} has no sample of any relay`,
  },
  {
    id: 'worker-queue',
    title: "In the worker's queue",
    within: 180,
    after: ['push-seen'],
    look: "the worker's gateway-pending-writes events and its pending-writes-state.json ([watch the events of the worker](runbook:worker-events) and [read the state file](runbook:read-state-file)); whether the exporter of the worker is scraped",
    alert: 'WorkerMissedPendingWrites',
    evidence: workerQueue,
    notServed: noExporter,
  },
  {
    id: 'resync',
    title: 'Resync reported by the worker, lease released',
    within: 900,
    after: ['push-seen'],
    look: 'the worker log for "[PendingWrites] Job failed" ([search the worker log](runbook:search-worker-log)): a failed job is not retried; if the state file is valid, restart the gateway service of the worker, stop-gateway then start-gateway ([restart the gateway service inside the worker app](runbook:restart-service)). The job ingests nothing in the observed build, it reports completion',
    alert: 'GatewayPendingWritesStuck',
    evidence: resynced,
  },
  {
    id: 'gateway-cleared',
    title: 'Cleared on the gateway',
    within: 120,
    after: ['resync'],
    look: 'the gateway log for resync-complete and its notifyCleared push ([confirm that the lease is released](runbook:confirm-lease)); only the process that answered resync-complete clears its gauge',
    alert: 'GatewayPushesNotIngested',
    evidence: (facts) =>
      relayChange(facts, gatewayPendingWrites, timeOf(facts, 'pending-raised'), ({ to }) => to === 0),
  },
  {
    id: 'worker-cleared',
    title: 'Cleared or completed on the worker',
    within: 180,
    after: ['gateway-cleared'],
    look: 'the worker log: the cleared push is sent once, and not at all while the gateway knows no worker; when it is lost the file stays pending ([confirm that the queue is empty](runbook:confirm-queue)). Restarting the worker does not help; a new write that is pushed and cleared does',
    alert: 'WorkerPendingWritesOrphaned',
    evidence: workerCleared,
    notServed: noExporter,
  },
  {
    id: 'rotation',
    title: 'Escrow deposit rotated',
    within: 300,
    after: ['gateway-cleared'],
    look: 'the worker log for "[PublicGateway] Gateway writer rotation failed" or "Escrow deposit request failed" ([find out why a rotation failed](runbook:fix-rotation)); then restart the worker, which rotates all its relays, or run gatewayService.rotateGatewayWriter in a REPL; the observed build does not handle the IPC action. The file keeps about a dozen rotations: on a worker with more relays it may have been pushed out unseen',
    alert: 'WorkerRotationFailed',
    evidence: rotated,
    notServed: noExporter,
  },
  {
    id: 'expiry-reset',
    title: 'Lease expiry 0 or a new term',
    within: 120,
    after: ['gateway-cleared'],
    look: 'the gateway log for the lease release ([confirm that the lease is released](runbook:confirm-lease)); leases are lost when a gateway restarts, and then nothing resets the gauge. Check with GET /api/escrow/leases/query',
    alert: 'GatewayEscrowLeaseExpired',
    evidence: expiryReset,
  },
];
