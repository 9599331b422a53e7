import type { MetricDefinition } from '../model/metric.js';
import { type BuildOptions, OBSERVED_BUILD, type Timings, USUAL_TIMINGS } from './build.js';
import { Clock } from './clock.js';
import type { Exposition } from './exposition.js';
import { Escrow, Gateway, Mirrors, RegistrationStore, type Relay } from './gateway.js';
import { Random } from './random.js';
import { type Action, type Scenario, seconds } from './scenario.js';
import { Traffic } from './traffic.js';
import { Worker } from './worker.js';

/** A target in Prometheus's configuration. */
interface Target {
  readonly instance: string;
  /** False while a scrape gets no answer though the process runs. */
  reachable: boolean;
  /** False while service discovery does not know it. */
  listed: boolean;
}

/** Where a gateway process runs; the process may come and go. */
interface GatewayPlace extends Target {
  process: Gateway | undefined;
  readonly withheld: Set<MetricDefinition>;
}

interface WorkerPlace extends Target {
  readonly worker: Worker;
}

/** How long the first gateway processes have been running when a scenario begins, in seconds. */
const UPTIME = 3 * 86_400;

/** Gateways, workers, clients, escrow and mirrors of a scenario, in virtual time. */
export class World {
  readonly clock: Clock;
  readonly relays: readonly Relay[];
  readonly gateways: readonly GatewayPlace[];
  readonly workers: readonly WorkerPlace[];
  readonly escrow = new Escrow();
  readonly mirrors: Mirrors;
  readonly build: BuildOptions;
  readonly timings: Timings;
  readonly #scenario: Scenario;
  readonly #workersOf: readonly (readonly Worker[])[];
  readonly #seed: number;
  /** Outlives the gateway processes, which share it. */
  readonly #registrations: RegistrationStore;
  #prometheusDown = 0;
  #processes = 0;

  /** @param startMs the scenario's begin, epoch milliseconds */
  constructor(scenario: Scenario, startMs: number) {
    this.#scenario = scenario;
    this.#seed = scenario.seed ?? 1;
    this.build = { ...OBSERVED_BUILD, ...scenario.build };
    this.timings = { ...USUAL_TIMINGS, ...scenario.timings };
    this.clock = new Clock(startMs);
    this.mirrors = new Mirrors(this.clock, scenario.mirrors ?? true);
    const keys = Random.for(this.#seed, 'relay keys');
    const owner = keys.hex(64);
    this.relays = Array.from({ length: scenario.relays ?? 1 }, (_, index) => ({
      index,
      key: keys.hex(64),
      driveIdentifier: keys.hex(64),
      owner,
    }));
    for (const relay of this.relays) this.mirrors.touch(relay);

    const lifetime = this.timings.registration * 1000;
    const kept = scenario.registrations !== 'run out';
    this.#registrations = new RegistrationStore(this.clock, lifetime, kept);
    this.gateways = Array.from({ length: scenario.gateways ?? 1 }, (_, i) => ({
      instance: `gateway-${i + 1}:3000`,
      process: undefined,
      withheld: new Set(),
      reachable: true,
      listed: true,
    }));
    const all = this.relays.map(({ index }) => index);
    this.workers = (scenario.workers ?? [all]).map((owned, i) => ({
      instance: `worker-${i + 1}:9786`,
      reachable: true,
      listed: true,
      worker: new Worker(
        {
          clock: this.clock,
          build: this.build,
          timings: this.timings,
          registrations: this.#registrations,
          escrow: this.escrow,
          mirrors: this.mirrors,
          gateways: () => this.gateways.flatMap(({ process }) => process ?? []),
          answering: (relay) => this.#answering(relay),
        },
        Random.for(this.#seed, `worker ${i}`),
        owned.map((index) => this.relays[index] as Relay),
      ),
    }));
    const workersOf: Worker[][] = this.relays.map(() => []);
    for (const { worker } of this.workers)
      for (const relay of worker.relays) workersOf[relay.index]?.push(worker);
    this.#workersOf = workersOf;
    for (const place of this.gateways) {
      place.process = this.#newGateway();
      place.process.pretendUptime(UPTIME);
      if (scenario.seasoned === true) place.process.season();
    }
    for (const { worker } of this.workers) worker.startQuietly();
    for (const action of scenario.actions) this.#plan(startMs, action);
  }

  /** Whether Prometheus scrapes at all now. */
  get scraped(): boolean {
    return this.#prometheusDown === 0;
  }

  advanceTo(epochMs: number): void {
    this.clock.advanceTo(epochMs);
  }

  /** What a scrape of a gateway process gives; undefined where it fails. */
  gatewayExposition(place: GatewayPlace): Exposition | undefined {
    if (!place.reachable || place.process === undefined) return undefined;
    return place.process.expose(place.withheld);
  }

  /** Whether a worker's exporter answers a scrape: it runs on the worker's host, beside the app. */
  exporterAnswers(place: WorkerPlace): boolean {
    return place.reachable && place.worker.hostOn;
  }

  /** The process that serves a relay's clients. */
  gatewayOf(relay: Relay): Gateway | undefined {
    return this.gateways[relay.index % this.gateways.length]?.process;
  }

  #answering(relay: Relay): Gateway | undefined {
    const shift = this.#scenario.resyncAnsweredBy === 'another process' ? 1 : 0;
    return this.gateways[(relay.index + shift) % this.gateways.length]?.process;
  }

  #newGateway(): Gateway {
    this.#processes += 1;
    return new Gateway(
      {
        clock: this.clock,
        build: this.build,
        timings: this.timings,
        peers: this.workers.map(({ worker }) => worker),
        peersOf: (relay) => this.#workersOf[relay.index] ?? [],
        relays: this.relays,
        registrations: this.#registrations,
        escrow: this.escrow,
        mirrors: this.mirrors,
      },
      Random.for(this.#seed, `gateway process ${this.#processes}`),
    );
  }

  #stopGateway(place: GatewayPlace): void {
    const { process } = place;
    if (process === undefined) return;
    process.stop();
    place.process = undefined;
    for (const { worker } of this.workers) worker.gatewayChanged(process);
  }

