import type { Ledger, LedgerEvent } from '../../src/simulator/ledger.js';
import type { TargetScrape } from '../../src/simulator/run.js';
import type { World } from '../../src/simulator/world.js';

/** A worker of a relay at a moment, as it really was. */
export interface WorkerOfRelay {
  readonly worker: number;
  readonly state: 'pending' | 'cleared' | undefined;
  readonly stalled: boolean;
  readonly rotation: 'pending' | 'completed' | 'failed' | undefined;
  /** When the worker last completed a rotation of the relay, in milliseconds since the world's begin. */
  readonly rotated: number | undefined;
}

/** A relay at a moment. */
export interface RelayMoment {
  /** Epoch seconds of the first marked write that nobody has reported as ingested since; undefined where there is none. */
  readonly pendingSince: number | undefined;
  /** Whether a gateway process that runs says that it is pending. */
  readonly gauge: boolean;
  /** The same, of the processes that service discovery lists. */
  readonly gaugeListed: boolean;
  /** The same, of the processes that a scrape of this moment shows. */
  readonly gaugeShown: boolean;
  /** Whether a process says that it is not. */
  readonly gaugeZero: boolean;
  /** Whether its registration remembers what to push. */
  readonly remembered: boolean;
  /** Whether it has left its workers. */
  readonly left: boolean;
  /** Whether a worker of it, also one that it has left, runs and reaches the gateway. */
  readonly online: boolean;
  /** The same, or one has been since the moment before. */
  readonly attended: boolean;
  /** Whether a process holds a lease for it that has not expired. */
  readonly leaseValid: boolean;
  /** Whether the gateway would accept a drive upload, if no worker is online: it runs without escrow, or holds a lease that it honors. */
  readonly writable: boolean;
  readonly mirrorLag: number | undefined;
  readonly workers: readonly WorkerOfRelay[];
}

/** A worker and its exporter at a moment. */
export interface WorkerMoment {
  readonly online: boolean;
  readonly running: boolean;
  /** Whether its process has started since the moment before. */
  readonly started: boolean;
  readonly listed: boolean;
  readonly answers: boolean;
  /** Whether it answered the scrape that belongs to this moment, which comes a little earlier. */
  readonly answered: boolean;
  readonly readable: boolean;
  /** Whether it was torn or spliced since the moment before; it may have been made whole again. */
  readonly damaged: boolean;
  /** Changes when the file is written. */
  readonly mtime: number | undefined;
  readonly refuses: boolean;
  readonly clockOff: boolean;
}

export interface GatewayMoment {
  /** Whether its process is another one than at the moment before, or is gone. */
  readonly replaced: boolean;
  readonly listed: boolean;
  readonly answers: boolean;
  readonly withheld: boolean;
}

export interface Moment {
  /** Seconds since the world's begin. */
  readonly time: number;
  /** Whether there are samples of this moment. A Prometheus that starts evaluates once before its first scrape. */
  readonly scraped: boolean;
  readonly mirrorsActive: boolean;
  readonly gateways: readonly GatewayMoment[];
  readonly workers: readonly WorkerMoment[];
  readonly relays: readonly RelayMoment[];
}

/** What was true in a world, at every scrape. It is read from the world's state, and from nothing that a rule reads. */
export class Truth {
  readonly moments: Moment[] = [];
  readonly keys: readonly string[];
  readonly workers: readonly string[];
  readonly gateways: readonly string[];
  readonly ledger: Ledger;
  readonly #pendingSince: (number | undefined)[];
  readonly #read: { marked: number; reported: number }[];
  #damages: readonly number[];
  /** Whether Prometheus ran at the moment before. */
  #ran = true;
  #processes: readonly World['gateways'][number]['process'][];
  readonly #files = new Map<number, { mtime: number; content: string; ok: boolean }>();

  constructor(
    world: World,
    /** Seconds between two moments. */
    readonly step: number,
  ) {
    this.keys = world.relays.map(({ key }) => key);
    this.workers = world.workers.map(({ instance }) => instance);
    this.gateways = world.gateways.map(({ instance }) => instance);
    this.ledger = world.ledger;
    this.#pendingSince = world.relays.map(() => undefined);
    this.#processes = world.gateways.map(({ process }) => process);
    this.#damages = world.workers.map(({ worker }) => worker.file.damages);
    this.#read = world.relays.map(() => ({ marked: 0, reported: 0 }));
  }

