import { code, table } from './markdown.js';

/** What a run of the search says of one alert. Times in seconds from the moment at which it could be seen. */
export interface SearchedAlert {
  /** How often it began to fire, rightly. */
  readonly right: number;
  readonly median?: number;
  readonly p95?: number;
  readonly worst?: number;
}

/** A run of the search: the content of `docs/search/run.json`. */
export interface SearchRun {
  /** Version of promtool. */
  readonly prometheus: string;
  /** `usual`: 20 relays and 6 hours at the median; `small`: 4 relays and an hour and a half. */
  readonly size: string;
  /** Hash of the expressions, times and labels of all rules at the default configuration. */
  readonly rules: string;
  /** Hash of the texts of all alerts. */
  readonly texts: string;
  /** Hash of the simulator and of the search. */
  readonly simulator: string;
  /** The first and the last; all between them were played. */
  readonly seeds: readonly [first: number, last: number];
  readonly worlds: number;
  readonly relayWeeks: number;
  readonly median: { readonly relays: number; readonly hours: number; readonly overlappingFaults: number };
  /** Worlds in which a property did not hold. */
  readonly violations: number;
  /** Worlds with a violation of which a pair of worlds shows that no rule can know better, by the pair's anchor in docs/system.md. */
  readonly excused: Readonly<Record<string, number>>;
  /** Pages that named something that was not wrong, excused ones included. */
  readonly falsePages: number;
  /** The 95 % upper bound of false pages per week and 1,000 relays. */
  readonly falsePagesAtMost: number;
  /** In how many worlds each kind of fault occurs. */
  readonly kinds: Readonly<Record<string, number>>;
  /** In how many worlds each pair of kinds occurs, the rarest ten. */
  readonly rarestPairs: readonly (readonly [kind: string, kind: string, worlds: number])[];
  /** How often each kind of statement in a text was compared with the world. */
  readonly compared: Readonly<Record<string, number>>;
}

/** What a run of the search found about one signal; the content of `docs/search/<signal>.json`. */
export interface SearchResult
  extends Pick<
    SearchRun,
    'prometheus' | 'size' | 'rules' | 'texts' | 'simulator' | 'seeds' | 'worlds' | 'relayWeeks' | 'violations'
  > {
  readonly signal: string;
  /** Worlds with a violation of which a pair of worlds shows that no rule can know better (docs/system.md). */
  readonly excused: number;
  readonly alerts: Readonly<Record<string, SearchedAlert>>;
}

/** A large number as English text has it: `2,000`. */
const large = (count: number) => count.toLocaleString('en-US');

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

/** The README's sentence about false pages. */
export const falsePagesSentence = ({ worlds, relayWeeks, falsePages, falsePagesAtMost, median }: SearchRun) =>
  `In ${large(worlds)} random worlds (${relayWeeks.toFixed(1)} relay-weeks, ${counted(median.overlappingFaults, 'fault')} at a time at the median), ${falsePages === 0 ? 'no page was' : `${counted(falsePages, 'page')} ${falsePages === 1 ? 'was' : 'were'}`} false: at most ${falsePagesAtMost} false pages a week per 1,000 relays, with 95 % confidence.`;

const minutes = (seconds: number | undefined) =>
  seconds === undefined ? '' : `${Number((seconds / 60).toFixed(1))} min`;

function signalSection({ signal, violations, excused, alerts }: SearchResult): string {
  const rows = Object.entries(alerts).map(([alert, { right, median, p95, worst }]) => [
    alert,
    String(right),
    minutes(median),
    minutes(p95),
    minutes(worst),
  ]);
  return `### ${signal}

Worlds with a violation: ${violations}; with one that is excused as undetectable: ${excused}.

${table(['Alert', 'Rightly fired', 'Median', '95 %', 'Worst'], rows)}
`;
}

function runSection(run: SearchRun, rules: string): string {
  const { seeds, worlds, size, prometheus, median, violations, excused, kinds, rarestPairs } = run;
  const stale = run.rules === rules ? '' : ' **The rules have changed since this run.**';
  const excuses = Object.entries(excused).map(([id, count]) => `${count} (${code(id)})`);
  const [rarest] = rarestPairs;
  return `Seeds ${code(`${seeds[0]} to ${seeds[1]}`)}: ${large(worlds)} worlds of the size "${size}", Prometheus ${prometheus}. At the median ${median.relays} relays, ${median.hours} hours
and ${counted(median.overlappingFaults, 'fault')} at a time. Worlds with a violation: ${violations}; with one that is excused as undetectable: ${excuses.length === 0 ? 'none' : excuses.join(', ')}.${stale}

${falsePagesSentence(run)}

${table(
  ['Fault', 'Worlds'],
  Object.entries(kinds).map(([kind, count]) => [kind, String(count)]),
)}

${rarest === undefined ? '' : `The rarest pair of kinds, "${rarest[0]}" and "${rarest[1]}", is in ${rarest[2]} worlds.`}
`;
}

/**
 * The part of the detection page about random worlds.
 *
 * @param rules the hash of the rules as they are now
 */
export function searchSection(
  results: readonly SearchResult[],
  run: SearchRun | undefined,
  rules: string,
): string {
  if (run === undefined) return '';
  return `## In random worlds

A search plays worlds with random faults and compares every warning and page with what was true in them. It uses the rules of gateway-observability,
without a site's own definitions. The times are from the moment at which a situation could be seen to the first alert that named it, over all sites
of the search, whose thresholds differ. An alert without times fired only where the search does not measure them.

${runSection(run, rules)}
${results.map(signalSection).join('\n')}
`;
}
