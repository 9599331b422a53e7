import { stat } from 'node:fs/promises';
import type { Log } from '../log.js';
import { Authenticator } from './authenticate.js';
import type { WebConfig } from './web-config.js';

// Certificates are renewed by programs that send no signal (a mounted secret, an ACME client).
const CHECK_EVERY_MS = 5_000;

/** Times and sizes of files, to notice that one of them changed. */
async function fingerprint(files: readonly string[]): Promise<string> {
  const found = files.map(async (file) => {
    const { ino, size, mtimeMs, ctimeMs } = await stat(file);
    return [ino, size, mtimeMs, ctimeMs];
  });
  return JSON.stringify(await Promise.allSettled(found));
}

/** The web configuration in force, kept up to date with its file. */
export class ActiveWebConfig {
  readonly authenticator: Authenticator;
  config: WebConfig = { headers: {}, files: [], warnings: [] };
  /** Whether the last reload succeeded; true before the first one. */
  reloadSuccess = true;
  /** What is left of the rate limit's requests at a time, and when that was. */
  #bucket = { tokens: Number.POSITIVE_INFINITY, at: 0 };
  #fingerprint = '';
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
    if (file !== undefined) await access.#load(file);
    return access;
  }

  /** Whether a request is within the rate limit; counts it. A token bucket, as in exporter-toolkit. */
  isWithinRateLimit(): boolean {
    if (this.config.rateLimit === undefined) return true;
    const { intervalMs, burst } = this.config.rateLimit;
    const now = performance.now();
    const tokens = Math.min(burst, this.#bucket.tokens + (now - this.#bucket.at) / intervalMs);
    this.#bucket = { tokens: tokens < 1 ? tokens : tokens - 1, at: now };
    return tokens >= 1;
  }

  /** Checks for changed files from time to time. */
  watch(onChange: (config: WebConfig) => void): void {
    if (this.file === undefined) return;
    const check = async () => {
      const seen = await fingerprint(this.config.files);
      if (seen !== this.#fingerprint) await this.reload('a file changed', onChange);
    };
    setInterval(() => void check(), CHECK_EVERY_MS).unref();
  }

  /** Reads the configuration again. A wrong one is logged, and the earlier one stays in force. */
  reload(trigger: string, onChange: (config: WebConfig) => void): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      if (this.file === undefined) {
        this.log.info('there is no web configuration to reload', { trigger });
        return;
      }
      try {
        await this.#load(this.file, this.config);
        onChange(this.config);
        this.log.info('web configuration reloaded', { trigger });
      } catch (error) {
        this.reloadSuccess = false;
        const reason = (error as Error).message;
        this.log.error('web configuration not reloaded, the earlier one stays in force', { trigger, reason });
      }
    });
    return this.#turn;
  }

  async #load(file: string, before?: WebConfig): Promise<void> {
    // Before reading: what changes meanwhile is noticed the next time.
    if (before !== undefined) this.#fingerprint = await fingerprint(before.files);
    // Loaded only where it is needed: the parsers would be a sixth of the process's memory.
    const config = await (await import('./web-config-file.js')).loadWebConfig(file);
    if (before !== undefined && before.tls?.clientAuth !== config.tls?.clientAuth) {
      const change = before.tls && config.tls ? 'another client_auth_type' : 'turning TLS on or off';
      throw new Error(`${file}: ${change} needs a restart`);
    }
    const isSame = config.files.join() === before?.files.join();
    if (!isSame) this.#fingerprint = await fingerprint(config.files);
    for (const warning of config.warnings) this.log.warn(warning);
    this.config = config;
    this.reloadSuccess = true;
  }
}
