/** Numbers that look random and are the same in every run with the same seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /**
   * A separate stream for one purpose: the draws of one part of the model do not change those of another part,
   * so adding an action to a scenario leaves the rest of it as it was.
   */
  static for(seed: number, purpose: string): Random {
    // FNV-1a, to spread similar names over the whole range.
    let hash = 0x811c9dc5 ^ seed;
    for (const character of purpose)
      hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193);
    return new Random(hash);
  }

  /** From 0 up to, not including, 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** From `low` up to `high`. */
  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** Waiting time until the next event of a Poisson process with this mean. */
  waiting(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  /** An index below `length`. */
  index(length: number): number {
    return Math.floor(this.next() * length);
  }

  /** `digits` hexadecimal digits. */
  hex(digits: number): string {
    let text = '';
    while (text.length < digits)
      text += Math.floor(this.next() * 0x10000)
        .toString(16)
        .padStart(4, '0');
    return text.slice(0, digits);
  }
}
