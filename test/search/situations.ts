import type { Moment, RelayMoment, WorkerMoment } from './truth.js';
import { ROTATIONS_OVERLAP, type View } from './view.js';

/** Something that was wrong without a break, and could be seen all the time. Times are seconds since the world's begin. */
export interface Situation {
  readonly what: string;
  /** Each of these alerts names it. */
  readonly anyOf: readonly string[];
  /** The label by which an alert names it, and its value. */
  readonly label: 'relay' | 'instance' | undefined;
  readonly value: string;
  readonly from: number;
  readonly to: number;
  /** In seconds from `from`: the time in which it has to be named. */
  readonly within: number;
}

type Holds = (relay: number, one: RelayMoment, moment: Moment) => boolean;

/** A kind of situation of a relay. */
interface Kind {
  readonly what: string;
  readonly anyOf: readonly string[];
  readonly holds: (view: View) => Holds;
  readonly within: (view: View) => number;
}

const NOT_DELIVERED = [
  'GatewayPendingWritesNotPushed',
  'WorkerMissedPendingWrites',
  'GatewayPendingWritesForgotten',
];

/**
 * Whether a relay that becomes pending may be taken for pending since an earlier term: a gauge called it pending at the moment before, or
 * since the earlier term was reported as ingested, no evaluation could see it.
 */
function stoodBefore(view: View, relay: number, time: number): boolean {
  if (view.relayAt(relay, Math.ceil(time / view.truth.step - 1) * view.truth.step).gauge) return true;
  const reported = view.truth.last('reported', relay, time);
  if (reported === undefined) return false;
  const showsEnd = (moment: Moment) => {
    const { gaugeShown, gaugeZero } = moment.relays[relay] as RelayMoment;
    return view.seen(moment, relay) || (view.gatewaysSeen(moment) && gaugeZero && !gaugeShown);
  };
  // The scrape before a moment may have come before the report, or before what it asks was there again.
  return !view.truth
    .between(reported + view.times.latency, time)
    .filter((moment) => moment.time % view.times.evaluation === 0)
    .some((moment, i, all) => showsEnd(moment) && i > 0 && showsEnd(all[i - 1] as Moment));
}

const olderThan =
  (limit: (view: View) => number) =>
  (view: View): Holds =>
  (relay, one, { time }) => {
    if (one.pendingSince === undefined || !one.gauge) return false;
    // It may be cleared and pending again between two moments.
    const reported = view.truth.last('reported', relay, time) ?? 0;
    const since = Math.max(
      view.since(relay, time, (r) => r.gauge && r.pendingSince !== undefined) ?? time,
      reported,
    );
    // The age counts from the first scrape that shows it. Where the gauge of another process stood still, only the file shows that
    // an earlier term has ended, and so where a clearing came shortly before: how far the clock of a worker is off is known to a scrape
    // interval or so. Where the process is not scraped, another one may say that it is cleared.
    const stood = stoodBefore(view, relay, since) || since - reported <= view.times.latency;
    const known = Math.max(since, view.remembersFrom(time), view.shownAgainFrom(relay, time));
    const moments = view.truth.between(known, time);
    const hidden = moments.findLastIndex(({ relays }) => {
      const { gaugeShown, gaugeZero } = relays[relay] as RelayMoment;
      return gaugeZero && !gaugeShown;
    });
    const shown = moments
      .slice(hidden + 1)
      .find((moment) => (stood ? view.seen(moment, relay) : view.gatewaysSeen(moment)));
    return shown !== undefined && time - shown.time > limit(view);
  };

/** For how long a pending relay is without a push before it is named: until it is old enough and no earlier push counts, then the wait. */
const unpushedWithin = ({ times }: View) =>
  Math.max(times.unpushedAfter, times.pushWindow) + times.pushWindow + 180 + 3 * times.latency;

/** Whether scrapes show that the worker wrote its file. One that could not be read since is no evidence any more. */
function wroteAfter(view: View, worker: number, after: number, until: number): boolean {
  const all = view.truth.between(after, until);
  const broken = all.findLastIndex(({ workers }) => workers[worker]?.readable === false);
  let written: 'on time' | 'by a clock that was off' | undefined;
  let before: WorkerMoment | undefined;
  for (const moment of all.slice(Math.max(0, broken))) {
    const now = moment.workers[worker] as WorkerMoment;
    // The scrape comes a little before the moment. Once the clock is right again, nothing shows how far it was off.
    const isKnown = written === 'on time' || (written !== undefined && now.clockOff);
    if (isKnown && moment.time % view.times.evaluation === 0 && view.fileShown(moment, worker)) return true;
    if (before !== undefined && now.mtime !== before.mtime)
      written = before.clockOff || now.clockOff ? 'by a clock that was off' : 'on time';
    before = now;
  }
  return false;
}

