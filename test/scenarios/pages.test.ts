import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { buildBundle } from '../../src/bundle/build.js';
import type { AlertingRule, Bundle } from '../../src/bundle/bundle.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { durationSeconds } from '../../src/promql/duration.js';
import { renderedGroups } from '../../src/renderers/prometheus/rules.js';
import { gotSamples, promtoolTest } from '../../src/simulator/promtool-run.js';
import { DEFAULT_JOBS, runScenario } from '../../src/simulator/run.js';
import { type Scenario, seconds } from '../../src/simulator/scenario.js';
import { scenarios } from '../../src/simulator/scenarios/index.js';
import { inputSeriesOf } from '../../src/simulator/series.js';
import { type Episode, episodesOfScenario, pausesOf } from '../../src/simulator/timeline.js';
import { filledIn, returnsSomething } from '../rules/page-queries.js';

const bundleFor = ({ site = {} }: Pick<Scenario, 'site'>) =>
  buildBundle(parseConfig(site as ConfigInput), definitions());
const rulesOf = (bundle: Bundle) => bundle.alertGroups.flatMap((group) => group.rules);
const alerts = rulesOf(bundleFor({})).map(({ alert }) => alert);

/**
 * No scenario raises it: the coordinator of the simulator takes the next job whenever none is in flight, as the real one does, and
 * no known fault stops it. test/rules/pages.test.ts asks the queries of its page in its rule case.
 */
const WITHOUT_SCENARIO = ['WorkerQueueStalled'];

/**
 * Where a scenario requires one of several alerts, the one that fires; and where the cheapest ends because a more urgent alert about the same
 * cause takes over, one that ends with its cause.
 */
const NAMED: Readonly<Record<string, string>> = {
  GatewayEscrowLeaseExpired: 'the very first push of a gateway fails',
  GatewayPendingWritesForgotten: 'the gateway restarts while writes are pending, where workers are always on',
};

const cost = ({ duration, relays = 1 }: Scenario) => seconds(duration) * relays;
const inOrder = [...scenarios].sort((a, b) => cost(a) - cost(b)).filter((one) => pausesOf(one).length === 0);

/** The cheapest scenario that raises each alert, and the alerts that it serves. */
function chosen(): ReadonlyMap<Scenario, readonly string[]> {
  const by = new Map<Scenario, string[]>();
  for (const alert of alerts) {
    const raises = ({ expect: stated, requires = [] }: Scenario) =>
      stated.some((one) => one.alert === alert) || requires.some(({ anyOf }) => anyOf.join() === alert);
    const scenario = inOrder.find(({ name }) => name === NAMED[alert]) ?? inOrder.find(raises);
    if (scenario !== undefined) by.set(scenario, [...(by.get(scenario) ?? []), alert]);
  }
  return by;
}

interface Asked {
  readonly alert: string;
  readonly what: string;
  readonly query: string;
  readonly at: number;
  readonly expected: boolean;
}

/** What the page of an alert asks at the beginning of an episode and at its end. */
function askedOf({ alert, page }: AlertingRule, { labels, from, to }: Episode): Asked[] {
  if (page === undefined) throw new Error(`${alert} has no page`);
  const query = (text: string) => filledIn(text, labels);
  return [
    ...page.check.flatMap(({ text, query: asked, mayBeEmpty }): Asked[] =>
      asked === undefined || mayBeEmpty === true
        ? []
        : [{ alert, what: text, query: query(asked), at: from, expected: true }],
    ),
    {
      alert,
      what: 'over when',
      query: query(page.over.query),
      at: from,
      expected: page.over.becomes === 'empty',
    },
    ...(to === undefined
      ? []
      : [
          {
            alert,
            what: 'over when, resolved',
            query: query(page.over.query),
            at: to,
            expected: page.over.becomes === 'present',
          },
        ]),
  ];
}

/** Whether each query returns something at its time, under all rules, in promtool. */
async function answers(bundle: Bundle, scenario: Scenario, asked: readonly Asked[]): Promise<boolean[]> {
  const { scrapeInterval, evaluationInterval } = bundle.config;
  const series = await inputSeriesOf(
    runScenario(scenario, { scrapeIntervalSeconds: durationSeconds(scrapeInterval), jobs: DEFAULT_JOBS }),
  );
  const groups = renderedGroups(bundle).map(({ name, rules }) => ({
    name,
    rules: rules.map(({ rule }) => rule),
  }));
  const folder = await mkdtemp(join(tmpdir(), 'gateway-pages-'));
  try {
    const rules = join(folder, 'rules.yaml');
    const test = join(folder, 'test.yaml');
    await writeFile(rules, stringify({ groups }));
    await writeFile(
      test,
      stringify({
        rule_files: [rules],
        evaluation_interval: evaluationInterval,
        group_eval_order: groups.map(({ name }) => name),
        tests: [
          {
            interval: scrapeInterval,
            input_series: series,
            // Neither 0 nor 1, so that promtool prints what it got.
            promql_expr_test: asked.map(({ query, at }) => ({
              expr: returnsSomething(query),
              eval_time: `${at}s`,
              exp_samples: [{ labels: '{}', value: 2 }],
            })),
          },
        ],
      }),
    );
    const output = await promtoolTest(test);
    const got = [...gotSamples(output)].map(({ value }) => Number(value) === 1);
    if (got.length !== asked.length) throw new Error(output.slice(0, 4000));
    return got;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('the queries of the pages, while their alert fires and when it has ended', {
  concurrent: true,
}, () => {
  it.each(
    [...chosen()].map(([scenario, names]) => [scenario.name, names.join(', '), scenario, names] as const),
  )('%s: %s', async (_, __, scenario, names) => {
    const bundle = bundleFor(scenario);
    const episodes = await episodesOfScenario(bundle, scenario);
    const asked = names.flatMap((alert) => {
      const ofAlert = episodes.filter((one) => one.alert === alert);
      const episode = ofAlert.find(({ to }) => to !== undefined) ?? ofAlert[0];
      const rule = rulesOf(bundle).find((one) => one.alert === alert);
      if (episode === undefined || rule === undefined) throw new Error(`${alert} does not fire`);
      return askedOf(rule, episode);
    });
    const got = await answers(bundle, scenario, asked);
    const wrong = asked
      .filter(({ expected }, i) => got[i] !== expected)
      .map(
        ({ alert, what, at, expected }) =>
          `${alert} at ${at}s: ${what}: ${expected ? 'nothing' : 'something'}`,
      );
    expect(wrong).toEqual([]);
  });

  it('are asked for every alert that a scenario raises', () => {
    const asked = [...chosen().values()].flat();
    expect(alerts.filter((alert) => !asked.includes(alert))).toEqual(WITHOUT_SCENARIO);
  });
});
