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

/** Twelve relays, of which a query for ten leaves two out. */
const TWELVE = Array.from({ length: 12 }, (_, i) => `r${String(i + 1).padStart(2, '0')}`);
const ofEach = (name: string, valueFor: (number: number) => number) =>
  Object.fromEntries(TWELVE.map((relay, i) => [`${name}{relay="${relay}"}`, `${valueFor(i + 1)}x40`]));
const FIRST_TEN = TWELVE.slice(0, 10).map((relay) => ({ labels: `{relay="${relay}"}`, value: 1 }));
/** Up for ten minutes, then down. */
const UP_UNTIL_10M = '1x20 0x20';

/** What a query finds at 15 minutes, by the alert and the beginning of its text. */
const FOUND: readonly {
  readonly alert: string;
  readonly text: RegExp;
  readonly series: Readonly<Record<string, string>>;
  readonly samples: readonly { readonly labels: string; readonly value: number }[];
}[] = [
  ...['GatewayEscrowLeaseExpiring', 'GatewayEscrowLeaseExpired', 'GatewayEscrowLeaseExpiredWritesWanted'].map(
    (alert) => ({
      alert,
      text: /expire next/,
      series: {
        ...ofEach('relay:gateway_escrow_lease_expiry:timestamp_seconds', (number) => 1000 + number),
        ...ofEach('relay:gateway_pending_writes:max', () => 1),
      },
      samples: FIRST_TEN,
    }),
  ),
  {
    alert: 'GatewayPushesNotIngested',
    text: /pending longest/,
    series: ofEach('relay:gateway_pending_writes:start_timestamp_seconds', (number) => number),
    samples: FIRST_TEN,
  },
  {
    alert: 'PendingWritesExporterDown',
    text: /^Since when\?/,
    series: { 'up{job="pending-writes-exporter", instance="host:1"}': UP_UNTIL_10M },
    samples: [{ labels: '{instance="host:1", job="pending-writes-exporter"}', value: 300 }],
  },
  {
    alert: 'GatewayDown',
    text: /^Since when\?/,
    series: { 'up{job="gateway", instance="host:1"}': UP_UNTIL_10M },
    samples: [{ labels: '{instance="host:1", job="gateway"}', value: 300 }],
  },
];

describe('a query of a page', () => {
  it.each(FOUND)('finds what its text says: $alert, $text', async ({ alert, text, series, samples }) => {
    const page = pageOf({ rule: alert } as RuleCase);
    const queries = page.check.filter((step) => text.test(step.text)).map(({ query = '' }) => query);
    expect(queries).toHaveLength(1);
    const query = filledIn(queries[0] as string, { instance: 'host:1' });
    const folder = await mkdtemp(folderName);
    try {
      const file = join(folder, 'test.yaml');
      await writeFile(
        file,
        stringify({
          tests: [
            {
              interval: '30s',
              input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
              promql_expr_test: [
                {
                  expr: samples.length === 1 ? query : `group by (relay) (\n${query}\n)`,
                  eval_time: '15m',
                  exp_samples: samples,
                },
              ],
            },
          ],
        }),
      );
      expect(await promtoolTest(file)).toContain('SUCCESS');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