  #startGateway(place: GatewayPlace): void {
    if (place.process !== undefined) return;
    const process = this.#newGateway();
    place.process = process;
    for (const { worker } of this.workers) worker.gatewayChanged(process);
  }

  #plan(startMs: number, action: Action): void {
    this.clock.at(startMs + seconds(action.at) * 1000, () => this.do(action));
  }

  /** Begins something, and ends it after its time, where it has one. */
  #lasting(action: { readonly for?: string }, change: (on: boolean) => void): void {
    change(true);
    if (action.for !== undefined) this.clock.after(seconds(action.for) * 1000, () => change(false));
  }

  /** Lets an action happen now, whatever its time says. */
  do(action: Action): void {
    const chosen = <T>(all: readonly T[], places: readonly number[] | undefined): readonly T[] =>
      places === undefined ? all : places.map((place) => all[place] as T);
    const named = action as { relays?: number[]; workers?: number[]; gateways?: number[] };
    const relays = chosen(this.relays, named.relays);
    const workerPlaces = chosen(this.workers, named.workers);
    const workers = workerPlaces.map(({ worker }) => worker);
    const gateways = chosen(this.gateways, named.gateways);
    /** Puts relays into a set of every worker that owns them, or takes them out. */
    const mark = (set: 'jobs' | 'rotations') => (on: boolean) => {
      for (const relay of relays) {
        for (const worker of this.#workersOf[relay.index] ?? []) {
          if (on) worker.faults[set].add(relay.key);
          else worker.faults[set].delete(relay.key);
        }
      }
    };

    switch (action.do) {
      case 'worker goes offline':
        this.#lasting(action, (away) => {
          for (const worker of workers) {
            if (away) worker.stop(action.host === 'off');
            else worker.start();
          }
        });
        break;
      case 'worker comes back':
        for (const worker of workers) worker.start();
        break;
      case 'worker restarts':
        for (const worker of workers) {
          worker.stop();
          this.clock.after(seconds(action.downFor ?? '5s') * 1000, () => worker.start());
        }
        break;
      case 'jobs fail':
        this.#lasting(action, mark('jobs'));
        break;
      case 'rotations fail':
        this.#lasting(action, mark('rotations'));
        break;
      case 'jobs hang':
        this.#lasting(action, (on) => {
          for (const worker of workers) worker.faults.hangs = on;
        });
        break;
      case 'pushes are refused':
        this.#lasting(action, (on) => {
          for (const worker of workers) worker.faults.refusesPushes = on;
        });
        break;
      case 'cleared pushes are lost':
        this.#lasting(action, (on) => {
          for (const worker of workers) worker.faults.losesClearedPushes = on;
        });
        break;
      case 'writer is rotated by hand':
        for (const relay of relays) {
          for (const worker of this.#workersOf[relay.index] ?? []) worker.rotateByHand(relay);
        }
        break;
      case 'worker clock is off': {
        const offset = seconds(action.by) * 1000 * (action.slow === true ? -1 : 1);
        this.#lasting(action, (on) => {
          for (const worker of workers) worker.clockOffsetMs = on ? offset : 0;
        });
        break;
      }
      case 'state file is torn':
        this.#lasting(action, (on) => {
          for (const worker of workers) {
            if (on) worker.file.tear();
            else worker.file.mend();
          }
        });
        break;
      case 'state file is deleted':
        for (const worker of workers) worker.file.remove();
        break;

      case 'writes arrive':
      case 'reads arrive':
        for (const relay of relays) this.#startTraffic(relay, action);
        break;
      case 'a write arrives':
        for (const relay of relays) {
          const gateway = this.gatewayOf(relay);
          if (gateway !== undefined && !gateway.hasWorker(relay)) {
            gateway.writeToReplica(relay, action.through ?? 'drive');
          }
        }
        break;

      case 'lease is requested': {
        const end = this.clock.now + (action.for === undefined ? 0 : seconds(action.for) * 1000);
        const request = () => {
          for (const relay of relays) this.gatewayOf(relay)?.requestLease(relay);
          if (action.every === undefined) return;
          const next = this.clock.now + seconds(action.every) * 1000;
          if (next <= end) this.clock.at(next, request);
        };
        request();
        break;
      }
      case 'lease is released':
        for (const relay of relays) this.gatewayOf(relay)?.releaseLease(relay, action.reason);
        break;
      case 'escrow is down':
        this.#lasting(action, (on) => {
          this.escrow.reachable = !on;
        });
        break;

      case 'mirrors go stale':
        this.#lasting(action, (on) => {
          for (const relay of relays) {
            if (on) this.mirrors.freeze(relay);
            else this.mirrors.thaw(relay);
          }
        });
        break;
      case 'mirror service stops':
        this.#lasting(action, (on) => {
          this.mirrors.active = !on;
        });
        break;

      case 'gateway restarts':
        for (const place of gateways) {
          this.#stopGateway(place);
          this.clock.after(seconds(action.downFor ?? '5s') * 1000, () => this.#startGateway(place));
        }
        break;
      case 'gateway stops':
        this.#lasting(action, (on) => {
          for (const place of gateways) {
            if (on) this.#stopGateway(place);
            else this.#startGateway(place);
          }
        });
        break;
      case 'metadata is cleared by hand':
        for (const relay of relays) this.#answering(relay)?.resyncComplete(relay);
        break;
      case 'relay is registered again':
        for (const relay of relays) this.#registrations.overwrite(relay);
        break;
      case 'pending is toggled by hand':
        for (const relay of relays) this.gatewayOf(relay)?.markPending(relay, 'websocket');
        break;

      case 'gateway is not scraped':
        this.#lasting(action, (on) => {
          for (const place of gateways) place.reachable = !on;
        });
        break;
      case 'gateway leaves service discovery':
        this.#lasting(action, (on) => {
          for (const place of gateways) place.listed = !on;
        });
        break;
      case 'gateway loses a metric':
        this.#lasting(action, (on) => {
          for (const place of gateways) {
            if (on) place.withheld.add(action.metric);
            else place.withheld.delete(action.metric);
          }
        });
        break;
      case 'exporter stops':
        this.#lasting(action, (on) => {
          for (const place of workerPlaces) place.reachable = !on;
        });
        break;
      case 'exporter leaves service discovery':
        this.#lasting(action, (on) => {
          for (const place of workerPlaces) place.listed = !on;
        });
        break;
      case 'Prometheus is down':
        this.#lasting(action, (on) => {
          this.#prometheusDown += on ? 1 : -1;
        });
        break;
      default: {
        const never: never = action;
        throw new TypeError(`unknown action ${JSON.stringify(never)}`);
      }
    }
  }

  #startTraffic(relay: Relay, action: Extract<Action, { do: 'writes arrive' | 'reads arrive' }>): void {
    const writes = action.do === 'writes arrive' ? action : undefined;
    new Traffic(
      this.clock,
      Random.for(this.#seed, `${action.at} ${action.do} ${relay.index}`),
      {
        relay,
        kind: writes === undefined ? 'read' : 'write',
        through: writes?.through ?? 'websocket',
        perMinute: action.perMinute,
        seconds: seconds(action.for),
        sessions: action.sessions ?? 1,
        invalid: writes?.invalid ?? 0,
        sessionSeconds: this.timings.session,
      },
      (of) => this.gatewayOf(of),
    );
  }
}
