import { parseState, type State, StateFileError } from './parse.js';
import { type ReadResult, readVersion } from './read.js';
import { type Health, renderMetrics } from './render.js';

/** What a scrape is answered with. */
export interface Scrape {
  readonly text: string;
  readonly health: Health;
  readonly state?: State;
}

export interface SourceOptions {
  readonly path: string;
  /** Relays beyond this number are left out and counted. */
  readonly maxRelays?: number;
  /** Reads the file; the simulator and tests bring their own. */
  readonly read?: (path: string, known: Buffer | undefined) => Promise<ReadResult>;
}

/**
 * The state file as a source of scrapes. One read serves all scrapes that arrive while it lasts, and a file whose bytes did not
 * change is not parsed again, so a scrape never mixes two versions.
 */
export class Source {
  readonly #options: SourceOptions;
  #bytes: Buffer | undefined;
  #state: State | undefined;
  #underWay: Promise<Scrape> | undefined;

  constructor(options: SourceOptions) {
    this.#options = options;
  }

  /** Reads the file and renders it. Never rejects: what is wrong with the file is in the health metrics. */
  scrape(): Promise<Scrape> {
    this.#underWay ??= this.#scrape().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #scrape(): Promise<Scrape> {
    const { path, maxRelays, read = readVersion } = this.#options;
    const result = await read(path, this.#bytes);
    if (result.kind === 'missing') {
      this.#bytes = undefined;
      return this.#answer(undefined, { success: true, missing: true });
    }
    if (result.kind === 'failed')
      return this.#answer(undefined, { success: false, missing: false, failure: result.reason });
    if (this.#state === undefined || this.#bytes?.equals(result.bytes) !== true) {
      this.#bytes = result.bytes;
      this.#state = undefined;
      try {
        this.#state = parseState(result.bytes, maxRelays);
      } catch (error) {
        if (!(error instanceof StateFileError)) throw error;
        return this.#answer(undefined, { success: false, missing: false, failure: error.reason });
      }
    }
    return this.#answer(this.#state, { success: true, missing: false, mtime: result.mtime });
  }

  #answer(state: State | undefined, health: Health): Scrape {
    const scrape = { text: renderMetrics(state, health), health };
    return state === undefined ? scrape : { ...scrape, state };
  }
}
