import {
  gatewayActivePeers,
  gatewayActiveSessions,
  gatewayBlindPeerActive,
  gatewayBlindPeerMirrorLag,
  gatewayBlindPeerMirrorState,
  gatewayEscrowLeaseLag,
  gatewayEscrowLeasesActive,
  gatewayEscrowLeaseTimeToExpiry,
  gatewayEscrowPolicyRejections,
  gatewayEscrowRotations,
  gatewayEscrowUnlockRequests,
  gatewayMetrics,
  gatewayPendingWritePushes,
  gatewayPendingWritePushWait,
  gatewayPendingWrites,
  gatewayRelayFallbackDuration,
  gatewayRelayFallbackReads,
  gatewayRelayFallbackWrites,
  gatewayRelayReplicaSessions,
  gatewayReplicaFallbacks,
  processStartTime,
} from '../../metrics/gateway.js';
import type { MetricDefinition } from '../model/metric.js';
import type { BuildOptions, Timings } from './build.js';
import type { Clock, Planned } from './clock.js';
import { type Exposition, Registry } from './exposition.js';
import type { Random } from './random.js';

/** A relay as everybody knows it. */
export interface Relay {
  /** 64 hexadecimal digits. */
  readonly key: string;
  /** Place in the scenario, from 0. */
  readonly index: number;
  /** What the relay's drive is called among the mirrors; not its key. */
  readonly driveIdentifier: string;
  readonly owner: string;
}

/** An escrow lease in the words of the gateway's API; times in epoch milliseconds. */
export interface Lease {
  readonly leaseId: string;
  readonly escrowId: string;
  readonly expiresAt: number;
  readonly issuedAt: number;
  releasedAt: number | null;
  releasedReason: string | null;
  readonly version: number;
  status: 'active' | 'released';
}

/** What is pushed to a worker. */
export interface Push {
  readonly relayKey: string;
  readonly state: 'pending' | 'cleared';
  readonly reason: string;
  readonly types: readonly string[];
  readonly driveIdentifier: string;
  readonly driveVersion: number | null;
  readonly lease: Lease | null;
  readonly pendingSince: number;
  /** Changes with the state, not with its repetition. */
  readonly pushId: string;
}

/** A worker as a gateway sees it. */
export interface Peer {
  readonly peerKey: string;
  /** Whether it is connected to this gateway. */
  isConnectedTo(gateway: Gateway): boolean;
  /** Takes a push. `error` stands for a refusal (403, 500) or a failed delivery. */
  receive(push: Push): 'success' | 'error';
}

/** What the registration of a relay remembers of its pending writes. */
interface PendingMetadata {
  readonly since: number;
  push: Push;
}

interface Registration {
  /** Epoch milliseconds. */
  expiresAt: number;
  pending: PendingMetadata | undefined;
}

/** Where relays are registered; several gateway processes may share one. */
export class RegistrationStore {
  readonly #registrations = new Map<string, Registration>();

  constructor(
    private readonly clock: Clock,
    private readonly lifetimeMs: number,
    /** Whether somebody renews registrations while no worker is online. */
    readonly kept: boolean,
  ) {}

  /** The registration, or undefined where there is none or it has run out. */
  get(relay: Relay): Registration | undefined {
    const registration = this.#registrations.get(relay.key);
    return registration !== undefined && (this.kept || registration.expiresAt > this.clock.now)
      ? registration
      : undefined;
  }

  /** Makes or renews the registration; what it knows of pending writes stays. */
  renew(relay: Relay): Registration {
    const registration = this.get(relay) ?? { expiresAt: 0, pending: undefined };
    registration.expiresAt = this.clock.now + this.lifetimeMs;
    this.#registrations.set(relay.key, registration);
    return registration;
  }

  /** A registration over HTTP replaces what was there, pending writes included. */
  overwrite(relay: Relay): void {
    this.#registrations.set(relay.key, { expiresAt: this.clock.now + this.lifetimeMs, pending: undefined });
  }
}

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
}

/** The escrow service with its deposits. */
export class Escrow {
  reachable = true;
  /** Relays whose deposit was used up by a resync and not replaced by a rotation. */
  readonly #spent = new Set<string>();
  readonly #versions = new Map<string, number>();

