import { Exporter } from '../exporter/exporter.js';
import type { Page } from '../exporter/exposition/page.js';
import { samplesBySeries } from '../prometheus/exposition.js';
import type { ExposedSample, Exposition } from './exposition.js';
import type { FileView } from './state-file.js';

/** The real exporter, reading a simulated file. */
export class ExporterProbe {
  #file: FileView | undefined;
  #bytes = Buffer.alloc(0);
  readonly #exporter: Exporter;
  #page:
    | { readonly page: Page; readonly text: string; readonly samples: readonly ExposedSample[] }
    | undefined;

  /** @param hostNow the clock of the worker's host, epoch milliseconds */
  constructor(hostNow: () => number) {
    this.#exporter = new Exporter({
      path: 'simulated',
      now: hostNow,
      read: async () => {
        const file = this.#file;
        if (file === undefined) return { kind: 'missing' };
        return { kind: 'version', bytes: this.#bytes, mtime: file.mtimeMs / 1000 };
      },
    });
  }

  /**
   * What `/metrics` of the exporter serves.
   *
   * @param file what is at the path of the state file; undefined where there is nothing
   */
  async scrape(file: FileView | undefined): Promise<Exposition> {
    if (file !== undefined && file.content !== this.#file?.content) this.#bytes = Buffer.from(file.content);
    this.#file = file;
    const scrape = await this.#exporter.scrape();
    const { page } = scrape;
    // The page of a thousand relays stays the same as long as their file does.
    if (this.#page?.page !== page) {
      const text = Buffer.concat(page.families).toString();
      this.#page = { page, text, samples: samplesBySeries(text) };
    }
    const { text, samples } = this.#page;
    const rest = await scrape.rest('text');
    return {
      samples: [...samples, ...samplesBySeries(rest)],
      text: () => text + rest,
    };
  }
}
