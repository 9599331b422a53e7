import { type Body, gzipped } from './exposition/gzip.js';
import type { Format } from './exposition/negotiate.js';
import { type Page, renderPage } from './exposition/page.js';
import { HealthRegistry, TotalsRegistry } from './exposition/registry.js';
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
  readonly processMetrics?: boolean;
  readonly webConfigReloadSuccess?: () => boolean;
}

/** What a scrape is answered with. */
export interface ScrapeAnswer {
  readonly reading: Reading;
  /** What the file says; the same object as long as the file is the same. */
  readonly page: Page;
  /** Everything else as text; it comes after the page. */
  rest(format: Format): Promise<string>;
  /** The bytes of the whole exposition. */
  body(format: Format, isGzipped: boolean): Promise<Body>;
}

/**
 * The exporter without its web server: reads, parses, renders and compresses the state file of one worker. A version of the file is
 * parsed, rendered and compressed once. Whoever brings files of their own (the simulator, tests) passes `read`, and `now` with it.
 */
export class Exporter {
  readonly source: StateFileSource;
  readonly #totals = new TotalsRegistry();
  readonly #health: Readonly<Record<Format, HealthRegistry>>;
  readonly #nothing: Promise<Page>;
  /** Of the last good version. */
  #rendered: { readonly state: State; readonly page: Promise<Page> } | undefined;

  constructor(private readonly options: ExporterOptions) {
    this.source = new StateFileSource(options);
    this.#nothing = this.#render(undefined, undefined);
    const { processMetrics = false } = options;
    const build = { version, node: process.versions.node };
    this.#health = {
      text: new HealthRegistry('text', build, processMetrics),
      openmetrics: new HealthRegistry('openmetrics', build, processMetrics),
    };
  }

  /**
   * Reads the file. Never rejects: whatever is wrong with the file is in the reading.
   *
   * @param timeoutMs by then there is a reading, with the last good version if the file system has not answered
   */
  async scrape(timeoutMs?: number): Promise<ScrapeAnswer> {
    const start = this.source.monotonic();
    const reading = await this.source.reading(timeoutMs);
    const page = await this.#page(reading.state);
    const rest = (format: Format) => {
      const duration = (this.source.monotonic() - start) / 1000;
      const webConfigReloadSuccess = this.options.webConfigReloadSuccess?.() ?? true;
      return this.#health[format].text({ ...reading, duration, webConfigReloadSuccess });
    };
    const body = async (format: Format, isGzipped: boolean) => {
      const text = Buffer.from(await rest(format));
      return isGzipped ? gzipped(page, text) : [...page.families.map(({ bytes }) => bytes), text];
    };
    return { reading, page, rest, body };
  }

  #page(state: State | undefined): Promise<Page> {
    if (state === undefined) return this.#nothing;
    const rendered =
      this.#rendered?.state === state
        ? this.#rendered
        : { state, page: this.#render(state, this.#rendered?.page) };
    this.#rendered = rendered;
    return rendered.page;
  }

  async #render(state: State | undefined, before: Promise<Page> | undefined): Promise<Page> {
    const page = renderPage(this.options.relayLabels === false ? undefined : state, await before);
    const totals = { bytes: Buffer.from(await this.#totals.text(state)) };
    return { ...page, families: [...page.families, totals] };
  }
}
