import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/schema.js';
import { siteOf } from '../config/site.js';
import type { PrometheusClient } from '../prometheus/client.js';
import { PrometheusError } from '../prometheus/error.js';
import { durationSeconds } from '../promql/duration.js';
import { matchesPattern } from '../promql/regexp.js';

/** How many scrape intervals a Prometheus that has just started may take for its first scrape. */
const FIRST_SCRAPE = 3;

/** How long a Prometheus that has just started may list no target at all: its discovery sends the first ones after 5 s. Milliseconds. */
const DISCOVERY_MS = 10_000;

/**
 * Waits while Prometheus knows targets of the gateways' job and has no sample of them yet: it has just started.
 *
 * @throws {PrometheusError}
 */
export async function waitForFirstScrape(
  client: PrometheusClient,
  config: Config,
  matchers: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { gateway } = siteOf(config);
  const begin = Date.now();
  const patience = FIRST_SCRAPE * 1000 * durationSeconds(config.scrapeInterval);
  while (!signal.aborted && Date.now() - begin < patience) {
    if ((await client.query(`up{${[gateway.text, ...matchers].join(', ')}}`)).length > 0) return;
    const targets = await targetsOf(client);
    if (targets === undefined) return;
    const isDiscovering = targets.length === 0 && Date.now() - begin < DISCOVERY_MS;
    if (!isDiscovering && !hasUnscraped(targets, config, matchers)) return;
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
}

type Targets = Awaited<ReturnType<PrometheusClient['targets']>>;

/** Undefined where the server has no list of targets, as Mimir and Thanos. */
async function targetsOf(client: PrometheusClient): Promise<Targets | undefined> {
  try {
    return await client.targets();
  } catch (error) {
    if (error instanceof PrometheusError) return undefined;
    throw error;
  }
}

/** Whether a target of the gateways' job waits for its first scrape. */
function hasUnscraped(targets: Targets, { jobs }: Config, matchers: readonly string[]): boolean {
  return (
    targets
      .filter(({ job }) => matchesPattern(jobs.gateway, job))
      // Further matchers may select none of them; then only one that was never scraped is worth waiting for.
      .some(({ health }) => health === 'unknown' || matchers.length === 0)
  );
}
