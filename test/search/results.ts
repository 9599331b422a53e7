import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package/root.js';
import type { SearchedAlert, SearchResult } from '../../src/renderers/docs/search.js';
import { SEARCH_RESULTS } from '../../src/simulator/detection.js';
import type { LoggedWorld, Subject } from './log.js';
import { bundleOf } from './play.js';
import { quantile, relayWeeks } from './summary.js';

/** The results of a run, one a signal. Worlds of one run have seeds that follow each other. */
export function resultsOf(subject: Subject, worlds: readonly LoggedWorld[]): SearchResult[] {
  const seeds = worlds.map(({ seed }) => seed);
  return bundleOf({}).alertGroups.map(({ name, rules }): SearchResult => {
    const own = rules.filter(({ severity }) => severity !== 'info').map(({ alert }) => alert);
    const signal = name.replace(/\.alerts$/, '');
    return {
      signal,
      prometheus: subject.prometheus,
      size: subject.size,
      rules: subject.rules,
      simulator: subject.simulator,
      seeds: [Math.min(...seeds), Math.max(...seeds)],
      worlds: worlds.length,
      relayWeeks: Number(relayWeeks(worlds).toFixed(1)),
      violations: worlds.filter(({ violations }) =>
        violations.some(({ subject: what, detail }) =>
          own.some((alert) => what === alert || detail.includes(alert)),
        ),
      ).length,
      excused: worlds.filter(({ excused }) => excused.some(({ subject: what }) => own.includes(what))).length,
      alerts: Object.fromEntries(own.map((alert) => [alert, searched(alert, worlds)])),
    };
  });
}

function searched(alert: string, worlds: readonly LoggedWorld[]): SearchedAlert {
  const delays = worlds.flatMap(({ delays: all }) =>
    all.filter((delay) => delay.alert === alert).map(({ seconds }) => seconds),
  );
  const right = worlds.reduce((sum, world) => sum + (world.right[alert] ?? 0), 0);
  const [median, p95, worst] = [0.5, 0.95, 1].map((share) => quantile(delays, share));
  return median === undefined || p95 === undefined || worst === undefined
    ? { right }
    : { right, median, p95, worst };
}

/** Writes one file a signal. */
export function writeResults(subject: Subject, worlds: readonly LoggedWorld[]): void {
  const folder = join(packageRoot, SEARCH_RESULTS);
  mkdirSync(folder, { recursive: true });
  for (const result of resultsOf(subject, worlds))
    writeFileSync(join(folder, `${result.signal}.json`), `${JSON.stringify(result, null, 2)}\n`);
}
