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
  /** Made when somebody looks: a worker with a thousand relays writes thousands of times between two scrapes. */
  #content: string | (() => string) = '';
  /** What the content was before it was torn. */
  #whole: string | undefined;
  readonly #listeners: (() => void)[] = [];

  /** @param hostNow the clock of the worker's host, epoch milliseconds */
  constructor(private readonly hostNow: () => number) {}

  /** Undefined while there is no file. */
  get view(): FileView | undefined {
    if (this.#mtimeMs === undefined) return undefined;
    if (typeof this.#content === 'function') this.#content = this.#content();
    return { content: this.#content, mtimeMs: this.#mtimeMs };
  }

  /** Overwrites the file. What `content` gives must not change until the next write or {@link settle}. */
  write(content: () => string): void {
    this.#whole = undefined;
    this.#content = content;
    this.#mtimeMs = this.hostNow();
    this.#tell();
  }

  /** Fixes the content, before what it is made from goes away. */
  settle(): void {
    if (typeof this.#content === 'function') this.#content = this.#content();
  }

  remove(): void {
    this.#mtimeMs = undefined;
    this.#tell();
  }

  /** Leaves the file as two overlapping writes do: the beginning of the content, without its end. */
  tear(): void {
    const whole = this.view?.content ?? JSON.stringify({ notifications: [], rotations: [] });
    this.write(() => whole.slice(0, Math.floor(whole.length * 0.6)));
    this.#whole = whole;
  }

  /** Writes anew what was torn. Does nothing where a write has made the file whole since. */
  mend(): void {
    const whole = this.#whole;
    if (whole !== undefined) this.write(() => whole);
  }

  /** Calls back after every change. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
