import type { MetricDefinition } from '../model/metric.js';
import type { Timings } from './build.js';
import type { Clock } from './clock.js';
import type { Escrow } from './escrow.js';
import type { Gateway } from './gateway.js';
import type { Mirrors } from './mirrors.js';
import type { RegistrationStore } from './registrations.js';
import type { Relay } from './relay.js';
import type { Worker } from './worker.js';

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

/** What actions change: gateways, workers, clients, escrow and mirrors. */
export interface Surroundings {
  readonly clock: Clock;
  readonly relays: readonly Relay[];
  readonly gateways: readonly GatewayPlace[];
  readonly workers: readonly WorkerPlace[];
  readonly escrow: Escrow;
  readonly mirrors: Mirrors;
  /** Outlives the gateway processes, which share it. */
  readonly registrations: RegistrationStore;
  readonly timings: Timings;
  readonly seed: number;
  /** The workers of a relay. */
  workersOf(relay: Relay): readonly Worker[];
  /** The process that serves a relay's clients. */
  gatewayOf(relay: Relay): Gateway | undefined;
  /** The process that answers `resync-complete` for a relay. */
  answering(relay: Relay): Gateway | undefined;
  stopGateway(place: GatewayPlace): void;
  startGateway(place: GatewayPlace): void;
  /** Prometheus stops or starts. */
  prometheusDown(down: boolean): void;
}
