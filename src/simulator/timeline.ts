import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { alerts } from '../../metrics/prometheus.js';
import type { Bundle } from '../bundle/bundle.js';
import { type Duration, durationSeconds } from '../promql/duration.js';
import { matchesPattern } from '../promql/regexp.js';
import { renderedGroups } from '../renderers/prometheus/rules.js';
import { gotSamples, promtoolError, promtoolTest } from './promtool-run.js';
import { runScenario } from './run.js';
import { type Scenario, seconds } from './scenario.js';
import { type InputSeries, inputSeriesOf } from './series.js';

/** An alert of one identity that fired without a break. Times are seconds since the scenario's begin. */
export interface Episode {
  readonly alert: string;
  readonly severity: string;
  /** Labels that identify it, without those that every alert of the rule carries. */
  readonly labels: Readonly<Record<string, string>>;
  /** The evaluation at which it began to fire. */
  readonly from: number;
  /** The first evaluation at which it no longer fired; absent when it still fires at the end. */
  readonly to?: number;
}

/** promtool could not evaluate the rules; the message is what it said. */
export class TimelineError extends Error {
  override readonly name = 'TimelineError';
}

const promtoolTime = (at: number) => `${at}s`;

/** A stretch in which Prometheus was down, in seconds: no rule was evaluated from `from` until before `to`. */
export interface Pause {
  readonly from: number;
  readonly to: number;
}

/** When Prometheus is down in a scenario. */
export function pausesOf(scenario: Scenario): Pause[] {
  return scenario.actions.flatMap((action) =>
    action.do === 'Prometheus is down'
      ? [{ from: seconds(action.at), to: seconds(action.at) + seconds(action.for) }]
      : [],
  );
}

/** Not a metric of anything: says to rules under promtool that Prometheus is down. */
const DOWN = 'simulated_prometheus_down';

/**
 * Lets rules under promtool stand still while Prometheus is down. promtool evaluates at every step, and what it records
 * there would carry state across a gap in which a real Prometheus records nothing; an `absent()` would even fire. So
 * every rule is made to give nothing in a gap.
 *
 * What differs from a real Prometheus: `for` begins again after a gap. A real one does the same for rules that wait less
 * than 10 minutes, and for all after more than an hour; rules that wait longer fire there up to that much earlier.
 */
function paused(
  groups: readonly TimelineGroup[],
  series: readonly InputSeries[],
  pauses: readonly Pause[],
  { step, length }: { readonly step: number; readonly length: number },
): { readonly groups: readonly TimelineGroup[]; readonly series: readonly InputSeries[] } {
  if (pauses.length === 0) return { groups, series };
  const isDown = (time: number) => pauses.some(({ from, to }) => from <= time && time < to);
  const times = Array.from({ length: Math.floor(length / step) + 1 }, (_, i) => i * step);
  const values = times.map((time) => (isDown(time) ? '1' : isDown(time - step) ? 'stale' : '_'));
  return {
    groups: groups.map(({ name, rules }) => ({
      name,
      rules: rules.map((rule) => ({
        ...rule,
        expr: `(\n${(rule as { expr: string }).expr}\n) unless on () ${DOWN}`,
      })),
    })),
    series: [...series, { series: DOWN, values: values.join(' ') }],
  };
}

/** A rule group as a rule file has it. */
export interface TimelineGroup {
  readonly name: string;
  readonly rules: readonly object[];
}

/**
 * Evaluates rule groups over input series in virtual time, by promtool, and returns the episodes of their alerts. Groups are evaluated in the
 * order given, all at the same interval. promtool only compares, so the test expects no alert at any evaluation; the differences that promtool
 * reports are the result.
 *
 * @param length seconds
 * @param pauses when Prometheus is down
 */
