import type { Random } from './random.js';
import type { Lease, Push, Relay } from './relay.js';
import { RotationLog, type RotationRow } from './rotations.js';
import type { StateFile } from './state-file.js';
import type { Faults, WorkerSurroundings } from './surroundings.js';
import type { Timers } from './timers.js';

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

type JobStatus = 'idle' | 'queued' | 'in-progress' | 'completed' | 'error' | 'cleared';

/** The worker's process as its coordinator sees it. */
export interface CoordinatorHost {
  readonly at: WorkerSurroundings;
  readonly random: Random;
  readonly timers: Timers;
  readonly faults: Faults;
  readonly file: StateFile;
  readonly peerKey: string;
  /** Whether the process reaches the gateway. */
  online(): boolean;
  /** The host's clock, epoch milliseconds. */
  hostNow(): number;
  /** The relay of a key, where this worker owns it. */
  relay(key: string): Relay | undefined;
}

/** What a worker holds of a relay. */
export interface Known {
  /** The state of its last notification; undefined where it has none. */
  readonly state: 'pending' | 'cleared' | undefined;
  /** Whether its job has failed, or waits behind one that hangs, so that only a new write or a restart brings it back. */
  readonly stalled: boolean;
  /** The newest rotation that the file still has. */
  readonly rotation: RotationRow['status'] | undefined;
  /** When it last completed a rotation of the relay, epoch milliseconds. */
  readonly rotated: number | undefined;
}

/** A worker's `PendingWriteCoordinator`: one job for each relay, then a rotation, all of it written to the file. */
export class Coordinator {
  readonly #host: CoordinatorHost;
  readonly #notifications = new Map<string, Notification>();
  readonly #status = new Map<string, JobStatus>();
  readonly #rotations = new RotationLog(() => this.save());
  readonly #rotated = new Map<string, number>();
  #queue: Relay[] = [];
  #inFlight: Relay | undefined;
  #hangs = false;

  constructor(host: CoordinatorHost) {
    this.#host = host;
  }

  /** Jobs that wait. */
  get queueSize(): number {
    return this.#queue.length;
  }

  /** The process ends: what is queued or under way is lost. */
  stop(): void {
    this.#queue = [];
    this.#inFlight = undefined;
    this.#hangs = false;
    this.#status.clear();
  }

