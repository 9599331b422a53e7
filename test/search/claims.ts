import type { Moment, RelayMoment, WorkerMoment } from './truth.js';
import { ROTATIONS_OVERLAP, type View } from './view.js';

/** An alert at a time at which it fires. */
export interface About {
  readonly relay: number;
  readonly worker: number;
  readonly gateway: number;
  readonly time: number;
  /** Whether it has just begun to fire: what it says must then have held for its `for`. */
  readonly begins: boolean;
}

/** Whether what an alert says was true of the world at a time, or so shortly before that the alert could not know better. */
export type Claim = (view: View, about: About) => boolean;

const anyRelay = (view: View, holds: (relay: number) => boolean) =>
  view.truth.keys.some((_, relay) => holds(relay));

/** How far back a true alert may lie: after an outage of Prometheus, the first evaluation knows what was scraped before it. */
const knownFrom = (view: View, time: number) => view.back(time, view.times.latency, ({ scraped }) => scraped);

/** True at a time where it was at any moment within the latency before. */
const lately =
  (claim: Claim): Claim =>
  (view, about) => {
    const from = Math.max(0, knownFrom(view, about.time));
    for (let time = about.time; time >= from; time -= view.truth.step) {
      if (claim(view, { ...about, time })) return true;
    }
    return false;
  };

/** The state of a target: true now or a moment ago, and at the beginning for as long as the alert waits. */
const state =
  (wait: number, holds: (moment: Moment, about: About) => boolean): Claim =>
  (view, about) => {
    const { latency } = view.times;
    const { truth } = view;
    const from = knownFrom(view, about.time);
    if (!truth.between(from, about.time).some((moment) => holds(moment, about))) return false;
    if (!about.begins) return true;
    return truth
      .between(about.time - wait + latency, about.time - latency)
      .every((moment) => !moment.scraped || holds(moment, about));
  };

const older =
  (limit: (view: View) => number): Claim =>
  (view, about) => {
    const from = view.back(about.time, view.times.latency, (moment) => view.seen(moment, about.relay));
    return view.truth.between(from, about.time).some(({ time }) => {
      const since = view.pendingSince(about.relay, time);
      return since !== undefined && about.time - since >= limit(view) - view.times.latency;
    });
  };

/** Notified, and neither ingested nor about to be. */
const stuck: Claim = (view, { relay, time, begins }) => {
  const { latency, pushWindow, stuckAfter } = view.times;
  const from = view.back(time, pushWindow + latency, (moment) => view.seen(moment, relay));
  return view.truth.between(from, time).some((moment) => {
    const one = moment.relays[relay];
    if (one === undefined || !view.pending(one)) return false;
    // The snapshot names a job that has failed, also while the worker cannot reach the gateway, or has just been closed.
    const stalled =
      one.workers.some(
        ({ stalled: is, worker }) => is && (view.snapshots || moment.workers[worker]?.online),
      ) ||
      (view.snapshots && view.truth.count('job failed', relay, from, time) > 0);
    const since = view.since(relay, moment.time, (r) => view.pending(r) && view.notified(r));
    if (since === undefined) return false;
    const long = time - since >= stuckAfter - latency;
    return view.snapshots ? stalled || long : long && (stalled || !begins || time - since >= stuckAfter);
  });
};

/** Pending, with a worker that was active, and so that no push brings it about. */
const unattended =
  (holds: (view: View, relay: number, one: RelayMoment, moment: Moment) => boolean): Claim =>
  (view, { relay, time }) => {
    const from = view.back(time, view.times.latency, (moment) => view.seen(moment, relay));
    return view.truth.between(from, time).some((moment) => {
      const one = moment.relays[relay];
      return (
        one !== undefined &&
        view.pending(one) &&
        view.attended(relay, moment.time) &&
        holds(view, relay, one, moment)
      );
    });
  };

