import type { Clock } from './clock.js';
import type { Push, Relay } from './relay.js';

/** What the registration of a relay remembers of its pending writes. */
export interface PendingMetadata {
  readonly since: number;
  readonly push: Push;
}

export interface Registration {
  /** Epoch milliseconds. */
  expiresAt: number;
  pending: PendingMetadata | undefined;
}

/** Where relays are registered; several gateway processes may share one. */
export class RegistrationStore {
  /** True while the store takes no changes; the gateway swallows the error. */
  failing = false;
  readonly #registrations = new Map<string, Registration>();

  constructor(
    private readonly clock: Clock,
    private readonly lifetimeMs: number,
    /** Whether registrations are renewed while no worker is online. */
    readonly kept: boolean,
  ) {}

  /** The registration, or undefined where there is none. One that expired is gone, with all it remembered. */
  get(relay: Relay): Registration | undefined {
    const registration = this.#registrations.get(relay.key);
    if (registration === undefined || this.kept || registration.expiresAt > this.clock.now)
      return registration;
    this.#registrations.delete(relay.key);
    return undefined;
  }

  /** The registration, for a change that also prolongs it. Undefined where there is none, or the store fails. */
  change(relay: Relay): Registration | undefined {
    const registration = this.failing ? undefined : this.get(relay);
    if (registration !== undefined) registration.expiresAt = this.clock.now + this.lifetimeMs;
    return registration;
  }

  /** A registration over HTTP replaces what was there, pending writes included. Lost while the store fails. */
  register(relay: Relay): void {
    if (this.failing) return;
    this.#registrations.set(relay.key, { expiresAt: this.clock.now + this.lifetimeMs, pending: undefined });
  }

  /** Loses a registration, as an expiry does. */
  remove(relay: Relay): void {
    this.#registrations.delete(relay.key);
  }
}
