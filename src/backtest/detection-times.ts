import type { Duration } from '../promql/duration.js';
import { durationSeconds } from '../promql/duration.js';
import { prunedGroups } from '../rule-files/for-promtool.js';
import { RuleGraph } from '../rule-files/graph.js';
import type { Group } from '../rule-files/side.js';
import { runScenario } from '../simulator/run.js';
import { type Scenario, seconds } from '../simulator/scenario.js';
import { scenarios } from '../simulator/scenarios/index.js';
import { inputSeriesOf } from '../simulator/series.js';
import { type Episode, episodesOfGroups, pausesOf, type TimelineGroup } from '../simulator/timeline.js';

/** How long an alert takes in one situation of the simulator. */
export interface DetectionTime {
  readonly scenario: string;
  readonly alert: string;
  /** Seconds from when the metrics first show the fault until the last identity fires; undefined where one never does. */
  readonly delay: number | undefined;
}

/** How often things happen in a simulated site. */
interface Intervals {
  readonly scrapeInterval: Duration;
  readonly evaluationInterval: Duration;
}

/** A situation in which one alert has to fire. */
interface Situation {
  readonly alert: string;
  readonly detectableFrom: number;
  readonly identities: number;
}

/** Those of a scenario's situations that some alerts are for, and whose begin is known. */
function situationsOf(scenario: Scenario, alerts: ReadonlySet<string>): Situation[] {
  const all = [
    ...scenario.expect.map(({ alert, ...rest }) => ({ anyOf: [alert], ...rest })),
    // A requirement that other alerts can meet as well says nothing of this one.
    ...(scenario.requires ?? []).filter(({ anyOf }) => anyOf.length === 1),
  ];
  return all.flatMap(({ anyOf: [alert = ''], detectableFrom, relays }) =>
    !alerts.has(alert) || detectableFrom === undefined
      ? []
      : [
          {
            alert,
            detectableFrom: seconds(detectableFrom),
            identities: relays === undefined ? 1 : relays === 'all' ? (scenario.relays ?? 1) : relays.length,
          },
        ],
  );
}

/** The label by which promtool tells the alerts of one value from those of another. */
const TRIED = 'tried_value';

/** What is needed to evaluate the alerts of some sides together: those whose recorded series are the same. */
interface Shared {
  readonly sides: readonly number[];
  readonly groups: readonly TimelineGroup[];
  readonly reads: (series: string) => boolean;
}

/** Sides that record the same share one evaluation of the records; each adds its own alerts. */
function sharing(sides: readonly (readonly Group[])[], alerts: ReadonlySet<string>): Shared[] {
  const byRecords = new Map<string, { index: number; groups: readonly Group[] }[]>();
  for (const [index, groups] of sides.entries()) {
    const graph = new RuleGraph(groups.flatMap(({ rules }) => rules));
    const wanted = graph.rules.filter(({ kind, name }) => kind === 'alert' && alerts.has(name));
    const records = graph.recordsFor(wanted).map(({ name, expr, labels }) => [name, expr, labels]);
    const key = JSON.stringify(records);
    byRecords.set(key, [...(byRecords.get(key) ?? []), { index, groups }]);
  }
  return [...byRecords.values()].map((same) => {
    const each = same.map(({ index, groups }) =>
      prunedGroups(groups, new RuleGraph(groups.flatMap(({ rules }) => rules)), alerts, {
        [TRIED]: String(index),
      }),
    );
    const isAlert = (rule: object) => 'alert' in rule;
    const groups = each.flatMap((one, i) =>
      one.groups.map(({ name, rules }) => ({
        name: `${i} ${name}`,
        rules: i === 0 ? rules : rules.filter(isAlert),
      })),
    );
    return {
      sides: same.map(({ index }) => index),
      // An alert comes after the records of all groups: they are evaluated in this order.
      groups: groups.filter(({ rules }) => rules.length > 0),
      reads: (series) => each.some((one) => one.reads(series)),
    };
  });
}

function delayOf(episodes: readonly Episode[], situation: Situation): number | undefined {
  const first = new Map<string, number>();
  for (const { alert, labels, from } of episodes) {
    if (alert !== situation.alert) continue;
    const identity = labels.relay ?? '';
    if (!first.has(identity)) first.set(identity, from);
  }
  if (first.size < situation.identities) return undefined;
  return Math.max(...first.values()) - situation.detectableFrom;
}

/**
 * Plays the simulator's scenarios in which some alerts have to fire, at the default configuration of everything else, and measures
 * how long they take with the rules of each side.
 *
 * @param onProgress share of the work that is done, from 0 to 1
 * @returns for each side, the times in the order of the scenarios
 * @throws {TimelineError} for rules that promtool cannot evaluate
 */
export async function detectionTimes(
  sides: readonly (readonly Group[])[],
  alerts: ReadonlySet<string>,
  intervals: Intervals,
  onProgress: (done: number) => void = () => {},
): Promise<DetectionTime[][]> {
  const times: DetectionTime[][] = sides.map(() => []);
  const played = scenarios.filter((one) => one.site === undefined && situationsOf(one, alerts).length > 0);
  const shared = sharing(sides, alerts);
  for (const [i, scenario] of played.entries()) {
    const scrapes = runScenario(scenario, {
      scrapeIntervalSeconds: durationSeconds(intervals.scrapeInterval),
    });
    const series = await inputSeriesOf(scrapes);
    for (const { sides: own, groups, reads } of shared) {
      const read = series.filter(({ series: text }) => reads(/^[^{]*/.exec(text)?.[0] ?? ''));
      const length = seconds(scenario.duration);
      const episodes = await episodesOfGroups(groups, intervals, read, length, pausesOf(scenario));
      for (const side of own) {
        const its = episodes.filter(({ labels }) => labels[TRIED] === String(side));
        times[side]?.push(
          ...situationsOf(scenario, alerts).map((situation) => ({
            scenario: scenario.name,
            alert: situation.alert,
            delay: delayOf(its, situation),
          })),
        );
      }
    }
    onProgress((i + 1) / played.length);
  }
  return times;
}
