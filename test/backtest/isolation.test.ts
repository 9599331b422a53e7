import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failuresOf, runBacktest, summaryIn } from '../../src/backtest/backtest.js';
import { packageRoot } from '../../src/package/root.js';
import { type RunningPrometheus, startPrometheus } from '../../src/processes/prometheus.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { PrometheusConnection } from '../../src/prometheus/connection.js';
import { gatewayObservability } from '../cli/command.js';
import { remoteWrite } from './remote-write.js';

const EPOCH = 1_700_000_100;
const cases = join(packageRoot, 'test/fixtures/review');

describe('a replay of several alerts', () => {
  const folder = temporaryFolder('backtest-isolation');
  let prometheus: RunningPrometheus;
  let connection: PrometheusConnection;

  beforeAll(async () => {
    prometheus = await startPrometheus({
      flags: ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y'],
    });
    connection = new PrometheusConnection({ url: prometheus.url, timeoutMs: 60_000 });
    const samples = Array.from({ length: 60 }, (_, i) => [(EPOCH + i * 60) * 1000, 90] as const);
    await remoteWrite(prometheus.url, [
      { labels: { __name__: 'load', host: 'b' }, samples },
      { labels: { __name__: 'load', host: 'c' }, samples },
      { labels: { __name__: 'load', host: 'c', twin: 'x' }, samples },
    ]);
  });
  afterAll(async () => {
    connection.close();
    await prometheus.stop();
    folder.remove();
  });

  const replayed = async (path: string) => {
    const result = await runBacktest({
      rules: path,
      alerts: [],
      connection,
      start: EPOCH,
      end: EPOCH + 3000,
      leadIn: 0,
      evaluationInterval: 60,
      chunk: 7200,
      concurrency: 2,
      patience: 5,
    });
    return {
      fired: result.rows.map((row) => [row.alert, summaryIn(row).episodes]),
      refused: result.refused.map(({ rule, reason }) => [rule.name, reason]),
      failed: failuresOf(result).map((row) => [row.alert, summaryIn(row).failure]),
      unread: result.unread.map(({ file }) => file),
    };
  };
  const given = (name: string, rules: string) => {
    const path = join(folder.path, name);
    writeFileSync(path, rules);
    return replayed(path);
  };
  const group = (rules: readonly string[], fields = '') =>
    `groups:\n- name: g\n${fields}  rules:\n${rules.map((rule) => `  - ${rule}\n`).join('')}`;

  it.each(['inline-flag', 'named-group', 'posix-class', 'quoting', 'unicode-class'])(
    'evaluates patterns as RE2: %s',
    async (name) => {
      const { fired, refused } = await replayed(join(cases, '07-re2-in-backtest', `${name}.yaml`));
      expect(refused).toEqual([]);
      // The unicode and POSIX classes match all three hosts, the others one.
      expect(fired).toEqual([['A', /class/.test(name) ? 3 : 1]]);
    },
  );

  it('names an alert that Prometheus refuses and replays the others', async () => {
    const { fired, refused } = await replayed(join(cases, '13-one-bad-alert/rules.yaml'));
    expect(fired).toEqual([['Good', 0]]);
    expect(refused).toEqual([['Bad', expect.stringContaining('expected type matrix in call')]]);
  });

  it('names what only this server refuses, what it cannot evaluate, other languages and durations', async () => {
    const { fired, refused, failed } = await given(
      'mixed.yaml',
      group([
        '{alert: Good, expr: load > 80}',
        // Prometheus 2.42 does not have it, and no version without a flag.
        '{alert: New, expr: "sort_by_label(load, \\"host\\") > 80"}',
        '{alert: Many, expr: load * on (host) load > 80}',
        '{alert: Logs, expr: "sum(rate({a=\\"b\\"} |= \\"x\\" [5m])) > 1"}',
        '{alert: Held, expr: load > 80, for: 90}',
        '{record: r, expr: rate(load)}',
        '{alert: Reads, expr: r > 1}',
      ]),
    );
    expect(fired).toEqual([
      ['Good', 3],
      ['Many', 0],
    ]);
    expect(failed).toEqual([['Many', expect.stringMatching(/many-to-many|several|duplicate/i)]]);
    expect(refused.sort()).toEqual([
      ['Held', expect.stringContaining('for: found "90", expected a duration')],
      ['Logs', expect.stringContaining('LogQL is not replayed')],
      ['New', expect.stringMatching(/unknown function|not enabled/)],
      ['Reads', expect.stringContaining('r: expected type matrix')],
    ]);
  });

  it('respects the limit of a group, as Prometheus does', async () => {
    const { fired, failed } = await given(
      'limit.yaml',
      group(['{alert: A, expr: load > 80}'], '  limit: 2\n'),
    );
    expect(fired).toEqual([['A', 0]]);
    expect(failed).toEqual([['A', 'exceeded limit of 2 with 3 alerts']]);
    const within = await given('within.yaml', group(['{alert: A, expr: load > 80}'], '  limit: 3\n'));
    expect([within.fired, within.failed]).toEqual([[['A', 3]], []]);
    const recorded = await given(
      'recorded.yaml',
      group(['{record: r, expr: load}', '{alert: A, expr: r > 80}'], '  limit: 2\n'),
    );
    expect(recorded.failed).toEqual([['A', 'exceeded limit of 2 with 3 series']]);
  });

  it('replays a series that several rules record', async () => {
    const { fired, refused } = await given(
      'several.yaml',
      group([
        '{record: r, expr: \'load{host="b"}\'}',
        '{record: r, expr: \'load{host="c"}\'}',
        '{alert: A, expr: r > 80}',
        '{alert: Counted, expr: count(r) == 3}',
        '{alert: Past, expr: "min_over_time(r[10m]) > 80"}',
      ]),
    );
    expect(refused).toEqual([]);
    expect(fired).toEqual([
      ['A', 3],
      ['Counted', 1],
      ['Past', 3],
    ]);
  });

  it('reads 0 as a duration, and rules that exist as a manifest only', async () => {
    const { fired } = await replayed(join(cases, '06-zero-duration/for-0.yaml'));
    expect(fired).toEqual([['A', 0]]);
    const both = await replayed(join(cases, '02-one-form-only/before'));
    expect(both.fired.map(([alert]) => alert)).toEqual(['P', 'M']);
  });

  it('lists files that it did not read, and the command ends with 1', async () => {
    const path = join(cases, '05-foreign-yaml-stops-all/before');
    expect(await replayed(path)).toMatchObject({ fired: [['A', 0]], unread: ['helm.yaml'] });
    const until = String(EPOCH + 600);
    const options = ['--prometheus', prometheus.url, '--since', '10m', '--until', until, '--lead-in', '0'];
    const listed = await gatewayObservability(['backtest', ...options, '--rules', path]);
    expect(listed).toMatchObject({ code: 1, stderr: expect.stringContaining('helm.yaml: not read: ') });
    const bad = await gatewayObservability([
      'backtest',
      ...options,
      '--rules',
      join(cases, '13-one-bad-alert/rules.yaml'),
    ]);
    expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining('Bad: not replayed: ') });
  });
});
