import { code, table } from './markdown.js';

/** What a run of the search says of one alert. Times in seconds from the moment at which it could be seen. */
export interface SearchedAlert {
  /** How often it began to fire, rightly. */
  readonly right: number;
  readonly median?: number;
  readonly p95?: number;
  readonly worst?: number;
}

/** What a run of the search found about one signal; the content of `docs/search/<signal>.json`. */
export interface SearchResult {
  readonly signal: string;
  /** Version of promtool. */
  readonly prometheus: string;
  /** `usual`: 20 relays and 6 hours at the median; `small`: 4 relays and an hour and a half. */
  readonly size: string;
  /** Hash of the expressions and times of all rules at the default configuration. */
  readonly rules: string;
  /** Hash of the simulator and of the search. */
  readonly simulator: string;
  readonly seeds: readonly [first: number, last: number];
  readonly worlds: number;
  readonly relayWeeks: number;
  /** Worlds in which an alert of the signal fired wrongly, came too late or did not resolve. */
  readonly violations: number;
  /** Worlds with a violation of which a pair of worlds shows that no rule can know better (docs/system.md). */
  readonly excused: number;
  readonly alerts: Readonly<Record<string, SearchedAlert>>;
}

const minutes = (seconds: number | undefined) =>
  seconds === undefined ? '' : `${Number((seconds / 60).toFixed(1))} min`;

function signalSection(result: SearchResult, rules: string): string {
  const { signal, prometheus, size, seeds, worlds, relayWeeks, violations, excused, alerts } = result;
  const stale =
    result.rules === rules ? '' : ' **The rules have changed since; `npm run search` has to be run again.**';
  const rows = Object.entries(alerts).map(([alert, { right, median, p95, worst }]) => [
    alert,
    String(right),
    minutes(median),
    minutes(p95),
    minutes(worst),
  ]);
  return `### ${signal}

Seeds ${code(`${seeds[0]} to ${seeds[1]}`)}: ${worlds} worlds of the size "${size}", ${relayWeeks.toFixed(1)} relay-weeks, Prometheus ${prometheus}; worlds with a violation: ${violations}, with one that is excused as undetectable: ${excused}.${stale}

${table(['Alert', 'Rightly fired', 'Median', '95 %', 'Worst'], rows)}
`;
}

/**
 * The part of the detection page about random worlds.
 *
 * @param rules the hash of the rules as they are now
 */
export function searchSection(results: readonly SearchResult[], rules: string): string {
  if (results.length === 0) return '';
  return `## In random worlds

\`npm run search\` plays worlds with random faults and compares every warning and page with what was true in them. The times are from the moment
at which a situation could be seen to the first alert that named it, over all sites of the search, whose thresholds differ. An alert without times
fired only where the search does not measure them.

${results.map((result) => signalSection(result, rules)).join('\n')}
`;
}
