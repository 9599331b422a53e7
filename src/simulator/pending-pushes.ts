import {
  gatewayEscrowLeaseTimeToExpiry,
  gatewayPendingWritePushes,
  gatewayPendingWritePushWait,
  gatewayPendingWrites,
} from '../../metrics/gateway.js';
import type { Planned } from './clock.js';
import type { Leases } from './leases.js';
import { type Push, type Relay, WRITES, type WritePath } from './relay.js';
import type { GatewayProcess } from './surroundings.js';

/** The pending writes of one gateway process, and its pushes of them. */
export class PendingPushes {
  readonly #process: GatewayProcess;
  readonly #leases: Leases;
  readonly #pushes = new Map<string, Planned>();
  readonly #driveVersions = new Map<string, number>();
  /** Pending writes of which no worker has acknowledged a push yet. */
  readonly #unacknowledged = new Map<string, number>();

  constructor(process: GatewayProcess, leases: Leases) {
    this.#process = process;
    this.#leases = leases;
  }

  /** The process ends: nothing resumes its pushes. */
  stop(): void {
    for (const push of this.#pushes.values()) push.cancel();
    this.#pushes.clear();
  }

  /** The gauge as it is now. */
  isPending(relay: Relay): boolean {
    return this.#process.registry.value(gatewayPendingWrites, { relay: relay.key }) === 1;
  }

  /**
   * Marks the relay as pending, as an accepted write does, and starts pushing its new state at once. Does nothing, and
   * returns false, where the relay is not registered any more or the store fails: the gateway swallows that.
   */
  mark(relay: Relay, path: WritePath): boolean {
    const { at, random, registry } = this.#process;
    const registration = at.registrations.change(relay);
    if (registration === undefined) return false;
    const since = registration.pending?.since ?? at.clock.now;
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
        lease: this.#leases.copy(relay),
        pendingSince: since,
        pushId: random.hex(16),
      },
    };
    at.ledger.note('marked', relay, at.clock.now);
    registry.set(gatewayPendingWrites, { relay: relay.key }, 1);
    if (at.escrow.enabled) this.#leases.writeExpiry(relay.key);
    if (!this.#unacknowledged.has(relay.key)) this.#unacknowledged.set(relay.key, since);
    this.#push(relay, 0);
    return true;
  }

  /** One attempt: to every worker that is connected. Before the first push it looks for one every 15 s instead. */
  #push(relay: Relay, attempt: number): void {
    this.#cancel(relay);
    const { at, random } = this.#process;
    const pending = at.registrations.get(relay)?.pending;
    // The registration expired or was overwritten: what to push is forgotten. The gauge stays.
    if (pending === undefined) return;
    if (at.build.expiryGauge === 'refreshed') this.#leases.writeExpiry(relay.key);
    const { pushDelays, pushJitter, lookAgain } = at.timings;
    const online = this.#process.workersOf(relay).length > 0;
    if (online) this.#send(relay, pending.push);
    if (!online && attempt === 0) {
      this.#plan(relay, lookAgain, 0);
      return;
    }
    // Once a push was sent the back-off applies, whether or not a worker is there.
    const delay = pushDelays[Math.min(attempt, pushDelays.length - 1)] as number;
    this.#plan(relay, delay * random.between(1 - pushJitter, 1 + pushJitter), attempt + 1);
  }

  #plan(relay: Relay, seconds: number, attempt: number): void {
    const planned = this.#process.at.clock.after(seconds * 1000, () => this.#push(relay, attempt));
    this.#pushes.set(relay.key, planned);
  }

  #cancel(relay: Relay): void {
    this.#pushes.get(relay.key)?.cancel();
    this.#pushes.delete(relay.key);
  }

  /** Sends to every connected worker of the relay, and counts one attempt for each. */
  #send(relay: Relay, push: Push): void {
    const { at, registry } = this.#process;
    for (const peer of this.#process.workersOf(relay)) {
      const result = peer.receive(push);
      at.ledger.note(result === 'success' ? 'push delivered' : 'push failed', relay, at.clock.now);
      const labels = at.build.pushCounter === 'by-relay' ? { result, relay: relay.key } : { result };
      registry.add(gatewayPendingWritePushes, labels);
      const since = this.#unacknowledged.get(relay.key);
      if (push.state === 'pending' && result === 'success' && since !== undefined) {
        this.#unacknowledged.delete(relay.key);
        at.ledger.note('acknowledged', relay, at.clock.now, (at.clock.now - since) / 1000);
        if (at.build.acknowledgements === 'recorded') {
          const seconds = (at.clock.now - since) / 1000;
          registry.observe(gatewayPendingWritePushWait, { relay: relay.key }, seconds);
        }
      }
    }
  }

  /**
   * A worker, or an operator by hand, reports that the relay's writes are ingested. Only this process clears its
   * gauge and releases its lease; the `cleared` push is sent once, to the workers connected at that moment. Without a
   * registration it answers 404 (false) and changes nothing: the gauge stays 1.
   */
  resyncComplete(relay: Relay): boolean {
    const { at, random, registry } = this.#process;
    const registration = at.registrations.change(relay);
    if (registration === undefined) return false;
    at.ledger.note('reported', relay, at.clock.now);
    registration.pending = undefined;
    this.#cancel(relay);
    this.#unacknowledged.delete(relay.key);
    registry.set(gatewayPendingWrites, { relay: relay.key }, 0);
    if (this.#leases.resynced(relay)) at.escrow.spend(relay);
    if (at.build.afterClearing === 'new-term') {
      registry.set(gatewayEscrowLeaseTimeToExpiry, { relay: relay.key }, at.timings.lease);
    }
    this.#send(relay, {
      relayKey: relay.key,
      state: 'cleared',
      reason: WRITES.websocket.reason,
      types: [],
      driveIdentifier: relay.key,
      driveVersion: null,
      lease: this.#leases.copy(relay),
      // As the gateway sends it: the time of clearing.
      pendingSince: at.clock.now,
      pushId: random.hex(16),
    });
    this.#leases.forget(relay);
    return true;
  }
}
