import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/package/root.js';
import { freePort, listenOnLoopback } from '../../src/processes/process.js';
import { builtExporter } from '../../test/exporter/exporter-process.js';
import { printTable } from '../print-table.js';
import { findNodeExporter, onPath } from './node-exporter.js';
import { measureParts } from './parts.js';
import { measureStartAndFlood } from './start-and-flood.js';
import { stateFile } from './state-file.js';
import { startTarget, type Target } from './target.js';

/*
 * npm run bench:exporter [-- 100 1000 10000]
 *
 * Every program reads the same state file and is asked in turn by the same client, over a connection kept alive. "changed" means that the
 * file was rewritten before each scrape: just now, or 300 ms before it, as nearly always between two scrapes of Prometheus.
 */

const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100, 1_000, 10_000];
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
  const jsonExporter = await onPath('json_exporter');
  if (jsonExporter !== undefined) programs.push(await jsonProgram(jsonExporter, folder, file));

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
    const lines: string[][] = [];
    for (const gzip of [false, true]) {
      for (const mode of MODES) {
        const taking = running.filter(({ modes }) => modes.includes(mode));
        // Where nothing changed, two programs answer at once, and are not asked between others that work for tens of milliseconds.
        const groups =
          mode === 'unchanged' ? [taking.filter(isQuick), taking.filter((one) => !isQuick(one))] : [taking];
        const cells: [string, Cell][] = [];
        for (const group of groups) cells.push(...(await sideBySide(group, mode, gzip, change)));
        for (const [name, { p50 }] of cells) medians.set(`${name} ${mode} ${gzip}`, p50);
        lines.push(
          ...cells.map(([name, { p50, p99, count, bytes }]) => [
            name,
            mode,
            gzip ? 'gzip' : 'plain',
            `p50 ${p50.toFixed(2)} ms`,
            `p99 ${p99.toFixed(2)} ms`,
            `${count} scrapes`,
            `${(bytes / 1e6).toFixed(2)} MB`,
          ]),
        );
      }
    }
    printTable(lines);
  } finally {
    for (const { target } of running) await target.stop();
  }
  const image = {
    name: `${OURS}, image`,
    start: () => ours([process.execPath, ...IMAGE_FLAGS, exporter]),
  };
  // As npx starts it: the file chooses the flags of Node.js.
  const npx = { name: `${OURS}, npx`, start: () => ours([exporter]) };
  const memories: string[][] = [];
  for (const { name, start } of [image, npx, ...programs]) {
    const target = await start();
    try {
      const { count, rss } = await memory(target, change);
      memories.push([
        name,
        `RSS ${(rss / 1e6).toFixed(1)} MB after its first ${count} scrapes, with gzip, the file changed before each`,
      ]);
    } finally {
      await target.stop();
    }
  }
  printTable(memories);
  console.log(
    '  ratios of p50 (how many times faster the exporter is; for the prerendered buffer, how many times slower):',
  );
  for (const gzip of [false, true]) {
    for (const mode of MODES) {
      const own = medians.get(`${OURS} ${mode} ${gzip}`) as number;
      const ratios = programs.slice(1).flatMap(({ name }) => {
        const other = medians.get(`${name} ${mode} ${gzip}`);
        if (other === undefined) return [];
        return `${name} ${(name === PRERENDERED ? own / other : other / own).toFixed(2)}`;
      });
      console.log(`    ${mode}, ${gzip ? 'gzip' : 'plain'}: ${ratios.join(', ')}`);
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

/** json_exporter with the series that JSONPath can tell; it reads the file over HTTP, so a small server brings it. */
async function jsonProgram(path: string, folder: string, file: string): Promise<Program> {
  const { createServer } = await import('node:http');
  const { createReadStream } = await import('node:fs');
  const server = createServer((_, response) => createReadStream(file).pipe(response));
  const sourcePort = await listenOnLoopback(server);
  server.unref();
  const source = `http://127.0.0.1:${sourcePort}/`;
  const values: Record<string, string> = {
    drive_version: '{.driveVersion}',
    last_update: '{.updatedAt}',
    lease_active: '{.leaseActive}',
    lease_expiry: '{.lease.expiresAt}',
    lease_issued: '{.lease.issuedAt}',
    lease_version: '{.leaseVersion}',
    pending_since: '{.pendingSince}',
  };
  const config = join(folder, 'json-exporter.yml');
  const metric = {
    name: 'pending_writes',
    type: 'object',
    path: '{.notifications[*]}',
    labels: { relay: '{.relayKey}' },
    values,
  };
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ modules: { default: { metrics: [metric] } } }));
  const port = await freePort();
  return {
    name: 'json_exporter',
    modes: MODES,
    start: () =>
      startTarget(path, [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`], {
        port: new RegExp(`address=\\S*?:(${port})`, 'i'),
        path: `/probe?module=default&target=${encodeURIComponent(source)}`,
      }),
  };
}

console.log(`Node.js ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model}`);
const exporter = await builtExporter();
await measureStartAndFlood();
for (const relays of SIZES) {
  await measure(relays, exporter);
  await measureParts(relays);
}
