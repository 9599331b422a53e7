import {
  gatewayActivePeers,
  gatewayActiveSessions,
  gatewayBlindPeerActive,
  gatewayEscrowPolicyRejections,
  gatewayEscrowRotations,
  gatewayEscrowUnlockRequests,
  gatewayMetrics,
  gatewayPendingWritePushes,
  gatewayPendingWrites,
  gatewayRelayFallbackDuration,
  gatewayRelayFallbackReads,
  gatewayRelayFallbackWrites,
  gatewayRelayReplicaSessions,
  gatewayReplicaFallbacks,
  processStartTime,
} from '../../metrics/gateway.js';
import type { MetricDefinition } from '../model/metric.js';
import { type Exposition, Registry } from './exposition.js';
import { type EscrowEvidence, type LeaseOutcome, Leases } from './leases.js';
import { exposeMirrors } from './mirror-gauges.js';
import { PendingPushes } from './pending-pushes.js';
import type { Random } from './random.js';
import type { Lease, Relay, WritePath } from './relay.js';
import type { GatewayProcess, Surroundings } from './surroundings.js';

/**
 * One gateway process. Gauges, counters, leases and pushes live in the process and end with it; registrations may
 * outlive it.
 */
export class Gateway {
  readonly #at: Surroundings;
  readonly #registry = new Registry(gatewayMetrics);
  readonly #leases: Leases;
  readonly #pending: PendingPushes;
  #sessions = 0;
  #running = true;

  constructor(surroundings: Surroundings, random: Random) {
    this.#at = surroundings;
    this.#registry.set(processStartTime, {}, surroundings.clock.now / 1000);
    const process: GatewayProcess = {
      at: surroundings,
      random,
      registry: this.#registry,
      workersOf: (relay) => surroundings.peersOf(relay).filter((peer) => peer.isConnectedTo(this)),
      every: (seconds, run) => this.#every(seconds, run),
    };
    this.#leases = new Leases(process);
    this.#pending = new PendingPushes(process, this.#leases);
    exposeMirrors(process);
    this.#leases.releaseWhenUnneeded((relay) => this.isPending(relay));
  }

  get running(): boolean {
    return this.#running;
  }

  /** Ends the process: everything in memory is gone. */
  stop(): void {
    this.#running = false;
    this.#pending.stop();
  }

  /** Lets the process look as if it had been running for a while. */
  pretendUptime(seconds: number): void {
    this.#registry.set(processStartTime, {}, this.#at.clock.now / 1000 - seconds);
  }

  /** Gives the counters that are not about one relay a past, so that none of them is newborn. */
  seedCounters(): void {
    const { build, escrow } = this.#at;
    if (build.pushCounter === 'whole-gateway') {
      this.#registry.add(gatewayPendingWritePushes, { result: 'success' }, 1200);
      this.#registry.add(gatewayPendingWritePushes, { result: 'error' }, 7);
    }
    if (!escrow.enabled) return;
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
    if (this.#at.build.expiryGauge === 'counting-down') this.#leases.writeAll();
    return registry.expose(withheld);
  }

  /** Where the runbook's last step looks: the gauge as it is now. */
  isPending(relay: Relay): boolean {
    return this.#pending.isPending(relay);
  }

  /** The same gauge as a number; undefined where the series is not there. */
  gauge(relay: Relay): number | undefined {
    return this.#registry.value(gatewayPendingWrites, { relay: relay.key });
  }

  /** The lease the process holds for a relay, active or past its expiry. */
  lease(relay: Relay): Lease | undefined {
    return this.#leases.get(relay);
  }

  /** Whether a worker of the relay is connected to this process. */
  hasWorker(relay: Relay): boolean {
    return this.#at.peersOf(relay).some((peer) => peer.isConnectedTo(this));
  }

  /** A worker of these relays has disconnected. */
  peerLeft(relays: readonly Relay[]): void {
    for (const relay of relays) this.#leases.peerLeft(relay);
  }

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
    this.#registry.add(gatewayRelayFallbackReads, { relay: relay.key, reason: 'replica' });
    this.#at.ledger.note('read', relay, this.#at.clock.now);
    this.#at.mirrors.touch(relay);
  }

  /**
   * A write without a worker. It is taken where the relay has a lease; otherwise a websocket write is answered
   * read-only and anything else with HTTP 425, which no metric counts. Without escrow a websocket write is always
   * answered read-only, and anything else is always taken.
   */
  writeToReplica(relay: Relay, path: WritePath, valid = true): 'accepted' | 'rejected' | 'readonly' {
    const result = !valid ? 'rejected' : this.#mayWrite(relay, path) ? 'accepted' : 'readonly';
    if (path === 'websocket') {
      this.#registry.add(gatewayReplicaFallbacks, { relay: relay.key, mode: 'write' });
      this.#registry.add(gatewayRelayFallbackWrites, { relay: relay.key, result });
    }
    const { clock, escrow, ledger, mirrors } = this.#at;
    if (result === 'readonly' && path === 'websocket') ledger.note('readonly', relay, clock.now);
    if (result === 'accepted') {
      mirrors.touch(relay);
      mirrors.hold(relay);
      if (path === 'websocket') ledger.note('session write', relay, clock.now);
      const lease = this.lease(relay);
      if (escrow.enabled && (lease === undefined || lease.expiresAt <= clock.now))
        ledger.note('past expiry', relay, clock.now);
      if (!this.markPending(relay, path) && path === 'websocket') ledger.note('unmarked', relay, clock.now);
    }
    return result;
  }

  /** Whether a drive upload would be accepted now. */
  wouldAccept(relay: Relay): boolean {
    return this.#mayWrite(relay, 'drive');
  }

  #mayWrite(relay: Relay, path: WritePath): boolean {
    return this.#at.escrow.enabled ? this.#leases.allowsWrites(relay) : path !== 'websocket';
  }

  /** A signed request for a lease over the API. */
  requestLease(relay: Relay, evidence: EscrowEvidence = 'true'): LeaseOutcome {
    return this.#leases.request(relay, evidence);
  }

  /** Ends the relay's lease. Does nothing where there is none. */
  releaseLease(relay: Relay, reason: string): void {
    this.#leases.release(relay, reason);
  }

  /** Marks the relay as pending and starts to push; false where its registration is gone or the store fails. */
  markPending(relay: Relay, path: WritePath): boolean {
    return this.#pending.mark(relay, path);
  }

  /** Takes the report that the relay's writes are ingested; false (HTTP 404) where its registration is gone. */
  resyncComplete(relay: Relay): boolean {
    return this.#pending.resyncComplete(relay);
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
