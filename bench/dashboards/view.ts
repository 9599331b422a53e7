import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../src/package/root.js';
import { Chromium } from '../../src/preview/chromium.js';
import { waitFor } from '../../src/processes/process.js';
import { startPrometheus } from '../../src/processes/prometheus.js';
import { readDashboards } from '../../src/view/read-dashboards.js';
import { median } from '../median.js';
import { printTable } from '../print-table.js';
import { relayKey } from '../rules/exposition.js';
import { BUSY, benchData, END, RELAYS } from './data.js';

/*
 * npm run bench:view
 *
 * How long a dashboard takes in `view`, from the request of the page until everything is drawn in a headless Chromium: over 24 hours, as it opens,
 * and with all its rows open. And the most memory that the server had.
 */

const RUNS = 3;
const RANGE = `from=${(END - 86_400) * 1000}&to=${(END - 60) * 1000}&refresh=off&var-relay=`;

/** Starts `view` as a user does. Returns its process and address. */
async function startView(prometheusUrl: string): Promise<{ child: ChildProcess; url: string }> {
  const args = ['src/cli/main.ts', 'view', '--prometheus', prometheusUrl, '--scrape-interval', '60s'];
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const [, url] = /^dashboards: (.*)\/$/.exec(line) ?? [];
    if (url !== undefined) return { child, url };
  }
  throw new Error('view ended before it served anything');
}

/** The most memory that a process has had; megabytes. */
function peakMegabytes({ pid }: ChildProcess): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

async function main(): Promise<void> {
  const data = await benchData();
  const prometheus = await startPrometheus({
    dataFolder: data.folder,
    flags: ['--storage.tsdb.retention.time=100y'],
  });
  const chromium = await Chromium.start();
  const { child, url } = await startView(prometheus.url);
  try {
    const page = await chromium.open({ width: 1280 });
    const load = async (address: string): Promise<number> => {
      const start = performance.now();
      await page.goto(url + address);
      await waitFor(async () => (await page.evaluate('window.previewDrawn')) === true, {
        what: `${address} to be drawn`,
        timeoutMs: 600_000,
        everyMs: 20,
      });
      const took = performance.now() - start;
      const failed = await page.evaluate(
        '[...document.querySelectorAll("[role=alert]")].map((one) => one.textContent)',
      );
      if (JSON.stringify(failed) !== '[]') throw new Error(`${address}: ${JSON.stringify(failed)}`);
      return took;
    };
    console.log(
      `${cpus().length} x ${cpus()[0]?.model}: ${RELAYS} relays, ${BUSY} of them busy, ${data.series} series, ${data.series * 1440} samples; median of ${RUNS}`,
    );
    // The page itself, and what Prometheus reads from the disk.
    await load(`/d/gateway-overview?${RANGE}%24__all`);
    const rows: { uid: string; usual: number; open: number }[] = [];
    for (const { uid } of readDashboards(join(packageRoot, 'generated'))) {
      const address = `/d/${uid}?${RANGE}${uid === 'gateway-relay' ? relayKey(0) : '%24__all'}`;
      const times = { usual: [] as number[], open: [] as number[] };
      for (let run = 0; run < RUNS; run += 1) {
        times.usual.push(await load(address));
        times.open.push(await load(`${address}&rows=open`));
      }
      rows.push({ uid, usual: median(times.usual), open: median(times.open) });
    }
    printTable(
      rows.map(({ uid, usual, open }) => [
        uid,
        `${usual.toFixed(0)} ms`,
        `${open.toFixed(0)} ms with all rows open`,
      ]),
    );
    const slowest = rows.reduce((a, b) => (b.usual > a.usual ? b : a));
    console.log(
      `slowest: ${slowest.uid}, ${(slowest.usual / 1000).toFixed(2)} s; the server had at most ${peakMegabytes(child).toFixed(0)} MB`,
    );
  } finally {
    child.kill();
    await once(child, 'exit');
    await chromium.stop();
    await prometheus.stop();
  }
}

await main();
