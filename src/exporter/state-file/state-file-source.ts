import { setTimeout as sleep } from 'node:timers/promises';
import { perObject } from '../per-object.js';
import { MAX_RELAYS, parseState, RecordCache, type State, StateFileError } from './parse.js';
import { type Failed, type ReadResult, StateFileReader } from './read.js';

export interface SourceOptions {
  readonly path: string;
  /** Relays beyond this number have no series. */
  readonly maxRelays?: number;
  /** Larger files are not read. Bytes. */
  readonly maxBytes?: number;
  /** For how long the last good version is served while reads fail. Milliseconds; 0 never serves it. */
  readonly maxStaleMs?: number;
  /** Reads the file; the simulator and tests bring their own. */
  readonly read?: () => Promise<ReadResult>;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** Milliseconds of a clock that is never set; `now` where that is given, else the process's own. */
  readonly monotonic?: () => number;
}

/** For how long the last good version is served while reads fail, when nothing else is configured. */
export const MAX_STALE_MS = 60_000;
// A scrape ends by then even where the file system does not answer and Prometheus sent no timeout.
const SCRAPE_TIMEOUT_MS = 8_000;
// A worker that starts writes its file step by step within this time.
const SECOND_LOOK_MS = 200;

/** What the bytes of a version contain. */
type Parsed = { readonly kind: 'good'; readonly state: State; readonly size: number } | Failed;

/** `fresh`: only our own reader knows; without it no time passes between two looks. */
type Outcome = ((Parsed & { readonly mtime?: number }) | { readonly kind: 'missing' }) & {
  readonly fresh?: boolean | undefined;
};

/**
 * The state file as a source of readings. One read serves all scrapes that arrive while it lasts, a file that did not change is neither
 * read nor parsed again, and a reading shows one version, never two.
 */
export class StateFileSource {
  readonly monotonic: () => number;
  readonly #read: () => Promise<ReadResult>;
  readonly #now: () => number;
  readonly #records = new RecordCache();
  readonly #failures = new Map<string, number>();
  #good: { readonly state: State; readonly at: number; readonly mtime: number | undefined } | undefined;
  #lastGoodRead: number | undefined;
  #size: number | undefined;
  #inProgress: Promise<Outcome> | undefined;

  constructor(private readonly options: SourceOptions) {
    const { path, maxBytes, now = Date.now } = options;
    this.#now = now;
    this.monotonic = options.monotonic ?? options.now ?? (() => performance.now());
    // Parsing takes about as long as the second read has to wait.
    const reader = new StateFileReader(path, maxBytes, now, (bytes) => void this.#parsed(bytes));
    this.#read = options.read ?? (() => reader.read());
  }

  /** Whether a read has not ended yet; one that hangs in the file system keeps the process from exiting. */
  get isReading(): boolean {
    return this.#inProgress !== undefined;
  }

  /** Reads the file. Never rejects. The answer is there after `timeoutMs`, even if the file system has not answered. */
  async reading(timeoutMs = SCRAPE_TIMEOUT_MS) {
    this.#inProgress ??= this.#outcome().finally(() => {
      this.#inProgress = undefined;
    });
    // Not the one of timers/promises: to cancel it takes a third as long as a whole scrape of an unchanged file.
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<Outcome>((resolve) => {
      limit = setTimeout(() => resolve({ kind: 'failed', reason: 'timeout' }), timeoutMs);
    });
    // An abandoned read goes on, and the scrapes that follow wait for it instead of starting another.
    const outcome = await Promise.race([this.#inProgress, late]);
    clearTimeout(limit);
    return this.#reading(outcome);
  }

  async #outcome(): Promise<Outcome> {
    const first = await this.#readOnce();
    if (!first.fresh || !this.#mayBeUnfinished(first)) return first;
    await sleep(SECOND_LOOK_MS);
    return this.#readOnce();
  }

  /** Whether the worker may still be writing: broken JSON, fewer records than before, or two records of one relay. */
  #mayBeUnfinished(outcome: Outcome): boolean {
    if (outcome.kind === 'failed') return outcome.reason === 'not_json' || outcome.reason === 'spliced';
    if (outcome.kind === 'missing') return false;
    const { totals, rotationRows, leftOut } = outcome.state;
    const before = this.#good?.state ?? outcome.state;
    const isSmaller = totals.relays < before.totals.relays || rotationRows < before.rotationRows;
    return isSmaller || leftOut.get('duplicate') !== 0;
  }

  async #readOnce(): Promise<Outcome> {
    const result = await this.#read();
    if (result.kind !== 'version') return result;
    const { bytes, mtime, fresh } = result;
    return { ...this.#parsed(bytes), mtime, fresh };
  }

  readonly #parsed = perObject((bytes: Buffer): Parsed => {
    const size = bytes.length;
    try {
      const state = parseState(bytes, this.options.maxRelays ?? MAX_RELAYS, this.#records);
      return { kind: 'good', state, size };
    } catch (error) {
      if (error instanceof StateFileError) return { kind: 'failed', reason: error.reason, size };
      throw error;
    }
  });

  #reading(outcome: Outcome) {
    const [at, missing] = [this.monotonic(), outcome.kind === 'missing'];
    const failure = outcome.kind === 'failed' ? outcome.reason : undefined;
    if (missing) this.#good = undefined;
    if (outcome.kind === 'good') this.#good = { state: outcome.state, at, mtime: outcome.mtime };
    if (failure === undefined) this.#lastGoodRead = this.#now() / 1000;
    else this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + 1);
    this.#size = outcome.kind === 'missing' ? undefined : (outcome.size ?? this.#size);
    const { state, mtime, at: goodAt = 0 } = this.#good ?? {};
    const isServed = failure === undefined || at - goodAt <= (this.options.maxStaleMs ?? MAX_STALE_MS);
    return {
      // Undefined where nothing is known; the same object as long as the file is the same.
      state: isServed ? state : undefined,
      failure, // why the file could not be read now; `state` is then the last good version
      missing,
      mtime, // of the file at the last good read
      size: this.#size, // bytes, when the file was last looked at
      lastGoodRead: this.#lastGoodRead, // when the file was last read successfully or found missing
      failures: new Map<string, number>(this.#failures), // failed reads by reason, since the start
    };
  }
}

/** What is known about the file at a scrape. Times are Unix seconds. */
export type Reading = Readonly<Awaited<ReturnType<StateFileSource['reading']>>>;
