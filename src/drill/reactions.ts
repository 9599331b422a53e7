import {
  pendingWritesJobStatus,
  pendingWritesLastUpdate,
  pendingWritesPending,
  pendingWritesPendingSince,
  pendingWritesRotationLastStart,
  pendingWritesRotationLastStatus,
} from '../../metrics/exporter.js';
import {
  gatewayActivePeers,
  gatewayEscrowLeaseLag,
  gatewayEscrowLeasesActive,
  gatewayEscrowLeaseTimeToExpiry,
  gatewayEscrowRotations,
  gatewayEscrowUnlockRequests,
  gatewayPendingWritePushes,
  gatewayPendingWritePushWait,
  gatewayPendingWrites,
} from '../../metrics/gateway.js';
import type { MetricDefinition } from '../model.js';
import type { Labels } from '../tools/prometheus.js';
import type { Change, History, Selector } from './history.js';

/** The reactions that a drill waits for, in the order in which they come. */
export const REACTIONS = [
  'calm',
  'worker-away',
  'lease-requested',
  'lease-issued',
  'pending-raised',
  'push-seen',
  'push-acknowledged',
  'worker-queue',
  'resync',
  'gateway-cleared',
  'worker-cleared',
  'rotation',
  'expiry-reset',
] as const;
export type ReactionId = (typeof REACTIONS)[number];

/** What a reaction was seen by. */
export interface Evidence {
  /** When it was scraped, seconds since the epoch. */
  readonly time: number;
  /** The metric and what it did, in words. */
  readonly by: string;
}

/** What is known besides the series of the relay. */
export interface Surroundings {
  /** How many other relays were pending at a moment, as far as that was asked; oldest first. */
  readonly othersPending: readonly (readonly [time: number, count: number])[];
  /** Whether any relay has samples in the push wait histogram: the build records acknowledgements. */
  readonly acknowledgementsServed: boolean;
  /** Whether Prometheus has a target of the exporters' job at all. */
  readonly exporterConfigured: boolean;
}

/** Everything a reaction is judged by. */
export interface Situation {
  readonly history: History;
  readonly surroundings: Surroundings;
  readonly relay: string;
  /** When the drill began, seconds since the epoch, by Prometheus' clock. */
  readonly start: number;
  /** When the relay was found or became not pending; the drill proper begins. */
  readonly calmAt: number | undefined;
  /** When each reaction was seen. */
  readonly seen: ReadonlyMap<ReactionId, Evidence>;
}

/** A reaction of the system. */
export interface Reaction {
  readonly id: ReactionId;
  readonly title: string;
  /** Seconds that it may take from its trigger, unless the operator of the drill says otherwise. */
  readonly within: number;
  /** What makes it due: the first of these, or a later one of the others. Absent where the drill's begin does. */
  readonly after?: readonly ReactionId[];
  /** A hint only: its absence proves nothing, so it never fails a drill. */
  readonly hint?: string;
  /** Where to look when it did not come: words, and the alert whose runbook page and panel show it. */
  readonly look: string;
  readonly alert: string;
  readonly evidence: (situation: Situation) => Evidence | undefined;
  /** Why it cannot be seen here at all, which is no failure. */
  readonly notServed?: (situation: Situation, overdue: boolean) => string | undefined;
  /** Why it was not needed in this drill. */
  readonly fromBefore?: (situation: Situation) => string | undefined;
}

const number = (value: number) => String(Math.round(value * 1000) / 1000);

function told({ time, from, to, labels }: Change, metric: MetricDefinition, note = ''): Evidence {
  const instance = labels.instance === undefined ? '' : ` on ${labels.instance}`;
  const chosen = Object.entries(labels)
    .filter(([name]) => ['result', 'reason', 'status'].includes(name))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const series = chosen.length === 0 ? metric.name : `${metric.name}{${chosen.join(',')}}`;
  const change = from === undefined ? `is new with ${number(to)}` : `${number(from)} -> ${number(to)}`;
  return { time, by: `${series} ${change}${instance}${note}` };
}

const WHOLE_GATEWAY = ' (counted for the whole gateway)';

const first = <T>(found: readonly T[]): T | undefined => found[0];

const earliest = (...found: (Evidence | undefined)[]): Evidence | undefined =>
  found
    .filter((evidence) => evidence !== undefined)
    .sort((a, b) => a.time - b.time)
    .at(0);

const timeOf = (situation: Situation, id: ReactionId) => situation.seen.get(id)?.time;

