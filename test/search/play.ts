import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { alerts } from '../../metrics/prometheus.js';
import { pendingStart } from '../../recording-rules/pending-writes.js';
import { phase } from '../../recording-rules/phase.js';
import { buildBundle } from '../../src/bundle/build.js';
import type { Bundle } from '../../src/bundle/bundle.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { durationSeconds } from '../../src/promql/duration.js';
import { type RuleObject, renderedGroups } from '../../src/renderers/prometheus/rules.js';
import { gotSamples, promtoolError, promtoolTest } from '../../src/simulator/promtool-run.js';
import { runScenario } from '../../src/simulator/run.js';
import { type Scenario, seconds } from '../../src/simulator/scenario.js';
import { type InputSeries, inputSeriesOf } from '../../src/simulator/series.js';
import { pausesOf } from '../../src/simulator/timeline.js';
import { Truth } from './truth.js';

/** The label that keeps the worlds of one evaluation apart; rules are grouped by it as by any label of a site. */
const WORLD = 'simulated_world';
const DOWN = 'simulated_prometheus_down';

/** An alert that fired, at each evaluation at which it did. Times are seconds since the world's begin. */
export interface Firing {
  readonly alert: string;
  readonly severity: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly times: readonly number[];
}

/** A recorded value at one of the times that are looked at. */
export interface Recorded {
  readonly time: number;
  readonly name: string;
  readonly relay: string;
  readonly value: number;
}

/** What happened in a world, and what the rules made of it. */
export interface Played {
  readonly scenario: Scenario;
  readonly bundle: Bundle;
  readonly truth: Truth;
  readonly firings: readonly Firing[];
  readonly recorded: readonly Recorded[];
  /** The most recorded series at any time that is looked at. */
  readonly series: number;
  readonly error: string | undefined;
}

/** Changes a rule before it is evaluated, to plant a fault. */
export type Plant = (rule: RuleObject) => RuleObject;

/** The bundle of a scenario's site. */
export function bundleOf(scenario: Pick<Scenario, 'site'>, extra: readonly string[] = []): Bundle {
  const { groupBy = [], ...rest } = scenario.site ?? {};
  return buildBundle(parseConfig({ ...rest, groupBy: [...(groupBy as string[]), ...extra] }), definitions());
}

async function simulated(
  scenario: Scenario,
  bundle: Bundle,
): Promise<{ series: InputSeries[]; truth: Truth }> {
  const step = durationSeconds(bundle.config.scrapeInterval);
  let truth: Truth | undefined;
  const scrapes = runScenario(scenario, {
    scrapeIntervalSeconds: step,
    onScrape: (world, time) => {
      truth ??= new Truth(world, step);
      truth.note(world, time);
    },
  });
  const series = await inputSeriesOf(scrapes);
  return { series, truth: truth as Truth };
}

const labelled = (series: string, labels: string) => series.replace('{', `{${labels},`);

/** How often recorded series are looked at, in seconds. */
const LOOK = 600;

/**
 * Plays scenarios of one site and evaluates them together, by one promtool. An alert without the labels of a site, which fires
 * where a job has no target at all, can only be seen where a scenario is played alone.
 */
