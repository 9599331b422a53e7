import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import type { Bundle } from '../../src/bundle/bundle.js';
import type { RuleCase } from '../../src/model/rule-case.js';
import { loadProject } from '../../src/project/load.js';
import {
  caseBatches,
  expectationsOf,
  failureText,
  runRuleCases,
  untestedAlerts,
} from '../../src/rule-cases/run.js';
import { OWN_CONFIG } from './own-config.js';

const RECORDED = {
  record: 'gateway:gateway_active_sessions:sum',
  expr: 'sum by () (gateway_active_sessions{job="gateway"})',
};
const ALERT = {
  alert: 'GatewaySessionsMany',
  expr: 'gateway:gateway_active_sessions:sum > 10000',
  for: '10m',
  labels: { severity: 'info', signal: 'capacity', team: 'edge' },
};
const FIRING = 'ALERTS{alertname="GatewaySessionsMany", alertstate="firing"}';
const FIRES =
  'ALERTS{alertname="GatewaySessionsMany", alertstate="firing", team="edge", severity="info", signal="capacity"}';

describe('the cases of own rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-cases-'));
  let bundle: Bundle;
  let cases: readonly RuleCase[];
  beforeAll(async () => {
    writeFileSync(join(folder, 'gateway-observability.config.ts'), OWN_CONFIG);
    const project = await loadProject(undefined, folder);
    bundle = buildBundle(project.config, project.definitions);
    cases = project.cases;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('pass in promtool where the rules do what the cases say', async () => {
    expect(cases).toHaveLength(3);
    expect(await runRuleCases(bundle, cases)).toBe('');
  });

  it('fail with the name of the case and what promtool found, for an alert and for a recorded series', async () => {
    const [alert, silent, record] = cases as [RuleCase, RuleCase, RuleCase];
    const output = await runRuleCases(bundle, [
      { ...alert, firing: { '10m': [{}] } },
      silent,
      { ...record, samples: { '1m': [{ labels: {}, value: 4 }] } },
    ]);
    expect(output.split('\n').filter((line) => /^\S/.test(line))).toEqual(
      [alert, record].map(({ rule, name }) => `${rule}: ${name}`),
    );
    expect(output).toMatch(/got:\s+(?:"nil"|nil)/);
  });

  it('are refused if they name no rule, or expect nothing', async () => {
    const [alert] = cases as [RuleCase];
    await expect(runRuleCases(bundle, [{ ...alert, rule: 'Gone' }])).rejects.toThrow(
      `case "${alert.name}": found Gone, expected the name of a rule`,
    );
    await expect(runRuleCases(bundle, [{ ...alert, firing: {} }])).rejects.toThrow('found no expectation');
  });

  it('show what is not tested: an own alert has to fire, stay silent and keep to its boundary', () => {
    expect(untestedAlerts(bundle, cases)).toEqual([]);
    expect(untestedAlerts(bundle, cases.slice(1))).toEqual([
      { alert: 'GatewaySessionsMany', missing: ['fires', 'keeps to its boundary'] },
    ]);
    expect(untestedAlerts(bundle, cases.slice(0, 1))).toEqual([
      { alert: 'GatewaySessionsMany', missing: ['stays silent'] },
    ]);
    const { own: _, ...others } = bundle.definitions;
    expect(untestedAlerts({ ...bundle, definitions: others }, [])).toEqual([]);
  });

  it('start no promtool when there are none', async () => {
    expect(await runRuleCases(bundle, [])).toBe('');
  });

  it('become test files of promtool, one for the cases that load the same rules', () => {
    const [fires, silent, record] = cases as [RuleCase, RuleCase, RuleCase];
    const both: RuleCase = {
      rule: 'GatewaySessionsMany',
      name: 'works with what it reads',
      aspects: ['fires'],
      with: ['gateway:gateway_active_sessions:sum'],
      series: { 'gateway_active_sessions{job="gateway"}': '20000x30' },
    };
    const settings = { bundleOf: () => bundle, scrapeInterval: '15s', evaluationInterval: '30s' };
    const batches = caseBatches([fires, record, both, silent], settings);
    expect(batches.map((batch) => batch.cases)).toEqual([[fires, silent], [record], [both]]);
    expect(batches.map(({ rules }) => rules)).toMatchObject([
      { groups: [{ name: 'own.alerts', rules: [ALERT] }] },
      { groups: [{ name: 'own.recording', rules: [RECORDED] }] },
      {
        groups: [
          { name: 'own.recording', rules: [RECORDED] },
          { name: 'own.alerts', rules: [ALERT] },
        ],
      },
    ]);
    expect(batches.map(({ test }) => test)).toEqual([
      {
        rule_files: ['0.rules.yaml'],
        evaluation_interval: '30s',
        group_eval_order: ['own.alerts'],
        tests: [
          {
            interval: '15s',
            input_series: [{ series: 'gateway:gateway_active_sessions:sum', values: '10000 10001x30' }],
            name: 'fires when there have been more than 10,000 sessions for ten minutes',
            promql_expr_test: [
              { expr: FIRING, eval_time: '10m', exp_samples: [] },
              { expr: FIRING, eval_time: '10m30s', exp_samples: [{ labels: FIRES, value: 1 }] },
            ],
          },
          {
            interval: '15s',
            input_series: [{ series: 'gateway:gateway_active_sessions:sum', values: '10000x40' }],
            name: 'stays silent at 10,000 sessions',
            promql_expr_test: [{ expr: FIRING, eval_time: '20m', exp_samples: [] }],
          },
        ],
      },
      {
        rule_files: ['1.rules.yaml'],
        evaluation_interval: '30s',
        group_eval_order: ['own.recording'],
        tests: [
          {
            interval: '15s',
            input_series: [
              { series: 'gateway_active_sessions{job="gateway", instance="a"}', values: '1x4' },
              { series: 'gateway_active_sessions{job="gateway", instance="b"}', values: '2x4' },
            ],
            name: 'adds the sessions of all processes',
            promql_expr_test: [
              {
                expr: 'gateway:gateway_active_sessions:sum',
                eval_time: '1m',
                exp_samples: [{ labels: 'gateway:gateway_active_sessions:sum{}', value: 3 }],
              },
            ],
          },
        ],
      },
      {
        rule_files: ['2.rules.yaml'],
        evaluation_interval: '30s',
        group_eval_order: ['own.recording', 'own.alerts'],
        tests: [
          {
            interval: '15s',
            input_series: [{ series: 'gateway_active_sessions{job="gateway"}', values: '20000x30' }],
            name: 'works with what it reads',
            promql_expr_test: [],
          },
        ],
      },
    ]);
  });

  it('run with the rules and expectations that the caller replaces', () => {
    const [fires] = cases as [RuleCase];
    const [batch] = caseBatches([fires], {
      bundleOf: () => bundle,
      scrapeInterval: '15s',
      evaluationInterval: '30s',
      expectationsOf: ({ name }) => ({ name: `not ${name}` }),
      replace: (rule) => ({ ...rule, expr: 'vector(1)' }),
    });
    expect(batch?.rules.groups.map(({ rules }) => rules.map(({ expr }) => expr))).toEqual([['vector(1)']]);
    expect(batch?.test.tests.map(({ name }) => name)).toEqual([`not ${fires.name}`]);
  });

  it('name all rules that do not exist', () => {
    const [fires] = cases as [RuleCase];
    const settings = { bundleOf: () => bundle, scrapeInterval: '15s', evaluationInterval: '30s' };
    const gone = () => caseBatches([{ ...fires, with: ['gone:a', 'gone:b'] }], settings);
    expect(gone).toThrow(`case "${fires.name}": found gone:a, gone:b, expected the name of a rule`);
    expect(gone).toThrow(expect.objectContaining({ name: 'RuleCaseError' }));
  });

  it('expect the labels of the rule, and further ones', () => {
    const firing = { '10m': [{ relay: 'a', peer: 'b "c"' }] };
    const ruleCase = { rule: 'GatewaySessionsMany', name: 'fires', aspects: [], series: {}, firing };
    expect(expectationsOf(ruleCase, bundle).promql_expr_test?.[0]?.exp_samples).toEqual([
      { labels: `${FIRES.slice(0, -1)}, relay="a", peer="b \\"c\\""}`, value: 1 },
    ]);
    // A recording rule never fires, which promtool then says.
    const recorded = { ...ruleCase, rule: RECORDED.record, firing: { '10m': [{}] } };
    expect(expectationsOf(recorded, bundle).promql_expr_test?.[0]?.exp_samples).toEqual([
      { labels: `ALERTS{alertname="${RECORDED.record}", alertstate="firing"}`, value: 1 },
    ]);
  });

  it('that failed are shown without the name of the test file', () => {
    const [, silent] = cases as [RuleCase, RuleCase];
    expect(failureText(silent, 'Unit Testing:  0.yaml\n  FAILED: got: nil\n  Unit Testing: x\n\n')).toBe(
      'GatewaySessionsMany: stays silent at 10,000 sessions\n  FAILED: got: nil\n  Unit Testing: x',
    );
  });
});
