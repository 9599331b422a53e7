import type { Config } from '../../src/config/schema.js';
import { durationSeconds } from '../../src/promql/duration.js';
import { seconds } from '../../src/simulator/scenario.js';
import { pausesOf } from '../../src/simulator/timeline.js';
import type { Played } from './play.js';
import type { Moment, RelayMoment, Truth, WorkerMoment } from './truth.js';

/** How long rules remember what they recorded while they are not evaluated, in seconds: `memory` of a site. */
const MEMORY = 3600;

/** Two workers of a relay may rotate it at the same time, for this long in seconds; then it does not matter which one is the last. */
export const ROTATIONS_OVERLAP = 2;

/** Thresholds and intervals of a site in seconds. */
export interface Times {
  readonly scrape: number;
  readonly evaluation: number;
  /** Between a change and the evaluation that shows it, at the most. */
  readonly latency: number;
  readonly rateWindow: number;
  readonly pushWindow: number;
  readonly infoAfter: number;
  readonly warningAfter: number;
  readonly criticalAfter: number;
  readonly stuckAfter: number;
  readonly unpushedAfter: number;
  readonly carryFor: number;
  readonly wantedWithin: number;
  readonly quietAfter: number;
  readonly mainPathAfter: number;
  readonly mirrorLag: number;
  readonly pendingAfter: number;
  readonly disagreeAfter: number;
  readonly clearedWithin: number;
  readonly slowSeconds: number;
}

function timesOf(config: Config): Times {
  const { thresholds: t } = config;
  const s = durationSeconds;
  const scrape = s(config.scrapeInterval);
  const evaluation = s(config.evaluationInterval);
  return {
    scrape,
    evaluation,
    latency: 2 * scrape + 2 * evaluation,
    rateWindow: s(config.rateWindow),
    pushWindow: 360 + 2 * scrape,
    infoAfter: s(t.pendingWrites.infoAfter),
    warningAfter: s(t.pendingWrites.warningAfter),
    criticalAfter: s(t.pendingWrites.criticalAfter),
    stuckAfter: s(t.pendingWrites.stuckAfter),
    unpushedAfter: s(t.pendingWrites.unpushedAfter),
    carryFor: s(t.pendingWrites.carryFor),
    wantedWithin: s(t.leaseExpiry.wantedWithin),
    quietAfter: s(t.replicaFallback.quietAfter),
    mainPathAfter: s(t.replicaFallback.warningAfter),
    mirrorLag: t.replicaFallback.mirrorLagSeconds,
    pendingAfter: s(t.workerQueue.pendingAfter),
    disagreeAfter: s(t.workerQueue.disagreeAfter),
    clearedWithin: s(t.objective.clearedWithin),
    slowSeconds: t.pushWait.slowSeconds,
  };
}

/** What the properties ask of a world: the truth, and what could be seen of it. */
export class View {
  readonly times: Times;
  readonly truth: Truth;
  readonly alwaysOn: boolean;
  readonly end: number;
  readonly snapshots: boolean;
  /** The ends of the outages of Prometheus that were longer than the rules remember, in seconds. */
  readonly #forgotten: readonly number[];

  constructor(readonly played: Played) {
    const { config } = played.bundle;
    this.times = timesOf(config);
    this.truth = played.truth;
    this.alwaysOn = config.workers.alwaysOn;
    this.end = seconds(played.scenario.duration);
    this.snapshots = played.scenario.build?.stateFile === 'snapshot';
    this.#forgotten = pausesOf(played.scenario)
      .filter(({ from, to }) => to - from > MEMORY - this.times.latency)
      .map(({ to }) => to);
  }

  relayAt(relay: number, time: number): RelayMoment {
    return this.truth.at(time).relays[relay] as RelayMoment;
  }

  /** Whether a scrape of this moment shows every gateway. */
  gatewaysSeen({ scraped, gateways }: Moment): boolean {
    return scraped && gateways.every(({ listed, answers, withheld }) => listed && answers && !withheld);
  }

  /**
   * Whether scrapes show what the gateways counted in the seconds before a time: what was counted between two scrapes far apart counts for
   * less, and the counters of a new process show no increase where they come back to the value of before.
   */
  countsSeen(time: number, window: number): boolean {
    return this.truth
      .between(time - window, time)
      .every((moment) => this.gatewaysSeen(moment) && moment.gateways.every(({ replaced }) => !replaced));
  }

  /** Whether a scrape of this moment shows what the worker's file says. */
  fileSeen(moment: Moment, worker: number): boolean {
    const { listed, answers, answered, readable, damaged } = moment.workers[worker] as WorkerMoment;
    return moment.scraped && listed && answers && answered && readable && !damaged;
  }

  /** The same, and there is a file. */
  fileShown(moment: Moment, worker: number): boolean {
    return this.fileSeen(moment, worker) && moment.workers[worker]?.mtime !== undefined;
  }

  /**
   * Whether scrapes show of a relay that this worker has in its queue whether pushes of it are delivered: by the counter of the build, or
   * because its file names it.
   */
  showsPushes(moment: Moment, worker: number): boolean {
    return this.played.scenario.build?.pushCounter === 'by-relay' || this.fileShown(moment, worker);
  }

  /** Whether a scrape of this moment shows every gateway and the files of all workers that know the relay. */
  seen(moment: Moment, relay: number): boolean {
    return (
      this.gatewaysSeen(moment) &&
      (moment.relays[relay] as RelayMoment).workers.every(({ worker }) => this.fileSeen(moment, worker))
    );
  }

