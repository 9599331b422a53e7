import { Source } from '../exporter/source.js';
import { type ExposedSample, type Exposition, exposedSamples } from './exposition.js';
import type { FileView } from './state-file.js';

/** The real exporter, reading a simulated file. */
export class ExporterProbe {
  #file: FileView | undefined;
  readonly #source = new Source({
    path: 'simulated',
    read: async () => {
      const file = this.#file;
      return file === undefined
        ? { kind: 'missing' }
        : { kind: 'version', bytes: Buffer.from(file.content), mtime: file.mtimeMs / 1000 };
    },
  });
  #text: string | undefined;
  #samples: readonly ExposedSample[] = [];

  /**
   * What `/metrics` of the exporter serves.
   *
   * @param file what is at the path of the state file; undefined where there is nothing
   */
  async scrape(file: FileView | undefined): Promise<Exposition> {
    const unchanged =
      this.#text !== undefined &&
      file?.mtimeMs === this.#file?.mtimeMs &&
      file?.content === this.#file?.content;
    if (!unchanged) {
      this.#file = file;
      const { text } = await this.#source.scrape();
      this.#text = text;
      this.#samples = exposedSamples(text);
    }
    const text = this.#text as string;
    return { samples: this.#samples, text: () => text };
  }
}
