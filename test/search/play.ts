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
import { siteOf } from '../../src/config/site.js';
import { durationSeconds } from '../../src/promql/duration.js';
import { type RuleObject, renderedGroups } from '../../src/renderers/prometheus/rules.js';
import {
  goSeconds,
  gotSamples,
  labelsOf,
  promtoolError,
  promtoolTest,
} from '../../src/simulator/promtool-run.js';
import { runScenario } from '../../src/simulator/run.js';
import { type Scenario, seconds } from '../../src/simulator/scenario.js';
import { type InputSeries, inputSeriesOf } from '../../src/simulator/series.js';
import { pausesOf } from '../../src/simulator/timeline.js';
import { type Stat, statQueries, stats, withVariables } from './stats.js';
import { Truth } from './truth.js';

/** The label that keeps the worlds of one evaluation apart; rules are grouped by it as by any label of a site. */
const WORLD = 'simulated_world';
const DOWN = 'simulated_prometheus_down';
/** In the name of a stat's query: the world, the stat and the relay that its dashboard shows. */
const STAT = 'simulated_stat';
/** How often recorded series and texts are looked at, in seconds. */
const LOOK = 600;
/** How often the stats of the dashboards are looked at: there are many. */
const LOOK_AT_STATS = 2 * LOOK;

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

/** What an alert said at one of the times that are looked at. */
export interface Said {
  readonly time: number;
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
}

/** What happened in a world, and what the rules made of it. */
export interface Played {
  readonly scenario: Scenario;
  readonly bundle: Bundle;
  readonly truth: Truth;
  readonly firings: readonly Firing[];
  readonly recorded: readonly Recorded[];
  /** The texts of warnings and pages. */
  readonly said: readonly Said[];
  /** What the stats of the dashboards show; a stat that shows nothing is absent. */
  readonly stats: readonly Stat[];
  /** When the stats are looked at, and the relay that dashboards about one relay show then. */
  readonly looks: readonly { readonly time: number; readonly relay: number }[];
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
    onScrape: (world, time, exporters) => {
      truth ??= new Truth(world, step);
      truth.note(world, time, exporters);
    },
  });
  const series = await inputSeriesOf(scrapes);
  return { series, truth: truth as Truth };
}

const labelled = (series: string, labels: string) => series.replace('{', `{${labels},`);

/** Before the name of a rule that renders the texts of an alert, and of the value that both read. */
const TEXTS_OF = 'TextsOf';
const VALUE_OF = 'simulated_value_of_';

/**
 * The copies of an alerting rule in parts, because the engine would render every label and text again at every evaluation, which
 * takes a third of the time. Labels do not change and are left out, like links and the texts of information. The texts of
 * warnings and pages are rendered by a rule that is empty except when they are looked at; the value is recorded, so that it is
 * computed once.
 */
function inParts(rules: readonly RuleObject[]): RuleObject[] {
  const [{ alert, annotations = {}, labels, expr: _, ...rest }] = rules as [RuleObject];
  if (alert === undefined) return [...rules];
  if (labels?.severity === 'info') return rules.map(({ expr }) => ({ alert, expr, ...rest }));
  const { summary = '', description = '' } = annotations;
  const value = `${VALUE_OF}${alert}`;
  return [
    ...rules.map(({ expr }) => ({ record: value, expr })),
    { alert, expr: value, ...rest },
    {
      alert: `${TEXTS_OF}${alert}`,
      expr: `${value} and on () (vector(time() % ${LOOK}) == 0)`,
      annotations: { summary, description },
    },
  ];
}

/**
 * A rule for several worlds at once. One that fires where a job has no target at all has no label that distinguishes the
 * worlds: each one gets a copy that asks for its own targets.
 */
function forWorlds(rule: RuleObject, worlds: number): RuleObject[] {
  const { expr } = rule;
  if (!expr.includes('absent(')) return [rule];
  if (!expr.includes('absent(up{'))
    throw new Error(`${rule.alert ?? rule.record}: no target is named in ${expr}`);
  return Array.from({ length: worlds }, (_, i) => ({
    ...rule,
    expr: expr.replaceAll('absent(up{', `absent(up{${WORLD}="${i}",`),
  }));
}

