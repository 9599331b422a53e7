import {
  pendingWritesJobStatus,
  pendingWritesLastUpdate,
  pendingWritesPending,
  pendingWritesPendingSince,
} from '../../metrics/exporter.js';
import { gatewayPendingWritePushes } from '../../metrics/gateway.js';
import {
  changeEvidence,
  earliest,
  first,
  processOf,
  relayChange,
  relaySeries,
  timeOf,
  WHOLE_GATEWAY,
} from './evidence.js';
import type { DrillFacts, Sighting } from './reaction.js';

/** Whether other relays were pending around a moment: their pushes are in the same counter. */
function othersPendingAt({ system }: DrillFacts, time: number): boolean {
  const { othersPending } = system;
  const before = othersPending.findLast(([at]) => at <= time);
  const after = othersPending.find(([at]) => at > time);
  return Math.max(before?.[1] ?? 0, after?.[1] ?? 0) > 0;
}

/** Whether the build counts pushes by relay. */
function pushesByRelay({ history }: DrillFacts): boolean {
  return history
    .tracks({ metric: gatewayPendingWritePushes })
    .some(({ labels }) => labels.relay !== undefined);
}

export function pushSeen(facts: DrillFacts): Sighting | undefined {
  const { history, relay } = facts;
  const raised = timeOf(facts, 'pending-raised');
  if (raised === undefined) return undefined;
  const metric = gatewayPendingWritePushes;
  if (pushesByRelay(facts)) {
    const push = first(history.counts({ metric, labels: { relay, result: 'success' } }, raised));
    return push && changeEvidence(push, metric);
  }
  const pushes = history.counts({ metric, labels: { result: 'success' } }, raised);
  const own = first(pushes.filter(({ time }) => !othersPendingAt(facts, time)));
  if (own !== undefined) return changeEvidence(own, metric, WHOLE_GATEWAY);
  // Others are pending too: only the worker's own file shows whose push it was.
  const queued = workerQueue(facts);
  const push = queued && pushes.findLast(({ time }) => time <= queued.time + 60);
  return queued && push
    ? { time: queued.time, by: `${changeEvidence(push, metric, WHOLE_GATEWAY).by}, and ${queued.by}` }
    : undefined;
}

export function workerQueue(facts: DrillFacts): Sighting | undefined {
  const { history } = facts;
  const raised = timeOf(facts, 'pending-raised');
  if (raised === undefined) return undefined;
  // A worker that was not notified before: its host was off, and its first scrape already shows pending.
  const firstSight = first(
    history
      .changes(relaySeries(facts, pendingWritesPending), raised, { firstSights: true })
      .filter(({ time, from, to, labels }) => {
        if (from !== undefined || to !== 1) return false;
        const since = history.at(relaySeries(facts, pendingWritesPendingSince, processOf(labels)), time)[0];
        // The gateway's clock; a minute for its difference from Prometheus'.
        return since !== undefined && since.value >= facts.start - 60;
      }),
  );
  return earliest(
    relayChange(facts, pendingWritesPending, raised, ({ from, to }) => from !== undefined && to === 1),
    firstSight && changeEvidence(firstSight, pendingWritesPending),
    // A short job is over between two scrapes: its notification has left its time.
    relayChange(facts, pendingWritesLastUpdate, raised, ({ from, to }) => from === undefined || to > from),
    relayChange(
      facts,
      pendingWritesJobStatus,
      raised,
      ({ labels, to }) => to === 1 && ACTIVE_JOBS.has(labels.status ?? ''),
    ),
  );
}

const ACTIVE_JOBS = new Set(['queued', 'in-progress', 'completed']);
