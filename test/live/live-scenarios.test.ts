import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { alerts } from '../../metrics/prometheus.js';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { waitFor } from '../../src/processes/process.js';
import { type RunningPrometheus, startPrometheus } from '../../src/processes/prometheus.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { duration, durationOf, durationSeconds } from '../../src/promql/duration.js';
import { renderPrometheusRules } from '../../src/renderers/prometheus/rules.js';
import { LiveSimulation } from '../../src/simulator/live.js';
import { type Scenario, seconds } from '../../src/simulator/scenario.js';
import { scenarios } from '../../src/simulator/scenarios/index.js';
import { startExporter, stopExporters } from '../exporter/exporter-process.js';
import { PATIENCE_MS } from '../patience.js';

/** How many seconds of a scenario pass in one. Two seconds are then one scrape of a usual site. */
const SPEED = 15;
/** Seconds between scrapes, and between evaluations. */
const INTERVAL = 2;

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

const bundle = buildBundle(parseConfig(fastConfig()), definitions());
const severities = new Map(
  bundle.alertGroups.flatMap((group) => group.rules.map((rule) => [rule.alert, rule.severity] as const)),
);

afterAll(stopExporters);

/** How often a play begins again because the machine had no time for it. */
const ATTEMPTS = 5;

/**
 * Plays a scenario by the clock under a real Prometheus; what fired as warning or page, once all that is expected has. Scrapes and
 * evaluations that a busy machine is late for are a fault of their own, which alerts are right to report: such a play is repeated.
 */
async function firedLive(scenario: Scenario, expected: readonly string[]): Promise<string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const late: string[] = [];
    try {
      const fired = await attempted(scenario, expected, late);
      if (late.length === 0 || attempt === ATTEMPTS || fired.join() === [...expected].sort().join())
        return fired;
    } catch (error) {
      if (late.length === 0 || attempt === ATTEMPTS) throw error;
    }
  }
}

/** One play. `late` receives what the machine was late for. */
async function attempted(scenario: Scenario, expected: readonly string[], late: string[]): Promise<string[]> {
  // The tests run beside each other, so each ends just what it started.
  const endings: (() => Promise<unknown>)[] = [];
  try {
    return await play(scenario, expected, endings, late);
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

/** What a Prometheus should have done in time and did not. */
async function lateness({ client, url }: RunningPrometheus): Promise<string[]> {
  const page = await (await fetch(`${url}/metrics`)).text();
  const missed = [...page.matchAll(/^prometheus_rule_group_iterations_missed_total\{.*\} (\d+)$/gm)].filter(
    ([, count]) => Number(count) > 0,
  );
  const slow = await client.query(`max_over_time(scrape_duration_seconds[1h]) >= ${INTERVAL}`);
  const gaps = (await client.samplesOf('up[1h]')).filter(({ points }) =>
    points.some(([time], i) => time - (points[i - 1]?.[0] ?? time) > 2 * INTERVAL - 0.5),
  );
  return [
    ...missed.map(([line]) => line),
    ...slow.map(({ labels }) => `a scrape of ${labels.job} took its whole time`),
    ...gaps.map(({ labels }) => `a scrape of ${labels.job} is missing`),
  ];
}

async function play(
  scenario: Scenario,
  expected: readonly string[],
  endings: (() => Promise<unknown>)[],
  late: string[],
): Promise<string[]> {
  const folder = temporaryFolder('live-scenario');
  endings.push(async () => folder.remove());
  const ruleFiles = renderPrometheusRules(bundle).map(({ path, content }) => {
    const file = join(folder.path, path.replaceAll('/', '-'));
    writeFileSync(file, content);
    return file;
  });
  const live = await LiveSimulation.start(scenario, { folder: folder.path, speed: SPEED });
  endings.push(() => live.stop());
  const exporters = await Promise.all(live.stateFiles.map((file) => startExporter(['--state-file', file])));
  endings.push(() => Promise.all(exporters.map((exporter) => exporter.stop())));
  const prometheus = await startPrometheus({
    ruleFiles,
    scrapeInterval: INTERVAL,
    evaluationInterval: INTERVAL,
    scrape: [
      { job: 'gateway', targets: live.gatewayAddresses },
      { job: 'pending-writes-exporter', targets: exporters.map(({ url }) => url.replace('http://', '')) },
    ],
  });
  endings.push(() => prometheus.stop());
  const fired = async () => {
    const samples = await prometheus.client.query(
      `group by (alertname) (last_over_time(${alerts.name}{alertstate="firing", severity=~"warning|critical"}[30m]))`,
    );
    return samples.map(({ labels }) => labels.alertname ?? '').sort();
  };
  const by = Math.max(...scenario.expect.map((alert) => seconds(alert.by))) / SPEED;
  try {
    await waitFor(async () => (await fired()).length >= expected.length, {
      what: `${expected.join(', ')} to fire in ${JSON.stringify(scenario.name)}`,
      timeoutMs: by * 1000 + PATIENCE_MS,
      everyMs: 1000,
    });
    return await fired();
  } finally {
    late.push(...(await lateness(prometheus)));
  }
}

describe('under a real Prometheus, by the clock', () => {
  it.concurrent.each([
    'the gateway is gone',
    'nobody asks for a lease and writes are turned away',
    'a lease runs out, on a build whose expiry gauge stands still',
    'a worker refuses every push',
    'the metadata is cleared by hand before the data was ingested',
  ])('%s: the alerts of virtual time fire, and no other warning or page', async (name) => {
    const scenario = scenarios.find((one) => one.name === name) as Scenario;
    const expected = scenario.expect
      .map(({ alert }) => alert)
      .filter((alert) => severities.get(alert) !== 'info');
    expect(await firedLive(scenario, expected)).toEqual([...expected].sort());
  });
});
