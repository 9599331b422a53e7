import { createHmac, randomBytes } from 'node:crypto';
import type { Log } from '../log.js';

/** What becomes of a request: `busy` where too many credentials wait for their check. */
export type Verdict = 'allowed' | 'refused' | 'busy';
/** Compares a password with a bcrypt hash, off the main thread. Not called again before it has resolved. */
export type Compare = (password: string, hash: string) => Promise<boolean>;

const MAX_REMEMBERED = 1_024;
const MAX_WAITING = 256;

/** A request whose credentials wait for their check. */
interface Job {
  readonly key: string;
  readonly password: string;
  readonly hash: string;
  /** Whether the user exists: for others the hash is another's, so that the time of the answer does not reveal it. */
  readonly isUser: boolean;
  readonly address: string;
  readonly isGone: () => boolean;
  readonly resolve: (verdict: Verdict) => void;
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
  /** Oldest first, with the one that is being checked. */
  #jobs: Job[] = [];
  #isChecking = false;

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
      const hash = own ?? decoy;
      this.#jobs.push({ key, password, hash, isUser: own !== undefined, address, isGone, resolve });
      if (this.#jobs.length > MAX_WAITING) this.#end(this.#byTurn().at(-1), 'busy');
      if (!this.#isChecking) void this.#run();
    });
  }

  /** The jobs in the order of their turn. Sorting is stable: what is newer stays first. */
  #byTurn(): readonly Job[] {
    return [...this.#jobs].reverse().sort((a, b) => this.#wrongFrom(a) - this.#wrongFrom(b));
  }

  readonly #wrongFrom = ({ address }: Job) => this.#wrongByAddress.get(address) ?? 0;

  /** Ends a job, and those with the same credentials. */
  #end(ended: Job | undefined, verdict: Verdict): void {
    const hasSame = ({ key }: Job) => key === ended?.key;
    for (const job of this.#jobs.filter(hasSame)) job.resolve(verdict);
    this.#jobs = this.#jobs.filter((job) => !hasSame(job));
  }

  async #run(): Promise<void> {
    this.#isChecking = true;
    for (let isNewest = true; this.#jobs.length > 0; isNewest = !isNewest) {
      const [newest, ...others] = this.#byTurn() as [Job, ...Job[]];
      // The newest of those that go first, or the oldest of them.
      const oldest = others.findLast((job) => this.#wrongFrom(job) === this.#wrongFrom(newest));
      const job = isNewest ? newest : (oldest ?? newest);
      this.#end(job, await this.#check(job));
      this.#jobs = this.#jobs.filter(({ isGone }) => !isGone());
    }
    this.#isChecking = false;
  }

  async #check(job: Job): Promise<Verdict> {
    try {
      const isRight = (await this.compare(job.password, job.hash)) && job.isUser;
      remember(isRight ? this.#allowed : this.#refused, job.key, 1);
      if (!isRight) remember(this.#wrongByAddress, job.address, this.#wrongFrom(job) + 1);
      return isRight ? 'allowed' : 'refused';
    } catch (error) {
      // The check did not happen; the client may try again.
      this.log.error('a password could not be verified', { reason: (error as Error).name });
      return 'busy';
    }
  }
}