/** Plays scenarios of one site and evaluates them together, by one promtool. */
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
    rules: rules.flatMap(({ rule }) =>
      inParts(
        forWorlds(plant(rule), scenarios.length).map((one) =>
          paused ? { ...one, expr: `(\n${one.expr}\n) unless on (${WORLD}) ${DOWN}` } : one,
        ),
      ),
    ),
  }));
  const length = Math.max(...worlds.map((world) => world.length));
  const output = await promtool(groups, config, input, length, evaluation, statTests(bundle, worlds));
  const severities = new Map(
    bundle.alertGroups.flatMap(({ rules }) => rules.map(({ alert, severity }) => [alert, severity])),
  );
  const { firings, recorded, said, shown, sizes, error } = read(output, severities);
  return worlds.map(({ scenario, truth, length: own }, i) => ({
    scenario,
    bundle,
    truth,
    error,
    firings: firings
      .filter(({ world }) => world === String(i))
      .map(({ world: _, times, ...rest }) => ({ ...rest, times: times.filter((time) => time <= own) }))
      .filter(({ times }) => times.length > 0),
    recorded: recorded.filter(({ world, time }) => world === String(i) && time <= own),
    said: said.filter(({ world, time }) => world === String(i) && time <= own),
    looks: looks(truth, own),
    stats: shown.filter(({ world }) => world === String(i)),
    series: sizes.get(String(i)) ?? 0,
  }));
}

/** The queries of the stats in every world. A dashboard about one relay shows another one each time. */
function statTests(bundle: Bundle, worlds: readonly { readonly truth: Truth; readonly length: number }[]) {
  const { config } = bundle;
  const site = siteOf(config);
  return worlds.flatMap(({ truth, length }, world) =>
    looks(truth, length).flatMap(({ time, relay }) =>
      statQueries
        .filter(({ key }) => stats[key] !== undefined)
        .map((stat) => {
          const groups = Object.fromEntries(config.groupBy.map((name) => [name, 'a']));
          const shown = stat.ofRelay ? { relay: truth.keys[relay] as string } : {};
          const expr = withVariables(stat, site, { ...groups, ...shown, [WORLD]: String(world) });
          const name = [world, stat.key, ...(stat.ofRelay ? [relay] : [])].join(' ');
          return { expr: `label_replace(${expr}, "${STAT}", "${name}", "", "")`, eval_time: `${time}s` };
        }),
    ),
  );
}

const looks = ({ keys }: Truth, length: number) =>
  times(length, LOOK_AT_STATS).map((time, i) => ({ time, relay: i % keys.length }));

const times = (length: number, step: number) =>
  Array.from({ length: Math.floor(length / step) + 1 }, (_, i) => i * step);

/** One thread each: the search runs several of them. Few collections, because a promtool lives for a minute. */
const ONE_OF_SEVERAL = { GOMAXPROCS: '1', GOGC: '400' };

