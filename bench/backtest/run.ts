import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { toolsCacheFolder } from '../../src/processes/cache-folder.js';
import { ManagedProcess } from '../../src/processes/process.js';
import { startPrometheus } from '../../src/processes/prometheus.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { EPOCH, makeData, type Size } from './data.js';

// Seven days of fifty alerts over a thousand relays, from a Prometheus on this machine. The data is made once and kept:
//   npm run bench:backtest -- [relays] [days]

const [relays = 1000, days = 7] = process.argv.slice(2).map(Number);
const size: Size = { relays, days, scrape: 60 };
const ALERTS = 50;

interface RuleFile {
  groups: { name: string; rules: { alert?: string; record?: string; expr: string; for?: string }[] }[];
}

/** The generated rules, and further alerts that are those with a hold of their own, until there are fifty. */
function rulesOf(folder: string): number {
  const files = [
    'exporter',
    'gateway',
    'lease-expiry',
    'pending-writes',
    'push-wait',
    'replica-fallback',
    'worker-queue',
  ];
  const recording = [
    'lease-expiry',
    'objective',
    'pending-writes',
    'phase',
    'push-wait',
    'replica-fallback',
    'worker-queue',
  ];
  const read = (name: string) => parse(readFileSync(`generated/prometheus/${name}.yaml`, 'utf8')) as RuleFile;
  for (const name of recording)
    writeFileSync(join(folder, `${name}.recording.yaml`), stringify(read(`${name}.recording`)));
  const alerts = files.map((name) => [name, read(`${name}.alerts`)] as const);
  let count = alerts.reduce(
    (sum, [, { groups }]) => sum + groups.reduce((n, { rules }) => n + rules.length, 0),
    0,
  );
  for (const [name, file] of alerts) {
    for (const group of file.groups) {
      for (const rule of [...group.rules]) {
        if (count >= ALERTS) break;
        group.rules.push({ ...rule, alert: `${rule.alert}Later`, for: '20m' });
        count += 1;
      }
    }
    writeFileSync(join(folder, `${name}.alerts.yaml`), stringify(file));
  }
  return count;
}

/** The most memory a process has held so far, in MB, as the kernel counted it. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

const folder = join(toolsCacheFolder(), 'bench-backtest', `${relays}-relays-${days}-days`);
const began = Date.now();
const made = await makeData(folder, size);
if (made !== undefined)
  console.log(`data: ${made} samples written in ${((Date.now() - began) / 1000).toFixed(0)} s`);
const rules = temporaryFolder('gateway-observability-bench-backtest');
const prometheus = await startPrometheus({
  dataFolder: folder,
  flags: ['--storage.tsdb.retention.time=100y'],
});
try {
  const alerts = rulesOf(rules.path);
  const start = Date.now();
  const child = await ManagedProcess.start({
    name: 'backtest',
    command: process.execPath,
    args: [
      process.env.BACKTEST_CLI ?? 'dist/src/cli/main.js',
      'backtest',
      '--prometheus',
      prometheus.url,
      '--since',
      `${days}d`,
      '--lead-in',
      '0s',
      '--until',
      String(EPOCH + days * 86_400),
      '--rules',
      rules.path,
      ...(process.env.BACKTEST_OPTIONS?.split(' ') ?? []),
    ],
  });
  let peak = 0;
  const watching = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid));
  }, 50);
  const { code } = await child.exited;
  clearInterval(watching);
  const took = (Date.now() - start) / 1000;
  console.log(child.logs());
  console.log(
    `${alerts} alerts, ${relays} relays, ${days} days: ${took.toFixed(1)} s, at most ${peak.toFixed(0)} MB resident, exit code ${code}`,
  );
} finally {
  await prometheus.stop();
  rules.remove();
}