  knows(relay: Relay): Known {
    const state = this.#notifications.get(relay.key)?.state;
    const status = this.#status.get(relay.key);
    return {
      state,
      stalled:
        state === 'pending' &&
        (status === 'error' || (this.#hangs && (status === 'queued' || status === 'in-progress'))),
      rotation: this.#rotations.rows.find(({ relayKey }) => relayKey === relay.key)?.status,
      rotated: this.#rotated.get(relay.key),
    };
  }

  /** The process starts: reads the file and takes up what is pending in it. A broken file brings nothing back. */
  load(): void {
    const { file, timers } = this.#host;
    this.#rotations.reset();
    const content = file.view?.content;
    this.#notifications.clear();
    if (content === undefined) return;
    const saved = parsed(content);
    if (saved === undefined) return;
    const notifications: Notification[] = (saved.notifications ?? saved.relays ?? []).map((record) => {
      const { status: _, ...notification } = record;
      return notification;
    });
    // Step by step, the rotations last: a reader in between sees valid JSON that lacks most of it.
    notifications.forEach((notification, i) => {
      timers.after(i / 1000, () => {
        this.#notifications.set(notification.relayKey, notification);
        const relay = this.#host.relay(notification.relayKey);
        if (notification.state === 'pending' && relay !== undefined) this.#enqueue(relay);
        this.save();
      });
    });
    timers.after(notifications.length / 1000, () => {
      this.#rotations.load(saved.rotations ?? []);
      this.save();
    });
  }

  /** Takes a push for a relay of this worker. */
  receive(relay: Relay, push: Push): void {
    const known = this.#notifications.get(push.relayKey);
    // A repetition changes nothing and brings no failed job back.
    if (known?.pushId === push.pushId) return;
    const { pushId, pendingSince, ...rest } = push;
    this.#notifications.set(push.relayKey, {
      ...rest,
      leaseVersion: push.lease?.version ?? null,
      leaseActive: push.lease?.status === 'active',
      peerKey: this.#host.peerKey,
      updatedAt: this.#host.hostNow(),
      pushId,
      pendingSince,
    });
    if (push.state === 'pending') this.#enqueue(relay);
    else if (this.#status.get(relay.key) !== 'in-progress') this.#status.set(relay.key, 'cleared');
    this.save();
  }

  #enqueue(relay: Relay): void {
    if (this.#queue.includes(relay)) return;
    this.#queue.push(relay);
    if (this.#inFlight !== relay) this.#status.set(relay.key, 'queued');
    this.#work();
  }

  /** Takes the next job. One at a time: resync, report, rotate. */
  #work(): void {
    if (this.#inFlight !== undefined) return;
    const relay = this.#queue.shift();
    if (relay === undefined) return;
    const { faults, random, timers, at } = this.#host;
    this.#inFlight = relay;
    this.#status.set(relay.key, 'in-progress');
    this.#hangs = faults.hangs;
    if (faults.hangs) return;
    timers.after(random.between(...at.timings.resync), () => {
      this.#inFlight = undefined;
      if (!this.#completes(relay)) {
        // Logged and forgotten: only a new write or a restart brings the job back.
        this.#status.set(relay.key, 'error');
        at.ledger.note('job failed', relay, at.clock.now);
        if (at.build.stateFile === 'snapshot') this.save();
      } else {
        this.#status.set(relay.key, 'completed');
        this.rotate(relay, 'pending-writes-resync', () => {
          if (faults.splices > 0 && random.next() < faults.splices) this.#host.file.splice();
        });
      }
      this.#work();
    });
  }

  /** Ends a job. True where the gateway took the report of it. */
  #completes(relay: Relay): boolean {
    const { at, faults, online } = this.#host;
    if (faults.jobs.has(relay.key) || !online()) return false;
    if (at.answering(relay)?.resyncComplete(relay) !== true) return false;
    // In the observed build the job finds nothing of the types it looks for, and reports completion all the same.
    if (at.build.jobs === 'ingest') at.mirrors.ingest(relay);
    return true;
  }

  /** Rotates a relay's escrow deposit; a rotation that succeeds registers the relay again, over HTTP. */
  rotate(relay: Relay, reason: string, afterwards?: () => void): void {
    const { at, faults, hostNow, online, random, timers } = this.#host;
    const row = this.#rotations.begin(relay, reason, hostNow());
    timers.after(random.between(...at.timings.rotation), () => {
      const failed = faults.rotations.has(relay.key);
      // Without the escrow service there is no new deposit, and yet the rotation counts as completed.
      if (!failed && online()) {
        at.escrow.deposit(relay);
        at.registrations.register(relay);
      }
      at.ledger.note(failed ? 'rotation failed' : 'rotated', relay, at.clock.now);
      if (!failed) this.#rotated.set(relay.key, at.clock.now);
      this.#rotations.end(row, hostNow(), failed ? 'Escrow deposit request failed' : null);
      afterwards?.();
    });
  }

  /** Writes the file from memory. */
  save(): void {
    this.#host.file.write(() => JSON.stringify(this.#state(), null, 2));
  }

  /** What the coordinator writes, or the form of its snapshot. */
  #state(): object {
    const notifications = [...this.#notifications.values()];
    const rotations = this.#rotations.rows;
    if (this.#host.at.build.stateFile === 'persisted') return { notifications, rotations };
    return {
      updatedAt: this.#host.hostNow(),
      queueSize: this.#queue.length,
      inflightSize: this.#inFlight === undefined ? 0 : 1,
      relays: notifications.map((n) => ({ ...n, status: this.#status.get(n.relayKey) ?? 'idle' })),
      rotations,
    };
  }
}

interface Saved {
  readonly notifications?: readonly (Notification & { status?: unknown })[];
  readonly relays?: readonly (Notification & { status?: unknown })[];
  readonly rotations?: readonly RotationRow[];
}

function parsed(content: string): Saved | undefined {
  try {
    return JSON.parse(content) as Saved;
  } catch {
    return undefined;
  }
}
