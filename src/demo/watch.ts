import { setTimeout as sleep } from 'node:timers/promises';
import type { Bundle } from '../bundle/bundle.js';
import { durationSeconds } from '../promql/duration.js';
import { RELAY_BEHAVIOURS } from './demonstration.js';
import { type Observation, observe } from './observe.js';
import { EvaluationWatch } from './once.js';
import { alertsAddress } from './prometheus-address.js';
import { INTERVAL } from './site.js';
import type { Stack } from './stack.js';
import { recordedRules, type Summary, summarize } from './summary.js';
import type { RunInfo } from './view.js';

/**
 * Watches until every rule was evaluated twice on scraped data.
 *
 * @param begin milliseconds since the epoch
 * @returns undefined when it was interrupted
 */
export async function watchOnce(
  bundle: Bundle,
  stack: Stack,
  begin: number,
  signal: AbortSignal,
): Promise<Summary | undefined> {
  const { client } = stack.prometheus;
  const watch = new EvaluationWatch(begin / 1000, durationSeconds(bundle.config.evaluationInterval));
  while (!signal.aborted) {
    stack.checkAlive();
    const observation = await observe(client);
    const recorded = await recordedRules(bundle, client);
    const now = Date.now() / 1000;
    if (watch.isLast(observation, recorded, now))
      return watch.judged(summarize(observation, recorded, now - begin / 1000));
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
  return undefined;
}

/** Polls every second until it is interrupted. */
export async function watchLive(
  stack: Stack,
  signal: AbortSignal,
  onPoll: (observation: Observation) => void,
): Promise<void> {
  while (!signal.aborted) {
    stack.checkAlive();
    onPoll(await observe(stack.prometheus.client));
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
}

/** What runs beside the stack. */
export interface Beside {
  /** Address of the live dashboards. */
  readonly dashboards: string;
  /** Why there are none, once that is known. */
  readonly problem: () => string | undefined;
  /** Addresses of Alertmanager and of what it sent, or why there are none. */
  readonly notifications: { readonly alertmanager: string; readonly sent: string } | string;
}

/** What the screen shows besides what Prometheus knows. */
export async function runInfoOf(
  stack: Stack,
  isDemonstration: boolean,
  begin: number,
  { dashboards, problem, notifications }: Beside,
): Promise<() => RunInfo> {
  const { world } = stack.simulation;
  const relays = world.relays.map(({ key, index }) => ({
    relay: key,
    worker: `worker ${world.workers.findIndex(({ worker }) => worker.relays.some((r) => r.key === key)) + 1}`,
    behaviour: RELAY_BEHAVIOURS[index] ?? '',
  }));
  const hasNotifications = typeof notifications !== 'string';
  const addresses: [string, string][] = [
    ['Dashboards', `${dashboards}/`],
    ...(hasNotifications ? [['Notifications', `${notifications.sent}/`] satisfies [string, string]] : []),
    ['Prometheus', await alertsAddress(stack.prometheus.url)],
    ...(hasNotifications
      ? [['Alertmanager', `${notifications.alertmanager}/`] satisfies [string, string]]
      : []),
    ['Exporter', `${stack.exporterUrls[0]}/`],
    ['Gateway', `${stack.gatewayUrls[0]}/metrics`],
  ];
  const remarks = [
    `Scrape and evaluation interval: ${INTERVAL}.`,
    ...(isDemonstration ? ['This demonstration uses shorter waits and leases of 4 minutes.'] : []),
    ...(hasNotifications ? [] : [notifications]),
  ];
  return () => {
    const missing = problem();
    return {
      running: (Date.now() - begin) / 1000,
      relays,
      addresses: missing === undefined ? addresses : addresses.filter(([title]) => title !== 'Dashboards'),
      remarks: missing === undefined ? remarks : [...remarks, missing],
    };
  };
}
