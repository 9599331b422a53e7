import { createHmac, randomBytes } from 'node:crypto';
import type { Log } from '../log.js';

/** What becomes of a request: `busy` where too many credentials wait for their check. */
export type Verdict = 'allowed' | 'refused' | 'busy';

/** Compares a password with a bcrypt hash, off the main thread. Not called again before it has resolved. */
export type Compare = (password: string, hash: string) => Promise<boolean>;

const MAX_REMEMBERED = 1_024;
const MAX_WAITING = 256;

/** Credentials that wait for their check, and the requests that came with them. */
interface Job {
  readonly key: string;
  readonly password: string;
  readonly hash: string;
  /** Whether the user exists: for others the hash is another's, so that the time of the answer does not reveal it. */
  readonly isUser: boolean;
  readonly address: string;
  readonly requests: { readonly resolve: (verdict: Verdict) => void; readonly isGone: () => boolean }[];
}

/** Keeps the newest entries. */
function remember(results: Map<string, number>, key: string, value: number): void {
  results.delete(key);
  results.set(key, value);
  if (results.size > MAX_REMEMBERED) results.delete(results.keys().next().value as string);
}

/**
 * Checks user names and passwords. Bcrypt is slow on purpose, so results are remembered, as keyed hashes with a key that lives as long as
 * this process: known credentials are answered immediately. Unknown ones wait for their turn, one check at a time. Those from an
 * address with fewer wrong passwords go first, and among them the newest and the oldest by turns: a flood of wrong passwords delays itself,
 * and one that renews itself with every answer keeps no other request waiting for ever.
 */
export class Authenticator {
  readonly #secret = randomBytes(32);
  readonly #allowed = new Map<string, number>();
  readonly #refused = new Map<string, number>();
  readonly #wrongByAddress = new Map<string, number>();
  /** Oldest first. */
  #waiting: Job[] = [];
  #checking: Job | undefined;

  constructor(
    private readonly log: Log,
    private readonly compare: Compare,
  ) {}

  /**
   * Judges the value of an Authorization header.
   *
   * @param users bcrypt hashes by user name, at least one
   * @param address of the client
   * @param isGone whether the client has gone away: then its credentials need no check
   * @throws when the check itself fails
   */
  async judge(
    users: ReadonlyMap<string, string>,
    authorization: string | undefined,
    address: string,
    isGone: () => boolean,
  ): Promise<Verdict> {
    const encoded = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? '')?.[1];
    const credentials = Buffer.from(encoded ?? '', 'base64').toString();
    const [, user, password] = /^([^:]*):(.*)$/s.exec(credentials) ?? [];
    if (user === undefined || password === undefined) return 'refused';
    const own = users.get(user);
    const [decoy = ''] = users.values();
    // With the user's own hash, null without one: after a change of users or passwords, earlier results no longer hold.
    const text = JSON.stringify([user, password, own ?? null]);
    const key = createHmac('sha256', this.#secret).update(text).digest('base64');
    if (this.#allowed.has(key)) return 'allowed';
    if (this.#refused.has(key)) return 'refused';
    return new Promise((resolve) => {
      let job = [this.#checking, ...this.#waiting].find((job) => job?.key === key);
      if (job === undefined) {
        job = { key, password, hash: own ?? decoy, isUser: own !== undefined, address, requests: [] };
        this.#waiting.push(job);
      }
      job.requests.push({ resolve, isGone });
      if (this.#waiting.length > MAX_WAITING) {
        const last = this.#byTurn().at(-1);
        this.#waiting = this.#waiting.filter((job) => job !== last);
        for (const { resolve } of last?.requests ?? []) resolve('busy');
      }
      if (this.#checking === undefined) void this.#run();
    });
  }

  /** The jobs in the order of their turn. */
  #byTurn(): readonly Job[] {
    // Sorting is stable: what is newer stays first.
    return [...this.#waiting].reverse().sort((a, b) => this.#wrongFrom(a) - this.#wrongFrom(b));
  }

  #wrongFrom({ address }: Job): number {
    return this.#wrongByAddress.get(address) ?? 0;
  }

  async #run(): Promise<void> {
    for (let isNewest = true; ; isNewest = !isNewest) {
      this.#waiting = this.#waiting.filter(({ requests }) => !requests.every(({ isGone }) => isGone()));
      const [newest, ...others] = this.#byTurn();
      // The newest of those that go first, or the oldest of them.
      const oldest = others.findLast((job) => this.#wrongFrom(job) === this.#wrongFrom(newest as Job));
      const job = isNewest ? newest : (oldest ?? newest);
      this.#checking = job;
      if (job === undefined) return;
      this.#waiting = this.#waiting.filter((other) => other !== job);
      let verdict: Verdict = 'busy';
      try {
        verdict = (await this.compare(job.password, job.hash)) && job.isUser ? 'allowed' : 'refused';
      } catch (error) {
        // The check did not happen; the client may try again.
        this.log.error('a password could not be verified', { reason: (error as Error).name });
      }
      if (verdict === 'allowed') remember(this.#allowed, job.key, 1);
      if (verdict === 'refused') {
        remember(this.#refused, job.key, 1);
        remember(this.#wrongByAddress, job.address, this.#wrongFrom(job) + 1);
      }
      for (const { resolve } of job.requests) resolve(verdict);
    }
  }
}
