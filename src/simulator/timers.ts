import type { Clock, Planned } from './clock.js';

interface Timer {
  readonly run: () => void;
  dueAt: number;
  /** Undefined while the host sleeps. */
  planned: Planned | undefined;
}

/** Everything that a worker's process has planned. It ends with the process and stands still while the host sleeps. */
export class Timers {
  readonly #timers = new Set<Timer>();
  #pausedAt: number | undefined;

  constructor(private readonly clock: Clock) {}

  /** Plans something in `seconds` of the process's own running time. */
  after(seconds: number, run: () => void): void {
    const timer: Timer = { run, dueAt: this.clock.now + seconds * 1000, planned: undefined };
    this.#timers.add(timer);
    if (this.#pausedAt === undefined) this.#plan(timer);
  }

  /** Repeats something, the first time after one interval. */
  every(seconds: number, run: () => void): void {
    this.after(seconds, () => {
      run();
      this.every(seconds, run);
    });
  }

  /** The host falls asleep. */
  pause(): void {
    if (this.#pausedAt !== undefined) return;
    this.#pausedAt = this.clock.now;
    for (const timer of this.#timers) timer.planned?.cancel();
  }

  /** The host wakes up: what was planned comes later by the length of its sleep. */
  resume(): void {
    if (this.#pausedAt === undefined) return;
    const slept = this.clock.now - this.#pausedAt;
    this.#pausedAt = undefined;
    for (const timer of this.#timers) {
      timer.dueAt += slept;
      this.#plan(timer);
    }
  }

  /** The process ends. */
  clear(): void {
    for (const timer of this.#timers) timer.planned?.cancel();
    this.#timers.clear();
    this.#pausedAt = undefined;
  }

  #plan(timer: Timer): void {
    timer.planned = this.clock.after(timer.dueAt - this.clock.now, () => {
      this.#timers.delete(timer);
      timer.run();
    });
  }
}
