import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replay } from '../../src/backtest/replay.js';
import { waitFor } from '../../src/processes/process.js';
import { type RunningPrometheus, startPrometheus } from '../../src/processes/prometheus.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { PrometheusConnection } from '../../src/prometheus/connection.js';
import { readSide } from '../../src/rule-files/parse.js';
import { remoteWrite } from './remote-write.js';

// Rules of one second, so that a real Prometheus can evaluate them while we wait.
const RULES = `
groups:
  - name: live
    interval: 1s
    rules:
      - record: key:broken:max
        expr: max by (key) (broken) == 1
      - record: key:broken:start
        expr: |
          ((last_over_time(key:broken:start[10s]) > 0) and on (key) key:broken:max)
          or on (key) (key:broken:max * 0 + time())
          or on (key) (last_over_time(key:broken:start[10s]) > 0) * 0
      - record: all:broken:count
        expr: count by () (key:broken:max)
      - alert: Broken
        expr: broken == 1
        for: 3s
      - alert: BrokenKept
        expr: broken == 1
        keep_firing_for: 4s
      - alert: BrokenForLong
        expr: time() - (key:broken:start > 0) > 5
      - alert: OftenBroken
        expr: sum_over_time(all:broken:count[8s]) > 6
      - alert: NoneBroken
        expr: absent(key:broken:max)
        for: 2s
`;

describe('a replay beside a Prometheus that evaluates the same rules', () => {
  const folder = temporaryFolder('backtest-live');
  let prometheus: RunningPrometheus;
  beforeAll(async () => {
    const file = join(folder.path, 'rules.yaml');
    writeFileSync(file, RULES);
    prometheus = await startPrometheus({
      ruleFiles: [file],
      flags: ['--web.enable-remote-write-receiver'],
    });
  });
  afterAll(async () => {
    await prometheus.stop();
    folder.remove();
  });

  it('finds each alert within one evaluation of its ALERTS series, staleness included', async () => {
    // Two keys that break, vanish and come back at times of their own.
    const plays: Record<string, (second: number) => number | undefined> = {
      a: (second) => (second < 4 ? 0 : second < 14 ? 1 : second < 22 ? 0 : second < 24 ? 1 : 0),
      b: (second) => (second < 8 ? 1 : second < 15 ? undefined : second < 26 ? 1 : 0),
    };
    await waitFor(
      async () =>
        (await prometheus.client.rules()).some(({ lastEvaluation }) => !lastEvaluation.startsWith('0001')),
      { what: 'the first evaluation', timeoutMs: 20_000 },
    );
    const begin = Math.floor(Date.now() / 1000);
    const alive = new Set<string>();
    for (let second = 0; second < 34; second += 1) {
      await sleep(Math.max(0, (begin + second + 1) * 1000 - Date.now()));
      const now = Date.now();
      await remoteWrite(
        prometheus.url,
        Object.entries(plays).flatMap(([key, play]) => {
          const value = play(second);
          if (value === undefined && !alive.has(key)) return [];
          if (value === undefined) alive.delete(key);
          else alive.add(key);
          return [{ labels: { __name__: 'broken', key }, samples: [[now, value]] as const }];
        }),
      );
    }
    const end = begin + 34;
    await waitFor(async () => (await prometheus.client.query(`vector(time()) > ${end + 1}`)).length > 0, {
      what: 'the evaluations after the last sample',
      timeoutMs: 10_000,
    });
    const connection = new PrometheusConnection({ url: prometheus.url });
    const { sides } = await replay([readSide([{ path: 'rules.yaml', text: RULES }]).groups], {
      connection,
      start: begin,
      end,
      leadIn: 0,
      evaluationInterval: 1,
      chunk: 15,
      concurrency: 2,
      patience: 5,
    });
    connection.close();
    const replayed = (sides[0]?.alerts ?? []).flatMap(({ rule, episodes }) =>
      episodes.map(({ labels, from, to = end }) => ({
        alert: rule.name,
        key: labels.key ?? '',
        from: from - begin,
        to: to - begin,
      })),
    );
    const own = (await prometheus.client.queryRange('ALERTS{alertstate="firing"}', begin, end, 1)).flatMap(
      ({ labels, points }) => {
        const runs: { alert: string; key: string; from: number; to: number }[] = [];
        for (const [time] of points) {
          const last = runs.at(-1);
          if (last !== undefined && last.to === time - begin) last.to = time - begin + 1;
          else {
            runs.push({
              alert: labels.alertname as string,
              key: labels.key ?? '',
              from: time - begin,
              to: time - begin + 1,
            });
          }
        }
        return runs;
      },
    );
    const order = (runs: typeof own) =>
      [...runs].sort(
        (x, y) => x.alert.localeCompare(y.alert) || x.key.localeCompare(y.key) || x.from - y.from,
      );
    const names = (runs: typeof own) => order(runs).map(({ alert, key }) => `${alert} ${key}`);
    expect(names(replayed)).toEqual(names(own));
    expect(new Set(own.map(({ alert }) => alert)).size).toBe(5);
    for (const [i, one] of order(replayed).entries()) {
      const other = order(own)[i] as (typeof own)[number];
      // Evaluations of a live Prometheus lie up to one interval beside the whole seconds, and so does what shows them.
      expect(Math.abs(one.from - other.from), JSON.stringify([one, other])).toBeLessThanOrEqual(1);
      expect(
        Math.abs(one.to - Math.min(other.to, end - begin)),
        JSON.stringify([one, other]),
      ).toBeLessThanOrEqual(1);
    }
  }, 90_000);
});
