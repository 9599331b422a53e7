import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runBacktest } from '../../src/backtest/backtest.js';
import { packageRoot } from '../../src/package/root.js';
import { startPrometheus } from '../../src/processes/prometheus.js';
import { PrometheusConnection } from '../../src/prometheus/connection.js';
import { WEEK_RESULT, type WeekResult } from '../../src/report/week.js';
import { rulesHash } from '../../src/simulator/detection.js';
import { ordinaryWeek } from '../../src/simulator/ordinary-week.js';
import { runScenario, type Scrape } from '../../src/simulator/run.js';
import { seconds } from '../../src/simulator/scenario.js';
import { labelsOfSeries, remoteWrite, type WrittenSeries } from '../backtest/remote-write.js';
import { PATIENCE_MS, PATIENT_QUERIES } from '../patience.js';

// npm run week: plays the simulator's ordinary week into a Prometheus and replays the rules of the default configuration over it.
// It takes minutes. Writes docs/ordinary-week.json, which the report shows.

const EPOCH = 1_700_000_100;
const SCRAPE = 30;

/** Scrapes that are written together: half an hour, since Prometheus takes nothing that is much older than what it has. */
const TOGETHER = 60;

/** A series with the samples that are not written yet. */
interface Waiting {
  readonly labels: WrittenSeries['labels'];
  samples: (readonly [time: number, value: number | undefined])[];
  /** The number of the last scrape that had it; its samples have ended where that is long ago. */
  last: number;
  hasEnded: boolean;
}

/** Writes a scenario's scrapes as `writeScrapes` does, each label set once for many samples. */
async function writeWeek(url: string, scrapes: AsyncIterable<Scrape>): Promise<void> {
  const known = new Map<string, Waiting>();
  let number = 0;
  const add = (target: string, series: string, time: number, value: number) => {
    const key = `${target}${series}`;
    let one = known.get(key);
    if (one === undefined) {
      one = {
        labels: labelsOfSeries(`${series.replace(/\}$/, '')}${series.endsWith('}') ? ',' : '{'}${target}}`),
        samples: [],
        last: 0,
        hasEnded: false,
      };
      known.set(key, one);
    }
    one.samples.push([time, value]);
    one.last = number;
    one.hasEnded = false;
  };
  const flush = async () => {
    const full = [...known.values()].filter(({ samples }) => samples.length > 0);
    await remoteWrite(
      url,
      full.map(({ labels, samples }) => ({ labels, samples })),
    );
    for (const one of full) one.samples = [];
  };
  for await (const { epoch, targets } of scrapes) {
    number += 1;
    if (targets === undefined) continue;
    const time = epoch * 1000;
    for (const { job, instance, exposition } of targets) {
      const target = `job="${job}",instance="${instance}"`;
      add(target, 'up', time, exposition === undefined ? 0 : 1);
      for (const { series, value } of exposition?.samples ?? []) add(target, series, time, value);
    }
    for (const one of known.values()) {
      if (one.last === number || one.hasEnded) continue;
      one.samples.push([time, undefined]);
      one.hasEnded = true;
    }
    if (number % TOGETHER === 0) await flush();
    if (number % 2880 === 0) console.log(`wrote day ${number / 2880}`);
  }
  await flush();
}

const prometheus = await startPrometheus({
  flags: ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y', ...PATIENT_QUERIES],
});
const connection = new PrometheusConnection({ url: prometheus.url, timeoutMs: PATIENCE_MS });
try {
  await writeWeek(
    prometheus.url,
    runScenario(ordinaryWeek, { scrapeIntervalSeconds: SCRAPE, startEpoch: EPOCH }),
  );
  console.log('the week is written');
  const { rows, refused } = await runBacktest({
    connection,
    rules: 'generated/prometheus',
    alerts: [],
    start: EPOCH,
    end: EPOCH + seconds(ordinaryWeek.duration),
    leadIn: 0,
    evaluationInterval: SCRAPE,
    chunk: 14_400,
    concurrency: 2,
    patience: PATIENCE_MS / 1000,
    onProgress: (done) => console.log(`replayed ${Math.round(done * 100)} %`),
  });
  if (refused.length > 0)
    throw new Error(refused.map(({ rule, reason }) => `${rule.name}: ${reason}`).join('\n'));
  const result: WeekResult = {
    description: ordinaryWeek.description,
    rules: rulesHash(),
    alerts: rows
      .flatMap(({ after }) => (after === undefined ? [] : [after]))
      .map(({ alert, episodes, firing, flaps, pages }) => ({ alert, episodes, firing, flaps, pages }))
      .sort((a, b) => (a.alert < b.alert ? -1 : 1)),
  };
  writeFileSync(join(packageRoot, WEEK_RESULT), `${JSON.stringify(result, null, 2)}\n`);
  console.log(`wrote ${WEEK_RESULT}`);
} finally {
  connection.close();
  await prometheus.stop();
}
