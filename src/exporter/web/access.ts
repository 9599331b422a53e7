import { stat } from 'node:fs/promises';
import type { Log } from '../log.js';
import type { Access } from './serve.js';
import type { WebConfig } from './web-config.js';

// Certificates are renewed by programs that send no signal (a mounted secret, an ACME client).
const LOOK_EVERY_MS = 5_000;

/** Plain HTTP without a password: what holds without a file. */
const OPEN: Access = {
  config: { headers: {}, users: undefined, files: [] },
  authenticator: undefined,
};

async function load(file: string): Promise<Access> {
  // Loaded only where it is needed: the parsers and bcrypt would be a sixth of the process's memory.
  const [{ loadWebConfig }, { Authenticator }] = await Promise.all([
    import('./web-config.js'),
    import('./authenticate.js'),
  ]);
  const config = await loadWebConfig(file);
  return { config, authenticator: config.users === undefined ? undefined : new Authenticator(config.users) };
}

/** Times and sizes of files, to see that one of them changed. */
async function fingerprint(files: readonly string[]): Promise<string> {
  const parts = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ ino, size, mtimeMs, ctimeMs }) => `${ino} ${size} ${mtimeMs} ${ctimeMs}`,
        (error: NodeJS.ErrnoException) => `${error.code}`,
      ),
    ),
  );
  return parts.join('\n');
}

/** Why a server that runs cannot take over a new web configuration; undefined when it can. */
function obstacle(before: WebConfig, after: WebConfig): string | undefined {
  if ((before.tls === undefined) !== (after.tls === undefined))
    return 'turning TLS on or off needs a restart';
  if (before.tls?.clientAuth !== after.tls?.clientAuth) return 'another client_auth_type needs a restart';
  return undefined;
}

/** The web configuration in force, kept up to date with its file. */
export class WebAccess {
  readonly #file: string | undefined;
  readonly #log: Log;
  #current: Access;
  #fingerprint: string;
  #success = true;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();

  private constructor(file: string | undefined, log: Log, current: Access, seen: string) {
    this.#file = file;
    this.#log = log;
    this.#current = current;
    this.#fingerprint = seen;
  }

  /**
   * Reads the configuration for the first time.
   *
   * @throws {WebConfigError} when it is wrong or cannot be read
   */
  static async open(file: string | undefined, log: Log): Promise<WebAccess> {
    if (file === undefined) return new WebAccess(undefined, log, OPEN, '');
    const current = await load(file);
    return new WebAccess(file, log, current, await fingerprint(current.config.files));
  }

  get current(): Access {
    return this.#current;
  }

  /** Whether the last reload succeeded; true before the first one. */
  get reloadSuccess(): boolean {
    return this.#success;
  }

  /** Looks for changed files now and then, until {@link stop}. */
  watch(onChange: (config: WebConfig) => void): void {
    if (this.#file === undefined) return;
    this.#timer = setInterval(async () => {
      const seen = await fingerprint(this.#current.config.files);
      if (seen !== this.#fingerprint) await this.reload('a file changed', onChange);
    }, LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Reads the configuration again. A wrong one is told in the log, and the earlier one stays in force. */
  reload(why: string, onChange: (config: WebConfig) => void): Promise<void> {
    this.#turn = this.#turn.then(() => this.#reload(why, onChange));
    return this.#turn;
  }

  async #reload(why: string, onChange: (config: WebConfig) => void): Promise<void> {
    if (this.#file === undefined) {
      this.#log.info('there is no web configuration to reload', { why });
      return;
    }
    // Before reading: what changes meanwhile is seen the next time.
    this.#fingerprint = await fingerprint(this.#current.config.files);
    try {
      const next = await load(this.#file);
      const reason = obstacle(this.#current.config, next.config);
      if (reason !== undefined) throw new Error(`${this.#file}: ${reason}`);
      if (next.config.files.join() !== this.#current.config.files.join()) {
        this.#fingerprint = await fingerprint(next.config.files);
      }
      this.#current = next;
      this.#success = true;
      onChange(next.config);
      this.#log.info('web configuration reloaded', { why });
    } catch (error) {
      this.#success = false;
      this.#log.error('web configuration not reloaded, the earlier one stays in force', {
        why,
        reason: (error as Error).message,
      });
    }
  }
}
