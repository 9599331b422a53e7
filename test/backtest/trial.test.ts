import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runBacktest } from '../../src/backtest/backtest.js';
import { trialAsText } from '../../src/backtest/print-trial.js';
import { runTrial, type TrialOptions } from '../../src/backtest/trial.js';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { trial } from '../../src/cli/trial-options.js';
import { parseConfig } from '../../src/config/load.js';
import { type RunningPrometheus, startPrometheus } from '../../src/processes/prometheus.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { PrometheusConnection } from '../../src/prometheus/connection.js';
import { renderPrometheusRules } from '../../src/renderers/prometheus/rules.js';
import { runScenario } from '../../src/simulator/run.js';
import { defineScenario } from '../../src/simulator/scenario.js';
import { gatewayObservability } from '../cli/command.js';
import { PATIENCE_MS, PATIENT_QUERIES } from '../patience.js';
import { writeScrapes } from './remote-write.js';

const EPOCH = 1_700_000_100;
const LENGTH = 6 * 3600;

/** Outages of 8, 25 and 50 minutes with writes, of two relays. */
const outages = defineScenario({
  name: 'outages of several lengths',
  description: 'A worker is away for 8, 25 and 50 minutes, and its relays are written to meanwhile.',
  duration: '6h',
  relays: 2,
  seededCounters: true,
  actions: [
    { at: '1m', do: 'worker restarts' },
    ...(
      [
        ['30m', '8m'],
        ['1h30m', '25m'],
        ['3h', '50m'],
      ] as const
    ).flatMap(([at, length]) => [{ at, do: 'worker goes offline' as const, for: length }]),
    ...(['33m', '1h33m', '3h3m'] as const).flatMap((at) => [
      { at, do: 'lease is requested' as const },
      { at, do: 'writes arrive' as const, perMinute: 4, for: '4m' },
    ]),
  ],
  expect: [],
  requires: [],
});

/** A site that wants to hear of writes that have waited for minutes, so that the outages are long enough. */
const QUICK = { pendingWrites: { infoAfter: '2m', warningAfter: '6m', criticalAfter: '2h' } };