const ofRelay = ({ relay }: Situation, metric: MetricDefinition, labels: Labels = {}): Selector => ({
  metric,
  labels: { relay, ...labels },
});

/** The first change of a relay's series, from a moment on, that a test accepts. */
function changed(
  situation: Situation,
  metric: MetricDefinition,
  from: number | undefined,
  accept: (change: Change) => boolean,
  labels: Labels = {},
): Evidence | undefined {
  if (from === undefined) return undefined;
  const change = first(situation.history.changes(ofRelay(situation, metric, labels), from).filter(accept));
  return change && told(change, metric);
}

/** Times at which the relay's gauge says something, by instance, at a moment. */
export function pendingAt(situation: Pick<Situation, 'history' | 'relay'>, time: number) {
  return situation.history.at({ metric: gatewayPendingWrites, labels: { relay: situation.relay } }, time);
}

/**
 * Whether the relay is not pending. With several gateway processes only the one that answered `resync-complete` says 0;
 * a 1 of another one is then stale.
 */
export function isCalm(gauges: readonly { value: number }[]): boolean {
  return gauges.every(({ value }) => value === 0) || gauges.some(({ value }) => value === 0);
}

/** Whether other relays were pending around a moment: their pushes are in the same counter. */
function othersPendingAt({ surroundings }: Situation, time: number): boolean {
  const { othersPending } = surroundings;
  const before = othersPending.findLast(([at]) => at <= time);
  const after = othersPending.find(([at]) => at > time);
  return Math.max(before?.[1] ?? 0, after?.[1] ?? 0) > 0;
}

/** Whether the build counts pushes by relay. */
function pushesByRelay({ history }: Situation): boolean {
  return history
    .tracks({ metric: gatewayPendingWritePushes })
    .some(({ labels }) => labels.relay !== undefined);
}

function pushSeen(situation: Situation): Evidence | undefined {
  const { history, relay } = situation;
  const raised = timeOf(situation, 'pending-raised');
  if (raised === undefined) return undefined;
  const metric = gatewayPendingWritePushes;
  if (pushesByRelay(situation)) {
    const push = first(history.counts({ metric, labels: { relay, result: 'success' } }, raised));
    return push && told(push, metric);
  }
  const pushes = history.counts({ metric, labels: { result: 'success' } }, raised);
  const own = first(pushes.filter(({ time }) => !othersPendingAt(situation, time)));
  if (own !== undefined) return told(own, metric, WHOLE_GATEWAY);
  // Others are pending too: only the worker's own file tells whose push it was.
  const queued = workerQueue(situation);
  const push = queued && pushes.findLast(({ time }) => time <= queued.time + 60);
  return queued && push
    ? { time: queued.time, by: `${told(push, metric, WHOLE_GATEWAY).by}, and ${queued.by}` }
    : undefined;
}

function workerQueue(situation: Situation): Evidence | undefined {
  const { history } = situation;
  const raised = timeOf(situation, 'pending-raised');
  if (raised === undefined) return undefined;
  // A worker that was never told before: its host was off, and its first scrape already says pending.
  const firstSight = first(
    history
      .changes(ofRelay(situation, pendingWritesPending), raised, { firstSights: true })
      .filter(({ time, from, to, labels }) => {
        if (from !== undefined || to !== 1) return false;
        const { job = '', instance = '' } = labels;
        const since = history.at(ofRelay(situation, pendingWritesPendingSince, { job, instance }), time)[0];
        // The gateway's clock; a minute for its difference from Prometheus'.
        return since !== undefined && since.value >= situation.start - 60;
      }),
  );
  return earliest(
    changed(situation, pendingWritesPending, raised, ({ from, to }) => from !== undefined && to === 1),
    firstSight && told(firstSight, pendingWritesPending),
    // A short job is over between two scrapes: its notification has left its time.
    changed(situation, pendingWritesLastUpdate, raised, ({ from, to }) => from === undefined || to > from),
    changed(
      situation,
      pendingWritesJobStatus,
      raised,
      ({ labels, to }) => to === 1 && ACTIVE_JOBS.has(labels.status ?? ''),
    ),
  );
}

const ACTIVE_JOBS = new Set(['queued', 'in-progress', 'completed']);
const DONE_JOBS = new Set(['completed', 'cleared']);

