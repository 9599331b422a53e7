import { setTimeout as sleep } from 'node:timers/promises';
import { pendingWritesStateFileReadFailures } from '../../../metrics/exporter.js';
import { Compressor } from '../exposition/gzip.js';
import {
  answerBody,
  type Build,
  type Failure,
  type Format,
  type Health,
  Page,
  renderHealth,
} from '../exposition/render.js';
import { MAX_RELAYS, parseState, RecordCache, type State, StateFileError } from './parse.js';
import { type ReadResult, StateFileReader } from './read.js';

/*
 * The exporter without its web server:
 *
 *   const source = new Source({ path });          // options: how it reads, caps, clocks
 *   const scrape = await source.scrape();         // reads the file if it changed; never rejects
 *   scrape.text                                   // what /metrics shows, text format 0.0.4
 *   scrape.health, scrape.state                   // the same as values
 *
 * It remembers the last good version across scrapes. Who brings a file of his own (the simulator, tests) gives `read`, and `now` with
 * it, so that the time of his world is used throughout. renderStateFile() is one scrape of one file, without memory.
 */

/** What a scrape is answered with. */
export interface Scrape {
  readonly health: Health;
  /** What the queue series were made of; undefined where there are none. */
  readonly state: State | undefined;
  /** The exposition in text format 0.0.4. */
  readonly text: string;
  /** The part of the text that tells of the file and the exporter. */
  readonly healthText: string;
  /** The rest of the text; the same object as long as the file is the same. */
  readonly page: Page;
  /**
   * The bytes of the exposition, in pieces to be sent one after the other.
   *
   * @param more further families, put in front
   */
  body(format: Format, gzipped: boolean, more?: string): Promise<readonly Buffer[]>;
}

/** A change of the file's condition, for the log. */
export type SourceEvent =
  | { readonly kind: 'failed'; readonly reason: Failure }
  | { readonly kind: 'missing' }
  | { readonly kind: 'good'; readonly state: State };

export interface SourceOptions {
  readonly path: string;
  /** Relays beyond this number have no series of their own. */
  readonly maxRelays?: number;
  /** Larger files are not read. Bytes. */
  readonly maxBytes?: number;
  /** For how long the last good version is served while reads fail. Milliseconds; 0 never serves it. */
  readonly maxStaleMs?: number;
  /** False leaves out every series of a single relay. */
  readonly relayLabels?: boolean;
  readonly build?: Build;
  /** Reads the file; the simulator and tests bring their own. */
  readonly read?: (path: string, known: Buffer | undefined) => Promise<ReadResult>;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** Milliseconds of a clock that is never set; `now` where that is given, else the process's own. */
  readonly monotonic?: () => number;
  /** Told when the file's condition changes, not at every scrape. */
  readonly onEvent?: (event: SourceEvent) => void;
  /** Told of every version that was parsed. */
  readonly onVersion?: (state: State) => void;
  readonly webConfigReloadSuccess?: () => boolean;
}

/** For how long the last good version is served while reads fail, when nothing else is configured. */
export const MAX_STALE_MS = 60_000;

// A reading scrape ends by then even where the file system does not answer and Prometheus told no timeout.
const SCRAPE_TIMEOUT_MS = 8_000;

// A worker that starts writes its file step by step within this time.
const SECOND_LOOK_MS = 200;

/** A version that was parsed and rendered. */
interface Version {
  readonly state: State;
  readonly page: Page;
}

type Parsed = Version | { readonly failure: Failure };

/** What a read came to. */
type Outcome =
  | { readonly kind: 'good'; readonly version: Version; readonly mtime: number; readonly size: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly reason: Failure; readonly size?: number };

/** Why a version may be one that the worker has not finished: fewer records than before, or two records of one relay. */
const looksUnfinished = (state: State, before: State | undefined) =>
  state.duplicates > 0 ||
  (before !== undefined &&
    (state.totals.relays < before.totals.relays || state.rotationRows < before.rotationRows));