/** Whether a scrape since the write has shown that a worker of the relay was notified of it. */
function isShownNotified(view: View, relay: number, { time }: Moment): boolean {
  const since = view.pendingSince(relay, time);
  if (since === undefined) return false;
  const moments = view.truth.between(since, time);
  const isPending = (moment: Moment | undefined, worker: number) =>
    moment?.relays[relay]?.workers.some((one) => one.worker === worker && one.state === 'pending') === true;
  return moments.some((moment, i) =>
    view.truth.workers.some(
      // The scrape comes a little before the moment that it belongs to.
      (_, worker) =>
        isPending(moment, worker) && isPending(moments[i - 1], worker) && view.fileShown(moment, worker),
    ),
  );
}

/** No worker was notified; or one of several whose file is shown was not, and nothing shows that another one was. */
const notDelivered = unattended(
  (view, relay, one, moment) =>
    !view.notified(one) ||
    (one.workers.some(({ state, worker }) => state !== 'pending' && view.fileShown(moment, worker)) &&
      !isShownNotified(view, relay, moment)),
);
/** Nothing shows that a worker was notified. One that received an earlier push gets no more once the registration is gone. */
const notPushed = unattended(
  (view, relay, one, moment) =>
    !view.notified(one) || !one.remembered || !isShownNotified(view, relay, moment),
);

/** Lets a claim hold at the beginning of an alert and, once more, as long before as the alert waits. */
const heldFor =
  (wait: (view: View) => number, claim: Claim): Claim =>
  (view, about) => {
    if (!claim(view, about)) return false;
    if (!about.begins) return true;
    return claim(view, { ...about, time: Math.max(0, about.time - wait(view) + view.times.latency) });
  };

const counted = (view: View, event: Parameters<View['truth']['count']>[0], from: number, to: number) =>
  view.truth.keys.reduce((sum, _, relay) => sum + view.truth.count(event, relay, from, to), 0);

const brokenFile = (moment: Moment, { worker }: About) => {
  const one = moment.workers[worker] as WorkerMoment;
  return !one.readable;
};

/** A rotation failed, and no later one that was completed could be seen since. */
const rotationFailed: Claim = (view, { relay, time }) => {
  const { latency } = view.times;
  const failure = view.truth.last('rotation failed', relay, time) ?? 0;
  for (let index = view.truth.indexAt(time); index >= 0; index -= 1) {
    const moment = view.truth.moments[index] as Moment;
    const workers = moment.relays[relay]?.workers ?? [];
    if (workers.some(({ rotation }) => rotation === 'failed')) return true;
    // Other rows may push it out of the file before the next moment.
    if (view.truth.count('rotation failed', relay, moment.time - view.truth.step, moment.time) > 0)
      return true;
    const old = time - moment.time > latency;
    // The exporter is scraped a little before the moment, when it may not be completed yet.
    const before = view.truth.moments[index - 1]?.relays[relay]?.workers ?? [];
    const completed = workers.some(
      ({ rotation, rotated = 0, worker }) =>
        rotation === 'completed' &&
        rotated / 1000 > failure + ROTATIONS_OVERLAP &&
        // A worker whose file was deleted still knows of its rotations.
        view.fileShown(moment, worker) &&
        before.some((one) => one.worker === worker && one.rotated === rotated),
    );
    if (old && completed) return workers.length > 1 && !view.clocksAgree(relay, time);
  }
  return false;
};

const seesGateways = (view: View) => (moment: Moment) => view.gatewaysSeen(moment);

