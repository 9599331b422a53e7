import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package/root.js';
import {
  falsePagesSentence,
  type SearchedAlert,
  type SearchResult,
  type SearchRun,
} from '../../src/renderers/docs/search.js';
import { SEARCH_RESULTS, SEARCH_RUN } from '../../src/simulator/detection.js';
import type { LoggedWorld, Subject } from './log.js';
import { bundleOf } from './play.js';
import { coverage, poissonBound, quantile, RAREST, relayWeeks, totals } from './summary.js';

const alertGroups = () => bundleOf({}).alertGroups;

/** What a run found over all signals. Worlds of one run have seeds that follow each other. */
export function runOf(subject: Subject, worlds: readonly LoggedWorld[]): SearchRun {
  const seeds = worlds.map(({ seed }) => seed);
  const pages = alertGroups().flatMap(({ rules }) =>
    rules.filter(({ severity }) => severity === 'critical').map(({ alert }) => alert),
  );
  const falsePages = worlds
    .flatMap(({ violations, excused }) => [...violations, ...excused])
    .filter(({ property, subject: what }) => property === 'false alarm' && pages.includes(what)).length;
  const median = (value: (world: LoggedWorld) => number) => quantile(worlds.map(value), 0.5) ?? 0;
  const { kinds, pairs } = coverage(worlds);
  const weeks = relayWeeks(worlds);
  return {
    ...subject,
    seeds: [Math.min(...seeds), Math.max(...seeds)],
    worlds: worlds.length,
    relayWeeks: Number(weeks.toFixed(1)),
    median: {
      relays: median(({ relays }) => relays),
      hours: Number((median(({ seconds }) => seconds) / 3600).toFixed(1)),
      overlappingFaults: median(({ overlap }) => overlap),
    },
    violations: worlds.filter(({ violations }) => violations.length > 0).length,
    excused: totals(
      worlds.map(({ excused }) =>
        Object.fromEntries(excused.flatMap(({ excuse }) => (excuse === undefined ? [] : [[excuse, 1]]))),
      ),
    ),
    falsePages,
    falsePagesAtMost: Number(((poissonBound(falsePages) / weeks) * 1000).toPrecision(2)),
    kinds,
    rarestPairs: pairs.slice(0, RAREST),
    compared: totals(worlds.map(({ compared }) => compared)),
  };
}

/** The results of a run, one a signal. */
export function resultsOf(run: SearchRun, worlds: readonly LoggedWorld[]): SearchResult[] {
  const { prometheus, size, rules: hash, texts, simulator, seeds, relayWeeks: weeks } = run;
  return alertGroups().map(({ name, rules }): SearchResult => {
    const own = rules.filter(({ severity }) => severity !== 'info').map(({ alert }) => alert);
    return {
      signal: name.replace(/\.alerts$/, ''),
      prometheus,
      size,
      rules: hash,
      texts,
      simulator,
      seeds,
      worlds: worlds.length,
      relayWeeks: weeks,
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

const SENTENCE = /In [\d,]+ random worlds[\s\S]*?with\s95\s%\sconfidence\.\n\n/;
const LAST_PARAGRAPH = /^Apache-2\.0, /m;

/** The README with the sentence, which is missing while the committed results are old, before its last paragraph. */
export function withSentence(readme: string, sentence: string): string {
  const lines = sentence.replaceAll(/(.{1,120})(?: |$)/g, '$1\n');
  return readme.replace(SENTENCE, '').replace(LAST_PARAGRAPH, (last) => `${lines}\n${last}`);
}

/** Writes one file for the run and one a signal, and the README's sentence about false pages. */
export function writeResults(subject: Subject, worlds: readonly LoggedWorld[]): void {
  const folder = join(packageRoot, SEARCH_RESULTS);
  mkdirSync(folder, { recursive: true });
  const write = (name: string, value: unknown) =>
    writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
  const run = runOf(subject, worlds);
  write(SEARCH_RUN, run);
  const readme = join(packageRoot, 'README.md');
  writeFileSync(readme, withSentence(readFileSync(readme, 'utf8'), falsePagesSentence(run)));
  for (const result of resultsOf(run, worlds)) write(`${result.signal}.json`, result);
}
