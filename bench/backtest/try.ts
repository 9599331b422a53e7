import { join } from 'node:path';
import { runBacktest } from '../../src/backtest/backtest.js';
import { runTrial } from '../../src/backtest/trial.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { toolsCacheFolder } from '../../src/processes/cache-folder.js';
import { startPrometheus } from '../../src/processes/prometheus.js';
import { PrometheusConnection } from '../../src/prometheus/connection.js';
import { EPOCH, makeData } from './data.js';

// What three values of a setting cost beside one backtest of the same alert, both over the history alone. In turns, so that both see
// the same load of the machine:
//   npm run bench:backtest:try -- [relays] [days] [rounds]

const [relays = 300, days = 2, rounds = 3] = process.argv.slice(2).map(Number);
const folder = join(toolsCacheFolder(), 'bench-backtest', `${relays}-relays-${days}-days`);
await makeData(folder, { relays, days, scrape: 60 });
const prometheus = await startPrometheus({
  dataFolder: folder,
  flags: ['--storage.tsdb.retention.time=100y'],
});
const connection = new PrometheusConnection({ url: prometheus.url, timeoutMs: 600_000 });
const end = EPOCH + days * 86_400;
const range = {
  connection,
  start: EPOCH,
  end,
  leadIn: 0,
  evaluationInterval: 60,
  chunk: 7200,
  concurrency: 4,
  patience: 300,
};
const rules = 'generated/prometheus';

/** Measures what a user waits for; the processor time of this process and of Prometheus is not listed separately. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

const CASES = [
  { alert: 'GatewayPendingWritesOld', values: 'for=5m,10m,20m' },
  { alert: 'GatewayPendingWritesStuck', values: 'thresholds.pendingWrites.stuckAfter=8m,10m,20m' },
];

try {
  for (const { alert, values } of CASES) {
    const [setting = '', list = ''] = values.split('=');
    const one = () => runBacktest({ ...range, rules, alerts: [alert] });
    const three = () =>
      runTrial({
        ...range,
        rules,
        alerts: [alert],
        config: parseConfig({}),
        definitions: definitions(),
        trial: { setting, values: list.split(',') },
        simulate: false,
      });
    await one();
    const times: [number, number][] = [];
    for (let round = 0; round < rounds; round += 1) times.push([await timed(one), await timed(three)]);
    const ratios = times.map(([single, all]) => all / single).sort((a, b) => a - b);
    const shown = times.map(([single, all]) => `${single.toFixed(1)} s and ${all.toFixed(1)} s`).join(', ');
    console.log(
      `${values}, ${alert}, ${relays} relays, ${days} days: three values cost ${(ratios[Math.floor(rounds / 2)] as number).toFixed(2)} times one backtest (${shown})`,
    );
  }
} finally {
  connection.close();
  await prometheus.stop();
}
