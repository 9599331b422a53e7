import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runBacktest } from '../../src/backtest/backtest.js';
import { packageRoot } from '../../src/package/root.js';
import { startPrometheus } from '../../src/processes/prometheus.js';
import { PrometheusConnection } from '../../src/prometheus/connection.js';
import { WEEK_RESULT, type WeekResult } from '../../src/report/week.js';
import { rulesHash } from '../../src/simulator/detection.js';
import { ordinaryWeek } from '../../src/simulator/ordinary-week.js';
import { runScenario } from '../../src/simulator/run.js';
import { seconds } from '../../src/simulator/scenario.js';
import { writeScrapes } from '../backtest/remote-write.js';
import { PATIENCE_MS, PATIENT_QUERIES } from '../patience.js';

// npm run week: plays the simulator's ordinary week into a Prometheus and replays the rules of the default configuration over it.
// It takes minutes. Writes docs/ordinary-week.json, which the report shows.

const EPOCH = 1_700_000_100;
const SCRAPE = 30;

const prometheus = await startPrometheus({
  flags: ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y', ...PATIENT_QUERIES],
});
const connection = new PrometheusConnection({ url: prometheus.url, timeoutMs: PATIENCE_MS });
try {
  await writeScrapes(
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
