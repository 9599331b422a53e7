import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../src/package/root.js';
import { builtExporter } from '../../test/exporter/exporter-process.js';
import { Findings, writeBetweenMarkers } from './findings.js';
import { measureParts } from './parts.js';
import { MODES, type Mode, OURS, PRERENDERED, prepare } from './programs.js';
import { type Cell, memory, type Running, sideBySide } from './side-by-side.js';
import { measureStartAndFlood } from './start-and-flood.js';

/*
 * npm run bench:exporter [-- 100 1000 10000] [-- --write]
 *
 * Every program reads the same state file and is asked in turn by the same client, over a connection kept alive. "changed" means that the
 * file was rewritten before each scrape: just now, or 300 ms before it, as nearly always between two scrapes of Prometheus. "unchanged" means
 * for more than 3 s, the time for which the exporter reads a file again because its times may hide a second change. Exits with 1 where a
 * bound does not hold. `--write` puts the result into docs/exporter.md.
 */

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false } },
});
const SIZES = positionals.length > 0 ? positionals.map(Number) : [100, 1_000, 10_000];

/** How many times faster a changed file has to be: than the textfile collector and the naive program, plain and with gzip. */
const LEAST_FASTER: Readonly<Record<number, Readonly<Record<string, readonly [number, number]>>>> = {
  1000: { 'textfile collector': [5, 5], 'naive prom-client': [2.5, 2.5] },
  10000: { 'textfile collector': [10, 5], 'naive prom-client': [5, 3] },
};
/** How many times slower than a buffer an unchanged file may be; below 1,000 relays it is a matter of microseconds. */
const MOST_SLOWER: Readonly<Record<number, number>> = { 1000: 1.6, 10000: 1.6 };
/** MB with 1,000 relays. */
const MOST_RSS: Readonly<Record<string, number>> = { image: 70, npx: 95 };

const findings = new Findings();

/** Whether it answers from what it made before, as long as the file is the same. */
const isQuick = ({ name }: Running) => name === OURS || name === PRERENDERED;

async function measure(relays: number, exporter: string): Promise<void> {
  const world = await prepare(relays, exporter);
  const { programs, change } = world;
  console.log(
    `\n${relays} relays: state file ${(world.fileBytes / 1e6).toFixed(2)} MB, exposition ${(world.expositionBytes / 1e6).toFixed(2)} MB`,
  );
  const medians = new Map<string, number>();
  const running: Running[] = [];
  try {
    for (const program of programs) running.push({ ...program, target: await program.start() });
    for (const gzip of [false, true]) {
      for (const mode of MODES) {
        const taking = running.filter(({ modes }) => modes.includes(mode));
        // Where nothing changed, two programs answer at once, and are not asked between others that work for tens of milliseconds.
        const groups =
          mode === 'unchanged' ? [taking.filter(isQuick), taking.filter((one) => !isQuick(one))] : [taking];
        const cells: [string, Cell][] = [];
        for (const group of groups) cells.push(...(await sideBySide(group, mode, gzip, change)));
        for (const [name, { p50, p99, count, bytes }] of cells) {
          medians.set(`${name} ${mode} ${gzip}`, p50);
          const encoding = gzip ? 'gzip ' : 'plain';
          console.log(
            `  ${name.padEnd(24)} ${mode.padEnd(17)} ${encoding} p50 ${p50.toFixed(2).padStart(9)} ms  p99 ${p99.toFixed(2).padStart(9)} ms  ${String(count).padStart(4)} scrapes  ${(bytes / 1e6).toFixed(2)} MB`,
          );
        }
      }
    }
  } finally {
    for (const { target } of running) await target.stop();
  }
  for (const { name, start } of [...world.asDeployed, ...programs]) {
    const target = await start();
    try {
      const { count, rss } = await memory(target, change);
      const what = `RSS after ${count} scrapes with gzip, the file changed before each`;
      console.log(`  ${name.padEnd(24)} ${what}: ${(rss / 1e6).toFixed(1)} MB`);
      const bound = relays === 1_000 ? MOST_RSS[name.replace(`${OURS}, `, '')] : undefined;
      if (name.startsWith(OURS))
        findings.atMost(`${relays} relays: ${name}, ${what}`, rss / 1e6, bound, ' MB');
    } finally {
      await target.stop();
    }
  }
  for (const isGzip of [false, true]) {
    const encoding = isGzip ? 'gzip' : 'plain';
    const p50 = (name: string, mode: Mode) => medians.get(`${name} ${mode} ${isGzip}`);
    const ratio = (a: number | undefined, b: number | undefined) => a && b && a / b;
    const slower = ratio(p50(OURS, 'unchanged'), p50(PRERENDERED, 'unchanged'));
    findings.atMost(
      `${relays} relays, unchanged, ${encoding}: slower than the prerendered buffer`,
      slower,
      MOST_SLOWER[relays],
    );
    for (const mode of ['changed at rest', 'changed just now'] as const) {
      for (const name of ['textfile collector', 'naive prom-client']) {
        const faster = ratio(p50(name, mode), p50(OURS, mode));
        const bound = LEAST_FASTER[relays]?.[name]?.[isGzip ? 1 : 0];
        findings.atLeast(`${relays} relays, ${mode}, ${encoding}: faster than the ${name}`, faster, bound);
      }
    }
  }
  world.remove();
}

const load = loadavg()[0]?.toFixed(1);
const machine = `Node.js ${process.versions.node} on ${cpus().length} x ${cpus()[0]?.model}, load average ${load} at the start`;
console.log(machine);
const exporter = await builtExporter();
await measureStartAndFlood(findings);
for (const relays of SIZES) {
  await measure(relays, exporter);
  measureParts(relays, findings);
}
const result = findings.markdown(machine);
console.log(`\n${result}`);
if (flags.write) writeBetweenMarkers(join(packageRoot, 'docs', 'exporter.md'), result);
if (findings.failures > 0) {
  console.log(`\n${findings.failures} bounds do not hold`);
  process.exitCode = 1;
}
