import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { replay } from '../../src/backtest/replay.js';
import { waitFor } from '../../src/processes/process.js';
import { type RunningPrometheus, startPrometheus } from '../../src/processes/prometheus.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { PrometheusConnection } from '../../src/prometheus/connection.js';
import { readSide } from '../../src/rule-files/parse.js';
import { PATIENCE_MS } from '../patience.js';
import { remoteWrite } from './remote-write.js';

// Rules of one second, so that a real Prometheus can evaluate them while we wait. The first one records when it did. No threshold is a
// whole number of seconds: differences of times of evaluation, which are fractions, miss a whole second by a rounding error.
const RULES = `
groups:
  - name: live
    interval: 1s
    rules:
      - record: live:evaluation:time
        expr: vector(time())
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
        expr: time() - (key:broken:start > 0) > 5.5
      - alert: OftenBroken
        expr: sum_over_time(all:broken:count[8s]) > 6
      - alert: BrokenBefore
        expr: key:broken:max offset 3500ms == 1 unless on (key) key:broken:max
      - alert: OftenBrokenBefore
        expr: sum_over_time(all:broken:count[5500ms] offset 2500ms) > 4
      - alert: NoneBroken
        expr: absent(key:broken:max)
        for: 2s
`;

/** Seconds that the play lasts. */
const LENGTH = 34;
/** Seconds from writing the samples to the first of them. */
const AHEAD = 5;
/** An evaluation that the machine has no time for is left out by Prometheus; then the play starts again. */
const ATTEMPTS = 6;

// Two keys that break, vanish and come back at times of their own.
const PLAYS: Readonly<Record<string, (second: number) => number | undefined>> = {
  a: (second) => (second < 4 ? 0 : second < 14 ? 1 : second < 22 ? 0 : second < 24 ? 1 : 0),
  b: (second) => (second < 8 ? 1 : second < 15 ? undefined : second < 26 ? 1 : 0),
};

/** An alert that fires without a break: from the first evaluation to the first one at which it no longer does, seconds of the play. */
interface Run {
  readonly alert: string;
  readonly key: string;
  readonly from: number;
  readonly to: number;
}

/** A sample for each second of the play, with one staleness marker where a key vanishes. */
function samplesFrom(begin: number) {
  return Object.entries(PLAYS).map(([key, play]) => {
    const samples: (readonly [number, number | undefined])[] = [];
    for (let second = 0; second <= LENGTH; second += 1) {
      const value = play(second);
      const vanished = value === undefined && play(second - 1) === undefined;
      if (!vanished) samples.push([(begin + second) * 1000, value]);
    }
    return { labels: { __name__: 'broken', key }, samples };
  });
}

/**
 * Plays under a real Prometheus, which evaluates at any fraction of a second. All samples lie at whole seconds and are written before
 * the first of them is due: an evaluation sees just what there is at the whole second before it, whenever the machine gets to it. Gives
 * undefined where evaluations were left out.
 */
async function played({
  client,
  url,
}: RunningPrometheus): Promise<{ begin: number; runs: Run[] } | undefined> {
  await waitFor(async () => (await client.query('live:evaluation:time')).length > 0, {
    what: 'the first evaluation',
    timeoutMs: PATIENCE_MS,
  });
  const begin = Math.ceil(Date.now() / 1000) + AHEAD;
  await remoteWrite(url, samplesFrom(begin));
  if (Date.now() >= begin * 1000) return undefined;
  const end = begin + LENGTH;
  await waitFor(async () => (await client.query(`live:evaluation:time >= ${end + 1}`)).length > 0, {
    what: 'the evaluation after the last sample',
    timeoutMs: (AHEAD + LENGTH) * 1000 + PATIENCE_MS,
  });
  const secondsOf = (points: readonly (readonly [time: number, value: number])[]) =>
    points.map(([time]) => Math.floor(time) - begin).filter((second) => second >= 0 && second <= LENGTH);
  const within = `[${AHEAD + LENGTH + 60}s]`;
  const [evaluations] = await client.samplesOf(`live:evaluation:time${within}`);
  if (new Set(secondsOf(evaluations?.points ?? [])).size <= LENGTH) return undefined;
  const firing = await client.samplesOf(`ALERTS{alertstate="firing"}${within}`);
  const runs = firing.flatMap(({ labels, points }) => {
    const found: Run[] = [];
    for (const second of secondsOf(points)) {
      const last = found.at(-1);
      if (last?.to === second) found[found.length - 1] = { ...last, to: second + 1 };
      else {
        const alert = labels.alertname as string;
        found.push({ alert, key: labels.key ?? '', from: second, to: second + 1 });
      }
    }
    return found;
  });
  return { begin, runs };
}

/** The alerts of the replay in the same form. */
async function replayed(url: string, begin: number): Promise<Run[]> {
  const connection = new PrometheusConnection({ url });
  try {
    const { sides } = await replay([readSide([{ path: 'rules.yaml', text: RULES }]).groups], {
      connection,
      start: begin,
      end: begin + LENGTH,
      leadIn: 0,
      evaluationInterval: 1,
      chunk: 15,
      concurrency: 2,
      patience: 60,
    });
    return (sides[0]?.alerts ?? []).flatMap(({ rule, episodes }) =>
      episodes.map(({ labels, from, to = begin + LENGTH + 1 }) => ({
        alert: rule.name,
        key: labels.key ?? '',
        from: from - begin,
        to: to - begin,
      })),
    );
  } finally {
    connection.close();
  }
}

const inOrder = (runs: readonly Run[]) =>
  [...runs].sort((x, y) => x.alert.localeCompare(y.alert) || x.key.localeCompare(y.key) || x.from - y.from);

it('finds each alert at the evaluations at which a Prometheus beside it does, staleness included', async () => {
  const folder = temporaryFolder('backtest-live');
  const file = join(folder.path, 'rules.yaml');
  writeFileSync(file, RULES);
  try {
    for (let attempt = 1; ; attempt += 1) {
      const prometheus = await startPrometheus({
        ruleFiles: [file],
        flags: ['--web.enable-remote-write-receiver'],
      });
      try {
        const live = await played(prometheus);
        if (live === undefined) {
          expect(attempt, 'Prometheus left out evaluations in each attempt').toBeLessThan(ATTEMPTS);
          continue;
        }
        expect(new Set(live.runs.map(({ alert }) => alert)).size).toBe(7);
        expect(inOrder(await replayed(prometheus.url, live.begin))).toEqual(inOrder(live.runs));
        return;
      } finally {
        await prometheus.stop();
      }
    }
  } finally {
    folder.remove();
  }
});
