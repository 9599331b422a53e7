import type { BuildOptions, Timings } from './build.js';
import type { Clock, Planned } from './clock.js';
import type { Escrow, Gateway, Lease, Mirrors, Peer, Push, RegistrationStore, Relay } from './gateway.js';
import type { Random } from './random.js';
import { StateFile } from './state-file.js';

/** A record of the state file's `notifications`, its keys in the order in which the coordinator writes them. */
interface Notification {
  relayKey: string;
  state: 'pending' | 'cleared';
  reason: string;
  types: readonly string[];
  driveIdentifier: string;
  driveVersion: number | null;
  lease: Lease | null;
  leaseVersion: number | null;
  leaseActive: boolean;
  peerKey: string;
  updatedAt: number;
  pushId: string;
  pendingSince: number;
}

/** A row of the state file's `rotations`. */
interface RotationRow {
  rotationId: string;
  relayKey: string;
  reason: string;
  status: 'pending' | 'completed' | 'failed';
  attempts: number;
  previousEscrowId: string | null;
  startedAt: number;
  completedAt: number | null;
  error: string | null;
}

type JobStatus = 'idle' | 'queued' | 'in-progress' | 'completed' | 'error' | 'cleared';

const ROTATION_ROWS = 50;

/** What goes wrong in a worker, changed by the scenario. */
export interface Faults {
  /** Relays whose jobs fail. */
  readonly jobs: Set<string>;
  /** Relays whose rotations fail. */
  readonly rotations: Set<string>;
  /** Whether it answers pushes with 403. */
  refusesPushes: boolean;
  /** Whether `cleared` pushes do not arrive. */
  losesClearedPushes: boolean;
  /** Whether its jobs neither finish nor fail. */
  hangs: boolean;
}

