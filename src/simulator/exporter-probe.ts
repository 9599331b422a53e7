import type { Page } from '../exporter/exposition/render.js';
import { Source } from '../exporter/state-file/source.js';
import { type ExposedSample, type Exposition, exposedSamples } from './exposition.js';
import type { FileView } from './state-file.js';

/** The real exporter, reading a simulated file. */
export class ExporterProbe {
  #file: FileView | undefined;
  #isNew = true;
  readonly #source: Source;
  #page: { readonly page: Page; readonly samples: readonly ExposedSample[] } | undefined;

  /** @param hostNow the clock of the worker's host, epoch milliseconds */
  constructor(hostNow: () => number) {
    this.#source = new Source({
      path: 'simulated',
      now: hostNow,
      read: async () => {
        const file = this.#file;
        if (file === undefined) return { kind: 'missing' };
        const mtime = file.mtimeMs / 1000;
        return this.#isNew
          ? { kind: 'version', bytes: Buffer.from(file.content), mtime }
          : { kind: 'unchanged', mtime };
      },
    });
  }

  /**
   * What `/metrics` of the exporter serves.
   *
   * @param file what is at the path of the state file; undefined where there is nothing
   */
  async scrape(file: FileView | undefined): Promise<Exposition> {
    this.#isNew = file?.mtimeMs !== this.#file?.mtimeMs || file?.content !== this.#file?.content;
    this.#file = file;
    const { healthText, page } = await this.#source.scrape();
    // The page of a thousand relays stays the same as long as their file does.
    if (this.#page?.page !== page) this.#page = { page, samples: exposedSamples(page.text) };
    const { samples } = this.#page;
    return {
      samples: [...exposedSamples(healthText), ...samples],
      text: () => healthText + page.text,
    };
  }
}
