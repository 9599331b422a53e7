import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../src/package/root.js';
import { freePort } from '../../src/processes/process.js';
import { builtExporter } from '../../test/exporter/exporter-process.js';
import { Findings, writeBetweenMarkers } from './findings.js';
import { findNodeExporter } from './node-exporter.js';
import { measureParts } from './parts.js';
import { measureStartAndFlood } from './start-and-flood.js';
import { stateFile } from './state-file.js';
import { startTarget, type Target } from './target.js';

/*
 * npm run bench:exporter [-- 100 1000 10000] [-- --write]
 *
 * Every program reads the same state file and is asked in turn by the same client, over a connection kept alive. "changed" means that the
 * file was rewritten before each scrape: just now, or 300 ms before it, as nearly always between two scrapes of Prometheus. Exits with 1
 * where a bound does not hold. `--write` puts the result into docs/exporter.md.
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
// Scrapes of the same kind before those that count: the naive program does the same work for an unchanged file and would otherwise come
// to the changed one with its code compiled, and the others not.
const WARM_UP = 40;
// What a cell of the table may take; slow programs get fewer scrapes.
const BUDGET_MS = 8_000;
const LEAST_SCRAPES = 3;

const OURS = 'pending-writes-exporter';
const PRERENDERED = 'prerendered buffer';

type Mode = 'unchanged' | 'changed at rest' | 'changed just now';
const MODES: readonly Mode[] = ['unchanged', 'changed at rest', 'changed just now'];

interface Program {
  readonly name: string;
  readonly modes: readonly Mode[];
  readonly start: () => Promise<Target>;
  /** Makes the program see another version of the state file; undefined where it reads the file itself. */
  readonly onChange?: (version: number) => void;
}

/** The flags of Node.js in the image's command line. */
const IMAGE_FLAGS = JSON.parse(
  /^ENTRYPOINT (.*)$/m.exec(readFileSync(join(packageRoot, 'deploy', 'Dockerfile'), 'utf8'))?.[1] ?? '[]',
).filter((word: string) => word.startsWith('--')) as readonly string[];

/** Whether it answers from what it made before, as long as the file is the same. */
const isQuick = ({ name }: Program) => name === OURS || name === PRERENDERED;

interface Running extends Program {
  readonly target: Target;
}

const quantile = (sorted: readonly number[], q: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] as number;

const tsx = import.meta.resolve('tsx');
const program = (name: string) => join(import.meta.dirname ?? packageRoot, name);

