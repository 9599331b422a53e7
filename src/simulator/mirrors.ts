import type { Clock } from './clock.js';
import type { Relay } from './relay.js';

/** The blind peers' copies of the relays, and with them the writes that no worker has yet. */
export class Mirrors {
  /** False when the mirror service does not run. */
  active = true;
  /** False leaves the mirror gauges out of the exposition, for scenarios that do not look at them. */
  readonly exposed: boolean;
  readonly #lastActive = new Map<string, number>();
  readonly #frozen = new Set<string>();
  readonly #held = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    exposed: boolean,
  ) {
    this.exposed = exposed;
  }

  /** Something was read from or written to the mirrors of a relay. */
  touch(relay: Relay): void {
    if (this.active && !this.#frozen.has(relay.key)) this.#lastActive.set(relay.key, this.clock.now);
  }

  /** From now on nothing reaches the mirrors of the relay. */
  freeze(relay: Relay): void {
    this.#frozen.add(relay.key);
  }

  thaw(relay: Relay): void {
    this.#frozen.delete(relay.key);
  }

  isFrozen(relay: Relay): boolean {
    return this.#frozen.has(relay.key);
  }

  /** Milliseconds since the mirror was last active, or undefined where that is unknown. */
  lag(relay: Relay): number | undefined {
    const last = this.#lastActive.get(relay.key);
    return last === undefined ? undefined : this.clock.now - last;
  }

  /** A write was accepted without a worker. */
  hold(relay: Relay): void {
    this.#held.set(relay.key, this.held(relay) + 1);
  }

  /** A worker has ingested what is held. */
  ingest(relay: Relay): void {
    this.#held.delete(relay.key);
  }

  /** Accepted writes that no worker has ingested. No metric shows them. */
  held(relay: Relay): number {
    return this.#held.get(relay.key) ?? 0;
  }
}
