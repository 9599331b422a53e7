import type { MetricDefinition } from '../model/metric.js';
import { type BuildOptions, OBSERVED_BUILD, type Timings, USUAL_TIMINGS } from './build.js';
import { Clock } from './clock.js';
import { Escrow } from './escrow.js';
import type { Exposition } from './exposition.js';
import { Gateway } from './gateway.js';
import { Ledger } from './ledger.js';
import { Mirrors } from './mirrors.js';
import { Random } from './random.js';
import { RegistrationStore } from './registrations.js';
import type { Relay } from './relay.js';
import type { Scenario } from './scenario.js';
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
export interface GatewayPlace extends Target {
  process: Gateway | undefined;
  readonly withheld: Set<MetricDefinition>;
}

export interface WorkerPlace extends Target {
  readonly worker: Worker;
}

/** How long the first gateway processes have been running when a scenario begins, in seconds. */
const UPTIME = 3 * 86_400;

/** Gateways, workers, clients, escrow and mirrors of a scenario, in virtual time. What happens to them is in `actions/`. */
export class World {
  readonly clock: Clock;
  readonly relays: readonly Relay[];
  readonly gateways: readonly GatewayPlace[];
  readonly workers: readonly WorkerPlace[];
  readonly escrow: Escrow;
  readonly mirrors: Mirrors;
  /** Outlives the gateway processes, which share it. */
  readonly registrations: RegistrationStore;
  readonly build: BuildOptions;
  readonly timings: Timings;
  readonly seed: number;
  /** What has truly happened, whether or not a metric shows it. */
  readonly ledger = new Ledger();
  readonly #scenario: Scenario;
  readonly #workersOf: readonly (readonly Worker[])[];
  #prometheusDown = 0;
  #processes = 0;

  /** @param startMs the scenario's begin, epoch milliseconds */
  constructor(scenario: Scenario, startMs: number) {
    this.#scenario = scenario;
    this.seed = scenario.seed ?? 1;
    this.build = { ...OBSERVED_BUILD, ...scenario.build };
    this.timings = { ...USUAL_TIMINGS, ...scenario.timings };
    this.clock = new Clock(startMs);
    this.escrow = new Escrow(scenario.escrow !== 'off');
    this.mirrors = new Mirrors(this.clock, scenario.mirrors ?? true);
    const keys = Random.for(this.seed, 'relay keys');
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
    this.registrations = new RegistrationStore(this.clock, lifetime, kept);
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
      worker: this.#newWorker(i, owned),
    }));
    const workersOf: Worker[][] = this.relays.map(() => []);
    for (const { worker } of this.workers)
      for (const relay of worker.relays) workersOf[relay.index]?.push(worker);
    this.#workersOf = workersOf;
    for (const place of this.gateways) {
      place.process = this.#newGateway();
      place.process.pretendUptime(UPTIME);
      if (scenario.seededCounters === true) place.process.seedCounters();
    }
    for (const { worker } of this.workers) worker.startQuietly();
  }

  /** Whether Prometheus runs now: scrapes, and evaluates rules. */
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

  /** Whether a worker's exporter answers a scrape: it runs on the worker's host, beside the app or with it. */
  exporterAnswers({ reachable, worker }: WorkerPlace): boolean {
    return reachable && (this.#scenario.exporters === 'with the worker' ? worker.running : worker.hostOn);
  }

  /** The workers that own a relay now. */
  workersOf(relay: Relay): readonly Worker[] {
    return (this.#workersOf[relay.index] ?? []).filter((worker) => worker.owns(relay));
  }

  /** The process that serves a relay's clients. */
  gatewayOf(relay: Relay): Gateway | undefined {
    return this.gateways[relay.index % this.gateways.length]?.process;
  }

  /** The process that answers `resync-complete` for a relay. */
  answering(relay: Relay): Gateway | undefined {
    const shift = this.#scenario.resyncAnsweredBy === 'another process' ? 1 : 0;
    return this.gateways[(relay.index + shift) % this.gateways.length]?.process;
  }

  /** The workers of a relay, also where it has left them. */
  everyWorkerOf(relay: Relay): readonly Worker[] {
    return this.#workersOf[relay.index] ?? [];
  }

  /** The relay leaves its workers, and its registration with them. Series and files keep its name. */
  relayLeaves(relay: Relay): void {
    for (const worker of this.workersOf(relay)) worker.drop(relay);
    this.registrations.remove(relay);
  }

  /** A relay that left is back at its workers. */
  relayJoins(relay: Relay): void {
    for (const worker of this.everyWorkerOf(relay)) worker.adopt(relay);
  }

  stopGateway(place: GatewayPlace): void {
    const { process } = place;
    if (process === undefined) return;
    process.stop();
    place.process = undefined;
    for (const { worker } of this.workers) worker.gatewayChanged(process);
  }

  startGateway(place: GatewayPlace): void {
    if (place.process !== undefined) return;
    const process = this.#newGateway();
    place.process = process;
    for (const { worker } of this.workers) worker.gatewayChanged(process);
  }

  /** Prometheus stops or starts. */
  prometheusDown(down: boolean): void {
    this.#prometheusDown += down ? 1 : -1;
  }

  #newWorker(place: number, owned: readonly number[]): Worker {
    return new Worker(
      {
        clock: this.clock,
        build: this.build,
        timings: this.timings,
        registrations: this.registrations,
        escrow: this.escrow,
        mirrors: this.mirrors,
        ledger: this.ledger,
        gateways: () => this.gateways.flatMap(({ process }) => process ?? []),
        answering: (relay) => this.answering(relay),
      },
      Random.for(this.seed, `worker ${place}`),
      owned.map((index) => this.relays[index] as Relay),
    );
  }

  #newGateway(): Gateway {
    this.#processes += 1;
    return new Gateway(
      {
        clock: this.clock,
        build: this.build,
        timings: this.timings,
        peers: this.workers.map(({ worker }) => worker),
        peersOf: (relay) => this.workersOf(relay),
        relays: this.relays,
        registrations: this.registrations,
        escrow: this.escrow,
        mirrors: this.mirrors,
        ledger: this.ledger,
      },
      Random.for(this.seed, `gateway process ${this.#processes}`),
    );
  }
}
