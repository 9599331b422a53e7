import type { Relay } from './relay.js';

/** What can happen to a relay. A write is counted by path if a metric covers only one of the paths. */
export type LedgerEvent =
  /** A write was accepted and marked as pending. */
  | 'marked'
  /** A websocket write was accepted and not marked. */
  | 'unmarked'
  /** A write was accepted while the lease of the relay was past its expiry. */
  | 'past expiry'
  /** A websocket write was answered read-only. */
  | 'readonly'
  /** A websocket write was accepted. */
  | 'session write'
  /** A read was served from the replica. */
  | 'read'
  /** A worker or an operator reported the relay as ingested, and the gateway accepted the report. */
  | 'reported'
  | 'push delivered'
  | 'push failed'
  | 'lease granted'
  | 'lease refused'
  | 'lease failed'
  | 'lease released'
  /** A worker's rotation of the relay's deposit was completed. */
  | 'rotated'
  | 'rotation failed'
  /** A worker's job for the relay failed. */
  | 'job failed'
  /** A worker acknowledged a pending write for the first time; the value is the wait in seconds. */
  | 'acknowledged';

interface Entries {
  readonly times: number[];
  readonly values: number[];
}

/** What really happened in a world, whether or not a metric shows it. The simulated parts do not read it. */
export class Ledger {
  readonly #entries = new Map<string, Entries>();

  /**
   * @param now epoch milliseconds; never before an earlier entry
   * @param value its meaning depends on the kind of event
   */
  note(event: LedgerEvent, relay: Relay, now: number, value = 0): void {
    const key = `${event} ${relay.index}`;
    let entries = this.#entries.get(key);
    if (entries === undefined) {
      entries = { times: [], values: [] };
      this.#entries.set(key, entries);
    }
    entries.times.push(now);
    entries.values.push(value);
  }

  /** When it happened to the relay at this place, in epoch milliseconds, earliest first. */
  times(event: LedgerEvent, relay: number): readonly number[] {
    return this.#entries.get(`${event} ${relay}`)?.times ?? [];
  }

  /** The values of the entries that {@link times} gives. */
  values(event: LedgerEvent, relay: number): readonly number[] {
    return this.#entries.get(`${event} ${relay}`)?.values ?? [];
  }
}
