import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startExporter } from './exporter-process.js';
import { mixedUp, startWriter, versionOf } from './rewriting-worker.js';
import { READ_SUCCESS, samplesOf } from './scrape.js';

/*
 * npm run test:exporter:soak [-- minutes]
 *
 * A writer rewrites the file every 20 ms, the exporter is scraped four times a second, half of the times compressed. Every scrape is
 * checked for values of two versions, and the process for growth. Ends with 1 when one of them is found.
 */

const RELAYS = 200;
const SCRAPE_EVERY_MS = 250;
// The heap's size goes up and down with the collections; a leak of 100 bytes a scrape would be 0.7 MB in half an hour.
const ALLOWED_GROWTH = 8e6;

const minutes = Number(process.argv[2] ?? 30);
const folder = mkdtempSync(join(tmpdir(), 'exporter-soak-'));
const path = join(folder, 'pending-writes-state.json');
const exporter = await startExporter(['--state-file', path]);
const writer = startWriter({ path, relays: RELAYS, everyMs: 20, rough: true });

const rss = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${exporter.pid}/status`, 'utf8'))?.[1]) * 1024;
const start = performance.now();
const end = start + minutes * 60_000;
const memory: { readonly at: number; readonly rss: number }[] = [];
let [scrapes, fresh, wrong, version] = [0, 0, 0, 0];
const seen = new Set<number>();
try {
  while (performance.now() < end) {
    const encoding = scrapes % 2 === 0 ? 'gzip' : 'identity';
    const response = await fetch(`${exporter.url}/metrics`, { headers: { 'accept-encoding': encoding } });
    const samples = samplesOf(await response.text());
    scrapes += 1;
    if (samples.get(READ_SUCCESS) === 1) fresh += 1;
    const problems = mixedUp(samples, RELAYS);
    const now = versionOf(samples);
    if (now !== undefined) {
      if (now < version) problems.push(`version ${now} after version ${version}`);
      version = now;
      seen.add(now);
    }
    if (problems.length > 0) {
      wrong += 1;
      console.log(`${new Date().toISOString()} ${problems.slice(0, 3).join('; ')}`);
    }
    if (scrapes % 200 === 0) {
      memory.push({ at: (performance.now() - start) / 60_000, rss: rss() });
      console.log(
        `${memory.at(-1)?.at.toFixed(1)} min: ${scrapes} scrapes, ${fresh} fresh, ${seen.size} versions seen of ${writer.written()} written, ${wrong} wrong, RSS ${(rss() / 1e6).toFixed(1)} MB`,
      );
    }
    await sleep(SCRAPE_EVERY_MS);
  }
} finally {
  await writer.stop();
  await exporter.stop();
  rmSync(folder, { recursive: true });
}
const mean = (values: readonly { readonly rss: number }[]) =>
  values.reduce((sum, { rss }) => sum + rss, 0) / values.length;
const third = Math.max(1, Math.floor(memory.length / 3));
// The first third is warming up: code is compiled, caches fill.
const growth = memory.length < 3 ? 0 : mean(memory.slice(-third)) - mean(memory.slice(third, 2 * third));
console.log(
  `${minutes} minutes: ${scrapes} scrapes, ${fresh} of them with a fresh read, ${seen.size} versions seen, ${wrong} with a wrong value; RSS grew by ${(growth / 1e6).toFixed(2)} MB from the second third to the last`,
);
if (wrong > 0 || growth > ALLOWED_GROWTH || fresh === 0) process.exitCode = 1;
