import type { Lease, Relay } from './relay.js';

/** Why the policy refuses a lease. */
export const POLICY_REFUSALS = [
  'registration-flag-missing',
  'peers-still-healthy',
  'peer-timeout-not-reached',
  'mirror-too-stale',
  'mirror-window-expired',
  'record-revoked',
  'record-expired',
] as const;

export type PolicyRefusal = (typeof POLICY_REFUSALS)[number];

/** The escrow service with its deposits. */
export class Escrow {
  reachable = true;
  /** Relays whose deposit was used up by a resync and not replaced by a rotation. */
  readonly #spent = new Set<string>();
  readonly #refused = new Map<string, PolicyRefusal>();
  readonly #versions = new Map<string, number>();

  /** @param enabled false where the gateway runs without escrow, as it does by default */
  constructor(readonly enabled: boolean) {}

  /** Unlocks the relay's deposit; undefined where that fails (`escrow-record-not-found`, or no answer). */
  unlock(relay: Relay, now: number, lifetimeMs: number): Lease | undefined {
    if (!this.reachable || this.#spent.has(relay.key)) return undefined;
    const version = (this.#versions.get(relay.key) ?? 0) + 1;
    this.#versions.set(relay.key, version);
    const short = relay.key.slice(0, 6);
    return {
      leaseId: `lease-${short}-${version}`,
      escrowId: `escrow-${short}`,
      expiresAt: now + lifetimeMs,
      issuedAt: now,
      releasedAt: null,
      releasedReason: null,
      version,
      status: 'active',
    };
  }

  /** A worker has ingested what the lease allowed; the deposit must be replaced. */
  spend(relay: Relay): void {
    this.#spent.add(relay.key);
  }

  /** A worker makes a new deposit. False where the service cannot be reached. */
  deposit(relay: Relay): boolean {
    if (!this.reachable) return false;
    this.#spent.delete(relay.key);
    return true;
  }

  /** The reason for which the policy refuses every lease of a relay, whatever the evidence; undefined for none. */
  refusal(relay: Relay): PolicyRefusal | undefined {
    return this.#refused.get(relay.key);
  }

  /** Makes the policy refuse every lease of a relay, or stop doing so. */
  refuse(relay: Relay, reason: PolicyRefusal | undefined): void {
    if (reason === undefined) this.#refused.delete(relay.key);
    else this.#refused.set(relay.key, reason);
  }
}
