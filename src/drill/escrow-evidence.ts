import {
  pendingWritesLastUpdate,
  pendingWritesPending,
  pendingWritesRotationLastStart,
  pendingWritesRotationLastStatus,
} from '../../metrics/exporter.js';
import {
  gatewayEscrowLeasesActive,
  gatewayEscrowLeaseTimeToExpiry,
  gatewayEscrowRotations,
  gatewayEscrowUnlockRequests,
  gatewayPendingWrites,
} from '../../metrics/gateway.js';
import {
  changeEvidence,
  earliest,
  first,
  processOf,
  relayChange,
  relaySeries,
  rounded,
  timeOf,
  WHOLE_GATEWAY,
} from './evidence.js';
import type { Change } from './history.js';
import type { DrillFacts, Sighting } from './reaction.js';

export function leaseIssued(facts: DrillFacts): Sighting | undefined {
  const { history, notPendingSince } = facts;
  if (notPendingSince === undefined) return undefined;
  const own = earliest(
    relayChange(facts, gatewayEscrowLeasesActive, notPendingSince, ({ to }) => to === 1),
    relayChange(facts, gatewayEscrowLeaseTimeToExpiry, notPendingSince, ({ from, to }) => to > (from ?? 0)),
  );
  if (own !== undefined) return own;
  // A renewal can leave both gauges of the relay as they were; only the counter betrays it.
  const rotation = first(
    history.counts(
      { metric: gatewayEscrowRotations, labels: { reason: 'lease-issued', result: 'success' } },
      notPendingSince,
    ),
  );
  const held = rotation && history.at(relaySeries(facts, gatewayEscrowLeasesActive), rotation.time);
  return held?.some(({ value }) => value === 1)
    ? changeEvidence(rotation as Change, gatewayEscrowRotations, WHOLE_GATEWAY)
    : undefined;
}

export function leaseRequested(facts: DrillFacts): Sighting | undefined {
  const { history, notPendingSince } = facts;
  if (notPendingSince === undefined) return undefined;
  const metric = gatewayEscrowUnlockRequests;
  const request = first(history.counts({ metric, labels: { result: 'success' } }, notPendingSince));
  const issued = facts.seen.get('lease-issued');
  return earliest(
    request && changeEvidence(request, metric, WHOLE_GATEWAY),
    issued && { time: issued.time, by: `a lease was issued: ${issued.by}` },
  );
}

export function heldFromBefore(facts: DrillFacts): string | undefined {
  const { history, notPendingSince } = facts;
  if (notPendingSince === undefined || !facts.seen.has('pending-raised')) return undefined;
  const held = history.at(relaySeries(facts, gatewayEscrowLeasesActive), notPendingSince);
  return held.some(({ value }) => value === 1)
    ? `a lease from before the drill allowed the write (${gatewayEscrowLeasesActive.name} was already 1): not tested`
    : undefined;
}

export function rotated(facts: DrillFacts): Sighting | undefined {
  const { history } = facts;
  const raised = timeOf(facts, 'pending-raised');
  const cleared = timeOf(facts, 'gateway-cleared');
  if (raised === undefined || cleared === undefined) return undefined;
  // The clearing happened after the last scrape that said 1; the exporter may have been scraped in between.
  const stillPending = Math.max(
    raised,
    ...history
      .tracks(relaySeries(facts, gatewayPendingWrites))
      .flatMap(({ points }) => points.filter(([time, value]) => value === 1 && time < cleared))
      .map(([time]) => time),
  );
  const starts = history.changes(relaySeries(facts, pendingWritesRotationLastStart), raised, {
    firstSights: true,
  });
  for (const start of starts) {
    const own = processOf(start.labels);
    const update = history
      .changes(relaySeries(facts, pendingWritesLastUpdate, own), raised, { firstSights: true })
      .at(-1);
    const pending = history.at(
      relaySeries(facts, pendingWritesPending, own),
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    );
    const clearedHere = update !== undefined && pending.every(({ value }) => value === 0);
    // A worker that reconnects rotates everything, before the resync too. Both times are by the worker's clock; the
    // cleared push and the rotation come at nearly the same moment, in either order.
    const isOurs = clearedHere ? start.to >= update.to - 2 : start.time > stillPending;
    if (!isOurs) continue;
    const done = history
      .tracks(relaySeries(facts, pendingWritesRotationLastStatus, { ...own, status: 'completed' }))
      .flatMap(({ points }) => points)
      .find(([time, value]) => {
        if (value !== 1 || time < start.time) return false;
        const current = history.at(relaySeries(facts, pendingWritesRotationLastStart, own), time)[0];
        return current?.value === start.to;
      });
    if (done !== undefined) {
      return {
        time: done[0],
        by: `${pendingWritesRotationLastStatus.name}{status="completed"} on ${start.labels.instance}, of a rotation that started after the resync`,
      };
    }
  }
  return undefined;
}

export function expiryReset(facts: DrillFacts): Sighting | undefined {
  const cleared = timeOf(facts, 'gateway-cleared');
  if (cleared === undefined) return undefined;
  const metric = gatewayEscrowLeaseTimeToExpiry;
  return earliest(
    ...facts.history.tracks(relaySeries(facts, metric)).map(({ labels, points }) => {
      const i = points.findIndex(
        ([time, value], n) => time >= cleared && (value === 0 || value > (points[n - 1]?.[1] ?? value)),
      );
      const point = points[i];
      if (point === undefined) return undefined;
      const [time, value] = point;
      const says = value === 0 ? 'is 0: no active lease' : `shows a new term of ${rounded(value)} s`;
      return { time, by: `${metric.name} ${says} on ${labels.instance ?? 'the gateway'}` };
    }),
  );
}