async function measure(relays: number, exporter: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-exporter-'));
  const file = join(folder, 'pending-writes-state.json');
  const texts = [stateFile(relays, 1), stateFile(relays, 2)] as const;
  writeFileSync(file, texts[0]);
  /** @param start the command line up to the flags of the exporter */
  const ours = (start: readonly [string, ...string[]] = [process.execPath, exporter]) =>
    startTarget(
      start[0],
      [
        ...start.slice(1),
        '--state-file',
        file,
        '--web.listen-address',
        '127.0.0.1:0',
        '--state-file.max-bytes',
        '500000000',
        '--state-file.max-relays',
        '1000000',
      ],
      { port: /msg=listening address=127\.0\.0\.1:(\d+)/ },
    );

  const first = await ours();
  const exposition = await first.text();
  await first.stop();
  const page = join(folder, 'page.prom');
  writeFileSync(page, exposition);
  // What a jq job would write: the same lines. Its own work (some seconds at 10,000 relays) is not counted.
  const textfiles = join(folder, 'textfiles');
  mkdirSync(textfiles);
  const writeTextfile = (version: number) => {
    writeFileSync(
      join(textfiles, 'pending.tmp'),
      exposition.replace(/^(pending_writes_drive_version\{.*\}) \d+$/gm, `$1 ${version}`),
    );
    renameSync(join(textfiles, 'pending.tmp'), join(textfiles, 'pending.prom'));
  };
  writeTextfile(1);

  const programs: Program[] = [
    { name: OURS, modes: MODES, start: () => ours() },
    {
      name: PRERENDERED,
      modes: ['unchanged'],
      start: () =>
        startTarget(process.execPath, ['--import', tsx, program('prerendered.ts'), page], {
          port: /listening (\d+)/,
        }),
    },
    {
      name: 'naive prom-client',
      modes: MODES,
      start: () =>
        startTarget(process.execPath, ['--import', tsx, program('naive.ts'), file], {
          port: /listening (\d+)/,
        }),
    },
  ];
  const nodeExporter = await findNodeExporter();
  if ('path' in nodeExporter) {
    const port = await freePort();
    programs.push({
      name: 'textfile collector',
      modes: MODES,
      onChange: writeTextfile,
      start: () =>
        startTarget(
          nodeExporter.path,
          [
            '--collector.disable-defaults',
            '--collector.textfile',
            `--collector.textfile.directory=${textfiles}`,
            '--web.disable-exporter-metrics',
            `--web.listen-address=127.0.0.1:${port}`,
          ],
          // The port is known; the pattern only waits for the line that names it.
          { port: new RegExp(`address=\\S*?:(${port})`, 'i') },
        ),
    });
  } else {
    console.log(nodeExporter.missing);
  }

  console.log(
    `\n${relays} relays: state file ${(texts[0].length / 1e6).toFixed(2)} MB, exposition ${(exposition.length / 1e6).toFixed(2)} MB`,
  );
  const medians = new Map<string, number>();
  const running: Running[] = [];
  const change = (version: number) => {
    writeFileSync(file, texts[version % 2] as string);
    for (const { onChange } of programs) onChange?.(version);
  };
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
  const image = {
    name: `${OURS}, image`,
    start: () => ours([process.execPath, ...IMAGE_FLAGS, exporter]),
  };
  // As npx starts it: the file chooses the flags of Node.js.
  const npx = { name: `${OURS}, npx`, start: () => ours([exporter]) };
  for (const { name, start } of [image, npx, ...programs]) {
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
  rmSync(folder, { recursive: true });
}

interface Cell {
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
  /** Of one answer. */
  readonly bytes: number;
}

/**
 * Scrapes the programs in turn: what the machine does besides then slows all of them, and not the one whose turn it was. Each round another
 * one is first, since after a pause the first answer is the slowest.
 */
async function sideBySide(
  programs: readonly Running[],
  mode: Mode,
  gzip: boolean,
  change: (version: number) => void,
): Promise<ReadonlyMap<string, Cell>> {
  const times = new Map<string, number[]>(programs.map(({ name }) => [name, []]));
  const bytes = new Map<string, number>();
  const round = async (version: number, isCounted: boolean) => {
    if (mode === 'changed at rest') change(version);
    if (mode === 'changed at rest' && isCounted) await sleep(300);
    // Each after each as often: after one that works hard the next finds the caches empty.
    const inTurn = version % 2 === 0 ? programs : [...programs].reverse();
    for (let k = 0; k < programs.length; k += 1) {
      const { name, target } = inTurn[((version >> 1) + k) % programs.length] as Running;
      // The same for all of a round: each saw the other one in the round before.
      if (mode === 'changed just now') change(version);
      const result = await target.scrape(gzip);
      if (isCounted) times.get(name)?.push(result.ms);
      bytes.set(name, result.bytes);
    }
  };
  const warmUp = performance.now();
  for (let i = 0; i < WARM_UP && performance.now() - warmUp < BUDGET_MS; i += 1) await round(i, false);
  if (mode === 'unchanged') await sleep(300);
  const most = mode === 'unchanged' ? 200 : 40;
  const start = performance.now();
  for (let i = 0; i < most; i += 1) {
    if (i >= LEAST_SCRAPES && performance.now() - start > 3 * BUDGET_MS) break;
    await round(i, true);
  }
  return new Map(
    programs.map(({ name }) => {
      const sorted = (times.get(name) ?? []).sort((a, b) => a - b);
      return [
        name,
        {
          p50: quantile(sorted, 0.5),
          p99: quantile(sorted, 0.99),
          count: sorted.length,
          bytes: bytes.get(name) ?? 0,
        },
      ];
    }),
  );
}

async function memory(target: Target, change: (version: number) => void) {
  const start = performance.now();
  let count = 0;
  for (; count < 200; count += 1) {
    if (count >= LEAST_SCRAPES && performance.now() - start > 4 * BUDGET_MS) break;
    change(count);
    await target.scrape(true);
  }
  return { count, rss: target.rss() };
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
