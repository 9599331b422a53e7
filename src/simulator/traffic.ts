import type { Clock } from './clock.js';
import type { Gateway } from './gateway.js';
import type { Random } from './random.js';
import type { Relay, WritePath } from './relay.js';

/** A stream of requests of clients to one relay. */
export interface TrafficOptions {
  readonly relay: Relay;
  readonly kind: 'read' | 'write';
  readonly through: WritePath;
  /** Mean number of requests. */
  readonly perMinute: number;
  readonly seconds: number;
  readonly sessions: number;
  /** Share of invalid writes. */
  readonly invalid: number;
  /** Mean lifetime of a session. */
  readonly sessionSeconds: number;
}

interface Session {
  /** The process it is connected to; undefined while the gateway is down. */
  gateway: Gateway | undefined;
  closesAt: number;
  /** Since when it has been in replica mode. */
  replicaSince: number | undefined;
}

/**
 * Clients with websocket sessions. A session that finds no worker enters replica mode and stays in it until its socket
 * closes, also when the worker is back; then the client connects again. Drive uploads and joins come over HTTP, without
 * a session.
 */
export class Traffic {
  readonly #sessions: Session[] = [];
  readonly #endsAt: number;

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly options: TrafficOptions,
    private readonly gatewayOf: (relay: Relay) => Gateway | undefined,
  ) {
    this.#endsAt = clock.now + options.seconds * 1000;
    if (options.through === 'websocket') {
      for (let i = 0; i < options.sessions; i++) {
        this.#sessions.push({ gateway: undefined, closesAt: 0, replicaSince: undefined });
      }
    }
    this.#next();
    clock.at(this.#endsAt, () => {
      for (const session of this.#sessions) this.#close(session);
    });
  }

  #next(): void {
    this.clock.after(this.random.waiting(60_000 / this.options.perMinute), () => {
      if (this.clock.now >= this.#endsAt) return;
      this.#request();
      this.#next();
    });
  }

  #request(): void {
    const { relay, kind, through, invalid } = this.options;
    if (through !== 'websocket') {
      const gateway = this.gatewayOf(relay);
      if (gateway !== undefined && !gateway.hasWorker(relay)) gateway.writeToReplica(relay, through);
      return;
    }
    const session = this.#sessions[this.random.index(this.#sessions.length)] as Session;
    if (session.gateway?.running !== true || this.clock.now >= session.closesAt) this.#reopen(session);
    const { gateway } = session;
    if (gateway === undefined) return;
    if (session.replicaSince === undefined && !gateway.hasWorker(relay)) {
      session.replicaSince = this.clock.now;
      gateway.enterReplicaMode(relay);
    }
    if (session.replicaSince === undefined) return;
    if (kind === 'read') gateway.readFromReplica(relay);
    else gateway.writeToReplica(relay, 'websocket', this.random.next() >= invalid);
  }

  #reopen(session: Session): void {
    this.#close(session);
    session.gateway = this.gatewayOf(this.options.relay);
    session.gateway?.sessionOpened();
    session.closesAt = this.clock.now + this.random.waiting(this.options.sessionSeconds * 1000);
    const { closesAt } = session;
    // Sockets close on time, not at the next request.
    this.clock.at(closesAt, () => {
      if (session.closesAt === closesAt) this.#close(session);
    });
  }

  #close(session: Session): void {
    const { gateway, replicaSince } = session;
    session.gateway = undefined;
    session.replicaSince = undefined;
    if (gateway?.running !== true) return;
    gateway.sessionClosed();
    if (replicaSince !== undefined) {
      gateway.leaveReplicaMode(this.options.relay, (this.clock.now - replicaSince) / 1000);
    }
  }
}
