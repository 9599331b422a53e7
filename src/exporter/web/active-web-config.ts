import { stat } from 'node:fs/promises';
import type { Log } from '../log.js';
import { Authenticator } from './authenticate.js';
import { RateLimiter } from './rate-limit.js';
import { OPEN_CONFIG, type WebConfig } from './web-config.js';

// Certificates are renewed by programs that send no signal (a mounted secret, an ACME client).
const CHECK_EVERY_MS = 5_000;

// Loaded only where it is needed: the parsers would be a sixth of the process's memory.
const load = async (file: string) => (await import('./web-config-file.js')).loadWebConfig(file);

/** Times and sizes of files, to notice that one of them changed. */
async function fingerprint(files: readonly string[]): Promise<string> {
  const found = files.map(async (file) => {
    const { ino, size, mtimeMs, ctimeMs } = await stat(file);
    return [ino, size, mtimeMs, ctimeMs];
  });
  return JSON.stringify(await Promise.allSettled(found));
}

/** Why a running server cannot switch to a new web configuration; undefined when it can. */
function obstacle(before: WebConfig, after: WebConfig): string | undefined {
  if (!before.tls !== !after.tls) return 'turning TLS on or off needs a restart';
  if (before.tls?.clientAuth !== after.tls?.clientAuth) return 'another client_auth_type needs a restart';
  return undefined;
}

/** The web configuration in force, kept up to date with its file. */
export class ActiveWebConfig {
  readonly authenticator: Authenticator;
  config: WebConfig = OPEN_CONFIG;
  /** Whether the last reload succeeded; true before the first one. */
  reloadSuccess = true;
  #limiter: RateLimiter | undefined;
  #fingerprint = '';
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();

  private constructor(
    private readonly file: string | undefined,
    private readonly log: Log,
  ) {
    this.authenticator = new Authenticator(async (password, hash) => {
      const { compareInThread } = await import('./bcrypt.js');
      return compareInThread(password, hash).catch((error: Error) => {
        log.error('a password could not be verified', { reason: error.name });
        throw error;
      });
    });
  }

  /** Reads the configuration for the first time. Throws a {@link WebConfigError} when it is wrong or cannot be read. */
  static async open(file: string | undefined, log: Log): Promise<ActiveWebConfig> {
    const access = new ActiveWebConfig(file, log);
    if (file !== undefined) {
      access.#use(await load(file));
      access.#fingerprint = await fingerprint(access.config.files);
    }
    return access;
  }

  /** Whether a request is within the rate limit; counts it. */
  isWithinRateLimit(): boolean {
    return this.#limiter?.allow() ?? true;
  }

  /** Checks for changed files from time to time, until {@link stop}. */
  watch(onChange: (config: WebConfig) => void): void {
    if (this.file === undefined) return;
    this.#timer = setInterval(async () => {
      const seen = await fingerprint(this.config.files);
      if (seen !== this.#fingerprint) await this.reload('a file changed', onChange);
    }, CHECK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Reads the configuration again. A wrong one is logged, and the earlier one stays in force. */
  reload(trigger: string, onChange: (config: WebConfig) => void): Promise<void> {
    this.#turn = this.#turn.then(() => this.#reload(trigger, onChange));
    return this.#turn;
  }

  async #reload(trigger: string, onChange: (config: WebConfig) => void): Promise<void> {
    if (this.file === undefined) {
      this.log.info('there is no web configuration to reload', { trigger });
      return;
    }
    // Before reading: what changes meanwhile is noticed the next time.
    this.#fingerprint = await fingerprint(this.config.files);
    try {
      const next = await load(this.file);
      const reason = obstacle(this.config, next);
      if (reason !== undefined) throw new Error(`${this.file}: ${reason}`);
      if (next.files.join() !== this.config.files.join()) this.#fingerprint = await fingerprint(next.files);
      this.#use(next);
      this.reloadSuccess = true;
      onChange(next);
      this.log.info('web configuration reloaded', { trigger });
    } catch (error) {
      this.reloadSuccess = false;
      const reason = (error as Error).message;
      this.log.error('web configuration not reloaded, the earlier one stays in force', { trigger, reason });
    }
  }

  #use(config: WebConfig): void {
    for (const warning of config.warnings) this.log.warn(warning);
    const { intervalMs = 0, burst = 0 } = config.rateLimit ?? {};
    const isSame = this.#limiter?.intervalMs === intervalMs && this.#limiter.burst === burst;
    if (!isSame) this.#limiter = config.rateLimit && new RateLimiter(intervalMs, burst);
    this.config = config;
  }
}
