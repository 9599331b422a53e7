import type { MetricDefinition } from '../model/metric.js';
import type { PolicyRefusal } from './escrow.js';
import type { EscrowEvidence } from './leases.js';
import type { WritePath } from './relay.js';
import type { Absence } from './worker.js';

/** Which relays, workers or gateway processes, by their place from 0; all of them where absent. */
interface OfRelays {
  readonly relays?: readonly number[];
}
interface OfWorkers {
  readonly workers?: readonly number[];
}
interface OfGateways {
  readonly gateways?: readonly number[];
}
/** For how long (`10m`); for good where absent. */
interface Lasting {
  readonly for?: string;
}

type WorkerHappening =
  /** `how`: `network` where absent. */
  | ({ readonly do: 'worker goes offline'; readonly how?: Absence } & OfWorkers & Lasting)
  | ({ readonly do: 'worker comes back' } & OfWorkers)
  /** The process ends and starts: what it had in memory is gone. */
  | ({ readonly do: 'worker restarts'; readonly downFor?: string } & OfWorkers)
  /** `stop-gateway`, then `start-gateway` (runbook step restart-service): the file is written from memory first. */
  | ({ readonly do: 'gateway service of the worker restarts'; readonly downFor?: string } & OfWorkers)
  /** Registers all its relays over HTTP, and forgets what was pending. */
  | ({ readonly do: 'worker syncs its metadata' } & OfWorkers)
  | ({ readonly do: 'jobs fail' } & OfRelays & Lasting)
  | ({ readonly do: 'jobs hang' } & OfWorkers & Lasting)
  | ({ readonly do: 'rotations fail' } & OfRelays & Lasting)
  | ({ readonly do: 'writer is rotated by hand' } & OfRelays)
  | ({ readonly do: 'pushes are refused' } & OfWorkers & Lasting)
  | ({ readonly do: 'cleared pushes are lost' } & OfWorkers & Lasting)
  | ({ readonly do: 'worker clock is off'; readonly by: string; readonly slow?: true } & OfWorkers & Lasting)
  /** The file lacks its end until the time is over, or the worker's next write. */
  | ({ readonly do: 'state file is torn' } & OfWorkers & Lasting)
  /** Two overlapping writes; the file stays broken until the worker's next write. */
  | ({ readonly do: 'state file is spliced' } & OfWorkers)
  /** This share of the resync cycles ends with a spliced file. */
  | ({ readonly do: 'resync cycles splice the file'; readonly share: number } & OfWorkers & Lasting)
  | ({ readonly do: 'state file is deleted' } & OfWorkers);

type ClientHappening =
  | ({
      readonly do: 'writes arrive';
      readonly perMinute: number;
      readonly for: string;
      readonly through?: WritePath;
      /** Websocket sessions that write, each relay; 1 where absent. */
      readonly sessions?: number;
      /** Share of invalid writes. */
      readonly invalid?: number;
    } & OfRelays)
  /** One write, where no worker of the relay is online. */
  | ({ readonly do: 'a write arrives'; readonly through?: WritePath } & OfRelays)
  /**
   * A session that entered replica mode earlier stays in it although the worker is back: it writes at an interval, with
   * a lease that is requested a moment before. Each write is pending until the worker has reported it, within a second.
   */
  | ({
      readonly do: 'a replica session writes';
      readonly every: string;
      readonly for: string;
      readonly through?: WritePath;
    } & OfRelays)
  | ({
      readonly do: 'reads arrive';
      readonly perMinute: number;
      readonly for: string;
      readonly sessions?: number;
    } & OfRelays);

type EscrowHappening =
  | ({
      readonly do: 'lease is requested';
      readonly every?: string;
      readonly evidence?: EscrowEvidence;
    } & OfRelays &
      Lasting)
  | ({ readonly do: 'lease is released'; readonly reason: string } & OfRelays)
  | ({ readonly do: 'leases are refused'; readonly reason: PolicyRefusal } & OfRelays & Lasting)
  | ({ readonly do: 'escrow is down' } & Lasting)
  | ({ readonly do: 'mirrors go stale' } & OfRelays & Lasting)
  | ({ readonly do: 'mirror service stops' } & Lasting);

type GatewayHappening =
  | ({ readonly do: 'gateway restarts'; readonly downFor?: string } & OfGateways)
  | ({ readonly do: 'gateway stops' } & OfGateways & Lasting)
  /** The store takes no changes: writes are accepted and never marked. */
  | ({ readonly do: 'registration store fails' } & Lasting)
  | ({ readonly do: 'registrations are lost' } & OfRelays)
  /** Runbook step clear-by-hand. */
  | ({ readonly do: 'metadata is cleared by hand' } & OfRelays)
  /** Registers the relay again over HTTP, and starts no push. */
  | ({ readonly do: 'relay is registered again' } & OfRelays)
  | ({ readonly do: 'pending is toggled by hand' } & OfRelays)
  /** What starts pushes: an operator requests a lease and uploads a file to the relay's drive. */
  | ({ readonly do: 'operator requests a lease and writes' } & OfRelays);

type MonitoringHappening =
  | ({ readonly do: 'gateway is not scraped' } & OfGateways & Lasting)
  | ({ readonly do: 'gateway leaves service discovery' } & OfGateways & Lasting)
  | ({ readonly do: 'gateway loses a metric'; readonly metric: MetricDefinition } & OfGateways & Lasting)
  | ({ readonly do: 'exporter stops' } & OfWorkers & Lasting)
  | ({ readonly do: 'exporter leaves service discovery' } & OfWorkers & Lasting)
  /** Nothing is scraped and no rule is evaluated. */
  | { readonly do: 'Prometheus is down'; readonly for: string };

type RelayHappening =
  /** Relays leave their workers; after the time they are back. A relay that leaves at the beginning comes new. */
  { readonly do: 'relays leave' } & OfRelays & Lasting;

/** What happens, in words. Every length of time is a duration such as `30s`, `5m` or `1h30m`. */
export type Happening =
  | WorkerHappening
  | ClientHappening
  | EscrowHappening
  | GatewayHappening
  | RelayHappening
  | MonitoringHappening;

/** Something that happens at a time after the scenario's begin. */
export type Action = { readonly at: string } & Happening;

/** The action of a kind. */
export type ActionOf<Kind extends Happening['do']> = Extract<Action, { do: Kind }>;