/** Whether every worker of the relay, at least one, has written its file since some scrape has seen that the relay is pending. */
function wroteSinceShown(view: View, relay: number, { time, workers: places }: Moment): boolean {
  const one = view.relayAt(relay, time);
  if (one.pendingSince === undefined || !one.online) return false;
  // Some evaluation has seen it pending, and something says whose relay it is.
  const since = view.pendingSince(relay, time) as number;
  // A relay whose gauge is gone is remembered for a stated time only.
  const from = Math.max(since, time - view.times.carryFor + view.times.latency);
  // Where a gauge stood still before the write, only the file shows that this is another one.
  const marked = one.pendingSince;
  const stood = stoodBefore(view, relay, marked);
  const shown = view.truth
    .between(Math.max(from, view.remembersFrom(time)), time)
    .find(
      (at) =>
        at.time % view.times.evaluation === 0 &&
        at.relays[relay]?.gauge &&
        (stood ? at.time >= marked && view.seen(at, relay) : view.gatewaysSeen(at)),
    );
  if (shown === undefined) return false;
  // Where another process says 0, nothing shows that this one was not cleared before it restarted, or while it was not scraped.
  const isHidden = ({ relays }: Moment) => relays[relay]?.gaugeShown === false && relays[relay]?.gaugeZero;
  if (view.truth.between(shown.time, time).some(isHidden)) return false;
  // Of a file that was written before the relay was seen pending, nothing says whether the write or the file came first.
  const after = Math.max(marked, shown.time) + view.times.latency + view.times.scrape;
  return one.workers.every(
    ({ state, rotation, worker }) =>
      (state !== undefined || rotation !== undefined) &&
      places[worker]?.online &&
      wroteAfter(view, worker, after, time),
  );
}

/** Whether a file has a failed rotation as the newest of the relay. A worker whose file was deleted still knows of its rotations. */
const failedInFile = ({ workers }: RelayMoment, { workers: places }: Moment) =>
  workers.some(({ rotation, worker }) => rotation === 'failed' && places[worker]?.mtime !== undefined);

/** Whether no push has just reached a worker of the relay. */
const hasNoPush = ({ truth, times }: View, relay: number, time: number) =>
  truth.count('push delivered', relay, time - times.latency, time) === 0;

/** Whether no push can reach a worker of the relay: its registration is gone, or a worker refuses them. */
const isNotPushed = ({ remembered, workers }: RelayMoment, { workers: places }: Moment) =>
  !remembered || workers.some(({ worker }) => places[worker]?.refuses);