describe('trying several values', () => {
  const folder = temporaryFolder('gateway-observability-trial');
  let prometheus: RunningPrometheus;
  let connection: PrometheusConnection;
  beforeAll(async () => {
    prometheus = await startPrometheus({
      flags: ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y', ...PATIENT_QUERIES],
    });
    connection = new PrometheusConnection({ url: prometheus.url, timeoutMs: PATIENCE_MS });
    await writeScrapes(
      prometheus.url,
      runScenario(outages, { scrapeIntervalSeconds: 30, startEpoch: EPOCH }),
    );
  });
  afterAll(async () => {
    connection?.close();
    await prometheus?.stop();
    folder.remove();
  });

  const range = () => ({
    connection,
    start: EPOCH,
    end: EPOCH + LENGTH,
    leadIn: 0,
    evaluationInterval: 30,
    chunk: 7200,
    concurrency: 4,
    patience: PATIENCE_MS / 1000,
  });
  const tried = (text: string, options: Partial<TrialOptions> = {}) =>
    runTrial({
      ...range(),
      trial: trial(text),
      rules: rulesFor('quick', { thresholds: QUICK }),
      config: parseConfig({ thresholds: QUICK }),
      definitions: definitions(),
      alerts: [],
      simulate: false,
      ...options,
    });
  /** What a separate backtest of some rules says of an alert. */
  const separate = async (rules: string, alerts: readonly string[]) =>
    (await runBacktest({ ...range(), rules, alerts })).rows.map(({ after }) => after);
  const rulesFor = (name: string, changed: object, edit: (text: string) => string = (text) => text) => {
    const bundle = buildBundle(parseConfig(changed), definitions());
    const file = join(folder.path, `${name}.yaml`);
    const groups = renderPrometheusRules(bundle).map(({ content }) =>
      edit(content).replace(/^(?:#.*\n)*\n?groups:\n/, ''),
    );
    writeFileSync(file, `groups:\n${groups.join('\n')}`);
    return file;
  };

  it('gives what a separate backtest of each value of "for" gives', async () => {
    const alert = 'GatewayPendingWritesWaiting';
    const { rows, replay } = await tried('for=0s,10m,30m', { alerts: [alert] });
    for (const { value, alerts } of rows) {
      const edited = (text: string) =>
        text.replace(
          new RegExp(`(- alert: ${alert}\\n(?: {8}expr: .*\\n| {10}.*\\n|\\n)*)(?: {8}for: .*\\n)?`),
          `$1        for: ${value}\n`,
        );
      const rules = rulesFor(`for-${value}`, { thresholds: QUICK }, edited);
      expect(await separate(rules, [alert]), value).toEqual(alerts);
    }
    const single = await runBacktest({
      ...range(),
      rules: rulesFor('quick', { thresholds: QUICK }),
      alerts: [alert],
    });
    expect(replay.answers).toBe(single.replay.answers);
    expect(new Set(rows.map(({ episodes }) => episodes)).size).toBeGreaterThan(1);
  });

  it('gives what a separate backtest of each value of a threshold gives, for the alerts that it changes', async () => {
    const result = await tried('thresholds.pendingWrites.warningAfter=4m,15m,40m', { budget: 60 });
    expect(result.alerts).toContain('GatewayPendingWritesOld');
    for (const { value, alerts } of result.rows) {
      const rules = rulesFor(`warning-${value}`, {
        thresholds: { pendingWrites: { ...QUICK.pendingWrites, warningAfter: value } },
      });
      expect(await separate(rules, result.alerts), value).toEqual(alerts);
    }
    const [first, second, third] = result.rows.map(({ pages }) => pages) as [number, number, number];
    expect(first).toBeGreaterThan(second);
    expect(second).toBeGreaterThan(third);
    expect(result.chosen?.value).toBe(result.rows.find(({ pages }) => pages <= 60)?.value);
    expect(trialAsText(result)).toMatch(/Warning: The history is shorter than a week \(6h 00m\)/);
  });

  it('measures detection times in the simulator, which rise with the value', async () => {
    const { rows } = await tried('for=0s,5m', { alerts: ['GatewayPendingWritesNotPushed'], simulate: true });
    const [fast, slow] = rows;
    expect(fast?.detections.length).toBeGreaterThan(0);
    expect(fast?.detections.map(({ scenario }) => scenario)).toEqual(
      slow?.detections.map(({ scenario }) => scenario),
    );
    expect(slow?.detection).toBeGreaterThan(fast?.detection as number);
  });

  it('warns where nothing was recorded, and chooses nothing above the budget', async () => {
    const early = { start: EPOCH - 30 * 86_400, end: EPOCH - 20 * 86_400 };
    const empty = await tried('for=1m,2m', { alerts: ['GatewayDown'], ...early });
    expect(empty.warnings[0]).toBe('The history has no sample of anything that these alerts read.');
    const late = await tried('for=1m,2m', {
      alerts: ['GatewayPendingWritesWaiting'],
      start: EPOCH - 8 * 86_400,
      budget: 0.1,
    });
    expect(late.warnings[0]).toMatch(/^The first sample .* covers 6h 00m of 8\.3 days/);
    expect(late.warnings.join()).toContain('The budget allows 0 pages in this history');
    expect(late.chosen).toBeUndefined();
    expect(trialAsText(late)).toContain('No value keeps the budget of 0.1 pages a week.');
  });

  it('goes on with the other values where the configuration does not take one', async () => {
    const { rows, refusedValues } = await tried('thresholds.pendingWrites.stuckAfter=5m,10m,20m');
    expect(rows.map(({ value }) => value)).toEqual(['10m', '20m']);
    expect(refusedValues).toEqual([
      {
        value: '5m',
        reason: expect.stringMatching(/^--try thresholds\.pendingWrites\.stuckAfter: found 5m/),
      },
    ]);
  });

  it.each([
    ['for=5', 'expected a duration such as 5m'],
    ['thresholds.pendingWrites.stuckAfter=x', 'stuckAfter'],
    ['thresholds.pendingWrites.stuckAftr=5m,6m', 'unknown key'],
    ['links.runbooks=https://a.example,https://b.example', 'every alert is the same'],
  ])('refuses %s', async (text, message) => {
    await expect(tried(text)).rejects.toThrow(message);
  });

  it('is a table on the command line', async () => {
    const { code, stdout, stderr } = await gatewayObservability([
      ...[
        'backtest',
        '-p',
        prometheus.url,
        '--since',
        '6h',
        '--lead-in',
        '0s',
        '--until',
        String(EPOCH + LENGTH),
      ],
      ...['--alert', 'GatewayPendingWritesOld', '--try', 'for=0s,10m', '--history-only', '--budget', '2/day'],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^for +alert +episodes +firing +flaps +pages\/week +detected after$/m);
    expect(stdout).toMatch(/^10m +GatewayPendingWritesOld +\d+ /m);
    const wrong = await gatewayObservability([
      'backtest',
      '-p',
      prometheus.url,
      '--try',
      'for=',
      '--budget',
      '2',
    ]);
    expect(wrong.code).toBe(2);
  });
});
