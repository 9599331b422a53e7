import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/package-root.js';
import { freePort } from '../../src/tools/process.js';
import { findNodeExporter, onPath } from './node-exporter.js';
import { stateFile } from './state-file.js';
import { startTarget, type Target } from './target.js';

/*
 * npm run bench:exporter [-- 10 1000 10000]
 *
 * Every program reads the same state file, is asked in turn by the same client, over a connection kept alive. "changed" means that the
 * file was rewritten before each scrape: just now, or 300 ms before it, as nearly always between two scrapes of Prometheus.
 */

const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [10, 1_000, 10_000, 100_000];
// Scrapes of the same kind before those that count: the naive program does the same work for an unchanged file and would otherwise come
// to the changed one with its code compiled, and the others not.
const WARM_UP = 40;
// What a cell of the table may take; slow programs get fewer scrapes.
const BUDGET_MS = 8_000;
const LEAST_SCRAPES = 3;

type Mode = 'unchanged' | 'changed at rest' | 'changed just now';
const MODES: readonly Mode[] = ['unchanged', 'changed at rest', 'changed just now'];

interface Program {
  readonly name: string;
  readonly modes: readonly Mode[];
  readonly start: () => Promise<Target>;
  /** Makes the program see another version of the state file; undefined where it reads the file itself. */
  readonly onChange?: (version: number) => void;
}

const quantile = (sorted: readonly number[], q: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] as number;

/** Compiled, as it is published: tsx would add its own memory. */
function buildExporter(): string {
  const folder = join(packageRoot, '.cache', 'bench-exporter');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const tsc = join(packageRoot, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist')], {
    cwd: packageRoot,
    stdio: 'inherit',
  });
  copyFileSync(join(packageRoot, 'package.json'), join(folder, 'package.json'));
  return join(folder, 'dist', 'src', 'exporter', 'main.js');
}

const tsx = import.meta.resolve('tsx');
const program = (name: string) => join(import.meta.dirname ?? packageRoot, name);

async function measure(relays: number, exporter: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-exporter-'));
  const file = join(folder, 'pending-writes-state.json');
  const texts = [stateFile(relays, 1), stateFile(relays, 2)] as const;
  writeFileSync(file, texts[0]);
  const ours = () =>
    startTarget(
      process.execPath,
      [
        exporter,
        '--state-file',
        file,
        '--web.listen-address',
        '127.0.0.1:0',
        '--state-file.max-bytes',
        '1000000000',
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
    { name: 'pending-writes-exporter', modes: MODES, start: ours },
    {
      name: 'prerendered buffer',
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
  for (const { name, modes, start, onChange } of programs) {
    const target = await start();
    try {
      for (const gzip of [false, true]) {
        for (const mode of modes) {
          const { p50, p99, count, bytes } = await cell(target, mode, gzip, (version) => {
            writeFileSync(file, texts[version % 2] as string);
            onChange?.(version);
          });
          medians.set(`${name} ${mode} ${gzip}`, p50);
          const encoding = gzip ? 'gzip ' : 'plain';
          console.log(
            `  ${name.padEnd(24)} ${mode.padEnd(17)} ${encoding} p50 ${p50.toFixed(2).padStart(9)} ms  p99 ${p99.toFixed(2).padStart(9)} ms  ${String(count).padStart(4)} scrapes  ${(bytes / 1e6).toFixed(2)} MB`,
          );
        }
      }
      const { count, rss } = await memory(target, (version) => {
        writeFileSync(file, texts[version % 2] as string);
        onChange?.(version);
      });
      console.log(
        `  ${name.padEnd(24)} RSS ${(rss / 1e6).toFixed(1)} MB after ${count} more scrapes, the file changed before each`,
      );
    } finally {
      await target.stop();
    }
  }
  console.log(
    '  ratios of p50 (how many times faster the exporter is; for the prerendered buffer, how many times slower):',
  );
  for (const gzip of [false, true]) {
    for (const mode of MODES) {
      const own = medians.get(`pending-writes-exporter ${mode} ${gzip}`) as number;
      const ratios = programs.slice(1).flatMap(({ name }) => {
        const other = medians.get(`${name} ${mode} ${gzip}`);
        if (other === undefined) return [];
        return `${name} ${(name.startsWith('prerendered') ? own / other : other / own).toFixed(2)}`;
      });
      console.log(`    ${mode}, ${gzip ? 'gzip' : 'plain'}: ${ratios.join(', ')}`);
    }
  }
  rmSync(folder, { recursive: true });
}

async function cell(target: Target, mode: Mode, gzip: boolean, change: (version: number) => void) {
  const times: number[] = [];
  let bytes = 0;
  const warmUp = performance.now();
  for (let i = 0; i < WARM_UP && performance.now() - warmUp < BUDGET_MS / 2; i += 1) {
    if (mode !== 'unchanged') change(i + 1);
    await target.scrape(gzip);
  }
  if (mode === 'unchanged') await sleep(300);
  const most = mode === 'unchanged' ? 200 : 20;
  const start = performance.now();
  for (let i = 0; times.length < most; i += 1) {
    if (times.length >= LEAST_SCRAPES && performance.now() - start > BUDGET_MS) break;
    if (mode !== 'unchanged') change(i);
    if (mode === 'changed at rest') await sleep(300);
    const result = await target.scrape(gzip);
    times.push(result.ms);
    bytes = result.bytes;
  }
  times.sort((a, b) => a - b);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), count: times.length, bytes };
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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const source = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
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
const exporter = buildExporter();
for (const relays of SIZES) await measure(relays, exporter);