/**
 * The state file as a source of scrapes. One read serves all scrapes that arrive while it lasts, a file that did not change is neither
 * read nor parsed again, and a scrape shows one version, never two.
 */
export class Source {
  readonly #options: SourceOptions;
  readonly #read: (onCandidate: (bytes: Buffer) => void) => Promise<ReadResult>;
  readonly #now: () => number;
  readonly #monotonic: () => number;
  readonly #nothing: Page;
  readonly #records = new RecordCache();
  /** The page rendered last, good or not. */
  #page: Page | undefined;
  readonly #compressor = new Compressor();
  readonly #failures = new Map<Failure, number>(
    (pendingWritesStateFileReadFailures.labels.reason?.values ?? []).map((reason) => [reason as Failure, 0]),
  );
  /** What the bytes read last came to, good or not. */
  #parsed: { readonly parsed: Parsed; readonly bytes: Buffer | undefined; readonly size: number } | undefined;
  #good: { readonly version: Version; readonly at: number; readonly mtime: number } | undefined;
  #lastGoodRead: number | undefined;
  #size: number | undefined;
  #condition: string | undefined;
  #underWay: Promise<Outcome> | undefined;

  constructor(options: SourceOptions) {
    const { path, maxBytes, read, now } = options;
    this.#options = options;
    this.#now = now ?? Date.now;
    this.#monotonic = options.monotonic ?? now ?? (() => performance.now());
    this.#nothing = new Page(undefined, true);
    if (read !== undefined) {
      this.#read = () => read(path, this.#parsed?.bytes);
    } else {
      const reader = new StateFileReader(path, {
        ...(maxBytes === undefined ? {} : { maxBytes }),
        now: this.#now,
      });
      this.#read = (onCandidate) => reader.read(onCandidate);
    }
  }

  /**
   * Reads the file and tells what to answer. Never rejects: what is wrong with the file is in the health metrics.
   *
   * @param timeoutMs by then the answer is given, with the last good version if the file system has not answered
   */
  async scrape(timeoutMs = SCRAPE_TIMEOUT_MS): Promise<Scrape> {
    const start = this.#monotonic();
    this.#underWay ??= this.#outcome().finally(() => {
      this.#underWay = undefined;
    });
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<Outcome>((resolve) => {
      limit = setTimeout(() => resolve({ kind: 'failed', reason: 'timeout' }), timeoutMs);
    });
    // An abandoned read goes on, and the scrapes that follow wait for it instead of starting another.
    const outcome = await Promise.race([this.#underWay, late]);
    clearTimeout(limit);
    return this.#answer(outcome, start);
  }

  async #outcome(): Promise<Outcome> {
    const first = await this.#readOnce();
    const suspicious =
      (first.kind === 'good' && looksUnfinished(first.version.state, this.#good?.version.state)) ||
      (first.kind === 'failed' && first.reason === 'not_json');
    // Only our own reader tells how fresh a version is; without it time does not pass between two looks.
    if (!suspicious || !first.fresh) return first;
    await sleep(SECOND_LOOK_MS);
    return this.#readOnce();
  }

  async #readOnce(): Promise<Outcome & { readonly fresh: boolean }> {
    let early: Parsed | undefined;
    const result = await this.#read((bytes) => {
      early = this.#parse(bytes);
    });
    if (result.kind === 'missing' || result.kind === 'failed') return { ...result, fresh: false };
    if (result.kind === 'version') {
      const { bytes, wasCandidate } = result;
      if (this.#parsed?.bytes?.equals(bytes) !== true) {
        this.#parsed = {
          parsed: (wasCandidate === true ? early : undefined) ?? this.#parse(bytes),
          // Our own reader compares for itself, and reuses the memory.
          bytes: this.#options.read === undefined ? undefined : bytes,
          size: bytes.length,
        };
      }
    }
    const fresh = result.fresh === true;
    // `unchanged` is only answered after a version was.
    const { parsed, size } = this.#parsed as { parsed: Parsed; size: number };
    return 'failure' in parsed
      ? { kind: 'failed', reason: parsed.failure, size, fresh }
      : { kind: 'good', version: parsed, mtime: result.mtime, size, fresh };
  }

  #parse(bytes: Buffer): Parsed {
    try {
      const state = parseState(bytes, this.#options.maxRelays ?? MAX_RELAYS, this.#records);
      this.#options.onVersion?.(state);
      this.#page = new Page(state, this.#options.relayLabels ?? true, this.#page);
      return { state, page: this.#page };
    } catch (error) {
      if (error instanceof StateFileError) return { failure: error.reason };
      throw error;
    }
  }

  #answer(outcome: Outcome, start: number): Scrape {
    const time = this.#monotonic();
    if (outcome.kind === 'good') {
      this.#good = { version: outcome.version, at: time, mtime: outcome.mtime };
    } else if (outcome.kind === 'missing') {
      this.#good = undefined;
    } else {
      this.#failures.set(outcome.reason, (this.#failures.get(outcome.reason) ?? 0) + 1);
    }
    if (outcome.kind !== 'failed') this.#lastGoodRead = this.#now() / 1000;
    this.#size = outcome.kind === 'missing' ? undefined : (outcome.size ?? this.#size);
    this.#tell(outcome);

    const { maxStaleMs = MAX_STALE_MS, webConfigReloadSuccess } = this.#options;
    const isCurrent = outcome.kind === 'good';
    const served =
      this.#good !== undefined && (isCurrent || time - this.#good.at <= maxStaleMs)
        ? this.#good.version
        : undefined;
    const health: Health = {
      success: outcome.kind !== 'failed',
      missing: outcome.kind === 'missing',
      ...(outcome.kind === 'failed' ? { failure: outcome.reason } : {}),
      ...(this.#good === undefined ? {} : { mtime: this.#good.mtime }),
      ...(this.#size === undefined ? {} : { size: this.#size }),
      ...(this.#lastGoodRead === undefined ? {} : { lastGoodRead: this.#lastGoodRead }),
      failures: new Map(this.#failures),
      duration: (this.#monotonic() - start) / 1000,
      webConfigReloadSuccess: webConfigReloadSuccess?.() ?? true,
    };
    const page = served?.page ?? this.#nothing;
    const build = this.#options.build ?? { version: '', node: process.versions.node };
    return {
      health,
      state: served?.state,
      page,
      get healthText() {
        return renderHealth(health, build, 'text').toString();
      },
      get text() {
        return this.healthText + page.text;
      },
      body: (format, gzipped, more = '') =>
        answerBody(
          Buffer.concat([Buffer.from(more), renderHealth(health, build, format)]),
          page,
          format,
          gzipped ? this.#compressor : undefined,
        ),
    };
  }

  #tell(outcome: Outcome): void {
    const condition = outcome.kind === 'failed' ? outcome.reason : outcome.kind;
    if (condition === this.#condition) return;
    this.#condition = condition;
    const { onEvent } = this.#options;
    if (outcome.kind === 'good') onEvent?.({ kind: 'good', state: outcome.version.state });
    else onEvent?.(outcome);
  }
}

/** What a first scrape at `nowMs` (epoch milliseconds) shows of a file of these bytes, in text format 0.0.4. */
export function renderStateFile(
  bytes: Buffer,
  options: {
    readonly nowMs: number;
    /** Modification time, epoch milliseconds; `nowMs` by default. */
    readonly mtimeMs?: number;
    readonly maxRelays?: number;
    readonly relayLabels?: boolean;
  },
): Promise<string> {
  const { nowMs, mtimeMs = nowMs, ...rest } = options;
  const source = new Source({
    ...rest,
    path: 'given',
    now: () => nowMs,
    read: async () => ({ kind: 'version', bytes, mtime: mtimeMs / 1000 }),
  });
  return source.scrape().then(({ text }) => text);
}
