import { gzipped } from '../../src/exporter/exposition/gzip.js';
import { type Page, renderPage } from '../../src/exporter/exposition/page.js';
import { parseState, RecordCache } from '../../src/exporter/state-file/parse.js';
import type { Findings } from './findings.js';
import { stateFile } from './state-file.js';

/*
 * What keeping unchanged parts brings: the time for a version in which one relay in ten has changed, in this process, without reading and
 * sending. `nothing` is what a version costs from scratch. A record that is read again has its lines written again as well.
 */

const KEEP = ['everything', 'no lines', 'no families', 'nothing'] as const;

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

function milliseconds(relays: number, keep: (typeof KEEP)[number], isGzipped: boolean): number {
  const versions = [1, 2].map((version) => Buffer.from(stateFile(relays, version)));
  let cache = new RecordCache();
  let page: Page | undefined;
  const times: number[] = [];
  const begin = performance.now();
  for (let i = 0; i < 60 && (i < 8 || performance.now() - begin < 5_000); i += 1) {
    if (keep === 'nothing') [cache, page] = [new RecordCache(), undefined];
    const start = performance.now();
    const state = parseState(versions[i % 2] as Buffer, 1e6, cache);
    const before = page && {
      ...page,
      ...(keep === 'no lines' && { relays: [] }),
      ...(keep === 'no families' && { families: [] }),
    };
    page = renderPage(state, '', before);
    if (isGzipped) gzipped(page, Buffer.from('rest'));
    times.push(performance.now() - start);
  }
  return median(times.slice(2));
}

/** Measures the table of docs/exporter.md, as ratios. */
export function measureParts(relays: number, findings: Findings): void {
  for (const isGzipped of [false, true]) {
    const all = milliseconds(relays, 'everything', isGzipped);
    const ratios = KEEP.slice(1).map((keep) => (milliseconds(relays, keep, isGzipped) / all).toFixed(1));
    findings.part([relays, isGzipped ? 'gzip' : 'plain', `${all.toFixed(1)} ms`, ...ratios]);
  }
}
