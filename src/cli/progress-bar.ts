import { formatSeconds, isDrawable } from '../terminal/text.js';

const WIDTH = 30;

/** A line on a terminal that shows how much is done. Shows nothing elsewhere. */
export class ProgressBar {
  readonly #begin = Date.now();
  readonly #isShown: boolean;

  constructor(private readonly stream: NodeJS.WriteStream) {
    this.#isShown = isDrawable(stream);
  }

  /** @param done share of the work, from 0 to 1 */
  show(done: number): void {
    if (!this.#isShown) return;
    const full = Math.round(done * WIDTH);
    const spent = (Date.now() - this.#begin) / 1000;
    const left = done > 0.02 ? `, ${formatSeconds((spent / done) * (1 - done))} left` : '';
    this.stream.write(
      `\r\x1b[K[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${Math.floor(done * 100)} %${left}`,
    );
  }

  /** Prints a line in the place of the bar, which comes back with the next `show`. */
  print(text: string): void {
    this.clear();
    this.stream.write(`${text}\n`);
  }

  clear(): void {
    if (this.#isShown) this.stream.write('\r\x1b[K');
  }
}