  /**
   * How far back an alert may look that judges by the last `window` seconds: what was not seen does not count, because the
   * alert keeps what it knew before.
   */
  back(time: number, window: number, sees: (moment: Moment) => boolean): number {
    let left = window;
    let at = time;
    while (left > 0 && at > 0) {
      at -= this.truth.step;
      const moment = this.truth.at(at);
      if (sees(moment)) left -= this.truth.step;
    }
    return at;
  }

  /** The time before which the rules remember nothing, because Prometheus was down for too long since. */
  remembersFrom(time: number): number {
    return Math.max(0, ...this.#forgotten.filter((end) => end <= time));
  }

  /**
   * The end of the last stretch up to a time in which no scrape showed that the relay is pending for longer than the rules remember it
   * without its gauge; 0 where there is none.
   */
  shownAgainFrom(relay: number, time: number): number {
    const { moments } = this.truth;
    let end = moments[this.truth.indexAt(time)]?.time ?? 0;
    for (let index = this.truth.indexAt(time); index >= 0; index -= 1) {
      const moment = moments[index] as Moment;
      if (!moment.scraped || moment.relays[relay]?.gaugeShown !== true) continue;
      if (end - moment.time > this.times.carryFor - this.times.latency) return end;
      end = moment.time;
    }
    return 0;
  }

  /** Whether the clocks of the relay's workers have been right all the time, so that the times in their files can be compared. */
  clocksAgree(relay: number, time: number): boolean {
    return this.truth
      .between(0, time)
      .every(({ relays, workers }) =>
        relays[relay]?.workers.every(({ worker }) => !workers[worker]?.clockOff),
      );
  }

  /** Whether the relay was pending, or a process said so, at this moment. */
  pending(relay: RelayMoment): boolean {
    return relay.gauge || relay.pendingSince !== undefined;
  }

  /** Since when something has held of a relay without a break, up to a time; undefined where it does not hold then. */
  since(relay: number, time: number, holds: (relay: RelayMoment, moment: Moment) => boolean) {
    let index = this.truth.indexAt(time);
    let since: number | undefined;
    for (; index >= 0; index -= 1) {
      const moment = this.truth.moments[index] as Moment;
      if (holds(moment.relays[relay] as RelayMoment, moment)) since = moment.time;
      // What a scrape between two evaluations shows, no rule looks at.
      else if (moment.time % this.times.evaluation === 0) break;
    }
    return since;
  }

  /** Whether something held of a relay at a moment between two times. */
  any(relay: number, from: number, to: number, holds: (relay: RelayMoment, moment: Moment) => boolean) {
    return this.truth.between(from, to).some((moment) => holds(moment.relays[relay] as RelayMoment, moment));
  }

  /** Since when the relay has been pending, or called pending by a process. */
  pendingSince(relay: number, time: number): number | undefined {
    return this.since(relay, time, (one) => this.pending(one));
  }

  /**
   * Since when the relay has been pending, where that could be seen all the time; undefined where it is not pending, where a report
   * ended an earlier term shortly before, or where something was hidden, as by a restart before the first evaluation.
   */
  knownStart(relay: number, time: number): number | undefined {
    const settled = 2 * this.times.latency;
    const since = this.pendingSince(relay, time);
    if (since === undefined || since <= settled) return undefined;
    if (this.truth.count('reported', relay, since - settled, time) > 0) return undefined;
    const isVisible = this.truth.between(since - settled, time).every((moment) => this.seen(moment, relay));
    const evaluated = this.truth.between(since, time).find((one) => one.time % this.times.evaluation === 0);
    return isVisible && evaluated?.relays[relay]?.gaugeShown === true ? since : undefined;
  }

  /** Whether the site's declaration, or a worker that was there, means that somebody should have ingested what is pending. */
  attended(relay: number, time: number): boolean {
    if (this.alwaysOn) return true;
    const since = this.pendingSince(relay, time);
    if (since === undefined) return false;
    // A site that declares it takes a worker that runs for one that is online, also where its network is cut.
    const { exporterRunsWithWorker } = this.played.bundle.config.workers;
    return this.any(
      relay,
      since,
      time,
      ({ attended, workers }, moment) =>
        attended || (exporterRunsWithWorker && workers.some(({ worker }) => moment.workers[worker]?.running)),
    );
  }

  /** Whether a worker holds a notification of what is pending. */
  notified(relay: RelayMoment): boolean {
    return relay.workers.some(({ state }) => state === 'pending');
  }

  /** Whether the scrapes of all these moments showed that writes to the relay are rejected for want of a lease. */
  steadilyRejected(relay: number, moments: readonly Moment[]): boolean {
    const { rateWindow, scrape } = this.times;
    return (
      this.played.bundle.config.escrow === 'on' &&
      moments.every(
        ({ time }) =>
          this.truth.count('readonly', relay, time - rateWindow + 2 * scrape, time) > 0 &&
          this.countsSeen(time, rateWindow),
      )
    );
  }

  /** Since when the replica has served reads of the relay without a long pause. */
  fallbackSince(relay: number, time: number): number | undefined {
    const reads = this.truth.ledger.times('read', relay);
    const gap = this.times.quietAfter + this.times.rateWindow + this.times.latency;
    let since: number | undefined;
    for (let i = reads.length - 1; i >= 0; i -= 1) {
      const at = (reads[i] as number) / 1000;
      if (at > time) continue;
      if ((since ?? time) - at > gap) break;
      since = at;
    }
    return since;
  }
}
