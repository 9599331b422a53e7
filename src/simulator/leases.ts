import {
  gatewayEscrowLeaseLag,
  gatewayEscrowLeasesActive,
  gatewayEscrowLeaseTimeToExpiry,
  gatewayEscrowPolicyRejections,
  gatewayEscrowRotations,
  gatewayEscrowUnlockRequests,
} from '../../metrics/gateway.js';
import type { PolicyRefusal } from './escrow.js';
import type { Lease, Relay } from './relay.js';
import type { GatewayProcess } from './surroundings.js';

/** `disabled` where the gateway runs without escrow (HTTP 503, in no metric). */
export type LeaseOutcome = 'success' | 'error' | 'policy-rejection' | 'disabled';

/**
 * What a request for a lease says of peers and mirrors; the gateway does not check it. `true`: how it really is.
 * `claimed`: the relay's workers are away and its mirrors fresh, as an operator may state. `none`: nothing.
 */
export type EscrowEvidence = 'true' | 'claimed' | 'none';

/** The escrow leases that one gateway process holds. */
export class Leases {
  readonly #process: GatewayProcess;
  readonly #leases = new Map<string, Lease>();
  readonly #lastHealthyPeer = new Map<string, number>();

  constructor(process: GatewayProcess) {
    this.#process = process;
  }

  /** The lease the process holds for a relay, active or past its expiry. */
  get(relay: Relay): Lease | undefined {
    return this.#leases.get(relay.key);
  }

  /** What a push says of the relay's lease. */
  copy(relay: Relay): Lease | null {
    const lease = this.#leases.get(relay.key);
    return lease === undefined ? null : { ...lease };
  }

  /** A worker of the relay has disconnected. */
  peerLeft(relay: Relay): void {
    this.#lastHealthyPeer.set(relay.key, this.#process.at.clock.now);
  }

  /** Whether the relay has a lease that lets writes through. */
  allowsWrites(relay: Relay): boolean {
    const { build, clock } = this.#process.at;
    const lease = this.#leases.get(relay.key);
    if (lease === undefined || lease.status !== 'active') return false;
    return build.leaseExpiry === 'ignored' || lease.expiresAt > clock.now;
  }

  /** A signed request over the API. */
  request(relay: Relay, evidence: EscrowEvidence): LeaseOutcome {
    const { at, registry } = this.#process;
    if (!at.escrow.enabled) return 'disabled';
    const refusal = this.#refusal(relay, evidence);
    if (refusal !== undefined) {
      at.ledger.note('lease refused', relay, at.clock.now);
      const reason = at.build.policyReasons === 'named' ? refusal : 'unknown';
      registry.add(gatewayEscrowPolicyRejections, { reason });
      return this.#unlocked('policy-rejection');
    }
    const lease = at.escrow.unlock(relay, at.clock.now, at.timings.lease * 1000);
    at.ledger.note(lease === undefined ? 'lease failed' : 'lease granted', relay, at.clock.now);
    if (lease === undefined) return this.#unlocked('error');
    this.#leases.set(relay.key, lease);
    registry.set(gatewayEscrowLeasesActive, { relay: relay.key }, 1);
    registry.add(gatewayEscrowRotations, { reason: 'lease-issued', result: 'success' });
    this.writeExpiry(relay.key);
    return this.#unlocked('success');
  }

  #unlocked(result: 'success' | 'error' | 'policy-rejection'): LeaseOutcome {
    this.#process.registry.add(gatewayEscrowUnlockRequests, { result });
    return result;
  }

  #refusal(relay: Relay, evidence: EscrowEvidence): PolicyRefusal | undefined {
    const { clock, escrow, mirrors, timings } = this.#process.at;
    if (evidence === 'none') return 'registration-flag-missing';
    const refusal = escrow.refusal(relay);
    if (refusal !== undefined || evidence === 'claimed') return refusal;
    if (this.#process.workersOf(relay).length > 0) return 'peers-still-healthy';
    const last = this.#lastHealthyPeer.get(relay.key);
    if (last !== undefined && clock.now - last < timings.peerTimeout * 1000)
      return 'peer-timeout-not-reached';
    if (!mirrors.active || mirrors.isFrozen(relay)) return 'mirror-too-stale';
    return undefined;
  }

  /** Ends the relay's lease. Does nothing where there is none. */
  release(relay: Relay, reason: string): void {
    const lease = this.#leases.get(relay.key);
    if (lease === undefined || lease.status === 'released') return;
    const { at, registry } = this.#process;
    const { now } = at.clock;
    at.ledger.note('lease released', relay, now);
    lease.releasedAt = now;
    lease.releasedReason = reason;
    lease.status = 'released';
    registry.set(gatewayEscrowLeasesActive, { relay: relay.key }, 0);
    registry.add(gatewayEscrowRotations, { reason, result: 'released' });
    registry.observe(gatewayEscrowLeaseLag, { relay: relay.key, reason }, (now - lease.issuedAt) / 1000);
    this.writeExpiry(relay.key);
  }

  /** Ends and forgets the relay's lease after a resync. True where there was one. */
  resynced(relay: Relay): boolean {
    const lease = this.#leases.get(relay.key);
    if (lease === undefined) return false;
    this.release(relay, lease.expiresAt <= this.#process.at.clock.now ? 'worker-resync' : 'peer-healthy');
    return true;
  }

  forget(relay: Relay): void {
    this.#leases.delete(relay.key);
  }

  /** Writes the expiry gauge as it would be true now. */
  writeExpiry(key: string): void {
    const lease = this.#leases.get(key);
    const { at, registry } = this.#process;
    const remaining = lease?.status === 'active' ? (lease.expiresAt - at.clock.now) / 1000 : 0;
    registry.set(gatewayEscrowLeaseTimeToExpiry, { relay: key }, Math.max(0, remaining));
  }

  /** Writes the gauge of every lease, for a build whose gauge counts down. */
  writeAll(): void {
    for (const key of this.#leases.keys()) this.writeExpiry(key);
  }

  /** A worker is back and nothing is pending: the lease is no longer needed. Looked for at an interval. */
  releaseWhenUnneeded(isPending: (relay: Relay) => boolean): void {
    const { at } = this.#process;
    this.#process.every(at.timings.leaseCheck, () => {
      for (const relay of at.relays) {
        if (this.#process.workersOf(relay).length > 0 && !isPending(relay)) {
          this.release(relay, 'peer-healthy');
        }
      }
    });
  }
}