export async function play(scenarios: readonly Scenario[], plant: Plant = (rule) => rule): Promise<Played[]> {
  const [first] = scenarios;
  if (first === undefined) return [];
  const bundle = bundleOf(first, [WORLD]);
  const { config } = bundle;
  const evaluation = durationSeconds(config.evaluationInterval);
  const scrape = durationSeconds(config.scrapeInterval);
  const worlds = [];
  const input: InputSeries[] = [];
  let paused = false;
  for (const [i, scenario] of scenarios.entries()) {
    const { series, truth } = await simulated(scenario, bundle);
    const own = config.groupBy.map((name) => `${name}="${name === WORLD ? i : 'a'}"`).join(',');
    input.push(...series.map((one) => ({ ...one, series: labelled(one.series, own) })));
    const pauses = pausesOf(scenario);
    if (pauses.length > 0) {
      paused = true;
      const isDown = (time: number) => pauses.some(({ from, to }) => from <= time && time < to);
      const values = Array.from({ length: Math.floor(seconds(scenario.duration) / scrape) + 1 }, (_, k) =>
        isDown(k * scrape) ? '1' : isDown((k - 1) * scrape) ? 'stale' : '_',
      );
      input.push({ series: `${DOWN}{${WORLD}="${i}"}`, values: values.join(' ') });
    }
    worlds.push({ scenario, truth, length: seconds(scenario.duration) });
  }
  const groups = renderedGroups(bundle).map(({ name, rules }) => ({
    name,
    rules: rules.map(({ rule }) => {
      const planted = plant(rule);
      if (!paused) return planted;
      const on = /\babsent\(/.test(planted.expr) && !planted.expr.includes(WORLD) ? '' : WORLD;
      return { ...planted, expr: `(\n${planted.expr}\n) unless on (${on}) ${DOWN}` };
    }),
  }));
  const length = Math.max(...worlds.map((world) => world.length));
  const output = await promtool(groups, config, input, length, evaluation);
  const { firings, recorded, sizes, error } = read(output);
  return worlds.map(({ scenario, truth, length: own }, i) => ({
    scenario,
    bundle,
    truth,
    error,
    firings: firings
      .filter(({ world }) => world === String(i) || (world === undefined && worlds.length === 1))
      .map(({ world: _, times, ...rest }) => ({ ...rest, times: times.filter((time) => time <= own) }))
      .filter(({ times }) => times.length > 0),
    recorded: recorded.filter(({ world, time }) => world === String(i) && time <= own),
    series: sizes.get(String(i)) ?? 0,
  }));
}

async function promtool(
  groups: readonly { readonly name: string; readonly rules: readonly RuleObject[] }[],
  config: Bundle['config'],
  series: readonly InputSeries[],
  length: number,
  evaluation: number,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-search-'));
  const times = (step: number) => Array.from({ length: Math.floor(length / step) + 1 }, (_, i) => i * step);
  try {
    const rules = join(folder, 'rules.yaml');
    const test = join(folder, 'test.yaml');
    await writeFile(rules, stringify({ groups }));
    const tests = [
      ...times(evaluation).map((time) => ({
        expr: `${alerts.name}{alertstate="firing"}`,
        eval_time: `${time}s`,
      })),
      ...times(LOOK).map((time) => ({
        expr: `{__name__=~"${pendingStart.record}|${phase.record}"}`,
        eval_time: `${time}s`,
      })),
      ...times(LOOK).map((time) => ({
        expr: `count by (${WORLD}) ({__name__=~".+:.+"})`,
        eval_time: `${time}s`,
      })),
    ];
    // Written by hand: a library takes longer over the series than promtool over the rules.
    const text = [
      `rule_files: [${JSON.stringify(rules)}]`,
      `evaluation_interval: ${config.evaluationInterval}`,
      `group_eval_order: ${JSON.stringify(groups.map(({ name }) => name))}`,
      'tests:',
      `- interval: ${config.scrapeInterval}`,
      '  input_series:',
      ...series.map((one) => `  - ${JSON.stringify(one)}`),
      '  promql_expr_test:',
      ...tests.map((one) => `  - ${JSON.stringify(one)}`),
    ];
    await writeFile(test, `${text.join('\n')}\n`);
    return await promtoolTest(test);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Read {
  readonly firings: readonly (Firing & { readonly world: string | undefined })[];
  readonly recorded: readonly (Recorded & { readonly world: string | undefined })[];
  readonly sizes: ReadonlyMap<string, number>;
  readonly error: string | undefined;
}

/** Reads promtool's complaints, in which it says what it got at which evaluation. */
function read(output: string): Read {
  const firings = new Map<string, Firing & { world: string | undefined; times: number[] }>();
  const recorded: (Recorded & { world: string | undefined })[] = [];
  const sizes = new Map<string, number>();
  for (const { at, labels, value } of gotSamples(output)) {
    const { __name__: name, [WORLD]: world, ...rest } = labels;
    if (name === undefined) sizes.set(world ?? '', Math.max(sizes.get(world ?? '') ?? 0, Number(value)));
    else if (name === alerts.name) {
      const { alertname, alertstate: _, severity, signal: __, ...own } = rest;
      const key = JSON.stringify(labels);
      const known = firings.get(key) ?? {
        world,
        alert: alertname as string,
        severity: severity as string,
        labels: own,
        times: [],
      };
      known.times.push(at);
      firings.set(key, known);
    } else recorded.push({ world, time: at, name, relay: rest.relay ?? '', value: Number(value) });
  }
  return { firings: [...firings.values()], recorded, sizes, error: promtoolError(output) };
}
