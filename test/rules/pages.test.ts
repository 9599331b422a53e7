import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { RunbookPage } from '../../src/model/runbook.js';
import { goSeconds, gotSamples, promtoolTest } from '../../src/simulator/promtool-run.js';
import { ruleCases } from './cases/index.js';
import { filledIn, returnsSomething } from './page-queries.js';
import type { Labels, RuleCase } from './rule-case.js';
import { bundleFor } from './run-cases.js';

const alerts = bundleFor(undefined).alertGroups.flatMap((group) => group.rules.map(({ alert }) => alert));

/** The page of an alert for the site of a case. */
function pageOf({ rule: alert, config }: RuleCase): RunbookPage {
  const rule = bundleFor(config)
    .alertGroups.flatMap(({ rules }) => rules)
    .find((one) => one.alert === alert);
  if (rule?.page === undefined) throw new Error(`${alert} has no page`);
  return rule.page;
}

/** A time of a case at which an alert fires, and the next one, at which it no longer does. */
interface Turn {
  readonly firing: string;
  readonly over: string;
  readonly labels: Labels;
}

/** The last time at which some alert of a case ends. */
function turn(ruleCase: RuleCase): Turn | undefined {
  const times = Object.entries(ruleCase.firing ?? {}).sort(([a], [b]) => goSeconds(a) - goSeconds(b));
  const key = (labels: Labels) => JSON.stringify(Object.entries(labels).sort());
  return times
    .flatMap(([firing, alerts], i): Turn[] => {
      const next = times[i + 1];
      if (next === undefined) return [];
      const still = new Set(next[1].map(key));
      return alerts
        .filter((labels) => !still.has(key(labels)))
        .map((labels) => ({ firing, over: next[0], labels }));
    })
    .at(-1);
}

const folderName = join(tmpdir(), 'gateway-pages-');

/** Whether a query of a page returns something at each of some times of a case. */
async function returnsAt(ruleCase: RuleCase, query: string, times: readonly string[], labels: Labels) {
  const folder = await mkdtemp(folderName);
  try {
    const file = join(folder, 'test.yaml');
    const expr = returnsSomething(filledIn(query, labels));
    await writeFile(
      file,
      stringify({
        evaluation_interval: '30s',
        tests: [
          {
            interval: '30s',
            input_series: Object.entries(ruleCase.series).map(([series, values]) => ({ series, values })),
            // promtool prints what it got where it differs from what is expected.
            promql_expr_test: times.map((eval_time) => ({
              expr,
              eval_time,
              exp_samples: [{ labels: '{}', value: 2 }],
            })),
          },
        ],
      }),
    );
    const output = await promtoolTest(file);
    const got = [...gotSamples(output)].map(({ value }) => Number(value));
    if (got.length !== times.length) throw new Error(output);
    return got.map((value) => value === 1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('the query that says when an alert is over', () => {
  it.each(alerts)('changes when %s resolves', async (alert) => {
    const turns = ruleCases
      .filter((c) => c.rule === alert && c.aspects.includes('resolves'))
      .flatMap((ruleCase) => {
        const found = turn(ruleCase);
        return found === undefined ? [] : [{ ruleCase, ...found }];
      });
    expect(turns.length).toBeGreaterThan(0);
    const seen = await Promise.all(
      turns.map(({ ruleCase, firing, over, labels }) =>
        returnsAt(ruleCase, pageOf(ruleCase).over.query, [firing, over], labels),
      ),
    );
    const whileFiring = pageOf(turns[0]?.ruleCase as RuleCase).over.becomes === 'empty';
    expect(seen.map(([firing]) => firing)).toEqual(seen.map(() => whileFiring));
    expect(seen).toContainEqual([whileFiring, !whileFiring]);
  });
});

describe('the diagnosis queries of an alert without a scenario', () => {
  // test/scenarios/pages.test.ts asks those of all other alerts.
  it('return data while WorkerQueueStalled fires', async () => {
    const ruleCase = ruleCases.find(
      ({ rule, aspects }) => rule === 'WorkerQueueStalled' && aspects.includes('resolves'),
    ) as RuleCase;
    const { firing, labels } = turn(ruleCase) as Turn;
    const queries = pageOf(ruleCase).check.flatMap(({ query, mayBeEmpty }) =>
      query === undefined || mayBeEmpty === true ? [] : [query],
    );
    expect(queries.length).toBeGreaterThan(0);
    for (const query of queries)
      expect([query, await returnsAt(ruleCase, query, [firing], labels)]).toEqual([query, [true]]);
  });
});
