import type { Duration } from '../promql/duration.js';
import { durationSeconds } from '../promql/duration.js';
import type { Group } from '../rule-files/side.js';
import { runScenario } from '../simulator/run.js';
import { seconds } from '../simulator/scenario.js';
import { scenarios } from '../simulator/scenarios/index.js';
import { inputSeriesOf } from '../simulator/series.js';
import { episodesOfGroups, pausesOf } from '../simulator/timeline.js';
import { delayOf, sharing, situationsOf } from './situations.js';

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
        times[side]?.push(
          ...situationsOf(scenario, alerts).map((situation) => ({
            scenario: scenario.name,
            alert: situation.alert,
            delay: delayOf(episodes, side, situation),
          })),
        );
      }
    }
    onProgress((i + 1) / played.length);
  }
  return times;
}
