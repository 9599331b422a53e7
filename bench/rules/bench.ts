import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { listenOnLoopback } from '../../src/processes/process.js';
import { startPrometheus } from '../../src/processes/prometheus.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import type { RuleGroupStatus } from '../../src/prometheus/client.js';
import { parseExposition } from '../../src/prometheus/exposition.js';
import { renderPrometheusRules } from '../../src/renderers/prometheus/rules.js';
import { loadExposition } from '../../src/verify/load.js';
import { median } from '../median.js';
import { printTable } from '../print-table.js';
import { exporterPage, gatewayPage } from './exposition.js';
import { inlined } from './inline.js';

// npm run bench:rules [-- --relays 10000 --pending-every 20 --minutes 6]
const { values } = parseArgs({
  options: {
    relays: { type: 'string', default: '10000' },
    'pending-every': { type: 'string', default: '20' },
    minutes: { type: 'string', default: '6' },
  },
});
const relays = Number(values.relays);
const every = Number(values['pending-every']);
const minutes = Number(values.minutes);
/** Seconds; scrapes come three times as often as on a usual site, so that windows fill sooner and hold three times the samples. */
const SCRAPE = 10;
/** Seconds; what a site's evaluation is measured against. */
const INTERVAL = 30;
const BUDGET = 0.1;
const WORKERS = 20;

const bundle = buildBundle(
  parseConfig({ scrapeInterval: `${SCRAPE}s`, evaluationInterval: `${SCRAPE}s` }),
  definitions(),
);
const recorded = new Map(
  bundle.recordingGroups.flatMap((g) => g.rules.map((r) => [r.record, String(r.expr)] as const)),
);
const alerting = bundle.alertGroups.flatMap((g) =>
  g.rules.map((r) => ({ name: r.alert, expr: String(r.expr) })),
);

const started = Date.now() / 1000;
const server = createServer((_, response) => {
  response.setHeader('content-type', 'text/plain; version=0.0.4');
  response.end(gatewayPage(relays, every, Date.now() / 1000, started));
});
const listening = await listenOnLoopback(server);
const workers = await Promise.all(
  Array.from({ length: WORKERS }, async (_, worker) => {
    const own = createServer((_, response) => {
      const share = relays / WORKERS;
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(exporterPage(worker * share, (worker + 1) * share, every, Math.floor(started)));
    });
    return { port: await listenOnLoopback(own), close: () => own.close() };
  }),
);

const folder = temporaryFolder('gateway-observability-bench');
const files = renderPrometheusRules(bundle).map(({ path, content }) => {
  const file = join(folder.path, path.replaceAll('/', '-'));
  writeFileSync(file, content);
  return file;
});
const prometheus = await startPrometheus({
  ruleFiles: files,
  scrapeInterval: SCRAPE,
  evaluationInterval: SCRAPE,
  scrape: [
    { job: 'gateway', targets: [`127.0.0.1:${listening}`] },
    { job: 'pending-writes-exporter', targets: workers.map(({ port }) => `127.0.0.1:${port}`) },
  ],
});

/** What Prometheus says of itself. */
const ownMetrics = async (url: string) => parseExposition(await loadExposition(`${url}/metrics`));

const ms = (seconds: number) => `${(seconds * 1000).toFixed(1)} ms`;

try {
  const own = await ownMetrics(prometheus.url);
  console.log(
    `${relays} relays, ${Math.ceil(relays / every)} pending, ${WORKERS} exporters; ${cpus().length} cores (${cpus()[0]?.model}); Prometheus ${own.get('prometheus_build_info')?.samples[0]?.labels.version}`,
  );
  console.log(`filling windows for ${minutes} minutes`);
  await sleep(minutes * 60_000);
  const rounds: RuleGroupStatus[][] = [];
  for (let i = 0; i < 12; i += 1) {
    rounds.push([...(await prometheus.client.rules())]);
    await sleep(SCRAPE * 1000);
  }
  const broken = rounds
    .flat()
    .flatMap((group) => group.rules)
    .filter(({ health }) => health !== 'ok');
  if (broken.length > 0)
    throw new Error(`a rule is not healthy: ${broken[0]?.name}: ${broken[0]?.lastError}`);
  const names = [...new Set(rounds.flat().map(({ name }) => name))];
  const perGroup = names.map((name) => ({
    name,
    time: median(rounds.map((round) => round.find((group) => group.name === name)?.evaluationTime ?? 0)),
  }));
  const total = median(rounds.map((round) => round.reduce((sum, group) => sum + group.evaluationTime, 0)));
  console.log('\ngroup, median of 12 evaluations');
  printTable(perGroup.sort((a, b) => b.time - a.time).map(({ name, time }) => [name, ms(time)]));
  const rules = new Map<string, number[]>();
  for (const rule of rounds.flat().flatMap((group) => group.rules)) {
    rules.set(rule.name, [...(rules.get(rule.name) ?? []), rule.evaluationTime]);
  }
  console.log('\nslowest rules');
  const slowest = [...rules]
    .map(([name, times]) => [name, median(times)] as const)
    .sort((a, b) => b[1] - a[1]);
  printTable(slowest.slice(0, 12).map(([name, time]) => [name, ms(time)]));
  console.log(`\nall rules: ${ms(total)}, ${((total / INTERVAL) * 100).toFixed(1)} % of ${INTERVAL} s`);

  const after = await ownMetrics(prometheus.url);
  const sum = (name: string) => (after.get(name)?.samples ?? []).reduce((all, { value }) => all + value, 0);
  console.log(
    `samples added an evaluation: ${sum('prometheus_rule_group_last_evaluation_samples')}; series in the head: ${sum('prometheus_tsdb_head_series')}; resident memory: ${Math.round(sum('process_resident_memory_bytes') / 1e6)} MB`,
  );

  // The same questions, with the recorded series written out, asked in turn.
  const timed = async (expr: string) => {
    const begin = process.hrtime.bigint();
    await prometheus.client.query(expr);
    return Number(process.hrtime.bigint() - begin) / 1e9;
  };
  let withRecords = 0;
  let without = 0;
  for (const { expr } of alerting) {
    const full = inlined(expr, recorded);
    const times: [number, number][] = [];
    for (let i = 0; i < 3; i += 1) times.push([await timed(expr), await timed(full)]);
    withRecords += median(times.map(([a]) => a));
    without += median(times.map(([, b]) => b));
  }
  console.log(
    `the alerts' expressions as queries: ${ms(withRecords)} from recorded series, ${ms(without)} without, ${(without / withRecords).toFixed(1)} times as long`,
  );
  process.exitCode = total <= BUDGET * INTERVAL ? 0 : 1;
} finally {
  await prometheus.stop();
  server.close();
  server.closeAllConnections();
  for (const worker of workers) worker.close();
  folder.remove();
}
