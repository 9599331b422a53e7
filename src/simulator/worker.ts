import { Coordinator, type Known } from './coordinator.js';
import type { Random } from './random.js';
import type { GatewayView, Peer, Push, Relay } from './relay.js';
import { StateFile } from './state-file.js';
import type { Faults, WorkerSurroundings } from './surroundings.js';
import { Timers } from './timers.js';

/**
 * How a worker is away. `network`: it runs on and cannot reach the gateway. `asleep`: its host is suspended, and goes
 * on where it stopped. `lid closed`: likewise, but the gateway takes it for connected for another while. `closed`: the
 * app was ended, and starts when it is back. `switched off`: its host too.
 */
export type Absence = 'network' | 'asleep' | 'lid closed' | 'closed' | 'switched off';

/** A worker: the desktop app with its coordinator, and the host it runs on. */
export class Worker implements Peer {
  readonly peerKey: string;
  readonly file: StateFile;
  readonly faults: Faults = {
    jobs: new Set(),
    rotations: new Set(),
    refusesPushes: false,
    losesClearedPushes: false,
    hangs: false,
    splices: 0,
  };
  /** By how much the host's clock is ahead of the true time, in milliseconds. */
  clockOffsetMs = 0;
  readonly #at: WorkerSurroundings;
  readonly #random: Random;
  readonly #relays = new Map<string, Relay>();
  readonly #connected = new Set<GatewayView>();
  readonly #timers: Timers;
  readonly #coordinator: Coordinator;
  #away: Absence | undefined;
  #leftAt = Number.NEGATIVE_INFINITY;
  #startedAt = Number.NEGATIVE_INFINITY;
  /** Counts absences, so that the end of one that is over changes nothing. */
  #absences = 0;

