import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../median.js';
import { printTable } from '../print-table.js';

// The processor time of commands of the built package, as multiples of `node -e 0`. In turns, so that all see the same load of the
// machine. Exits with 1 if a command is above its limit.
//   npm run bench:cli -- [rounds]

const [rounds = 15] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'bench-cli-'));
const cli = ['dist/src/cli/main.js'];

const BASELINE = { name: 'node -e 0', args: ['-e', '0'], limit: 1 };
const CASES = [
  BASELINE,
  { name: '--help', args: [...cli, '--help'], limit: 5 },
  { name: 'list', args: [...cli, 'list'], limit: 5 },
  { name: 'check', args: [...cli, 'check'], limit: 12 },
  { name: 'generate, nothing changed', args: [...cli, 'generate', '--out', join(folder, 'kept')], limit: 12 },
  { name: 'generate, empty folder', args: [...cli, 'generate', '--out', join(folder, 'new')], limit: 12 },
];

/** User and system time of a process of Node.js in milliseconds, as Bash reports it for its children. */
function processorTime(args: readonly string[]): number {
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['-c', '"$@" > /dev/null || exit; times', 'bash', process.execPath, ...args],
    { encoding: 'utf8' },
  );
  const children = stdout.trim().split('\n').at(-1) ?? '';
  const times = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(([, m, s]) => Number(m) * 60 + Number(s));
  if (status !== 0 || times.length !== 2)
    throw new Error(`node ${args.join(' ')}: exit code ${status}, found ${JSON.stringify(stdout + stderr)}`);
  return times.reduce((sum, time) => sum + time, 0) * 1000;
}

try {
  const measured = CASES.map((measuredCase) => ({ ...measuredCase, times: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    rmSync(join(folder, 'new'), { recursive: true, force: true });
    for (const { args, times } of measured) times.push(processorTime(args));
  }
  const unit = median(measured.find(({ name }) => name === BASELINE.name)?.times ?? []);
  console.log(`Node.js ${process.version}, processor time, median of ${rounds}`);
  printTable([
    ['command', 'ms', 'times node -e 0', 'at most'],
    ...measured.map(({ name, limit, times }) => [
      name,
      median(times).toFixed(0),
      (median(times) / unit).toFixed(1),
      String(limit),
    ]),
  ]);
  if (measured.some(({ limit, times }) => median(times) > limit * unit)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
