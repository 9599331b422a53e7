/** What a reader finds at the path of the state file. */
export interface FileView {
  readonly content: string;
  /** Epoch milliseconds by the clock of the worker's host. */
  readonly mtimeMs: number;
}

/**
 * The worker's `pending-writes-state.json`. It is overwritten in place: a reader that comes in between finds less than
 * the whole.
 */
export class StateFile {
  #mtimeMs: number | undefined;
  /** Created when it is read: a worker with a thousand relays writes thousands of times between two scrapes. */
  #content: string | (() => string) = '';
  /** What the content was before it was torn. */
  #whole: string | undefined;
  readonly #listeners: (() => void)[] = [];
  #damages = 0;

  /** @param hostNow the clock of the worker's host, epoch milliseconds */
  constructor(private readonly hostNow: () => number) {}

  /** Undefined while there is no file. */
  get view(): FileView | undefined {
    if (this.#mtimeMs === undefined) return undefined;
    if (typeof this.#content === 'function') this.#content = this.#content();
    return { content: this.#content, mtimeMs: this.#mtimeMs };
  }

  /** How often it was torn or spliced. */
  get damages(): number {
    return this.#damages;
  }

  /** Overwrites the file. What `content` gives must not change until the next write or {@link settle}. */
  write(content: () => string): void {
    this.#whole = undefined;
    this.#content = content;
    this.#mtimeMs = this.hostNow();
    this.#notify();
  }

  /** Fixes the content, before what it is made from goes away. */
  settle(): void {
    if (typeof this.#content === 'function') this.#content = this.#content();
  }

  remove(): void {
    this.#mtimeMs = undefined;
    this.#notify();
  }

  /** Leaves the file as a write that was cut off does: the beginning of the content, without its end. */
  tear(): void {
    const whole = this.#text();
    this.#damages += 1;
    this.write(() => whole.slice(0, Math.floor(whole.length * 0.6)));
    this.#whole = whole;
  }

  /**
   * Leaves the file as two overlapping writes do: an older, shorter state over the beginning of a newer one, whose
   * end sticks out. It stays so until the next write.
   */
  splice(): void {
    const whole = this.#text();
    const older = olderState(whole);
    this.#damages += 1;
    this.write(() => older + whole.slice(older.length));
  }

  /** Writes again, from memory, what was torn. Does nothing where a write has made the file whole since. */
  rewrite(): void {
    const whole = this.#whole;
    if (whole !== undefined) this.write(() => whole);
  }

  /** What the worker has in memory: it stays when the file is deleted. */
  #text(): string {
    this.settle();
    return (this.#content as string) || JSON.stringify({ notifications: [], rotations: [] }, null, 2);
  }

  /** Calls back after every change. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** A state from before the last change: shorter than the text given, and valid. */
function olderState(text: string): string {
  try {
    const { rotations = [], ...rest } = JSON.parse(text) as { rotations?: unknown[] };
    if (rotations.length > 0) return JSON.stringify({ ...rest, rotations: rotations.slice(1) }, null, 2);
  } catch {
    // Spliced already; any valid beginning will do.
  }
  return '{}';
}
