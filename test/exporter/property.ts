import { spawn } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { exporterMetrics } from '../../metrics/exporter.js';
import { Exporter } from '../../src/exporter/exporter.js';
import { findTool } from '../../src/processes/find.js';
import { parseExposition } from '../../src/prometheus/exposition.js';
import { generatedFile, generatedVersions } from './generated-files.js';
import { unjustified } from './justified.js';
import { samplesOf } from './scrape.js';

/** Runs `promtool check metrics`; resolves with its exit code and what it says. */
export async function promtoolSays(text: string): Promise<string> {
  const child = spawn(await findTool('promtool'), ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (data) => {
    said += data;
  });
  child.stderr.on('data', (data) => {
    said += data;
  });
  child.stdin.end(text);
  const code = await new Promise((resolve) => child.once('close', resolve));
  return `${code} ${said}`;
}

/** promtool 3 needs a time that grows with the square of a family's series: 0.2 s for 500, over a minute for 8,000. */
const SERIES_PER_FAMILY = 200;

/**
 * Many expositions as one, because a process of promtool for each would take ten times as long as all the rest. Each gets a
 * label of its own; where a family would become too large, the next ones get families of their own, with another prefix.
 */
class Batch {
  readonly #text: string[] = [];
  readonly #lines = new Map<string, string[]>();
  #cases = 0;
  #parts = 0;

  add(text: string): void {
    this.#cases += 1;
    const lines = new Map<string, string[]>();
    for (const line of text.split('\n')) {
      const match = /^([a-z_]+)(\{)?/.exec(line);
      if (match === null) continue;
      const name = match[1] as string;
      const label = `case="${this.#cases}"`;
      const rest = line.slice(name.length);
      const labelled = match[2] === undefined ? `{${label}}${rest}` : `{${label},${rest.slice(1)}`;
      const family = lines.get(name);
      if (family === undefined) lines.set(name, [labelled]);
      else family.push(labelled);
    }
    const isFull = [...lines].some(
      ([name, more]) => (this.#lines.get(name)?.length ?? 0) + more.length > SERIES_PER_FAMILY,
    );
    if (isFull) this.#endPart();
    for (const [name, more] of lines) this.#lines.set(name, [...(this.#lines.get(name) ?? []), ...more]);
  }

  text(): string {
    this.#endPart();
    return this.#text.join('');
  }

  #endPart(): void {
    if (this.#lines.size === 0) return;
    const prefix = this.#parts === 0 ? '' : `part${this.#parts}_`;
    this.#parts += 1;
    for (const { name, help, type } of exporterMetrics) {
      const lines = this.#lines.get(name) ?? [];
      this.#text.push(`# HELP ${prefix}${name} ${help}\n`, `# TYPE ${prefix}${name} ${type}\n`);
      for (const line of lines) this.#text.push(`${prefix}${name}${line}\n`);
    }
    this.#lines.clear();
  }
}

/** An exporter that is handed files instead of reading them. */
function handed() {
  let bytes: Buffer = Buffer.alloc(0);
  let time = 0;
  const exporter = new Exporter({
    path: 'generated',
    now: () => time,
    // Serving a version again would be right, and is tested elsewhere; here every file stands for itself.
    maxStaleMs: 0,
    read: async () => ({ kind: 'version', bytes, mtime: 1 }),
  });
  return async (next: Buffer) => {
    bytes = next;
    time += 1;
    const scrape = await exporter.scrape();
    const whole = async (format: 'text' | 'openmetrics') =>
      Buffer.concat(await scrape.body(format, false)).toString();
    const zipped = async () => gunzipSync(Buffer.concat(await scrape.body('text', true))).toString();
    return { scrape, page: Buffer.concat(scrape.page.families).toString(), whole, zipped };
  };
}

/** Called from time to time with the number of cases checked. */
type OnProgress = (checked: number) => void;

/**
 * Checks so many generated and damaged files: nothing crashes, no series that the file does not justify, none missing, promtool accepts
 * everything, and what was parsed before makes no difference. Throws with the smallest counterexample and its seed.
 */
export async function checkFiles(
  cases: number,
  seed?: number,
  onProgress: OnProgress = () => {},
): Promise<{ readonly good: number; readonly seed: number }> {
  // A process that has seen thousands of other files, with its caches.
  const old = handed();
  let batch = new Batch();
  let inBatch = 0;
  let checked = 0;
  let good = 0;
  const check = async () => {
    const said = await promtoolSays(batch.text());
    if (said !== '0 ') throw new Error(`promtool says ${said.slice(0, 2000)}`);
    checked += inBatch;
    batch = new Batch();
    inBatch = 0;
    onProgress(checked);
  };
  const chosen = seed ?? Math.floor(Math.random() * 2 ** 31);
  await fc.assert(
    fc.asyncProperty(generatedFile, async (bytes) => {
      const { scrape, page, whole } = await handed()(bytes);
      const text = await whole('text');
      const wrong = unjustified(bytes, samplesOf(text));
      if (wrong.length > 0) throw new Error(wrong.join('\n'));
      const again = await old(bytes);
      if (again.page !== page) throw new Error('another file before it made a difference');
      const open = await whole('openmetrics');
      if (!open.endsWith('# EOF\n') || parseExposition(open).size !== exporterMetrics.length) {
        throw new Error('the OpenMetrics form lacks families');
      }
      if (scrape.reading.failure === undefined) good += 1;
      batch.add(text);
      inBatch += 1;
      if (inBatch === 1_000) await check();
    }),
    { numRuns: cases, seed: chosen },
  );
  if (inBatch > 0) await check();
  return { good, seed: chosen };
}

/**
 * Checks so many histories of a file: what is taken over from the version before, instead of being parsed and rendered, makes no difference.
 * Throws with the smallest counterexample and its seed.
 */
export async function checkHistories(
  cases: number,
  seed?: number,
  onProgress: OnProgress = () => {},
): Promise<void> {
  let checked = 0;
  await fc.assert(
    fc.asyncProperty(generatedVersions, async (versions) => {
      const old = handed();
      for (const bytes of versions) {
        const { page, whole, zipped } = await old(bytes);
        const text = await whole('text');
        const wrong = unjustified(bytes, samplesOf(text));
        if (wrong.length > 0) throw new Error(wrong.slice(0, 5).join('\n'));
        const fresh = await handed()(bytes);
        if (fresh.page !== page) throw new Error('the version before made a difference');
        if ((await zipped()) !== text) throw new Error('the compressed text is another one');
      }
      checked += 1;
      if (checked % 100 === 0) onProgress(checked);
    }),
    { numRuns: cases, ...(seed === undefined ? {} : { seed }) },
  );
}
