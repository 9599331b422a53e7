import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BacktestOptions, failuresOf, runBacktest, summaryIn } from '../../src/backtest/backtest.js';
import { trialAsJson, trialAsText } from '../../src/backtest/print-trial.js';
import { runTrial, type TrialOptions, type TrialResult, type TrialRow } from '../../src/backtest/trial.js';
import { isRuleField, rulesWithSetting, withRuleField } from '../../src/backtest/trial-values.js';
import { withoutZeros } from '../../src/backtest/zeros.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { parseExpression } from '../../src/promql/parse.js';
import { printExpression } from '../../src/promql/print.js';
import { readSide } from '../../src/rule-files/parse.js';
import { BEGIN, Server } from './stand-in.js';

const RULES = `groups:
- name: g
  rules:
  - alert: A
    expr: load > 0
    labels: {severity: critical}
  - alert: B
    expr: load > 0
    for: 2m
  - record: r
    expr: load
`;

let folder: TemporaryFolder;
beforeAll(() => {
  folder = temporaryFolder('trial-values');
});
afterAll(() => folder.remove());
const fileWith = (name: string, text = RULES) => {
  const file = join(folder.path, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
};

const backtestOf = (rules: string, more: Partial<BacktestOptions> = {}) =>
  runBacktest({
    rules,
    alerts: [],
    connection: new Server().connection,
    start: BEGIN,
    end: 7200,
    leadIn: 0,
    evaluationInterval: 60,
    chunk: 1200,
    concurrency: 1,
    patience: 5,
    ...more,
  });

describe('a backtest of files', () => {
  it('replays a file, and one before it', async () => {
    const base = fileWith(
      'before.yaml',
      RULES.replace('for: 2m', 'for: 10m').replace('alert: A', 'alert: Z'),
    );
    const result = await backtestOf(fileWith('after.yaml'), { base });
    expect(result).toMatchObject({ start: BEGIN, end: 7200, hasBase: true, refused: [], unread: [] });
    expect(result.rows.map(({ alert, before, after }) => [alert, before?.episodes, after?.episodes])).toEqual(
      [
        ['A', undefined, 3],
        ['B', 1, 2],
        ['Z', 3, undefined],
      ],
    );
    expect(summaryIn(result.rows[2] as (typeof result.rows)[0]).episodes).toBe(3);
    expect(failuresOf(result)).toEqual([]);
    const alone = await backtestOf(fileWith('after.yaml'));
    expect(alone).toMatchObject({ hasBase: false, refused: [], unread: [] });
    expect(alone.rows.map(({ before, after }) => [before, after?.episodes])).toEqual([
      [undefined, 3],
      [undefined, 2],
    ]);
  });

  it('lists what fails, what cannot be replayed, and what was not read', async () => {
    const rules = join(folder.path, 'many');
    fileWith('many/a.yaml', RULES.replace('  rules:', '  limit: 1\n  rules:'));
    fileWith('many/b.yaml', 'groups: [{name: h, rules: [{alert: C, expr: topk(1, r) > 0}]}]');
    // A group without an alert, and a file that is broken and no file of rules.
    fileWith('many/b2.yaml', 'groups: [{name: i, rules: [{record: s, expr: up}]}]');
    fileWith('many/broken.yaml', 'kind: [');
    fileWith('many/c.yaml', 'x: {alert: D, expr: up}');
    const base = join(folder.path, 'fewer');
    fileWith('fewer/a.yaml', RULES);
    fileWith('fewer/d.yaml', 'groups: [{name: h, rules: [{alert: E, expr: topk(2, r) > 0}]}]');
    fileWith('fewer/e.yaml', 'x: {alert: F, expr: up}');
    const result = await backtestOf(rules, { base });
    expect(failuresOf(result).map(({ alert }) => alert)).toEqual(['A', 'B']);
    expect(result.refused.map(({ rule }) => rule.name)).toEqual(['C', 'E']);
    expect(result.unread.map(({ file }) => file)).toEqual(['c.yaml', 'e.yaml']);
  });

  it('replays the alerts that were asked for, and refuses others', async () => {
    const rules = fileWith('after.yaml');
    expect((await backtestOf(rules, { alerts: ['B'] })).rows.map(({ alert }) => alert)).toEqual(['B']);
    const base = fileWith('base.yaml', RULES.replace('alert: A', 'alert: Z'));
    expect((await backtestOf(rules, { base, alerts: ['Z'] })).rows.map(({ alert }) => alert)).toEqual(['Z']);
    for (const name of ['C', 'r'])
      await expect(backtestOf(rules, { alerts: [name] })).rejects.toThrow(
        expect.objectContaining({
          name: 'SourceError',
          message: `--alert ${name}: found no such alert in the rules`,
        }),
      );
  });

  it.each([
    [
      'records.yaml',
      'groups: [{name: g, rules: [{record: r, expr: up}]}]',
      /records\.yaml: found no alerting rule in 1 files, expected Prometheus rule files/,
    ],
    ['broken.yaml', 'groups: [', /broken\.yaml: found broken YAML \(/],
  ])('refuses a file without an alert: %s', async (name, text, message) => {
    await expect(backtestOf(fileWith(name, text))).rejects.toThrow(message);
  });
});

describe('values of a setting', () => {
  it('are a field of the rules, or a setting of the configuration', () => {
    expect(['for', 'keep_firing_for', 'keepFiringFor', 'toString', 'thresholds.x'].map(isRuleField)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('replace the field of the wanted alerts', () => {
    const { groups } = readSide([{ path: 'r.yaml', text: RULES }]);
    const changed = withRuleField(groups, 'for', '5m', ({ name }) => name !== 'A');
    expect(changed[0]?.rules.map((rule) => [rule.name, rule.for])).toEqual([
      ['A', undefined],
      ['B', '5m'],
      ['r', undefined],
    ]);
    const kept = withRuleField(groups, 'keep_firing_for', '5m', () => true);
    expect(kept[0]?.rules.map((rule) => [rule.for, rule.keepFiringFor])).toEqual([
      [undefined, '5m'],
      ['2m', '5m'],
      [undefined, undefined],
    ]);
    expect(() => withRuleField(groups, 'for', '5', () => true)).toThrow(
      '--try for: found "5", expected a duration such as 5m',
    );
  });

  it('are read as the configuration file would have them', () => {
    const configOf = (setting: string, value: string) => {
      try {
        rulesWithSetting(parseConfig({}), definitions(), setting, value);
        return '';
      } catch (error) {
        return `${(error as Error).name}: ${(error as Error).message}`;
      }
    };
    expect(configOf('thresholds.x', '1')).toMatch(/^TrialError: .*--try thresholds.*x/);
    expect(configOf('scrapeInterval', '1.5')).toMatch(/^TrialError: --try scrapeInterval: .*1\.5(?!")/);
    expect(configOf('scrapeInterval', 'true')).toMatch(/^TrialError: --try scrapeInterval: .*true/);
    expect(configOf('scrapeInterval', 'x')).toMatch(/^TrialError: --try scrapeInterval: .*"x"/);
    // What is wrong only together with other settings.
    expect(configOf('evaluationInterval', '5m')).toMatch(/^TrialError: --try evaluationInterval: /);
  });
});

describe('a trial', () => {
  const trialOf = (setting: string, values: readonly string[], more: Partial<TrialOptions> = {}) =>
    runTrial({
      trial: { setting, values },
      rules: fileWith('trial.yaml'),
      config: parseConfig({}),
      definitions: definitions(),
      alerts: [],
      simulate: false,
      connection: new Server().connection,
      start: BEGIN,
      end: 7200,
      leadIn: 0,
      evaluationInterval: 60,
      chunk: 1200,
      concurrency: 1,
      patience: 5,
      ...more,
    });

  it('has a row per value, with the sums over the alerts', async () => {
    const { rows, alerts, refusedValues, chosen, budget } = await trialOf('for', ['0s', '3m', 'x']);
    expect(alerts).toEqual(['A', 'B']);
    // Of each alert: a 6120-6480, b 6240-6360 and a 6600-7200; after three minutes a 6300-6480 and a 6780-7200.
    expect(rows).toMatchObject([
      {
        value: '0s',
        episodes: 6,
        firing: 2 * 960,
        flaps: 2,
        pages: 4 * 504,
        detections: [],
        detection: undefined,
        missed: 0,
      },
      { value: '3m', episodes: 4, firing: 2 * 600, flaps: 2, pages: 4 * 504 },
    ]);
    expect(rows[0]?.alerts.map(({ alert, severity }) => [alert, severity])).toEqual([
      ['A', 'critical'],
      ['B', ''],
    ]);
    expect(refusedValues).toEqual([
      { value: 'x', reason: '--try for: found "x", expected a duration such as 5m' },
    ]);
    expect([chosen, budget]).toEqual([undefined, undefined]);
  });

  it('chooses the most sensitive value within the budget', async () => {
    const chosenOf = async (budget: number) =>
      (await trialOf('for', ['10m', '3m', '7m'], { budget, alerts: ['A'] })).chosen?.value;
    // Pages a week: 504 for each of one, two and one times that it begins to fire.
    expect(await chosenOf(5000)).toBe('3m');
    expect(await chosenOf(504)).toBe('7m');
    expect(await chosenOf(503)).toBeUndefined();
  });

  it('is of the alerts that differ, or of those that were asked for', async () => {
    const rules = fileWith('same.yaml', RULES.replace('  - alert: A\n', '  - alert: A\n    for: 2m\n'));
    expect((await trialOf('for', ['2m', '3m'], { rules, alerts: ['B'] })).alerts).toEqual(['B']);
    expect((await trialOf('for', ['2m'])).alerts).toEqual(['A', 'B']);
    expect((await trialOf('for', ['2m'], { alerts: ['A'] })).alerts).toEqual(['A']);
    await expect(trialOf('for', ['2m', '3m'], { alerts: ['C'] })).rejects.toThrow(
      '--alert C: found no such alert in the rules',
    );
    await expect(trialOf('for', ['2m', '2m'], { alerts: ['A'] })).rejects.toThrow(
      '--alert A: is the same with every value of for',
    );
    await expect(trialOf('for', ['2m', '2m'])).rejects.toThrow(
      '--try for: every alert is the same with 2m, 2m, expected a setting that changes one',
    );
    await expect(trialOf('for', ['x', 'y'])).rejects.toThrow(
      expect.objectContaining({
        name: 'TrialError',
        message:
          '--try for: found "x", expected a duration such as 5m\n--try for: found "y", expected a duration such as 5m',
      }),
    );
  });

  it('is of a setting of the configuration, too', async () => {
    const more = { alerts: ['GatewayPushWaitHigh'], end: BEGIN + 60 };
    const { alerts, unread } = await trialOf('thresholds.pushWait.slowShare', ['0.1'], more);
    expect([alerts, unread]).toEqual([['GatewayPushWaitHigh'], []]);
  });

  it('lists what cannot be replayed once, and what was not read', async () => {
    const rules = join(folder.path, 'trial');
    fileWith(
      'trial/a.yaml',
      `${RULES}  - alert: C\n    expr: topk(1, r)\n  - alert: E\n    expr: topk(2, r)\n`,
    );
    fileWith('trial/broken.yaml', 'kind: [');
    fileWith('trial/c.yaml', 'x: {alert: D, expr: up}');
    const { refused, unread } = await trialOf('for', ['0s', '3m'], { rules });
    expect(refused.map(({ rule }) => rule.name)).toEqual(['C', 'E']);
    expect(unread.map(({ file }) => file)).toEqual(['c.yaml']);
  });

  it.each<[string, Partial<TrialOptions>, readonly RegExp[]]>([
    [
      'a short history with few episodes',
      { alerts: ['A'] },
      [
        /^The history is shorter than a week \(18m 00s\): pages per week are extrapolated/,
        /^No value has more than 3 episodes: too few/,
      ],
    ],
    [
      'one episode',
      { alerts: ['A'], end: 6180 },
      [/shorter than a week \(1m 00s\)/, /^No value has more than 1 episode: too few/],
    ],
    [
      'a small budget',
      { alerts: ['A'], budget: 2 },
      [
        /shorter/,
        /too few to choose/,
        /^The budget allows 0 pages in this history: .* Use --since 3w or more\.$/,
      ],
    ],
    ['both alerts together', {}, [/shorter/]],
  ])('warns of %s', async (_, more, expected) => {
    const { warnings } = await trialOf('for', ['0s', '3m'], more);
    expect(warnings).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });

  it('warns of a history that begins late, or is empty', async () => {
    const late = await trialOf('for', ['0s', '1m'], { start: BEGIN - 7200, alerts: ['A'] });
    expect(late.warnings[0]).toBe(
      'The first sample that these alerts read is from 1970-01-01T01:42Z, so the history covers 18m 00s of 2h 20m: pages per week are too low by as much.',
    );
    const empty = await trialOf('for', ['0s', '1m'], { end: 6060, alerts: ['A'] });
    expect(empty.warnings.slice(0, 2)).toEqual([
      'The history has no sample of anything that these alerts read.',
      expect.stringContaining('shorter than a week (0s)'),
    ]);
  });
});

describe('a trial as text', () => {
  const row = (value: string, more: Partial<TrialRow> = {}): TrialRow => ({
    value,
    episodes: 3,
    firing: 960,
    flaps: 1,
    pages: 2.5,
    alerts: [],
    detections: [],
    detection: undefined,
    missed: 0,
    ...more,
  });
  const resultOf = (rows: readonly TrialRow[], more: Partial<TrialResult> = {}): TrialResult => ({
    trial: { setting: 'for', values: ['1m', '2m'] },
    start: BEGIN,
    end: 7200,
    alerts: ['A'],
    rows,
    budget: undefined,
    chosen: undefined,
    warnings: [],
    refusedValues: [],
    refused: [],
    unread: [],
    replay: { sides: [], firstSample: undefined, answers: 4, points: 5 },
    ...more,
  });
  const lines = (result: TrialResult) =>
    trialAsText(result)
      .split('\n')
      .map((line) => line.trim().replace(/ {2,}/g, ' | '));
  const detection = (alert: string, delay: number | undefined) => ({ scenario: 's', alert, delay });

  it('has a row per value', () => {
    const alerts = [{ alert: 'A', severity: '', episodes: 1, firing: 60, flaps: 0, pages: 1, failures: 0 }];
    expect(lines(resultOf([row('1m', { alerts }), row('2m', { pages: 12.5 })], { warnings: ['w'] }))).toEqual(
      [
        '1970-01-01T01:40:00Z to 1970-01-01T02:00:00Z, for=1m, 2m',
        '',
        'for | alert | episodes | firing | flaps | pages/week | detected after',
        '1m | A | 3 | 16m 00s | 1 | 2.5 | not simulated',
        '2m | A | 3 | 16m 00s | 1 | 13 | not simulated',
        '',
        'Warning: w',
      ],
    );
  });

  it.each([
    [[60, 90], '1m 30s'],
    [[-30], '-30s'],
    [[60, undefined], '1m 00s, 1 of 2 missed'],
    [[undefined], '1 of 1 missed'],
    [[0], '0s'],
  ])('has the longest time until it is detected: %j', (delays, shown) => {
    const detections = delays.map((delay) => detection('A', delay));
    const text = lines(resultOf([row('1m', { detections })]));
    expect(text[3]).toBe(`1m | A | 3 | 16m 00s | 1 | 2.5 | ${shown}`);
    expect(text[5]).toBe(
      `Detected after: the longest time in ${delays.length} situation${delays.length === 1 ? '' : 's'} of the simulator, from when the metrics first show the fault.`,
    );
  });

  it('has a row for each of several alerts that fires or has to', () => {
    const one = (alert: string, episodes: number) => ({
      alert,
      severity: '',
      episodes,
      firing: 60,
      flaps: 0,
      pages: 1,
      failures: 0,
    });
    const alerts = [one('A', 1), one('B', 0), one('C', 0)];
    const detections = [detection('A', 60), detection('B', undefined)];
    expect(
      lines(resultOf([row('1m', { alerts, detections })], { alerts: ['A', 'B', 'C'] })).slice(3, 7),
    ).toEqual([
      '1m | 3 alerts | 3 | 16m 00s | 1 | 2.5 | 1m 00s, 1 of 2 missed',
      'A | 1 | 1m 00s | 0 | 1.0 | 1m 00s',
      'B | 0 | 1m 00s | 0 | 1.0 | 1 of 1 missed',
      '',
    ]);
    const quiet = lines(resultOf([row('1m', { alerts: [one('A', 1)] })], { alerts: ['A', 'B'] }));
    expect(quiet[4]).toBe('A | 1 | 1m 00s | 0 | 1.0');
  });

  it('says which value keeps the budget', () => {
    const [first] = [row('1m')];
    expect(lines(resultOf([first], { budget: 3, chosen: first })).at(-1)).toBe(
      'Within the budget of 3.0 pages a week, for=1m is the most sensitive: 2.5 pages a week.',
    );
    expect(lines(resultOf([first], { budget: 1 })).at(-1)).toBe(
      'No value keeps the budget of 1.0 pages a week.',
    );
    expect(lines(resultOf([first])).at(-1)).toBe('');
  });

  it('is for machines, too', () => {
    const [rule] = readSide([{ path: 'r.yaml', text: RULES }]).groups.flatMap(({ rules }) => rules);
    if (rule === undefined) return expect.fail('no rule');
    const unread = [{ file: 'x.yaml', line: 1, reason: 'why', text: '', mayMatter: true, isWhole: false }];
    const first = row('1m');
    const json = trialAsJson(resultOf([first], { chosen: first, unread, refused: [{ rule, reason: 'no' }] }));
    expect(json).toEqual({
      setting: 'for',
      start: BEGIN,
      end: 7200,
      alerts: ['A'],
      budget: undefined,
      warnings: [],
      refusedValues: [],
      requests: 4,
      points: 5,
      chosen: '1m',
      rows: [first],
      notRead: [{ file: 'x.yaml', reason: 'why' }],
      notReplayed: [{ alert: 'A', reason: 'no' }],
    });
    expect(trialAsJson(resultOf([]))).toMatchObject({ chosen: null });
  });
});

describe('zeros in sums', () => {
  it.each([
    ['sum by (a) (rate(x[5m])) > 0', 'sum by (a) (rate(x[5m]) != 0) > 0'],
    ['0 < sum by (a) (rate(x[5m]))', '0 < sum by (a) (rate(x[5m]) != 0)'],
    ['sum without (a) (rate(x[5m])) > 0', 'sum without (a) (rate(x[5m]) != 0) > 0'],
    ['sum without () (rate(x[5m])) > 0', 'sum without () (rate(x[5m]) != 0) > 0'],
    ['abs(sum by (a) (rate(x[5m])) > 0)', 'abs(sum by (a) (rate(x[5m]) != 0) > 0)'],
    ['-(sum by (a) (rate(x[5m])) > 0)', '-(sum by (a) (rate(x[5m]) != 0) > 0)'],
    ['count(sum by (a) (rate(x[5m])) > 0)', 'count(sum by (a) (rate(x[5m]) != 0) > 0)'],
    ['sum by (a) (abs(floor(delta(x[5m])))) > 0', 'sum by (a) (abs(floor(delta(x[5m]) != 0))) > 0'],
    ['sum by (a) (-idelta(x[5m])) != 0', 'sum by (a) (-(idelta(x[5m]) != 0)) != 0'],
    ['sum by (a) (y or irate(x[5m])) > 0', 'sum by (a) (y or irate(x[5m]) != 0) > 0'],
    ['sum by (a) (irate(x[5m]) and y) > 0', 'sum by (a) (irate(x[5m]) != 0 and y) > 0'],
    [
      'sum by (a) (deriv(x[5m]) unless changes(x[5m])) > 0',
      'sum by (a) (deriv(x[5m]) != 0 unless changes(x[5m])) > 0',
    ],
    ['sum by (a) (sum by (b) (resets(x[5m]))) > 0', 'sum by (a) (sum by (b) (resets(x[5m]) != 0)) > 0'],
  ])('are left out of %s', (text, expected) => {
    expect(printExpression(withoutZeros(parseExpression(text).root))).toBe(expected);
  });

  it.each([
    'sum by (a) (rate(x[5m])) >= 0',
    'sum by (a) (rate(x[5m])) < 1',
    '0 >= sum by (a) (rate(x[5m]))',
    'sum by (a) (rate(x[5m])) > bool 0',
    'sum by (a) (rate(x[5m])) > y',
    'y > sum by (a) (rate(x[5m]))',
    'sum by (a) (rate(x[5m])) + 1',
    'sum(rate(x[5m])) > 0',
    'sum by () (rate(x[5m])) > 0',
    'max by (a) (rate(x[5m])) > 0',
    'sum by (a) (max by (b) (rate(x[5m]))) > 0',
    'sum by (a) (x) > 0',
    'sum by (a) (exp(rate(x[5m]))) > 0',
    'sum by (a) (round(rate(x[5m]), 5)) > 0',
    'sum by (a) (avg_over_time(x[5m])) > 0',
    'sum by (a) (rate(x[5m]) or y) > 0',
    'sum by (a) (y and rate(x[5m])) > 0',
    'sum by (a) (rate(x[5m]) + 1) > 0',
    'sum by (a) (rate({job="x"}[5m])) > 0',
  ])('stay in %s', (text) => {
    expect(printExpression(withoutZeros(parseExpression(text).root))).toBe(text);
  });
});
