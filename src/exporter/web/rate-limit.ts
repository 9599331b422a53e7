/** A token bucket, as in exporter-toolkit: `burst` requests at once, and one per `intervalMs` in the long run. */
export class RateLimiter {
  #tokens: number;
  #at = performance.now();

  constructor(
    readonly intervalMs: number,
    readonly burst: number,
  ) {
    this.#tokens = burst;
  }

  /** Whether a request is allowed; if so, it is counted. */
  allow(): boolean {
    const now = performance.now();
    this.#tokens = Math.min(this.burst, this.#tokens + (now - this.#at) / this.intervalMs);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
