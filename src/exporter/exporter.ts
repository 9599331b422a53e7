import { type Body, gzipped } from './exposition/gzip.js';
import type { Format } from './exposition/negotiate.js';
import { type Page, renderPage } from './exposition/page.js';
import { healthText, totalsText } from './exposition/registry.js';
import type { State } from './state-file/parse.js';
import { type Reading, type SourceOptions, StateFileSource } from './state-file/state-file-source.js';

// Set when the single file is built.
declare const EXPORTER_VERSION: string | undefined;

/** The version of the exporter; `dev` when it runs from its source. */
export const version = typeof EXPORTER_VERSION === 'string' ? EXPORTER_VERSION : 'dev';

export interface ExporterOptions extends SourceOptions {
  /** False leaves out every series of a single relay. */
  readonly relayLabels?: boolean;
  /** Also metrics of the process itself. */
  readonly processMetrics?: boolean | undefined;
  readonly webConfigReloadSuccess?: () => boolean;
  /** Called with every reading. */
  readonly onReading?: (reading: Reading) => void;
}

/**
 * The exporter without its web server: reads, parses, renders and compresses the state file of one worker. A version of the file is
 * parsed, rendered and compressed once. Callers with their own files (the simulator, tests) pass `read` and `now`.
 */
export class Exporter {
  readonly source: StateFileSource;
  readonly #health: Readonly<Record<Format, ReturnType<typeof healthText>>>;
  #rendered: { readonly state: State | undefined; readonly page: Promise<Page> } | undefined;

  constructor(private readonly options: ExporterOptions) {
    this.source = new StateFileSource(options);
    const health = (format: Format) => healthText(format, version, options.processMetrics);
    this.#health = { text: health('text'), openmetrics: health('openmetrics') };
  }

  /**
   * Reads the file. Never rejects: whatever is wrong with the file is in the reading. `page` is what the file says, the same object as long as
   * the file is the same; `rest` is everything else as text, which comes after the page; `body` has the bytes of the whole exposition. After
   * `timeoutMs` there is a reading with the last good version if the file system has not answered.
   */
  async scrape(timeoutMs?: number) {
    const start = this.source.monotonic();
    const reading = await this.source.reading(timeoutMs);
    this.options.onReading?.(reading);
    if (this.#rendered?.state !== reading.state || this.#rendered === undefined)
      this.#rendered = { state: reading.state, page: this.#render(reading.state, this.#rendered?.page) };
    const page = await this.#rendered.page;
    const rest = (format: Format) => {
      const duration = (this.source.monotonic() - start) / 1000;
      const webConfigReloadSuccess = this.options.webConfigReloadSuccess?.() ?? true;
      return this.#health[format]({ ...reading, duration, webConfigReloadSuccess });
    };
    const body = async (format: Format, isGzipped: boolean): Promise<Body> => {
      const text = Buffer.from(await rest(format));
      return isGzipped ? gzipped(page, text) : [...page.families, text];
    };
    return { reading, page, rest, body };
  }

  async #render(state: State | undefined, before: Promise<Page> | undefined): Promise<Page> {
    const relays = this.options.relayLabels === false ? undefined : state;
    return renderPage(relays, await totalsText(state), await before);
  }
}
