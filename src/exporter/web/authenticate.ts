import { createHmac, randomBytes } from 'node:crypto';
import { compare } from 'bcryptjs';

const MAX_REMEMBERED = 128;

/**
 * Checks user names and passwords. Bcrypt is slow on purpose, so results are remembered (as keyed hashes, with a key that lives as long as
 * this process): a scrape pays it once. One password is verified at a time, so that guessing cannot take the whole processor.
 */
export class Authenticator {
  readonly #users: ReadonlyMap<string, string>;
  /** Compared with for users that do not exist, so that an answer's time does not tell whether one does. */
  readonly #decoy: string;
  readonly #secret = randomBytes(32);
  readonly #results = new Map<string, boolean>();
  #turn: Promise<unknown> = Promise.resolve();

  /** @param users bcrypt hashes by user name, at least one */
  constructor(users: ReadonlyMap<string, string>) {
    const [decoy] = users.values();
    if (decoy === undefined) throw new TypeError('there are no users: nobody could be let in');
    this.#users = users;
    this.#decoy = decoy;
  }

  /** Judges the value of an Authorization header. */
  async isAllowed(authorization: string | undefined): Promise<boolean> {
    const encoded = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? '')?.[1];
    const credentials = Buffer.from(encoded ?? '', 'base64').toString();
    const colon = credentials.indexOf(':');
    if (encoded === undefined || colon < 0) return false;
    const user = credentials.slice(0, colon);
    const password = credentials.slice(colon + 1);
    const hash = this.#users.get(user);
    const key = createHmac('sha256', this.#secret)
      .update(JSON.stringify([user, password]))
      .digest('base64');
    const remembered = this.#results.get(key);
    if (remembered !== undefined) return remembered;

    const verified = this.#turn.then(() => this.#results.get(key) ?? compare(password, hash ?? this.#decoy));
    this.#turn = verified.catch(() => {});
    const isAllowed = (await verified) && hash !== undefined;
    // A burst of guesses must not push out whoever is allowed in.
    if (this.#results.size >= MAX_REMEMBERED) this.#forget();
    this.#results.set(key, isAllowed);
    return isAllowed;
  }

  #forget(): void {
    for (const [key, isAllowed] of this.#results) if (!isAllowed) this.#results.delete(key);
    if (this.#results.size >= MAX_REMEMBERED) this.#results.clear();
  }
}