const kindsOfRelays: readonly Kind[] = [
  {
    what: 'a worker has received the push, its job has failed or hangs, and pushes are delivered',
    anyOf: ['GatewayPendingWritesStuck', 'WorkerQueuePendingTooLong', 'PendingWritesStateFileUnreadable'],
    holds: (view) => (relay, one, moment) =>
      one.gauge &&
      one.remembered &&
      one.workers.some(
        ({ stalled, worker }) =>
          stalled && moment.workers[worker]?.online && view.showsPushes(moment, worker),
      ) &&
      view.truth.count('push delivered', relay, moment.time - 370, moment.time) > 0 &&
      view.countsSeen(moment.time, view.times.pushWindow),
    within: ({ times }) =>
      Math.max(times.pendingAfter, times.stuckAfter + times.rateWindow + 60) + 2 * times.latency,
  },
  {
    what: 'pending, and no push reaches a worker that has written its file since',
    anyOf: NOT_DELIVERED,
    holds: (view) => (relay, one, moment) =>
      !one.left && !view.notified(one) && isNotPushed(one, moment) && wroteSinceShown(view, relay, moment),
    within: ({ times }) =>
      Math.max(times.unpushedAfter + times.pushWindow + 180, times.disagreeAfter, 360) +
      times.pushWindow +
      3 * times.latency,
  },
  {
    what: 'the same, the gauge says so, and no file says that the relay is cleared',
    // Where a file says cleared, WorkerMissedPendingWrites fires instead.
    anyOf: ['GatewayPendingWritesNotPushed'],
    holds: (view) => (relay, one, moment) =>
      one.gauge &&
      !one.left &&
      one.workers.every(({ state }) => state === undefined) &&
      isNotPushed(one, moment) &&
      hasNoPush(view, relay, moment.time) &&
      wroteSinceShown(view, relay, moment),
    within: unpushedWithin,
  },
  {
    what: 'pending and not pushed on a site whose workers are always on, and no file says that the relay is cleared',
    anyOf: ['GatewayPendingWritesNotPushed'],
    holds:
      (view) =>
      (relay, one, { time }) =>
        view.alwaysOn &&
        one.gauge &&
        one.workers.length > 0 &&
        one.workers.every(({ state, rotation }) => state === undefined && rotation !== undefined) &&
        hasNoPush(view, relay, time),
    within: unpushedWithin,
  },
  {
    what: 'pending for longer than the warning',
    anyOf: ['GatewayPendingWritesOld', 'GatewayPendingWritesOverdue'],
    holds: olderThan((view) => view.times.warningAfter),
    within: ({ times }) => 2 * times.latency,
  },
  {
    what: 'pending for longer than the limit',
    anyOf: ['GatewayPendingWritesOverdue'],
    holds: olderThan((view) => view.times.criticalAfter),
    within: ({ times }) => 2 * times.latency,
  },
  {
    what: 'writes are rejected for want of a lease',
    anyOf: ['GatewayWritesTurnedAway'],
    holds: (view) => (relay, _, moment) => view.steadilyRejected(relay, [moment]),
    within: ({ times }) => 1.4 * times.rateWindow + 2 * times.latency,
  },
  {
    what: 'writes are accepted and marked while the lease is past its expiry',
    anyOf: ['GatewayEscrowLeaseExpiredWritesWanted', 'GatewayWritesTurnedAway'],
    holds:
      (view) =>
      (relay, one, { time }) => {
        const from = time - view.times.wantedWithin + 2 * view.times.scrape;
        return (
          one.gauge &&
          !one.leaseValid &&
          view.truth.count('past expiry', relay, from, time) > 0 &&
          view.truth.count('marked', relay, from, time) > 0 &&
          // Only websocket writes are counted, and only reads and writes of sessions show that they are wanted.
          view.truth.count('past expiry', relay, from, time) ===
            view.truth.count('marked', relay, from, time) &&
          view.truth.count('session write', relay, from, time) > 0 &&
          view.countsSeen(time, view.times.wantedWithin)
        );
      },
    within: ({ times }) => times.wantedWithin + 2 * times.scrape + 2 * times.latency,
  },
  {
    what: 'the newest rotation has failed',
    anyOf: ['WorkerRotationFailed'],
    holds: (view) => (_, one, moment) =>
      view.played.bundle.config.escrow === 'on' && failedInFile(one, moment),
    within: ({ times }) => 300 + 2 * times.latency,
  },
  {
    what: 'a rotation has failed, none was completed since, and no file shows it any more',
    anyOf: ['WorkerRotationFailed'],
    holds: (view) => {
      const known = view.truth.keys.map((_, relay) => failedAndDisplaced(view, relay));
      return (relay, _, moment) =>
        view.played.bundle.config.escrow === 'on' && known[relay]?.has(moment) === true;
    },
    within: ({ times }) => 300 + 2 * times.latency,
  },
  {
    what: 'reads are served from a stale mirror',
    anyOf: ['GatewayFallbackOnStaleMirror'],
    holds:
      (view) =>
      (relay, { mirrorLag = 0 }, { time, mirrorsActive }) => {
        const { truth, times } = view;
        return (
          view.played.scenario.mirrors === true &&
          mirrorsActive &&
          mirrorLag / 1000 > times.mirrorLag + times.latency &&
          // A rate needs two samples of the counter.
          truth.count('read', relay, time - times.rateWindow + 2 * times.scrape, time - times.scrape) > 0 &&
          view.countsSeen(time, times.rateWindow)
        );
      },
    within: ({ times }) => 300 + times.rateWindow + 2 * times.latency,
  },
  {
    what: 'every file says pending, and the gateway says that nothing is',
    anyOf: ['WorkerPendingWritesOrphaned', 'WorkerQueuePendingTooLong'],
    holds: (view) => (relay, one, moment) =>
      one.pendingSince === undefined &&
      !one.gauge &&
      one.gaugeZero &&
      // Of a relay that was written to and cleared since the moment before, the gateway said otherwise in between.
      view.truth.count('marked', relay, moment.time - view.truth.step, moment.time) === 0 &&
      // One that is written to and cleared all the time may be pending whenever its file is scraped.
      view.truth.count('marked', relay, moment.time - view.times.disagreeAfter, moment.time) <=
        view.times.disagreeAfter / (2 * Math.max(view.times.scrape, view.times.evaluation)) &&
      one.workers.length > 0 &&
      one.workers.every(({ state, worker }) => state === 'pending' && view.fileShown(moment, worker)),
    within: ({ times }) => times.disagreeAfter + 2 * times.latency,
  },
];