  /** Notes what is true now. */
  note(world: World, time: number, exporters: readonly TargetScrape[]): void {
    const answered = new Set(
      exporters.filter(({ exposition }) => exposition !== undefined).map(({ instance }) => instance),
    );
    this.moments.push({
      time,
      scraped: world.scraped && this.#ran,
      mirrorsActive: world.mirrors.active,
      gateways: world.gateways.map(({ listed, reachable, process, withheld }, i) => ({
        replaced: process !== this.#processes[i],
        listed,
        answers: reachable && process !== undefined,
        withheld: withheld.size > 0,
      })),
      workers: world.workers.map((place, i) => ({
        online: place.worker.online,
        running: place.worker.running,
        started: place.worker.startedAt > world.clock.now - this.step * 1000,
        listed: place.listed,
        answers: world.exporterAnswers(place),
        answered: answered.has(place.instance),
        readable: this.#readable(i, place.worker.file.view),
        damaged: place.worker.file.damages !== this.#damages[i],
        mtime: place.worker.file.view?.mtimeMs,
        refuses: place.worker.faults.refusesPushes,
        clockOff: place.worker.clockOffsetMs !== 0,
      })),
      relays: world.relays.map((relay) => {
        const processes = world.gateways.flatMap(({ process }) => process ?? []);
        const owners = world.workers.flatMap(({ worker }, i) => {
          return world.everyWorkerOf(relay).includes(worker) ? [{ worker: i, ...worker.knows(relay) }] : [];
        });
        return {
          pendingSince: this.#pending(relay.index),
          gauge: processes.some((process) => process.isPending(relay)),
          gaugeListed: world.gateways.some(({ listed, process }) => listed && process?.isPending(relay)),
          gaugeShown: world.gateways.some(
            ({ listed, reachable, process, withheld }) =>
              listed && reachable && withheld.size === 0 && process?.isPending(relay),
          ),
          gaugeZero: processes.some((process) => process.gauge(relay) === 0),
          remembered: world.registrations.get(relay)?.pending !== undefined,
          left: world.workersOf(relay).length === 0,
          online: world.everyWorkerOf(relay).some((worker) => worker.online),
          attended: world
            .everyWorkerOf(relay)
            .some((worker) => worker.online || worker.lastOnline > world.clock.now - this.step * 1000),
          leaseValid: processes.some((process) => {
            const lease = process.lease(relay);
            return lease?.status === 'active' && lease.expiresAt > world.clock.now;
          }),
          writable: processes.some((process) => process.wouldAccept(relay)),
          mirrorLag: world.mirrors.lag(relay),
          workers: owners,
        };
      }),
    });
    this.#ran = world.scraped;
    this.#processes = world.gateways.map(({ process }) => process);
    this.#damages = world.workers.map(({ worker }) => worker.file.damages);
  }

  #readable(worker: number, view: { content: string; mtimeMs: number } | undefined): boolean {
    if (view === undefined) return true;
    const known = this.#files.get(worker);
    if (known?.mtime === view.mtimeMs && known.content === view.content) return known.ok;
    let ok = true;
    try {
      JSON.parse(view.content);
    } catch {
      ok = false;
    }
    this.#files.set(worker, { mtime: view.mtimeMs, content: view.content, ok });
    return ok;
  }

  /** Follows the ledger up to now. */
  #pending(relay: number): number | undefined {
    const marked = this.ledger.times('marked', relay);
    const reported = this.ledger.times('reported', relay);
    const read = this.#read[relay] as { marked: number; reported: number };
    for (;;) {
      const mark = marked[read.marked];
      const report = reported[read.reported];
      if (mark === undefined && report === undefined) break;
      if (report === undefined || (mark !== undefined && mark <= report)) {
        read.marked += 1;
        this.#pendingSince[relay] ??= (mark as number) / 1000;
      } else {
        read.reported += 1;
        this.#pendingSince[relay] = undefined;
      }
    }
    return this.#pendingSince[relay];
  }

  /** The last moment at or before a time. */
  indexAt(time: number): number {
    return Math.max(0, Math.min(this.moments.length - 1, Math.floor(time / this.step)));
  }

  at(time: number): Moment {
    return this.moments[this.indexAt(time)] as Moment;
  }

  /** The moments of a stretch of time, both ends included. */
  between(from: number, to: number): readonly Moment[] {
    if (to < 0) return [];
    return this.moments.slice(Math.max(0, Math.ceil(from / this.step)), this.indexAt(to) + 1);
  }

  relay(key: string): number {
    return this.keys.indexOf(key);
  }

  /** How often something happened to a relay from one time to another, both included; seconds. */
  count(event: LedgerEvent, relay: number, from: number, to: number): number {
    const times = this.ledger.times(event, relay);
    return firstAfter(times, to * 1000 + 1) - firstAfter(times, from * 1000);
  }

  /** The last time at or before `to` at which it happened, or undefined. */
  last(event: LedgerEvent, relay: number, to: number): number | undefined {
    const times = this.ledger.times(event, relay);
    const time = times[firstAfter(times, to * 1000 + 1) - 1];
    return time === undefined ? undefined : time / 1000;
  }
}

/** The index of the first time that is not before `limit`. */
function firstAfter(times: readonly number[], limit: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