/** What each warning and page says. An alert that is not here says nothing of the world that the search could check. */
export const claims: Readonly<Record<string, Claim>> = {
  GatewayPendingWritesOld: older((view) => view.times.warningAfter),
  GatewayPendingWritesOverdue: older((view) => view.times.criticalAfter),
  GatewayPendingWritesStuck: stuck,
  GatewayPendingWritesForgotten: heldFor(() => 300, notDelivered),
  GatewayPendingWritesNotPushed: notPushed,
  WorkerMissedPendingWrites: heldFor((view) => view.times.disagreeAfter, notDelivered),
  GatewayWritesNotMarkedPending: (view, { relay, time }) => {
    const last = view.truth.last('unmarked', relay, time);
    if (last === undefined || time - last > 86_400 + view.times.latency) return false;
    // Until a scrape has seen that the relay is pending. The scrape comes a little before the moment that it belongs to.
    return !view.truth
      .between(last + view.times.latency, time - view.times.latency)
      .some((moment, i, all) => {
        const isMarked = (at?: Moment) => at?.relays[relay]?.gauge === true;
        return view.gatewaysSeen(moment) && isMarked(moment) && isMarked(all[i - 1]);
      });
  },
  GatewayEscrowLeaseExpiredWritesWanted: (view, { relay, time, begins }) => {
    const { evaluation, latency, rateWindow, scrape, wantedWithin } = view.times;
    const from = view.back(time, Math.max(wantedWithin, rateWindow) + latency, seesGateways(view));
    const wanted =
      view.truth.count('past expiry', relay, from, time) + view.truth.count('readonly', relay, from, time);
    const back = view.back(time, latency + 60, seesGateways(view));
    if (wanted === 0 || !view.any(relay, back, time, ({ leaseValid }) => !leaseValid)) return false;
    if (!begins) return true;
    return !view.relayAt(relay, Math.max(0, time - wantedWithin - 2 * scrape + latency - evaluation))
      .leaseValid;
  },
  GatewayWritesTurnedAway: (view, { relay, time, begins }) => {
    const { latency, rateWindow } = view.times;
    const from = view.back(time, rateWindow + latency, seesGateways(view));
    if (view.truth.count('readonly', relay, from, time) === 0) return false;
    if (!begins) return true;
    const wait = 1.4 * rateWindow;
    const before = view.back(time - wait + latency, rateWindow + latency, seesGateways(view));
    return view.truth.count('readonly', relay, before, time - wait + latency) > 0;
  },
  GatewayReplicaMainPathTooLong: (view, { relay, time }) => {
    const { latency, mainPathAfter, rateWindow } = view.times;
    const from = view.back(time, latency, seesGateways(view));
    const since = view.fallbackSince(relay, time) ?? view.fallbackSince(relay, from);
    return since !== undefined && time - since >= mainPathAfter - latency - rateWindow;
  },
  GatewayFallbackOnStaleMirror: (view, { relay, time }) => {
    const { latency, mirrorLag, rateWindow } = view.times;
    const from = view.back(time, rateWindow + latency, seesGateways(view));
    return (
      view.truth.count('read', relay, from, time) > 0 &&
      view.any(
        relay,
        from,
        time,
        (one) => one.mirrorLag !== undefined && one.mirrorLag / 1000 > mirrorLag - latency,
      )
    );
  },
  GatewayMirrorServiceDown: (view, about) => {
    const { latency, rateWindow } = view.times;
    const from = view.back(about.time, rateWindow + latency, seesGateways(view));
    return (
      counted(view, 'read', from, about.time) > 0 &&
      state(180, ({ mirrorsActive }) => !mirrorsActive)(view, about)
    );
  },
  GatewayPushesNotIngested: (view, about) => {
    const { latency, pushWindow, stuckAfter } = view.times;
    const from = view.back(about.time, pushWindow + latency, seesGateways(view));
    return anyRelay(view, (relay) =>
      view.truth.between(from, about.time).some(({ time }) => {
        const since = view.since(relay, time, (one) => view.pending(one) && view.notified(one));
        return since !== undefined && about.time - since >= stuckAfter - latency;
      }),
    );
  },
  GatewayPushesFailing: (view, { time, begins }) => {
    const { latency, pushWindow } = view.times;
    const from = view.back(time, pushWindow + latency, seesGateways(view));
    if (counted(view, 'push failed', from, time) === 0) return false;
    if (!begins) return true;
    const before = time - 2 * pushWindow - 60;
    return counted(view, 'push failed', before - pushWindow - latency, before + latency) > 0;
  },
  GatewayPushWaitHigh: (view, { time, begins }) => {
    const slow = (from: number, to: number) =>
      anyRelay(view, (relay) => {
        const values = view.truth.ledger.values('acknowledged', relay);
        return view.truth.ledger
          .times('acknowledged', relay)
          .some(
            (at, i) => at / 1000 >= from && at / 1000 <= to && (values[i] as number) > view.times.slowSeconds,
          );
      });
    const from = view.back(time, 900 + view.times.latency, seesGateways(view));
    return slow(from, time) && (!begins || slow(from - 1200, time - 1200 + view.times.latency));
  },
  GatewayEscrowUnlocksFailing: (view, { time }) =>
    counted(view, 'lease failed', view.back(time, 900 + view.times.latency, seesGateways(view)), time) > 0,
  GatewayEscrowUnlocksRefused: (view, { time }) => {
    const { latency, rateWindow } = view.times;
    return (
      counted(view, 'lease refused', view.back(time, 900 + latency, seesGateways(view)), time) > 0 &&
      counted(view, 'readonly', view.back(time, rateWindow + latency, seesGateways(view)), time) > 0
    );
  },
  GatewayPendingWritesObjectiveFastBurn: (view, { time }) => {
    const { clearedWithin, latency } = view.times;
    // Windows of 5 and 30 minutes say that it goes on.
    const from = view.back(time, 1800 + latency, seesGateways(view));
    // As for the age of a relay: what was pending when the gateways were last seen counts as pending until they are seen again.
    let again = time;
    const moments = view.truth
      .between(from, time)
      .toReversed()
      .map((moment) => {
        const until = again;
        if (view.gatewaysSeen(moment)) again = moment.time;
        return { at: moment.time, until };
      })
      .filter(({ until }) => until >= time - 1800 - latency);
    return anyRelay(view, (relay) =>
      moments.some(({ at, until }) => {
        const since = view.pendingSince(relay, at);
        return since !== undefined && until - since >= clearedWithin - latency;
      }),
    );
  },
  WorkerQueuePendingTooLong: (view, { relay, time, begins }) => {
    const { latency, pendingAfter, scrape } = view.times;
    const from = view.back(time, latency, (moment) => view.seen(moment, relay));
    return view.truth.between(from, time).some((moment) => {
      // A worker that starts has nothing in memory until it has read its file, which says pending all the time.
      const since = view.since(
        relay,
        moment.time,
        (one, at) =>
          view.notified(one) || view.any(relay, at.time - scrape, at.time, (before) => view.notified(before)),
      );
      return since !== undefined && (!begins || time - since >= pendingAfter - latency);
    });
  },
  WorkerPendingWritesOrphaned: heldFor(
    (view) => view.times.disagreeAfter,
    (view, { relay, time }) => {
      const from = view.back(time, view.times.latency, (moment) => view.seen(moment, relay));
      return view.any(relay, from, time, (one) => view.notified(one) && !one.gauge);
    },
  ),
  WorkerRotationFailed: rotationFailed,
  WorkerQueueStalled: () => false,
  PendingWritesStateFileUnreadable: (view, about) =>
    lately((_, one) => brokenFile(view.truth.at(one.time), one))(view, about),
  PendingWritesExporterDown: state(900, (moment, { worker }) => {
    const { answers, answered } = moment.workers[worker] as WorkerMoment;
    // A laptop may be open for seconds between two scrapes.
    return !answers || !answered;
  }),
  PendingWritesExporterMissing: state(900, ({ workers }) => workers.every(({ listed }) => !listed)),
  GatewayDown: state(120, (moment, { gateway }) => moment.gateways[gateway]?.answers === false),
  GatewayMissing: state(300, ({ gateways }) => gateways.every(({ listed }) => !listed)),
  GatewayMetricsMissing: state(300, (moment, { gateway }) => moment.gateways[gateway]?.withheld === true),
};