  /** Unlocks the relay's deposit; undefined where that fails. */
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
}

/** The blind peers' copies of the relays. */
export class Mirrors {
  /** False when the mirror service does not run. */
  active = true;
  /** False leaves the mirror gauges out of the exposition, for scenarios that do not look at them. */
  readonly exposed: boolean;
  readonly #lastActive = new Map<string, number>();
  readonly #frozen = new Set<string>();

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

  /** Milliseconds since the mirror was last active, or undefined where nobody knows. */
  lag(relay: Relay): number | undefined {
    const last = this.#lastActive.get(relay.key);
    return last === undefined ? undefined : this.clock.now - last;
  }
}

/** How a write comes to the gateway. */
export type WritePath = 'websocket' | 'drive' | 'join' | 'callback';

const WRITES: Readonly<Record<WritePath, { reason: string; type: string }>> = {
  websocket: { reason: 'replica-write', type: 'event' },
  drive: { reason: 'gateway-drive-write', type: 'drive-upload' },
  join: { reason: 'http-join', type: 'http-join' },
  callback: { reason: 'http-callback', type: 'http-callback' },
};

export type LeaseOutcome = 'success' | 'error' | 'policy-rejection';

/**
 * One gateway process. Gauges, counters, leases and pushes live in the process and end with it; registrations may
 * outlive it.
 */
export class Gateway {
  readonly #at: Surroundings;
  readonly #random: Random;
  readonly #registry = new Registry(gatewayMetrics);
  readonly #leases = new Map<string, Lease>();
  readonly #pushes = new Map<string, Planned>();
  readonly #driveVersions = new Map<string, number>();
  /** Pending writes of which no worker has acknowledged a push yet. */
  readonly #unacknowledged = new Map<string, number>();
  readonly #lastHealthyPeer = new Map<string, number>();
  #sessions = 0;
  #running = true;

  constructor(surroundings: Surroundings, random: Random) {
    this.#at = surroundings;
    this.#random = random;
    this.#registry.set(processStartTime, {}, surroundings.clock.now / 1000);
    this.#rebuildMirrors();
    this.#checkLeases();
  }

  get running(): boolean {
    return this.#running;
  }

