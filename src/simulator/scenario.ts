import type { MetricDefinition } from '../model/metric.js';
import { duration, durationSeconds } from '../promql/duration.js';
import type { BuildOptions, Timings } from './build.js';
import type { WritePath } from './gateway.js';

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

/** What happens, in words. Every length of time is a duration such as `30s`, `5m` or `1h30m`. */
export type Happening =
  // Workers
  | ({ readonly do: 'worker goes offline'; readonly host?: 'on' | 'off' } & OfWorkers & Lasting)
  | ({ readonly do: 'worker comes back' } & OfWorkers)
  | ({ readonly do: 'worker restarts'; readonly downFor?: string } & OfWorkers)
  | ({ readonly do: 'jobs fail' } & OfRelays & Lasting)
  | ({ readonly do: 'jobs hang' } & OfWorkers & Lasting)
  | ({ readonly do: 'rotations fail' } & OfRelays & Lasting)
  | ({ readonly do: 'writer is rotated by hand' } & OfRelays)
  | ({ readonly do: 'pushes are refused' } & OfWorkers & Lasting)
  | ({ readonly do: 'cleared pushes are lost' } & OfWorkers & Lasting)
  | ({ readonly do: 'worker clock is off'; readonly by: string; readonly slow?: true } & OfWorkers & Lasting)
  | ({ readonly do: 'state file is torn' } & OfWorkers & Lasting)
  | ({ readonly do: 'state file is deleted' } & OfWorkers)
  // Clients
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
  | ({ readonly do: 'a write arrives'; readonly through?: WritePath } & OfRelays)
  | ({
      readonly do: 'reads arrive';
      readonly perMinute: number;
      readonly for: string;
      readonly sessions?: number;
    } & OfRelays)
  // Escrow
  | ({ readonly do: 'lease is requested'; readonly every?: string } & OfRelays & Lasting)
  | ({ readonly do: 'lease is released'; readonly reason: string } & OfRelays)
  | ({ readonly do: 'escrow is down' } & Lasting)
  // Mirrors
  | ({ readonly do: 'mirrors go stale' } & OfRelays & Lasting)
  | ({ readonly do: 'mirror service stops' } & Lasting)
  // Gateway
  | ({ readonly do: 'gateway restarts'; readonly downFor?: string } & OfGateways)
  | ({ readonly do: 'gateway stops' } & OfGateways & Lasting)
  | ({ readonly do: 'metadata is cleared by hand' } & OfRelays)
  | ({ readonly do: 'relay is registered again' } & OfRelays)
  | ({ readonly do: 'pending is toggled by hand' } & OfRelays)
  // Monitoring
  | ({ readonly do: 'gateway is not scraped' } & OfGateways & Lasting)
  | ({ readonly do: 'gateway leaves service discovery' } & OfGateways & Lasting)
  | ({ readonly do: 'gateway loses a metric'; readonly metric: MetricDefinition } & OfGateways & Lasting)
  | ({ readonly do: 'exporter stops' } & OfWorkers & Lasting)
  | ({ readonly do: 'exporter leaves service discovery' } & OfWorkers & Lasting)
  | { readonly do: 'Prometheus is down'; readonly for: string };

/** Something that happens at a time after the scenario's begin. */
export type Action = { readonly at: string } & Happening;

/** An alert that a scenario must raise. Any alert not listed must stay silent, and so must any relay not listed. */
export interface ExpectedAlert {
  readonly alert: string;
  /** Places of the relays it must name; absent where the alert names none. */
  readonly relays?: readonly number[] | 'all';
  /** The latest time at which it fires, for every relay; a duration from the scenario's begin. */
  readonly by: string;
  /**
   * For a warning or a page: the earliest time at which anybody could have told the fault from the normal case, from what is
   * exposed. A page comes at most five minutes later.
   */
  readonly tellable?: string;
}

/** A story of gateway and workers, told as data: the same scenario always gives the same scrapes. */
export interface Scenario {
  /** A sentence. */
  readonly name: string;
  readonly description: string;
  readonly duration: string;
  /** Decides everything that is left to chance; 1 where absent. */
  readonly seed?: number;
  /** Number of relays; 1 where absent. */
  readonly relays?: number;
  /** Relays that each worker owns; one worker that owns all where absent. A relay may have several workers. */
  readonly workers?: readonly (readonly number[])[];
  /** Gateway processes; 1 where absent. Relay n is served by process n modulo their number. */
  readonly gateways?: number;
  readonly build?: Partial<BuildOptions>;
  readonly timings?: Partial<Timings>;
  /**
   * `kept`: registrations are renewed by somebody while no worker is online, so pushes resume when a worker is back.
   * `run out`: only an online worker renews them; after 300 s without one, pushes stop while the gauge stays 1.
   */
  readonly registrations?: 'kept' | 'run out';
  /** With several gateway processes: which one answers `resync-complete`. Only that one clears its gauge. */
  readonly resyncAnsweredBy?: 'the same process' | 'another process';
  /** Whether the gateway serves mirror metrics; true where absent. Two series each for every relay. */
  readonly mirrors?: boolean;
  /** Whether the gateway's counters are born before the scenario begins, as on a gateway that has run for days. */
  readonly seasoned?: boolean;
  readonly actions: readonly Action[];
  readonly expect: readonly ExpectedAlert[];
}

/**
 * Declares a scenario. Throws `TypeError` where an action names a time that is no duration or lies after the end, or
 * a relay, worker or process that the scenario does not have.
 */
export function defineScenario(scenario: Scenario): Scenario {
  const length = seconds(scenario.duration);
  const relays = scenario.relays ?? 1;
  const places = {
    relays,
    workers: scenario.workers?.length ?? 1,
    gateways: scenario.gateways ?? 1,
  };
  const fail = (what: string): never => {
    throw new TypeError(`scenario ${JSON.stringify(scenario.name)}: ${what}`);
  };
  for (const action of scenario.actions) {
    const where = `${action.at}: ${action.do}`;
    if (seconds(action.at) > length) fail(`${where}: is after the end, ${scenario.duration}`);
    if ('for' in action && action.for !== undefined) seconds(action.for);
    for (const [kind, count] of Object.entries(places)) {
      const named = (action as Record<string, unknown>)[kind] as readonly number[] | undefined;
      const wrong = named?.find((place) => !Number.isInteger(place) || place < 0 || place >= count);
      if (wrong !== undefined)
        fail(`${where}: ${kind} names ${wrong}, expected a place from 0 to ${count - 1}`);
    }
  }
  for (const place of scenario.workers?.flat() ?? []) {
    if (place < 0 || place >= relays)
      fail(`workers own relay ${place}, expected a place from 0 to ${relays - 1}`);
  }
  for (const { alert, by, relays: named = [], tellable } of scenario.expect) {
    if (seconds(by) > length) fail(`expects ${alert} by ${by}, which is after the end, ${scenario.duration}`);
    if (tellable !== undefined && seconds(tellable) > seconds(by))
      fail(`expects ${alert} before it is tellable`);
    const wrong = named === 'all' ? undefined : named.find((place) => place < 0 || place >= relays);
    if (wrong !== undefined) fail(`expects ${alert} of relay ${wrong}, of ${relays}`);
  }
  return Object.freeze(scenario);
}

/** Seconds of a duration such as `1h30m`. Throws where the text is none. */
export function seconds(text: string): number {
  return durationSeconds(duration(text));
}
