import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alerts } from '../../metrics/prometheus.js';
import { buildBundle } from '../../src/bundle/build.js';
import type { Bundle } from '../../src/bundle/bundle.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import type { PrometheusClient } from '../../src/prometheus/client.js';
import { duration, durationOf, durationSeconds } from '../../src/promql/duration.js';
import { renderPrometheusRules } from '../../src/renderers/prometheus/rules.js';

/** How many seconds of a scenario pass in one. Two seconds are then one scrape of a usual site. */
export const SPEED = 15;
/** Seconds between scrapes, and between evaluations. */
export const INTERVAL = 2;

/**
 * The default configuration with the times that matter here shortened like the scenario's. Those that come from the back-off of
 * pushes cannot be, so stuck jobs are left to virtual time.
 */
function fastConfig(): ConfigInput {
  const usual = parseConfig({});
  const fast = (text: string) => durationOf(Math.max(1, Math.round(durationSeconds(duration(text)) / SPEED)));
  const { leaseExpiry, workerQueue } = usual.thresholds;
  const base: ConfigInput = {
    scrapeInterval: duration(`${INTERVAL}s`),
    evaluationInterval: duration(`${INTERVAL}s`),
    rateWindow: fast(usual.rateWindow),
    thresholds: {
      leaseExpiry: {
        expiringWithin: fast(leaseExpiry.expiringWithin),
        wantedWithin: fast(leaseExpiry.wantedWithin),
        leaseDuration: fast(leaseExpiry.leaseDuration),
      },
      workerQueue: {
        pendingAfter: fast(workerQueue.pendingAfter),
        disagreeAfter: fast(workerQueue.disagreeAfter),
      },
    },
  };
  const rules = buildBundle(usual, definitions()).alertGroups.flatMap((group) => group.rules);
  const holds = rules.flatMap((rule) =>
    rule.for === undefined ? [] : [[rule.alert, { for: fast(rule.for) }] as const],
  );
  return { ...base, alerts: Object.fromEntries(holds) };
}

/** The rules under the shortened configuration. */
export function fastBundle(): Bundle {
  return buildBundle(parseConfig(fastConfig()), definitions());
}

/** Writes the rules of a bundle into a folder; their paths. */
export function writeRules(bundle: Bundle, folder: string): string[] {
  return renderPrometheusRules(bundle).map(({ path, content }) => {
    const file = join(folder, path.replaceAll('/', '-'));
    writeFileSync(file, content);
    return file;
  });
}

/** The warnings and pages that have fired within the last half hour, by name. */
export async function firedAlerts(client: PrometheusClient): Promise<string[]> {
  const samples = await client.query(
    `group by (alertname) (last_over_time(${alerts.name}{alertstate="firing", severity=~"warning|critical"}[30m]))`,
  );
  return samples.map(({ labels }) => labels.alertname ?? '').sort();
}
