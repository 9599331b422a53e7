import { alerts, alertsForState } from '../../metrics/prometheus.js';
import type { Bundle } from '../bundle/bundle.js';
import { labelsText } from '../prometheus/sample-text.js';
import { durationSeconds } from '../promql/duration.js';
import { renderedGroups } from '../renderers/prometheus/rules.js';
import { gotSamples } from '../simulator/promtool-run.js';
import { runScenario } from '../simulator/run.js';
import { type Scenario, seconds } from '../simulator/scenario.js';
import { inputSeriesOf } from '../simulator/series.js';
import { jobNames } from '../simulator/timeline.js';

/** A rule group as a rule file has it. */
export interface PlainGroup {
  readonly name: string;
  readonly rules: readonly object[];
}

/** The rule groups of a bundle. */
export const groupsOf = (bundle: Bundle): PlainGroup[] =>
  renderedGroups(bundle).map(({ name, rules }) => ({ name, rules: rules.map(({ rule }) => rule) }));

/** How the scenario is scraped: under the job names and labels that the site's rules select. */
export const scrapedAs = (bundle: Bundle) => ({
  scrapeIntervalSeconds: durationSeconds(bundle.config.scrapeInterval),
  jobs: jobNames(bundle),
  labels: Object.fromEntries(bundle.config.groupBy.map((name) => [name, 'preview'])),
});

/** A query of promtool's tests fails where it returns more than 10,000 samples: of so many relays, each series is asked for by itself. */
const MOST_RELAYS = 200;

/**
 * The test by which promtool says what rules record and which alerts they raise. It evaluates in virtual time but only compares: the
 * test expects nothing, and the differences that it reports are the series.
 *
 * @param rulesFile where the rules of the groups are
 */
export async function recordingTest(
  bundle: Bundle,
  scenario: Scenario,
  groups: readonly PlainGroup[],
  rulesFile: string,
): Promise<object> {
  const { config } = bundle;
  const step = durationSeconds(config.evaluationInterval);
  const records = bundle.recordingGroups.flatMap(({ rules }) => rules.map(({ record }) => record));
  const queries =
    (scenario.relays ?? 1) > MOST_RELAYS
      ? [alerts.name, alertsForState.name, ...new Set(records)]
      : [`{__name__=~".+:.+|${alerts.name}|${alertsForState.name}"}`];
  const times = Array.from({ length: Math.floor(seconds(scenario.duration) / step) + 1 }, (_, i) => i * step);
  return {
    rule_files: [rulesFile],
    evaluation_interval: config.evaluationInterval,
    group_eval_order: groups.map(({ name }) => name),
    tests: [
      {
        interval: config.scrapeInterval,
        input_series: await inputSeriesOf(runScenario(scenario, scrapedAs(bundle))),
        promql_expr_test: times.flatMap((time) => queries.map((expr) => ({ expr, eval_time: `${time}s` }))),
      },
    ],
  };
}

/** Reads promtool's complaints: at which evaluation it got which series. */
export function* recordedLines(output: string, startEpoch: number): Generator<string> {
  for (const { at, labels, value: text } of gotSamples(output)) {
    const { __name__: name = '', ...others } = labels;
    const value = Number(text);
    // promtool's time begins at 0. By the naming rules, the name shows that a value is a point in time; 0 is a tombstone, not a time.
    const isTime = name === alertsForState.name || (name.endsWith('timestamp_seconds') && value > 0);
    yield `${name}{${labelsText(others)}} ${isTime ? startEpoch + value : text} ${startEpoch + at}\n`;
  }
}