  constructor(surroundings: WorkerSurroundings, random: Random, relays: readonly Relay[]) {
    this.#at = surroundings;
    this.#random = random;
    this.#timers = new Timers(surroundings.clock);
    this.peerKey = random.hex(64);
    for (const relay of relays) this.#relays.set(relay.key, relay);
    this.file = new StateFile(() => this.hostNow());
    this.#coordinator = new Coordinator({
      at: surroundings,
      random,
      timers: this.#timers,
      faults: this.faults,
      file: this.file,
      peerKey: this.peerKey,
      online: () => this.#away === undefined,
      hostNow: () => this.hostNow(),
      relay: (key) => this.#relays.get(key),
    });
  }

  get relays(): readonly Relay[] {
    return [...this.#relays.values()];
  }

  owns(relay: Relay): boolean {
    return this.#relays.has(relay.key);
  }

  /** Ceases to own a relay. Its file keeps the last notification. */
  drop(relay: Relay): void {
    this.#relays.delete(relay.key);
  }

  /** Owns a relay from now on: registers and rotates it, where it can reach the gateway. */
  adopt(relay: Relay): void {
    if (this.owns(relay)) return;
    this.#relays.set(relay.key, relay);
    if (this.#away !== undefined) return;
    this.#at.registrations.register(relay);
    this.#coordinator.rotate(relay, 'relay-joined');
  }

  /** Whether the process runs and reaches the gateway. */
  get online(): boolean {
    return this.#away === undefined;
  }

  /** When the worker last ran and reached the gateway, epoch milliseconds. */
  get lastOnline(): number {
    return this.online ? this.#at.clock.now : this.#leftAt;
  }

  /** When its process last started, epoch milliseconds; `-Infinity` for one that has been at work since before. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** What the worker holds of a relay, in its memory and its file. */
  knows(relay: Relay): Known {
    return this.#coordinator.knows(relay);
  }

  /** Whether the worker's process runs; one on a sleeping host does not. */
  get running(): boolean {
    return this.#away === undefined || this.#away === 'network';
  }

  /** Whether its host is running, and with it its own exporter. */
  get hostOn(): boolean {
    return this.running || this.#away === 'closed';
  }

  /** Jobs that wait. */
  get queueSize(): number {
    return this.#coordinator.queueSize;
  }

  /** The host's clock, epoch milliseconds. */
  hostNow(): number {
    return this.#at.clock.now + this.clockOffsetMs;
  }

  isConnectedTo(gateway: GatewayView): boolean {
    return gateway.running && this.#connected.has(gateway);
  }

  // --- Coming and going ---

  /** As a worker that has been at work since before the scenario: connected and registered, without rotations. */
  startQuietly(): void {
    for (const gateway of this.#at.gateways()) this.#connected.add(gateway);
    for (const relay of this.#relays.values()) {
      this.#at.registrations.register(relay);
      this.#at.mirrors.touch(relay);
    }
    this.#renewRegistrations();
  }

  /** The worker goes away. Does nothing where it is away already. */
  leave(how: Absence): void {
    if (this.#away !== undefined) return;
    this.#away = how;
    this.#leftAt = this.#at.clock.now;
    this.#absences += 1;
    const absence = this.#absences;
    if (how === 'closed' || how === 'switched off') this.#endProcess();
    else if (how !== 'network') this.#timers.pause();
    if (how !== 'lid closed') {
      this.#disconnect();
      return;
    }
    // The socket of a sleeping host stays open until the gateway gives it up.
    this.#at.clock.after(this.#at.timings.deadPeer * 1000, () => {
      if (this.#away === 'lid closed' && this.#absences === absence) this.#disconnect();
    });
  }

  /** The worker is back. A process that ended starts; one that ran on, or slept, just connects again. */
  comeBack(): void {
    const away = this.#away;
    if (away === undefined) return;
    this.#away = undefined;
    if (away === 'closed' || away === 'switched off') {
      this.#start();
    } else {
      this.#timers.resume();
      this.#reconnect();
    }
  }

  /** Ends the process and starts it again. What is queued or under way is lost, unless the file has it. */
  restart(downForSeconds: number): void {
    if (this.#away !== undefined) return;
    this.leave('closed');
    this.#at.clock.after(downForSeconds * 1000, () => this.comeBack());
  }

  /** `stop-gateway`, then `start-gateway`: stopping the service writes the file from memory. */
  restartService(downForSeconds: number): void {
    if (this.#away === undefined) this.#coordinator.save();
    this.restart(downForSeconds);
  }

  #endProcess(): void {
    // What is on disk stays as it is.
    this.file.settle();
    this.#coordinator.stop();
    this.#timers.clear();
  }

  #disconnect(): void {
    for (const gateway of this.#connected) gateway.peerLeft(this.relays);
    this.#connected.clear();
  }

  /** Begins with the file, and registers and rotates every relay once it is connected. */
  #start(): void {
    this.#startedAt = this.#at.clock.now;
    this.#coordinator.load();
    this.#timers.after(this.#random.between(...this.#at.timings.reconnect), () => {
      this.#connect();
      this.register();
      let seconds = 0;
      for (const relay of this.#relays.values()) {
        this.#timers.after(seconds, () => this.#coordinator.rotate(relay, 'worker-reconnect'));
        seconds += this.#random.between(...this.#at.timings.rotation);
      }
    });
    this.#renewRegistrations();
  }

  /** A gateway process has started, or stopped: the connection is made again, or gone. */
  gatewayChanged(gateway: GatewayView): void {
    if (!gateway.running) this.#connected.delete(gateway);
    else if (this.#away === undefined) this.#reconnect();
  }

  /** A plain reconnection: no registration over HTTP, no rotation, and the file stays as it is. */
  #reconnect(): void {
    this.#timers.after(this.#random.between(...this.#at.timings.reconnect), () => this.#connect());
  }

  #connect(): void {
    if (this.#away !== undefined) return;
    for (const gateway of this.#at.gateways()) this.#connected.add(gateway);
    this.#renew();
  }

  #renewRegistrations(): void {
    this.#timers.every(this.#at.timings.registrationRenewal, () => this.#renew());
  }

  /** Prolongs the registrations that are still there. */
  #renew(): void {
    if (this.#connected.size === 0 || this.#away !== undefined) return;
    for (const relay of this.#relays.values()) {
      this.#at.registrations.change(relay);
      this.#at.mirrors.touch(relay);
    }
  }

  /** Registers every relay over HTTP, which forgets what was pending; a metadata sync does the same. */
  register(): void {
    if (this.#away !== undefined) return;
    for (const relay of this.#relays.values()) this.#at.registrations.register(relay);
  }

  // --- Pushes ---

  receive(push: Push): 'success' | 'error' {
    const relay = this.#relays.get(push.relayKey);
    // Nobody answers on a sleeping host.
    if (relay === undefined || !this.running || this.faults.refusesPushes) return 'error';
    if (push.state === 'cleared' && this.faults.losesClearedPushes) return 'error';
    this.#coordinator.receive(relay, push);
    return 'success';
  }

  /** Runs `gatewayService.rotateGatewayWriter` by hand (runbook step run-rotation). */
  rotateByHand(relay: Relay): void {
    if (this.running) this.#coordinator.rotate(relay, 'manual');
  }
}