/** The moments at which no file has shown a failed rotation of the relay for a while, two scrapes had shown it, and no later one is completed. */
function failedAndDisplaced(view: View, relay: number): ReadonlySet<Moment> {
  const found = new Set<Moment>();
  let shown: number | undefined;
  let before = false;
  const { truth } = view;
  for (const moment of truth.moments) {
    const failed = failedInFile(moment.relays[relay] as RelayMoment, moment);
    const isSeen = failed && view.seen(moment, relay);
    // A completed one may leave the file before the next moment, and be seen all the same.
    const isRotated = truth.count('rotated', relay, moment.time - truth.step, moment.time) > 0;
    if (isRotated || isRotatedSince(view, relay, moment.time)) shown = undefined;
    // A row that only one scrape could show may be gone before the exporter is scraped.
    else if (isSeen && before) shown = moment.time;
    else if (failed && shown !== undefined) shown = moment.time;
    before = isSeen;
    if (shown === undefined || shown < view.remembersFrom(moment.time)) continue;
    if (moment.time - shown > 2 * view.times.latency) found.add(moment);
  }
  return found;
}

/**
 * Whether the last rotation of the relay that failed was not the last one, or not according to the clocks of its workers. A world begins
 * with the epoch: by a clock that is ahead, a failure may have been before it, and the rules take 0 for the end of one.
 */
const isRotatedSince = (view: View, relay: number, time: number) => {
  const last = (event: 'rotated' | 'rotation failed') => view.truth.last(event, relay, time) ?? 0;
  return last('rotated') > last('rotation failed') - ROTATIONS_OVERLAP || !view.clocksAgree(relay, time);
};

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** The stretches in which something held at every moment, and could be seen. */
function stretches(view: View, holds: (moment: Moment) => boolean): Stretch[] {
  const found: Stretch[] = [];
  let from: number | undefined;
  let to = 0;
  for (const moment of view.truth.moments) {
    if (holds(moment)) {
      from ??= moment.time;
      to = moment.time;
    } else if (from !== undefined) {
      found.push({ from, to });
      from = undefined;
    }
  }
  if (from !== undefined) found.push({ from, to });
  return found;
}

function ofTargets(view: View): Situation[] {
  const { truth, times } = view;
  const one = (
    what: string,
    alert: string,
    value: string,
    within: number,
    holds: (moment: Moment) => boolean,
  ): Situation[] =>
    stretches(view, (moment) => moment.scraped && holds(moment)).map((stretch) => ({
      what,
      anyOf: [alert],
      label: 'instance',
      value,
      within: within + times.latency,
      ...stretch,
    }));
  return [
    ...truth.gateways.flatMap((instance, i) =>
      one('the gateway does not answer', 'GatewayDown', instance, 120, ({ gateways }) => {
        const gateway = gateways[i];
        return gateway?.listed === true && !gateway.answers;
      }),
    ),
    ...truth.gateways.flatMap((instance, i) =>
      one('the gateway lacks a metric', 'GatewayMetricsMissing', instance, 300, ({ gateways }) => {
        const gateway = gateways[i];
        return gateway?.listed === true && gateway.answers && gateway.withheld;
      }),
    ),
    ...truth.workers.flatMap((instance, i) =>
      one('the file cannot be read', 'PendingWritesStateFileUnreadable', instance, 600, ({ workers }) => {
        const worker = workers[i];
        // One that was broken just now may have been whole when it was scraped.
        return worker?.listed === true && worker.answers && !worker.readable && !worker.damaged;
      }),
    ),
    ...truth.workers.flatMap((instance, i) =>
      one('the exporter does not answer', 'PendingWritesExporterDown', instance, 900, ({ workers }) => {
        const worker = workers[i];
        // A laptop may be open for seconds between two moments, and answer then.
        return worker?.listed === true && !worker.answers && !worker.answered;
      }),
    ),
  ];
}

/** Everything in a world that was wrong for longer than it takes to find it, and could be seen. */
export function situationsOf(view: View): Situation[] {
  const { truth } = view;
  const ofRelays = truth.keys.flatMap((value, relay) =>
    kindsOfRelays.flatMap(({ what, anyOf, holds, within }) => {
      const here = holds(view);
      return stretches(view, (moment) => {
        const one = moment.relays[relay] as RelayMoment;
        return (
          view.seen(moment, relay) &&
          one.workers.every(({ worker }) => !moment.workers[worker]?.clockOff) &&
          here(relay, one, moment)
        );
      }).map(
        (stretch): Situation => ({ what, anyOf, label: 'relay', value, within: within(view), ...stretch }),
      );
    }),
  );
  return [...ofRelays, ...ofTargets(view)].filter(
    ({ from, to, within }) => to - from >= within && from + within <= view.end,
  );
}
