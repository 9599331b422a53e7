import { setTimeout as sleep } from 'node:timers/promises';
import type { Mode, Program } from './programs.js';
import type { Target } from './target.js';

// Scrapes of the same kind before those that count: the naive program does the same work for an unchanged file and would otherwise come
// to the changed one with its code compiled, and the others not.
const WARM_UP = 40;
// What a cell of the table may take; slow programs get fewer scrapes.
const BUDGET_MS = 8_000;
const LEAST_SCRAPES = 3;
// Longer than the exporter mistrusts the times of a file that has just changed, and reads it again.
const SETTLED_MS = 3_300;

/** A program that runs. */
export interface Running extends Program {
  readonly target: Target;
}

const quantile = (sorted: readonly number[], q: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] as number;

/** What a cell of the table has. */
export interface Cell {
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
export async function sideBySide(
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
  // What a scrape of an unchanged file finds nearly always: its last change is longer ago than the times of a file system are coarse.
  if (mode === 'unchanged') await sleep(SETTLED_MS);
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

/** Scrapes a program again and again, and measures its memory. */
export async function memory(target: Target, change: (version: number) => void) {
  const start = performance.now();
  let count = 0;
  for (; count < 200; count += 1) {
    if (count >= LEAST_SCRAPES && performance.now() - start > 4 * BUDGET_MS) break;
    change(count);
    await target.scrape(true);
  }
  return { count, rss: target.rss() };
}
