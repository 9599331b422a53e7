import { isDeepStrictEqual } from 'node:util';
import type { Log } from '../log.js';
import { Authenticator } from './authenticate.js';
import type { WebConfig } from './web-config.js';

// Certificates are renewed by programs that send no signal (a mounted secret, an ACME client). Reading takes some milliseconds.
const RELOAD_EVERY_MS = 5_000;

/** Reads a configuration. The parsers are loaded only where it is needed: they would be a sixth of the process's memory. */
const load = async (file: string) => (await import('./web-config-file.js')).loadWebConfig(file);

/** The web configuration in force, kept up to date with its file. */
export class ActiveWebConfig {
  readonly authenticator: Authenticator;
  /** The same object as long as nothing in it has changed. */
  config: Partial<WebConfig> = {};
  /** What is wrong with the configuration that was read last. */
  #problem: string | undefined;
  /** What is left of the rate limit's requests at a time, and when that was. */
  #bucket = { tokens: Number.POSITIVE_INFINITY, at: 0 };
  #turn: Promise<void> = Promise.resolve();

  private constructor(
    private readonly file: string | undefined,
    private readonly log: Log,
  ) {
    // Loaded only where it is needed, like the parsers.
    const bcrypt = () => import('./bcrypt.js');
    this.authenticator = new Authenticator(log, async (...args) => (await bcrypt()).compareInThread(...args));
  }

  /** Reads the configuration for the first time. Throws a {@link WebConfigError} when it is wrong or cannot be read. */
  static async open(file: string | undefined, log: Log): Promise<ActiveWebConfig> {
    const access = new ActiveWebConfig(file, log);
    if (file === undefined) return access;
    access.#use(await load(file));
    setInterval(() => void access.reload('a file changed'), RELOAD_EVERY_MS).unref();
    return access;
  }

  /** Whether the last reload succeeded; true before the first one. */
  readonly reloadSuccess = () => this.#problem === undefined;

  /** Whether a request is within the rate limit; counts it. A token bucket, as in exporter-toolkit. */
  isWithinRateLimit(): boolean {
    if (this.config.rateLimit === undefined) return true;
    const { intervalMs, burst } = this.config.rateLimit;
    const now = performance.now();
    const tokens = Math.min(burst, this.#bucket.tokens + (now - this.#bucket.at) / intervalMs);
    this.#bucket = { tokens: tokens < 1 ? tokens : tokens - 1, at: now };
    return tokens >= 1;
  }

  /** Reads the configuration again. A wrong one is logged, and the earlier one stays in force. */
  reload(trigger: 'SIGHUP' | 'a file changed'): Promise<void> {
    this.#turn = this.#turn.then(() => this.#reload(trigger));
    return this.#turn;
  }

  async #reload(trigger: 'SIGHUP' | 'a file changed'): Promise<void> {
    const { file, log, config: before } = this;
    if (file === undefined) return log.info('there is no web configuration to reload', { trigger });
    const problem = this.#problem;
    try {
      const config = await load(file);
      if (before.tls?.clientAuth !== config.tls?.clientAuth) {
        const change = before.tls && config.tls ? 'another client_auth_type' : 'turning TLS on or off';
        throw new Error(`${file}: ${change} needs a restart`);
      }
      this.#problem = undefined;
      const isSame = isDeepStrictEqual(config, before);
      if (isSame && problem === undefined && trigger !== 'SIGHUP') return;
      if (!isSame) this.#use(config);
      log.info('web configuration reloaded', { trigger });
    } catch (error) {
      const reason = (error as Error).message;
      this.#problem = reason;
      if (reason === problem && trigger !== 'SIGHUP') return;
      log.error('web configuration not reloaded, the earlier one stays in force', { trigger, reason });
    }
  }

  #use(config: WebConfig): void {
    for (const warning of config.warnings) this.log.warn(warning);
    this.config = config;
  }
}