export async function episodesOfGroups(
  groups: readonly TimelineGroup[],
  intervals: { readonly evaluationInterval: Duration; readonly scrapeInterval: Duration },
  series: readonly InputSeries[],
  length: number,
  pauses: readonly Pause[] = [],
): Promise<Episode[]> {
  const step = durationSeconds(intervals.evaluationInterval);
  const times = Array.from({ length: Math.floor(length / step) + 1 }, (_, i) => i * step);
  const scrapeStep = durationSeconds(intervals.scrapeInterval);
  const input = paused(groups, series, pauses, { step: scrapeStep, length });
  const folder = await mkdtemp(join(tmpdir(), 'gateway-timeline-'));
  try {
    const rules = join(folder, 'rules.yaml');
    const test = join(folder, 'test.yaml');
    await writeFile(rules, stringify({ groups: input.groups }));
    await writeFile(
      test,
      stringify(
        {
          rule_files: [rules],
          evaluation_interval: intervals.evaluationInterval,
          group_eval_order: groups.map(({ name }) => name),
          tests: [
            {
              interval: intervals.scrapeInterval,
              input_series: input.series,
              promql_expr_test: times.map((time) => ({
                expr: `${alerts.name}{alertstate="firing"}`,
                eval_time: promtoolTime(time),
              })),
            },
          ],
        },
        { aliasDuplicateObjects: false },
      ),
    );
    return episodesIn(await promtoolTest(test), step, length);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Reads promtool's complaints: at which evaluation it got which alerts. */
function episodesIn(output: string, step: number, length: number): Episode[] {
  const other = promtoolError(output);
  if (other !== undefined) throw new TimelineError(other);
  return episodesOfSamples(gotSamples(output), step, length);
}

/** An alert that fires at an evaluation. */
export interface AlertSample {
  /** Labels of its series of `ALERTS`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds since the scenario's begin. */
  readonly at: number;
}

/**
 * The episodes of alerts that fired at evaluations, sorted by their begin.
 *
 * @param step seconds between evaluations
 * @param length seconds
 */
export function episodesOfSamples(samples: Iterable<AlertSample>, step: number, length: number): Episode[] {
  const seen = new Map<string, { labels: Readonly<Record<string, string>>; times: number[] }>();
  for (const { labels, at } of samples) {
    const key = JSON.stringify(Object.entries(labels).sort());
    const known = seen.get(key) ?? { labels, times: [] };
    known.times.push(at);
    seen.set(key, known);
  }
  const episodes = [...seen.values()].flatMap(({ labels, times }) => {
    const { __name__, alertname, alertstate, severity, signal, ...rest } = labels;
    const sorted = times.sort((x, y) => x - y);
    const runs: Episode[] = [];
    let from = sorted[0] as number;
    sorted.forEach((time, i) => {
      const next = sorted[i + 1];
      if (next !== undefined && next - time <= step) return;
      const end = time + step;
      runs.push({
        alert: alertname as string,
        severity: severity as string,
        labels: rest,
        from,
        ...(end <= length ? { to: end } : {}),
      });
      if (next !== undefined) from = next;
    });
    return runs;
  });
  return episodes.sort(
    (x, y) =>
      x.from - y.from ||
      x.alert.localeCompare(y.alert) ||
      JSON.stringify(x.labels).localeCompare(JSON.stringify(y.labels)),
  );
}

/** Plays a scenario under the rules of a bundle and gives the episodes of its alerts. */
export async function episodesOfScenario(bundle: Bundle, scenario: Scenario): Promise<Episode[]> {
  const { config } = bundle;
  const scrapes = runScenario(scenario, {
    scrapeIntervalSeconds: durationSeconds(config.scrapeInterval),
    jobs: jobNames(bundle),
  });
  const groups = renderedGroups(bundle).map(({ name, rules }) => ({
    name,
    rules: rules.map(({ rule }) => rule),
  }));
  const length = seconds(scenario.duration);
  return episodesOfGroups(groups, config, await inputSeriesOf(scrapes), length, pausesOf(scenario));
}

/** Job names that a site's selectors match: the selector itself where it is plain text, else a name made to fit it. */
export function jobNames({ config }: Bundle): { gateway: string; exporter: string } {
  const name = (selector: string, fallback: string) => (/^[\w-]+$/.test(selector) ? selector : fallback);
  const jobs = {
    gateway: name(config.jobs.gateway, 'gateway'),
    exporter: name(config.jobs.exporter, 'pending-writes-exporter'),
  };
  for (const [which, job] of Object.entries(jobs) as ['gateway' | 'exporter', string][]) {
    if (!matchesPattern(config.jobs[which], job)) {
      throw new TimelineError(
        `jobs.${which}: found ${JSON.stringify(config.jobs[which])}; the simulator needs a selector that is plain text or matches ${JSON.stringify(job)}`,
      );
    }
  }
  return jobs;
}
