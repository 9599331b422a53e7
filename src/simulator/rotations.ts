import type { Relay } from './relay.js';

/** A row of the state file's `rotations`. */
export interface RotationRow {
  readonly rotationId: string;
  readonly relayKey: string;
  readonly reason: string;
  readonly status: 'pending' | 'completed' | 'failed';
  readonly attempts: number;
  readonly previousEscrowId: string | null;
  readonly startedAt: number;
  readonly completedAt: number | null;
  readonly error: string | null;
}

const ROWS = 50;

/** The rotations that a worker remembers: newest first, a row for every change, and each change recorded twice. */
export class RotationLog {
  #rows: readonly RotationRow[] = [];
  /** Rotations of each relay, which a restart of the process does not reset. */
  readonly #attempts = new Map<string, number>();
  #count = 0;

  /** @param changed called after every row, as the coordinator writes its file after every row */
  constructor(private readonly changed: () => void) {}

  get rows(): readonly RotationRow[] {
    return this.#rows;
  }

  /** The process starts: ids begin at 1, and the rows come back with `load`. */
  reset(): void {
    this.#count = 0;
    this.#rows = [];
  }

  /** Takes the rows that the file had. */
  load(rows: readonly RotationRow[]): void {
    this.#rows = rows;
  }

  /** A rotation begins. */
  begin(relay: Relay, reason: string, now: number): RotationRow {
    this.#count += 1;
    const attempts = (this.#attempts.get(relay.key) ?? 0) + 1;
    this.#attempts.set(relay.key, attempts);
    const row: RotationRow = {
      rotationId: `rotation-${this.#count}`,
      relayKey: relay.key,
      reason,
      status: 'pending',
      attempts,
      previousEscrowId: null,
      startedAt: now,
      completedAt: null,
      error: null,
    };
    this.#record(row);
    return row;
  }

  /** A rotation ends, with an error where it failed. */
  end(row: RotationRow, now: number, error: string | null): void {
    this.#record({ ...row, status: error === null ? 'completed' : 'failed', completedAt: now, error });
  }

  #record(row: RotationRow): void {
    for (const copy of [row, row]) {
      this.#rows = [{ ...copy }, ...this.#rows].slice(0, ROWS);
      this.changed();
    }
  }
}