/** Everything around a worker that it does not control. */
export interface WorkerSurroundings {
  readonly clock: Clock;
  readonly build: BuildOptions;
  readonly timings: Timings;
  readonly registrations: RegistrationStore;
  readonly escrow: Escrow;
  readonly mirrors: Mirrors;
  /** Gateway processes that run now. */
  gateways(): readonly Gateway[];
  /** The process that answers this worker's `resync-complete`. */
  answering(relay: Relay): Gateway | undefined;
}

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
  };
  /** By how much the host's clock is ahead of the true time, in milliseconds. */
  clockOffsetMs = 0;
  readonly #at: WorkerSurroundings;
  readonly #random: Random;
  readonly #relays = new Map<string, Relay>();
  readonly #notifications = new Map<string, Notification>();
  readonly #connected = new Set<Gateway>();
  readonly #attempts = new Map<string, number>();
  readonly #status = new Map<string, JobStatus>();
  #rotations: RotationRow[] = [];
  #rotationCount = 0;
  #queue: Relay[] = [];
  #inFlight: Relay | undefined;
  /** Everything the process has planned; dies with it. */
  readonly #plans = new Set<Planned>();
  #running = false;
  #hostOn = true;

  constructor(surroundings: WorkerSurroundings, random: Random, relays: readonly Relay[]) {
    this.#at = surroundings;
    this.#random = random;
    this.peerKey = random.hex(64);
    for (const relay of relays) this.#relays.set(relay.key, relay);
    this.file = new StateFile(() => this.hostNow());
  }

  get relays(): readonly Relay[] {
    return [...this.#relays.values()];
  }

  /** Whether the worker's process runs. */
  get running(): boolean {
    return this.#running;
  }

  /** Whether its host runs, and with it the exporter. */
  get hostOn(): boolean {
    return this.#hostOn;
  }

  /** Jobs that wait. */
  get queueSize(): number {
    return this.#queue.length;
  }

  /** The host's clock, epoch milliseconds. */
  hostNow(): number {
    return this.#at.clock.now + this.clockOffsetMs;
  }

  isConnectedTo(gateway: Gateway): boolean {
    return this.#running && gateway.running && this.#connected.has(gateway);
  }

  // --- Coming and going ---

  /** Starts the process: reads the file, takes up its pending relays and connects. */
  start(): void {
    if (this.#running) return;
    this.#hostOn = true;
    this.#running = true;
    this.#loadFile();
    this.#afterwards(this.#random.between(...this.#at.timings.reconnect), () => this.#connectToAll());
    this.#every(this.#at.timings.registrationRenewal, () => {
      if (this.#connected.size > 0) for (const relay of this.#relays.values()) this.#renew(relay);
    });
  }

  /** As a worker that has been at work since before the scenario: connected at once, without rotations. */
  startQuietly(): void {
    this.#running = true;
    for (const gateway of this.#at.gateways()) this.#connected.add(gateway);
    for (const relay of this.#relays.values()) this.#renew(relay);
    this.#every(this.#at.timings.registrationRenewal, () => {
      if (this.#connected.size > 0) for (const relay of this.#relays.values()) this.#renew(relay);
    });
  }

  /** Ends the process, and switches the host off where `hostOff`. What is queued or under way is lost. */
  stop(hostOff = false): void {
    this.#running = false;
    for (const gateway of this.#connected) gateway.peerLeft(this.relays);
    this.#hostOn = !hostOff;
    // What is on disk stays as it is.
    this.file.settle();
    this.#connected.clear();
    this.#queue = [];
    this.#inFlight = undefined;
    this.#status.clear();
    for (const plan of this.#plans) plan.cancel();
    this.#plans.clear();
  }

  /** A gateway process has started, or stopped: the connection is made anew, or gone. */
  gatewayChanged(gateway: Gateway): void {
    if (!gateway.running) {
      this.#connected.delete(gateway);
    } else if (this.#running) {
      this.#afterwards(this.#random.between(...this.#at.timings.reconnect), () => this.#connectToAll());
    }
  }

  /** On a reconnection the worker registers its relays again and rotates all of them. */
  #connectToAll(): void {
    const fresh = this.#at.gateways().filter((gateway) => !this.#connected.has(gateway));
    if (fresh.length === 0) return;
    for (const gateway of fresh) this.#connected.add(gateway);
    for (const relay of this.#relays.values()) {
      if (this.#at.registrations.kept) this.#renew(relay);
      // Over HTTP, which forgets what was pending.
      else if (this.#at.registrations.get(relay) === undefined) this.#at.registrations.overwrite(relay);
    }
    let seconds = 0;
    for (const relay of this.#relays.values()) {
      this.#afterwards(seconds, () => this.#rotate(relay, 'worker-reconnect'));
      seconds += this.#random.between(...this.#at.timings.rotation);
    }
  }

  #renew(relay: Relay): void {
    this.#at.registrations.renew(relay);
    this.#at.mirrors.touch(relay);
  }

  #loadFile(): void {
    this.#rotationCount = 0;
    const content = this.file.view?.content;
    this.#notifications.clear();
    this.#rotations = [];
    if (content === undefined) return;
    let saved: {
      notifications?: Notification[];
      relays?: (Notification & { status: unknown })[];
      rotations?: RotationRow[];
    };
    try {
      saved = JSON.parse(content) as typeof saved;
    } catch {
      // A torn file: the coordinator begins with nothing, and its next write makes the file whole again.
      return;
    }
    const notifications: Notification[] = (saved.notifications ?? saved.relays ?? []).map((record) => {
      const { status: _, ...notification } = record as Notification & { status?: unknown };
      return notification;
    });
    // Step by step, the rotations last: a reader in between sees valid JSON that lacks most of it.
    notifications.forEach((notification, i) => {
      this.#afterwards(i / 1000, () => {
        this.#notifications.set(notification.relayKey, notification);
        const relay = this.#relays.get(notification.relayKey);
        if (notification.state === 'pending' && relay !== undefined) this.#enqueue(relay);
        this.#save();
      });
    });
    this.#afterwards(notifications.length / 1000, () => {
      this.#rotations = saved.rotations ?? [];
      this.#save();
    });
  }

  // --- Pushes and jobs ---

  receive(push: Push): 'success' | 'error' {
    const relay = this.#relays.get(push.relayKey);
    if (relay === undefined || this.faults.refusesPushes) return 'error';
    if (push.state === 'cleared' && this.faults.losesClearedPushes) return 'error';
    const known = this.#notifications.get(push.relayKey);
    // A repetition changes nothing and brings no failed job back.
    if (known?.pushId === push.pushId) return 'success';
    const { pushId, pendingSince, ...told } = push;
    this.#notifications.set(push.relayKey, {
      ...told,
      leaseVersion: push.lease?.version ?? null,
      leaseActive: push.lease?.status === 'active',
      peerKey: this.peerKey,
      updatedAt: this.hostNow(),
      pushId,
      pendingSince,
    });
    if (push.state === 'pending') this.#enqueue(relay);
    else if (this.#status.get(relay.key) !== 'in-progress') this.#status.set(relay.key, 'cleared');
    this.#save();
    return 'success';
  }

  #enqueue(relay: Relay): void {
    if (this.#queue.includes(relay)) return;
    this.#queue.push(relay);
    if (this.#inFlight !== relay) this.#status.set(relay.key, 'queued');
    this.#work();
  }

  /** Takes the next job. One at a time: mirror the drive, resync, report, rotate. */
  #work(): void {
    if (this.#inFlight !== undefined) return;
    const relay = this.#queue.shift();
    if (relay === undefined) return;
    this.#inFlight = relay;
    this.#status.set(relay.key, 'in-progress');
    if (this.faults.hangs) return;
    this.#afterwards(this.#random.between(...this.#at.timings.resync), () => {
      const gateway = this.#at.answering(relay);
      const failed = this.faults.jobs.has(relay.key) || gateway === undefined;
      this.#inFlight = undefined;
      if (failed) {
        // Logged and forgotten: only a new write or a restart brings the job back.
        this.#status.set(relay.key, 'error');
        if (this.#at.build.stateFile === 'snapshot') this.#save();
      } else {
        this.#status.set(relay.key, 'completed');
        gateway.resyncComplete(relay);
        this.#rotate(relay, 'pending-writes-resync');
      }
      this.#work();
    });
  }

  /** Runs `rotate-gateway-writer` by hand (runbook step 5.1). */
  rotateByHand(relay: Relay): void {
    this.#rotate(relay, 'manual');
  }

  #rotate(relay: Relay, reason: string): void {
    this.#rotationCount += 1;
    const attempts = (this.#attempts.get(relay.key) ?? 0) + 1;
    this.#attempts.set(relay.key, attempts);
    const row: RotationRow = {
      rotationId: `rotation-${this.#rotationCount}`,
      relayKey: relay.key,
      reason,
      status: 'pending',
      attempts,
      previousEscrowId: null,
      startedAt: this.hostNow(),
      completedAt: null,
      error: null,
    };
    this.#record(row);
    this.#afterwards(this.#random.between(...this.#at.timings.rotation), () => {
      const failed = this.faults.rotations.has(relay.key);
      // Without the escrow service there is no new deposit, and yet the rotation counts as completed.
      if (!failed) this.#at.escrow.deposit(relay);
      this.#record({
        ...row,
        status: failed ? 'failed' : 'completed',
        completedAt: this.hostNow(),
        error: failed ? 'Escrow deposit request failed' : null,
      });
    });
  }

  /** Every change of a rotation adds a row, newest first, and each is recorded twice. */
  #record(row: RotationRow): void {
    for (const copy of [row, row]) {
      this.#rotations = [{ ...copy }, ...this.#rotations].slice(0, ROTATION_ROWS);
      this.#save();
    }
  }

  // --- The file ---

  #save(): void {
    this.file.write(() => JSON.stringify(this.#state(), null, 2));
  }

  /** What the coordinator writes, or what its snapshot says. */
  #state(): object {
    const notifications = [...this.#notifications.values()];
    if (this.#at.build.stateFile === 'persisted') return { notifications, rotations: this.#rotations };
    return {
      updatedAt: this.hostNow(),
      queueSize: this.#queue.length,
      inflightSize: this.#inFlight === undefined ? 0 : 1,
      relays: notifications.map((n) => ({ ...n, status: this.#status.get(n.relayKey) ?? 'idle' })),
      rotations: this.#rotations,
    };
  }

  /** Plans something that does not happen when the process ends before. */
  #afterwards(seconds: number, run: () => void): void {
    const plan = this.#at.clock.after(seconds * 1000, () => {
      this.#plans.delete(plan);
      run();
    });
    this.#plans.add(plan);
  }

  #every(seconds: number, run: () => void): void {
    this.#afterwards(seconds, () => {
      run();
      this.#every(seconds, run);
    });
  }
}