function leaseIssued(situation: Situation): Evidence | undefined {
  const { history, calmAt } = situation;
  if (calmAt === undefined) return undefined;
  const own = earliest(
    changed(situation, gatewayEscrowLeasesActive, calmAt, ({ to }) => to === 1),
    changed(situation, gatewayEscrowLeaseTimeToExpiry, calmAt, ({ from, to }) => to > (from ?? 0)),
  );
  if (own !== undefined) return own;
  // A renewal can leave both gauges of the relay as they were; only the counter betrays it.
  const rotation = first(
    history.counts(
      { metric: gatewayEscrowRotations, labels: { reason: 'lease-issued', result: 'success' } },
      calmAt,
    ),
  );
  const held = rotation && history.at(ofRelay(situation, gatewayEscrowLeasesActive), rotation.time);
  return held?.some(({ value }) => value === 1)
    ? told(rotation as Change, gatewayEscrowRotations, WHOLE_GATEWAY)
    : undefined;
}

function leaseRequested(situation: Situation): Evidence | undefined {
  const { history, calmAt } = situation;
  if (calmAt === undefined) return undefined;
  const metric = gatewayEscrowUnlockRequests;
  const request = first(history.counts({ metric, labels: { result: 'success' } }, calmAt));
  const issued = situation.seen.get('lease-issued');
  return earliest(
    request && told(request, metric, WHOLE_GATEWAY),
    issued && { time: issued.time, by: `a lease was issued: ${issued.by}` },
  );
}

function heldFromBefore(situation: Situation): string | undefined {
  const { history, calmAt } = situation;
  if (calmAt === undefined || !situation.seen.has('pending-raised')) return undefined;
  const held = history.at(ofRelay(situation, gatewayEscrowLeasesActive), calmAt);
  return held.some(({ value }) => value === 1)
    ? `a lease from before the drill let the write through (${gatewayEscrowLeasesActive.name} was 1 already): not tried`
    : undefined;
}

function rotated(situation: Situation): Evidence | undefined {
  const { history } = situation;
  const raised = timeOf(situation, 'pending-raised');
  const cleared = timeOf(situation, 'gateway-cleared');
  if (raised === undefined || cleared === undefined) return undefined;
  // The clearing happened after the last scrape that said 1; the exporter may have been scraped in between.
  const stillPending = Math.max(
    raised,
    ...history
      .tracks(ofRelay(situation, gatewayPendingWrites))
      .flatMap(({ points }) => points.filter(([time, value]) => value === 1 && time < cleared))
      .map(([time]) => time),
  );
  const starts = history.changes(ofRelay(situation, pendingWritesRotationLastStart), raised, {
    firstSights: true,
  });
  for (const start of starts) {
    const { job = '', instance = '' } = start.labels;
    const own = { job, instance };
    const update = history
      .changes(ofRelay(situation, pendingWritesLastUpdate, own), raised, { firstSights: true })
      .at(-1);
    const pending = history.at(
      ofRelay(situation, pendingWritesPending, own),
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    );
    const clearedHere = update !== undefined && pending.every(({ value }) => value === 0);
    // A worker that reconnects rotates everything, before the resync too. Both times are by the worker's clock; the
    // cleared push and the rotation come at nearly the same moment, in either order.
    const isOurs = clearedHere ? start.to >= update.to - 2 : start.time > stillPending;
    if (!isOurs) continue;
    const done = history
      .tracks(ofRelay(situation, pendingWritesRotationLastStatus, { ...own, status: 'completed' }))
      .flatMap(({ points }) => points)
      .find(([time, value]) => {
        if (value !== 1 || time < start.time) return false;
        const current = history.at(ofRelay(situation, pendingWritesRotationLastStart, own), time)[0];
        return current?.value === start.to;
      });
    if (done !== undefined) {
      return {
        time: done[0],
        by: `${pendingWritesRotationLastStatus.name}{status="completed"} on ${instance}, of a rotation that began after the resync`,
      };
    }
  }
  return undefined;
}

function expiryReset(situation: Situation): Evidence | undefined {
  const cleared = timeOf(situation, 'gateway-cleared');
  if (cleared === undefined) return undefined;
  const metric = gatewayEscrowLeaseTimeToExpiry;
  return earliest(
    ...situation.history.tracks(ofRelay(situation, metric)).map(({ labels, points }) => {
      const i = points.findIndex(
        ([time, value], n) => time >= cleared && (value === 0 || value > (points[n - 1]?.[1] ?? value)),
      );
      const point = points[i];
      if (point === undefined) return undefined;
      const [time, value] = point;
      const says = value === 0 ? 'is 0: no active lease' : `shows a new term of ${number(value)} s`;
      return { time, by: `${metric.name} ${says} on ${labels.instance ?? 'the gateway'}` };
    }),
  );
}

