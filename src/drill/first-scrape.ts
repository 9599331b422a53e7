import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/schema.js';
import { siteOf } from '../config/site.js';
import type { PrometheusClient } from '../prometheus/client.js';
import { PrometheusError } from '../prometheus/error.js';
import { durationSeconds } from '../promql/duration.js';
import { matchesPattern } from '../promql/regexp.js';

/** How many scrape intervals a Prometheus that has just started may take for its first scrape. */
const FIRST_SCRAPE = 3;

/** Waits while Prometheus knows targets of the gateways' job and has no sample of them yet: it has just started. */
export async function waitForFirstScrape(
  client: PrometheusClient,
  config: Config,
  matchers: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { gateway } = siteOf(config);
  const patience = Date.now() + FIRST_SCRAPE * 1000 * durationSeconds(config.scrapeInterval);
  while (!signal.aborted && Date.now() < patience) {
    if ((await client.query(`up{${[gateway.text, ...matchers].join(', ')}}`)).length > 0) return;
    if (!(await hasTargetOf(client, config, matchers))) return;
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
}

/** Whether a target of the gateways' job waits for its first scrape. False where Prometheus cannot be asked for its targets. */
async function hasTargetOf(
  client: PrometheusClient,
  { jobs }: Config,
  matchers: readonly string[],
): Promise<boolean> {
  try {
    const targets = (await client.targets()).filter(({ job }) => matchesPattern(jobs.gateway, job));
    // Further matchers may select none of them; then only one that was never scraped is worth waiting for.
    return targets.some(({ health }) => health === 'unknown' || matchers.length === 0);
  } catch (error) {
    if (error instanceof PrometheusError) return false;
    throw error;
  }
}
