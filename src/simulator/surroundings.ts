import type { BuildOptions, Timings } from './build.js';
import type { Clock } from './clock.js';
import type { Escrow } from './escrow.js';
import type { Registry } from './exposition.js';
import type { Ledger } from './ledger.js';
import type { Mirrors } from './mirrors.js';
import type { Random } from './random.js';
import type { RegistrationStore } from './registrations.js';
import type { GatewayView, Peer, Relay } from './relay.js';

/** Everything around a gateway process that it does not control. */
export interface Surroundings {
  readonly clock: Clock;
  readonly build: BuildOptions;
  readonly timings: Timings;
  /** Every worker. */
  readonly peers: readonly Peer[];
  /** The workers of a relay. */
  peersOf(relay: Relay): readonly Peer[];
  readonly relays: readonly Relay[];
  readonly registrations: RegistrationStore;
  readonly escrow: Escrow;
  readonly mirrors: Mirrors;
  readonly ledger: Ledger;
}

/** One gateway process as its own parts see it. */
export interface GatewayProcess {
  readonly at: Surroundings;
  readonly random: Random;
  readonly registry: Registry;
  /** The workers of a relay that the process takes for connected. */
  workersOf(relay: Relay): readonly Peer[];
  /** Repeats something for as long as the process runs. */
  every(seconds: number, run: () => void): void;
}

/** What goes wrong in a worker, changed by the scenario. */
export interface Faults {
  /** Relays whose jobs fail. */
  readonly jobs: Set<string>;
  /** Relays whose rotations fail. */
  readonly rotations: Set<string>;
  /** Whether it answers pushes with 403. */
  refusesPushes: boolean;
  /** Whether `cleared` pushes do not arrive. */
  losesClearedPushes: boolean;
  /** Whether its jobs neither finish nor fail. */
  hangs: boolean;
  /** Share of the resync cycles, from 0 to 1, whose overlapping writes leave a spliced file. */
  splices: number;
}

/** Everything around a worker that it does not control. */
export interface WorkerSurroundings {
  readonly clock: Clock;
  readonly build: BuildOptions;
  readonly timings: Timings;
  readonly registrations: RegistrationStore;
  readonly escrow: Escrow;
  readonly mirrors: Mirrors;
  readonly ledger: Ledger;
  /** Gateway processes that run now. */
  gateways(): readonly GatewayView[];
  /** The process that answers this worker's `resync-complete`. */
  answering(relay: Relay): GatewayView | undefined;
}
