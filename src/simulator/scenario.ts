import type { ConfigInput } from '../config/schema.js';
import { duration, durationSeconds } from '../promql/duration.js';
import type { BuildOptions, Timings } from './build.js';
import type { Action } from './happening.js';

export type { Action } from './happening.js';

/** An alert that a scenario must raise. Any alert not listed must stay silent, and so must any relay not listed. */
export interface ExpectedAlert {
  readonly alert: string;
  /** Places of the relays it must name; absent where the alert names none. */
  readonly relays?: readonly number[] | 'all';
  /** The latest time at which it fires, for every relay; a duration from the scenario's begin. */
  readonly by: string;
  /**
   * For a warning or a page: the earliest time at which the fault can be distinguished from the normal case, from what is
   * exposed. A page comes at most five minutes later.
   */
  readonly detectableFrom?: string;
}

/** A fault that must be found, by any of several alerts. */
export interface Requirement {
  readonly anyOf: readonly string[];
  /** Places of the relays, each of which one of the alerts must name; absent where an alert without a relay is enough. */
  readonly relays?: readonly number[] | 'all';
  /** The latest time at which the last relay is named; a duration from the scenario's begin. */
  readonly by: string;
  /** The earliest time at which what is exposed differs from the normal case. None of the alerts may fire before. */
  readonly detectableFrom: string;
}

/** A warning or page that may fire beside what a scenario requires, because it is true. */
export interface Permission {
  readonly alert: string;
  /** Places of the relays it may name; absent where it names none. */
  readonly relays?: readonly number[] | 'all';
}

/** What the site's configuration declares in a scenario; the default configuration where absent. */
export type SiteDeclarations = Pick<
  NonNullable<ConfigInput>,
  'workers' | 'escrow' | 'groupBy' | 'scrapeInterval' | 'evaluationInterval' | 'rateWindow' | 'thresholds'
>;

/** A story of gateway and workers as data: the same scenario always gives the same scrapes. */
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
   * `kept`: registrations are renewed while no worker is online, so pushes resume when a worker is back.
   * `run out`: only an online worker renews them. After 300 s without one they are gone, pushes stop while the gauge
   * stays 1, and further writes are never marked.
   */
  readonly registrations?: 'kept' | 'run out';
  /** With several gateway processes: which one answers `resync-complete`. Only that one clears its gauge. */
  readonly resyncAnsweredBy?: 'the same process' | 'another process';
  /** Whether the gateway runs with escrow; it does where absent. */
  readonly escrow?: 'on' | 'off';
  /** Whether an exporter runs for as long as its worker's host, or exactly as long as its worker; the host where absent. */
  readonly exporters?: 'with the host' | 'with the worker';
  /** Whether the gateway serves mirror metrics; true where absent. Two series each for every relay. */
  readonly mirrors?: boolean;
  /** Whether the gateway's counters are born before the scenario begins, as on a gateway that has run for days. */
  readonly seededCounters?: boolean;
  readonly actions: readonly Action[];
  readonly site?: SiteDeclarations;
  /** Exactly the alerts that fire. Empty where `requires` is given and the exact times are not recorded. */
  readonly expect: readonly ExpectedAlert[];
  /**
   * What must be found and by when, however the rules do it. Information may fire; any other warning or page, or one
   * that names another relay, must not, unless `allows` has it.
   */
  readonly requires?: readonly Requirement[];
  readonly allows?: readonly Permission[];
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
    for (const length of ['for', 'every', 'downFor', 'by'] as const) {
      const text = (action as Partial<Record<typeof length, string>>)[length];
      if (text !== undefined) seconds(text);
    }
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
  const checkAlert = (alert: string, { by, detectableFrom, relays: named = [] }: Partial<ExpectedAlert>) => {
    if (by !== undefined && seconds(by) > length)
      fail(`expects ${alert} by ${by}, which is after the end, ${scenario.duration}`);
    if (by !== undefined && detectableFrom !== undefined && seconds(detectableFrom) > seconds(by))
      fail(`expects ${alert} before it is detectable`);
    const wrong = named === 'all' ? undefined : named.find((place) => place < 0 || place >= relays);
    if (wrong !== undefined) fail(`expects ${alert} of relay ${wrong}, of ${relays}`);
  };
  const { allows = [], expect, requires } = scenario;
  for (const expected of expect) checkAlert(expected.alert, expected);
  for (const required of requires ?? []) checkAlert(required.anyOf.join(' or '), required);
  for (const allowed of allows) checkAlert(allowed.alert, allowed);
  if (requires === undefined && allows.length > 0) fail('has allows without requires');
  return Object.freeze(scenario);
}

/** Seconds of a duration such as `1h30m`. Throws where the text is none. */
export function seconds(text: string): number {
  return durationSeconds(duration(text));
}