  /** Ends the process: everything in memory is gone. */
  stop(): void {
    this.#running = false;
    for (const push of this.#pushes.values()) push.cancel();
    this.#pushes.clear();
  }

  /** Lets the process look as if it had been running for a while. */
  pretendUptime(seconds: number): void {
    this.#registry.set(processStartTime, {}, this.#at.clock.now / 1000 - seconds);
  }

  /** Gives the counters that are not about one relay a past, so that none of them is newborn. */
  season(): void {
    const { build } = this.#at;
    if (build.pushCounter === 'whole-gateway') {
      this.#registry.add(gatewayPendingWritePushes, { result: 'success' }, 1200);
      this.#registry.add(gatewayPendingWritePushes, { result: 'error' }, 7);
    }
    this.#registry.add(gatewayEscrowUnlockRequests, { result: 'success' }, 80);
    this.#registry.add(gatewayEscrowUnlockRequests, { result: 'error' }, 1);
    this.#registry.add(gatewayEscrowUnlockRequests, { result: 'policy-rejection' }, 12);
    this.#registry.add(gatewayEscrowPolicyRejections, { reason: 'unknown' }, 12);
    this.#registry.add(gatewayEscrowRotations, { reason: 'lease-issued', result: 'success' }, 80);
    this.#registry.add(gatewayEscrowRotations, { reason: 'peer-healthy', result: 'released' }, 80);
  }

  /**
   * What `/metrics` serves now.
   *
   * @param withheld metrics that this build does not have
   */
  expose(withheld?: ReadonlySet<MetricDefinition>): Exposition {
    const registry = this.#registry;
    registry.set(gatewayActiveSessions, {}, this.#sessions);
    registry.set(gatewayActivePeers, {}, this.#at.peers.filter((peer) => peer.isConnectedTo(this)).length);
    registry.set(gatewayBlindPeerActive, {}, this.#at.mirrors.active ? 1 : 0);
    if (this.#at.build.expiryGauge === 'counting-down') {
      for (const key of this.#leases.keys()) this.#writeExpiry(key);
    }
    return registry.expose(withheld);
  }

  /** Where the runbook's last step looks: the gauge as it is now. */
  isPending(relay: Relay): boolean {
    return this.#registry.value(gatewayPendingWrites, { relay: relay.key }) === 1;
  }

  /** The lease the process holds for a relay, active or past its expiry. */
  lease(relay: Relay): Lease | undefined {
    return this.#leases.get(relay.key);
  }

  /** Whether a worker of the relay is connected to this process. */
  hasWorker(relay: Relay): boolean {
    return this.#at.peersOf(relay).some((peer) => peer.isConnectedTo(this));
  }

  /** A worker of these relays has disconnected. */
  peerLeft(relays: readonly Relay[]): void {
    for (const relay of relays) this.#lastHealthyPeer.set(relay.key, this.#at.clock.now);
  }

  // --- Clients ---

  sessionOpened(): void {
    this.#sessions += 1;
  }

  sessionClosed(): void {
    this.#sessions -= 1;
  }

  /** A websocket session finds no worker and is served from the replica until its socket closes. */
  enterReplicaMode(relay: Relay): void {
    this.#registry.add(gatewayReplicaFallbacks, { relay: relay.key, mode: 'session' });
    this.#registry.add(gatewayRelayReplicaSessions, { relay: relay.key });
  }

  leaveReplicaMode(relay: Relay, seconds: number): void {
    this.#registry.add(gatewayRelayReplicaSessions, { relay: relay.key }, -1);
    this.#registry.observe(gatewayRelayFallbackDuration, { relay: relay.key }, seconds);
  }

  /** A read in replica mode. */
  readFromReplica(relay: Relay): void {
    this.#registry.add(gatewayReplicaFallbacks, { relay: relay.key, mode: 'read' });
    this.#registry.add(gatewayRelayFallbackReads, { relay: relay.key, reason: 'no-peers' });
    this.#at.mirrors.touch(relay);
  }

  /**
   * A write without a worker. It is taken where the relay has a lease; otherwise a websocket write is answered
   * read-only and anything else with HTTP 425, which no metric counts.
   */
  writeToReplica(relay: Relay, path: WritePath, valid = true): 'accepted' | 'rejected' | 'readonly' {
    const result = !valid ? 'rejected' : this.#mayWrite(relay) ? 'accepted' : 'readonly';
    if (path === 'websocket') {
      this.#registry.add(gatewayReplicaFallbacks, { relay: relay.key, mode: 'write' });
      this.#registry.add(gatewayRelayFallbackWrites, { relay: relay.key, result });
    }
    if (result === 'accepted') {
      this.#at.mirrors.touch(relay);
      this.markPending(relay, path);
    }
    return result;
  }

  #mayWrite(relay: Relay): boolean {
    const lease = this.#leases.get(relay.key);
    if (lease === undefined || lease.status !== 'active') return false;
    return this.#at.build.leaseExpiry === 'ignored' || lease.expiresAt > this.#at.clock.now;
  }

  // --- Escrow ---

  /** Somebody asks for a lease over the API. */
  requestLease(relay: Relay): LeaseOutcome {
    const refusal = this.#refusal(relay);
    if (refusal !== undefined) {
      const reason = this.#at.build.policyReasons === 'named' ? refusal : 'unknown';
      this.#registry.add(gatewayEscrowPolicyRejections, { reason });
      return this.#unlocked('policy-rejection');
    }
    const lease = this.#at.escrow.unlock(relay, this.#at.clock.now, this.#at.timings.lease * 1000);
    if (lease === undefined) return this.#unlocked('error');
    this.#leases.set(relay.key, lease);
    this.#registry.set(gatewayEscrowLeasesActive, { relay: relay.key }, 1);
    this.#registry.add(gatewayEscrowRotations, { reason: 'lease-issued', result: 'success' });
    this.#writeExpiry(relay.key);
    return this.#unlocked('success');
  }

  #unlocked(result: LeaseOutcome): LeaseOutcome {
    this.#registry.add(gatewayEscrowUnlockRequests, { result });
    return result;
  }

  #refusal(relay: Relay): string | undefined {
    if (this.hasWorker(relay)) return 'peers-still-healthy';
    const last = this.#lastHealthyPeer.get(relay.key);
    if (last !== undefined && this.#at.clock.now - last < this.#at.timings.peerTimeout * 1000) {
      return 'peer-timeout-not-reached';
    }
    if (!this.#at.mirrors.active || this.#at.mirrors.isFrozen(relay)) return 'mirror-too-stale';
    return undefined;
  }

  /** Ends the relay's lease. Does nothing where there is none. */
  releaseLease(relay: Relay, reason: string): void {
    const lease = this.#leases.get(relay.key);
    if (lease === undefined || lease.status === 'released') return;
    const { now } = this.#at.clock;
    lease.releasedAt = now;
    lease.releasedReason = reason;
    lease.status = 'released';
    this.#registry.set(gatewayEscrowLeasesActive, { relay: relay.key }, 0);
    this.#registry.add(gatewayEscrowRotations, { reason, result: 'released' });
    this.#registry.observe(
      gatewayEscrowLeaseLag,
      { relay: relay.key, reason },
      (now - lease.issuedAt) / 1000,
    );
    this.#writeExpiry(relay.key);
  }

  /** Writes the expiry gauge as it would be true now. */
  #writeExpiry(key: string): void {
    const lease = this.#leases.get(key);
    const remaining = lease?.status === 'active' ? (lease.expiresAt - this.#at.clock.now) / 1000 : 0;
    this.#registry.set(gatewayEscrowLeaseTimeToExpiry, { relay: key }, Math.max(0, remaining));
  }

  /** A worker is back and nothing is pending: the lease is no longer needed. */
  #checkLeases(): void {
    this.#every(this.#at.timings.leaseCheck, () => {
      for (const relay of this.#at.relays) {
        if (!this.hasWorker(relay)) continue;
        if (!this.isPending(relay)) this.releaseLease(relay, 'peer-healthy');
      }
    });
  }

  // --- Pending writes ---

  /**
   * Marks the relay as pending, as an accepted write does, and starts pushing its new state at once. An operator's
   * toggle of the metadata (runbook step 4.2) does the same.
   */
  markPending(relay: Relay, path: WritePath): void {
    const { clock, registrations } = this.#at;
    const registration = registrations.renew(relay);
    const since = registration.pending?.since ?? clock.now;
    const { reason, type } = WRITES[path];
    const version = (this.#driveVersions.get(relay.key) ?? 0) + (path === 'drive' ? 1 : 0);
    this.#driveVersions.set(relay.key, version);
    registration.pending = {
      since,
      push: {
        relayKey: relay.key,
        state: 'pending',
        reason,
        types: [...new Set([...(registration.pending?.push.types ?? []), type])],
        driveIdentifier: relay.key,
        driveVersion: version === 0 ? null : version,
        lease: this.#leaseCopy(relay),
        pendingSince: since,
        pushId: this.#random.hex(16),
      },
    };
    this.#registry.set(gatewayPendingWrites, { relay: relay.key }, 1);
    this.#writeExpiry(relay.key);
    if (!this.#unacknowledged.has(relay.key)) this.#unacknowledged.set(relay.key, since);
    this.#push(relay, 0);
  }

  #leaseCopy(relay: Relay): Lease | null {
    const lease = this.#leases.get(relay.key);
    return lease === undefined ? null : { ...lease };
  }

  /** One attempt: to every worker that is connected, or another look in 15 s when none is. */
  #push(relay: Relay, attempt: number): void {
    this.#pushes.get(relay.key)?.cancel();
    this.#pushes.delete(relay.key);
    const pending = this.#at.registrations.get(relay)?.pending;
    // The registration ran out or was overwritten: nobody knows any more what to push. The gauge stays.
    if (pending === undefined) return;
    if (this.#at.build.expiryGauge === 'refreshed') this.#writeExpiry(relay.key);
    const { pushDelays, pushJitter, lookAgain } = this.#at.timings;
    if (!this.hasWorker(relay)) {
      this.#planPush(relay, lookAgain, attempt);
      return;
    }
    this.#send(relay, pending.push);
    const delay = pushDelays[Math.min(attempt, pushDelays.length - 1)] as number;
    this.#planPush(relay, delay * this.#random.between(1 - pushJitter, 1 + pushJitter), attempt + 1);
  }

  #planPush(relay: Relay, seconds: number, attempt: number): void {
    const planned = this.#at.clock.after(seconds * 1000, () => this.#push(relay, attempt));
    this.#pushes.set(relay.key, planned);
  }

  /** Sends to every connected worker of the relay, and counts one attempt for each. */
  #send(relay: Relay, push: Push): void {
    for (const peer of this.#at.peersOf(relay)) {
      if (!peer.isConnectedTo(this)) continue;
      const result = peer.receive(push);
      const labels = this.#at.build.pushCounter === 'by-relay' ? { result, relay: relay.key } : { result };
      this.#registry.add(gatewayPendingWritePushes, labels);
      const since = this.#unacknowledged.get(relay.key);
      if (push.state === 'pending' && result === 'success' && since !== undefined) {
        this.#unacknowledged.delete(relay.key);
        if (this.#at.build.acknowledgements === 'recorded') {
          const seconds = (this.#at.clock.now - since) / 1000;
          this.#registry.observe(gatewayPendingWritePushWait, { relay: relay.key }, seconds);
        }
      }
    }
  }

  /**
   * A worker, or an operator by hand, reports that the relay's writes are ingested. Only this process clears its
   * gauge and releases its lease; the `cleared` push is sent once.
   */
  resyncComplete(relay: Relay): void {
    const registration = this.#at.registrations.renew(relay);
    registration.pending = undefined;
    this.#pushes.get(relay.key)?.cancel();
    this.#pushes.delete(relay.key);
    this.#unacknowledged.delete(relay.key);
    this.#registry.set(gatewayPendingWrites, { relay: relay.key }, 0);
    const lease = this.#leases.get(relay.key);
    const expired = lease !== undefined && lease.expiresAt <= this.#at.clock.now;
    this.releaseLease(relay, expired ? 'worker-resync' : 'peer-healthy');
    if (lease !== undefined) this.#at.escrow.spend(relay);
    if (this.#at.build.afterClearing === 'new-term') {
      this.#registry.set(gatewayEscrowLeaseTimeToExpiry, { relay: relay.key }, this.#at.timings.lease);
    }
    this.#send(relay, {
      relayKey: relay.key,
      state: 'cleared',
      reason: WRITES.websocket.reason,
      types: [],
      driveIdentifier: relay.key,
      driveVersion: null,
      lease: this.#leaseCopy(relay),
      // As the gateway sends it: the time of clearing.
      pendingSince: this.#at.clock.now,
      pushId: this.#random.hex(16),
    });
    this.#leases.delete(relay.key);
  }

  // --- Mirrors ---

  #rebuildMirrors(): void {
    const { mirrors, relays, timings } = this.#at;
    if (!mirrors.exposed) return;
    const rebuild = () => {
      this.#registry.clear(gatewayBlindPeerMirrorState);
      this.#registry.clear(gatewayBlindPeerMirrorLag);
      if (!mirrors.active) return;
      for (const relay of relays) {
        const lag = mirrors.lag(relay);
        const isActive = lag !== undefined && lag < timings.mirrorActive * 1000;
        for (const [identifier, type] of [
          [relay.key, 'relay'],
          [relay.driveIdentifier, 'drive'],
        ] as const) {
          const labels = { identifier, owner: relay.owner, type };
          this.#registry.set(gatewayBlindPeerMirrorState, labels, isActive ? 1 : 0);
          this.#registry.set(gatewayBlindPeerMirrorLag, labels, lag ?? 0);
        }
      }
    };
    rebuild();
    this.#every(timings.mirrorRebuild, rebuild);
  }

  #every(seconds: number, run: () => void): void {
    const again = () => {
      if (!this.#running) return;
      run();
      this.#at.clock.after(seconds * 1000, again);
    };
    this.#at.clock.after(seconds * 1000, again);
  }
}