async function promtool(
  groups: readonly { readonly name: string; readonly rules: readonly RuleObject[] }[],
  config: Bundle['config'],
  series: readonly InputSeries[],
  length: number,
  evaluation: number,
  more: readonly { readonly expr: string; readonly eval_time: string }[],
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-search-'));
  try {
    const rules = join(folder, 'rules.yaml');
    const test = join(folder, 'test.yaml');
    await writeFile(rules, stringify({ groups }));
    const tests = [
      ...times(length, evaluation).map((time) => ({
        expr: `${alerts.name}{alertstate="firing"}`,
        eval_time: `${time}s`,
      })),
      ...times(length, LOOK).map((time) => ({
        expr: `{__name__=~"${pendingStart.record}|${phase.record}"}`,
        eval_time: `${time}s`,
      })),
      ...times(length, LOOK).map((time) => ({
        expr: `count by (${WORLD}) ({__name__=~".+:.+"})`,
        eval_time: `${time}s`,
      })),
      ...more,
    ];
    const spoken = groups
      .flatMap(({ rules: all }) => all)
      .flatMap(({ alert, annotations }) => (alert === undefined || annotations === undefined ? [] : alert));
    const texts = times(length, LOOK).flatMap((time) =>
      [...new Set(spoken)].map((alertname) => ({ eval_time: `${time}s`, alertname, exp_alerts: [] })),
    );
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
      '  alert_rule_test:',
      ...texts.map((one) => `  - ${JSON.stringify(one)}`),
    ];
    await writeFile(test, `${text.join('\n')}\n`);
    return await promtoolTest(test, ONE_OF_SEVERAL);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Read {
  readonly firings: readonly (Firing & { readonly world: string | undefined })[];
  readonly recorded: readonly (Recorded & { readonly world: string | undefined })[];
  readonly said: readonly (Said & { readonly world: string | undefined })[];
  readonly shown: readonly (Stat & { readonly world: string | undefined })[];
  readonly sizes: ReadonlyMap<string, number>;
  readonly error: string | undefined;
}

const SAID = /^\s+alertname: \w+, time: ([\dwdhms.]+),[^\n]*\n((?:(?!^\s+(?:alertname|expr):)[^\n]*\n)*)/gm;

/** Reads the texts of the alerts that fired, or whose condition held. */
function readTexts(output: string): Read['said'] {
  return [...output.matchAll(SAID)].flatMap(([, time, block]) =>
    [...(block as string).matchAll(/Labels:(\{.*\})\s*\n\s*Annotations:(\{.*\})/g)].map(
      ([, labels, texts]) => {
        const { alertname = '', [WORLD]: world, ...own } = labelsOf(labels as string);
        const { summary = '', description = '' } = labelsOf(texts as string);
        return {
          world,
          time: goSeconds(time as string),
          alert: alertname.slice(TEXTS_OF.length),
          labels: own,
          summary,
          description,
        };
      },
    ),
  );
}

const firingKey = (alert: string, world: string | undefined, labels: Firing['labels']) =>
  JSON.stringify([alert, world, Object.entries(labels).sort()]);

/** Reads promtool's complaints, in which it says what it got at which evaluation. */
function read(output: string, severities: ReadonlyMap<string, string>): Read {
  const firings = new Map<string, Firing & { world: string | undefined; times: number[] }>();
  const recorded: (Recorded & { world: string | undefined })[] = [];
  const sizes = new Map<string, number>();
  const shown: Read['shown'][number][] = [];
  for (const { at, labels, value } of gotSamples(output)) {
    const { __name__: name, [WORLD]: world, [STAT]: stat, ...rest } = labels;
    if (stat !== undefined) {
      const [of, key = '', relay] = stat.split(' ');
      shown.push({
        world: of,
        time: at,
        key,
        value: Number(value),
        labels: rest,
        relay: relay === undefined ? undefined : Number(relay),
      });
    } else if (name === undefined)
      sizes.set(world ?? '', Math.max(sizes.get(world ?? '') ?? 0, Number(value)));
    else if (name === alerts.name) {
      const { alertname = '', alertstate: _, ...own } = rest;
      if (alertname.startsWith(TEXTS_OF)) continue;
      const key = firingKey(alertname, world, own);
      const known = firings.get(key) ?? {
        world,
        alert: alertname,
        severity: severities.get(alertname) as string,
        labels: own,
        times: [],
      };
      known.times.push(at);
      firings.set(key, known);
    } else recorded.push({ world, time: at, name, relay: rest.relay ?? '', value: Number(value) });
  }
  return {
    firings: [...firings.values()],
    recorded,
    said: readTexts(output).filter(({ alert, world, labels, time }) =>
      firings.get(firingKey(alert, world, labels))?.times.includes(time),
    ),
    shown,
    sizes,
    error: promtoolError(output),
  };
}