const noExporter = ({ surroundings }: Situation) =>
  surroundings.exporterConfigured
    ? undefined
    : 'this Prometheus has no target of the exporters beside the workers: look at the worker itself (runbook step 3)';

/** Every reaction, in the order of {@link REACTIONS}. */
export const reactions: readonly Reaction[] = [
  {
    id: 'calm',
    title: 'The relay is not pending before the drill',
    within: 600,
    look: 'the relay still waits for an earlier write: see whether a worker is online and what its log says (step 3), or clear the stuck job (step 4)',
    alert: 'GatewayPendingWritesStuck',
    evidence: ({ history, relay, start }) => {
      const since = [
        start,
        ...history
          .changes({ metric: gatewayPendingWrites, labels: { relay } }, start)
          .map(({ time }) => time),
      ];
      for (const time of since) {
        const gauges = pendingAt({ history, relay }, time);
        if (!isCalm(gauges)) continue;
        const says =
          gauges.length === 0 ? 'has no series of the relay, which is normal before its first write' : 'is 0';
        return { time, by: `${gatewayPendingWrites.name} ${says}` };
      }
      return undefined;
    },
  },
  {
    id: 'worker-away',
    title: 'A worker is gone',
    within: 600,
    after: ['calm'],
    hint: 'counted for the whole gateway: another worker may have come at the same moment',
    look: 'the gateway log; no metric says per relay whether a worker is online',
    alert: 'GatewayPendingWritesWaiting',
    evidence: (situation) => {
      const { history, calmAt } = situation;
      if (calmAt === undefined) return undefined;
      const metric = gatewayActivePeers;
      const raised = timeOf(situation, 'pending-raised') ?? Number.POSITIVE_INFINITY;
      const fall = first(
        history
          .changes({ metric }, calmAt)
          .filter(({ from, to, time }) => from !== undefined && to < from && time <= raised),
      );
      return fall && told(fall, metric, WHOLE_GATEWAY);
    },
  },
  {
    id: 'lease-requested',
    title: 'Escrow lease requested',
    within: 900,
    after: ['calm'],
    look: 'the answer to POST /api/escrow/leases/:relayKey/request and the gateway log; the observed build asks for no lease by itself, and refuses within 45 s of the last healthy peer or when mirrors are stale (step 1.3)',
    alert: 'GatewayEscrowUnlocksRefused',
    evidence: leaseRequested,
    fromBefore: heldFromBefore,
  },
  {
    id: 'lease-issued',
    title: 'Escrow lease issued',
    within: 120,
    after: ['lease-requested'],
    look: 'whether the request was for this relay and reached this gateway; GET /api/escrow/leases/query tells which leases exist',
    alert: 'GatewayEscrowUnlocksFailing',
    evidence: leaseIssued,
    fromBefore: heldFromBefore,
  },
  {
    id: 'pending-raised',
    title: 'Pending writes raised on the gateway',
    within: 900,
    after: ['calm', 'lease-issued'],
    look: 'the answer to the upload (HTTP 425: no lease, and no metric counts it) and the gateway log for "Stored drive upload" and "marking pending writes" (step 2.2); with a worker online the write does not take this way',
    alert: 'GatewayWritesTurnedAway',
    evidence: (situation) => changed(situation, gatewayPendingWrites, situation.calmAt, ({ to }) => to === 1),
  },
  {
    id: 'push-seen',
    title: 'Push delivered to a worker',
    within: 1800,
    after: ['pending-raised'],
    look: 'whether the worker is connected, and whether pushes end in an error (step 3); after a gateway restart or an expired registration nothing pushes any more: request a lease and write to the relay again. Toggling gatewayPendingWrites or registering again (step 4.2) starts no push in the observed build',
    alert: 'GatewayPendingWritesNotPushed',
    evidence: pushSeen,
  },
  {
    id: 'push-acknowledged',
    title: 'First acknowledgement timed',
    within: 300,
    after: ['push-seen'],
    look: 'the gateway log: pushes of other relays are acknowledged',
    alert: 'GatewayPushWaitHigh',
    evidence: (situation) => {
      const raised = timeOf(situation, 'pending-raised');
      if (raised === undefined) return undefined;
      const count = first(
        situation.history.counts(
          { metric: gatewayPendingWritePushWait, part: 'count', labels: { relay: situation.relay } },
          raised,
        ),
      );
      return count && told(count, gatewayPendingWritePushWait);
    },
    // A worker that has finished has acknowledged before: from then on nothing more is to come.
    notServed: ({ surroundings, seen }, overdue) =>
      surroundings.acknowledgementsServed || !(overdue || seen.has('gateway-cleared'))
        ? undefined
        : `not served by this build: ${gatewayPendingWritePushWait.name} has no sample of any relay`,
  },
  {
    id: 'worker-queue',
    title: "In the worker's queue",
    within: 180,
    after: ['push-seen'],
    look: "the worker's gateway-pending-writes events and its pending-writes-state.json (steps 3.1 and 3.2); whether the exporter beside the worker is scraped",
    alert: 'WorkerMissedPendingWrites',
    evidence: workerQueue,
    notServed: noExporter,
  },
  {
    id: 'resync',
    title: 'Resync reported by the worker, lease released',
    within: 900,
    after: ['push-seen'],
    look: 'the worker log for "[PendingWrites] Job failed" (step 3.3): a failed job is not retried; restart the worker gateway service, stop-gateway then start-gateway (step 4.1). The job ingests nothing in the observed build, it reports completion',
    alert: 'GatewayPendingWritesStuck',
    evidence: (situation) => {
      const raised = timeOf(situation, 'pending-raised');
      if (raised === undefined) return undefined;
      const lag = first(
        situation.history.counts(
          { metric: gatewayEscrowLeaseLag, part: 'count', labels: { relay: situation.relay } },
          raised,
        ),
      );
      return earliest(
        lag && told(lag, gatewayEscrowLeaseLag),
        changed(situation, gatewayEscrowLeasesActive, raised, ({ from, to }) => from === 1 && to === 0),
        changed(situation, gatewayPendingWrites, raised, ({ to }) => to === 0),
        changed(
          situation,
          pendingWritesJobStatus,
          raised,
          ({ labels, to }) => labels.status === 'completed' && to === 1,
        ),
      );
    },
  },
  {
    id: 'gateway-cleared',
    title: 'Cleared on the gateway',
    within: 120,
    after: ['resync'],
    look: 'the gateway log for resync-complete and its notifyCleared push (step 6.3); only the process that answered resync-complete clears its gauge',
    alert: 'GatewayPushesNotIngested',
    evidence: (situation) =>
      changed(situation, gatewayPendingWrites, timeOf(situation, 'pending-raised'), ({ to }) => to === 0),
  },
  {
    id: 'worker-cleared',
    title: 'Cleared or completed on the worker',
    within: 180,
    after: ['gateway-cleared'],
    look: 'the worker log: the cleared push is sent once, and not at all while the gateway knows no worker; when it is lost the file stays pending (step 6.2). A restart of the worker is no cure; a new write that is pushed and cleared is',
    alert: 'WorkerPendingWritesOrphaned',
    evidence: (situation) => {
      const { history } = situation;
      const raised = timeOf(situation, 'pending-raised');
      const update =
        raised === undefined
          ? undefined
          : first(
              history
                .changes(ofRelay(situation, pendingWritesLastUpdate), raised)
                .filter(({ time, labels }) => {
                  const { job = '', instance = '' } = labels;
                  const own = ofRelay(situation, pendingWritesPending, { job, instance });
                  return history.at(own, time).some(({ value }) => value === 0);
                }),
            );
      return earliest(
        changed(situation, pendingWritesPending, raised, ({ from, to }) => from === 1 && to === 0),
        update && told(update, pendingWritesLastUpdate, ', and it is not pending'),
        changed(
          situation,
          pendingWritesJobStatus,
          raised,
          ({ labels, to }) => DONE_JOBS.has(labels.status ?? '') && to === 1,
        ),
      );
    },
    notServed: noExporter,
  },
  {
    id: 'rotation',
    title: 'Escrow deposit rotated',
    within: 300,
    after: ['gateway-cleared'],
    look: 'the worker log for "[PublicGateway] Gateway writer rotation failed" or "Escrow deposit request failed" (step 5.2); then restart the worker, which rotates all its relays, or run gatewayService.rotateGatewayWriter in a REPL; the IPC action of step 5.1 does not exist in the observed build. The file keeps about a dozen rotations: on a worker with more relays it may have been pushed out unseen',
    alert: 'WorkerRotationFailed',
    evidence: rotated,
    notServed: noExporter,
  },
  {
    id: 'expiry-reset',
    title: 'Lease expiry 0 or a new term',
    within: 120,
    after: ['gateway-cleared'],
    look: 'the gateway log for the lease release (step 6.3); leases are lost when a gateway restarts, and then nothing resets the gauge. GET /api/escrow/leases/query tells',
    alert: 'GatewayEscrowLeaseExpired',
    evidence: expiryReset,
  },
];
