import { expect, it } from 'vitest';
import type { Bundle } from '../../src/bundle/bundle.js';
import { groupsOf, recordedLines, recordingTest, scrapedAs } from '../../src/preview/recorded.js';
import { defineScenario } from '../../src/simulator/scenario.js';

const rule = (record: string) => ({
  record,
  expr: 'up',
  definition: { help: 'Help.', rationale: 'Because.' },
});
const BUNDLE = {
  config: {
    ...{ scrapeInterval: '15s', evaluationInterval: '30s', groupBy: ['cluster', 'site'] },
    jobs: { gateway: 'gate', exporter: 'exp' },
  },
  recordingGroups: [
    { name: 'g', file: 'g.yaml', rules: [rule('a:b'), rule('c:d')] },
    { name: 'h', file: 'h.yaml', rules: [rule('a:b')] },
  ],
  alertGroups: [{ name: 'empty', file: 'e.yaml', rules: [] }],
} as unknown as Bundle;
const scenario = (relays?: number) =>
  defineScenario({
    ...{ name: 'a test', description: '', duration: '1m10s', actions: [], expect: [] },
    ...(relays === undefined ? {} : { relays }),
  });

it('reads what promtool got at each evaluation, and moves points in time to where the picture is', () => {
  const output = [
    '    expr: "x", time: 1m30s,',
    '        exp: nil',
    '        got: {__name__="a:b", text="with \\"quotes\\", {braces} 7"} 2.5E+00, {__name__="c:start_timestamp_seconds", relay="r"} 6E+01, {__name__="c:start_timestamp_seconds", relay="s"} 0E+00, {__name__="d:e"} NaN, {__name__="ALERTS_FOR_STATE", alertname="A"} 3E+01',
    '',
  ].join('\n');
  expect([...recordedLines(output, 1000)]).toEqual([
    'a:b{text="with \\"quotes\\", {braces} 7"} 2.5E+00 1090\n',
    'c:start_timestamp_seconds{relay="r"} 1060 1090\n',
    'c:start_timestamp_seconds{relay="s"} 0E+00 1090\n',
    'd:e{} NaN 1090\n',
    'ALERTS_FOR_STATE{alertname="A"} 1030 1090\n',
  ]);
});

it('has the groups of a bundle, and how it is scraped', () => {
  expect(groupsOf(BUNDLE)).toEqual([
    {
      name: 'g',
      rules: [
        { record: 'a:b', expr: 'up' },
        { record: 'c:d', expr: 'up' },
      ],
    },
    { name: 'h', rules: [{ record: 'a:b', expr: 'up' }] },
  ]);
  expect(scrapedAs(BUNDLE)).toEqual({
    ...{ scrapeIntervalSeconds: 15, jobs: { gateway: 'gate', exporter: 'exp' } },
    labels: { cluster: 'preview', site: 'preview' },
  });
});

it('asks promtool at every evaluation for all that is recorded', async () => {
  const groups = [
    { name: 'x', rules: [] },
    { name: 'y', rules: [] },
  ];
  const series = expect.arrayContaining([
    expect.objectContaining({
      series: expect.stringMatching(/^up\{job="gate",instance="[^"]+",cluster="preview",site="preview"\}$/),
    }),
  ]);
  const all = '{__name__=~".+:.+|ALERTS|ALERTS_FOR_STATE"}';
  expect(await recordingTest(BUNDLE, scenario(), groups, '/rules.yaml')).toEqual({
    ...{ rule_files: ['/rules.yaml'], evaluation_interval: '30s', group_eval_order: ['x', 'y'] },
    tests: [
      {
        ...{ interval: '15s', input_series: series },
        promql_expr_test: ['0s', '30s', '60s'].map((time) => ({ expr: all, eval_time: time })),
      },
    ],
  });
});

it('asks for one series after the other where there are many relays', async () => {
  const asked = async (relays: number) => {
    const test = (await recordingTest(BUNDLE, scenario(relays), [], '/rules.yaml')) as {
      tests: { promql_expr_test: { expr: string; eval_time: string }[] }[];
    };
    return test.tests[0]?.promql_expr_test.map(({ expr, eval_time }) => `${eval_time} ${expr}`);
  };
  expect(await asked(201)).toEqual(
    ['0s', '30s', '60s'].flatMap((time) =>
      ['ALERTS', 'ALERTS_FOR_STATE', 'a:b', 'c:d'].map((expr) => `${time} ${expr}`),
    ),
  );
  expect(await asked(200)).toHaveLength(3);
});
